import { assert, assertEquals, assertThrows } from "@std/assert";
import { connect, getSocketOptions, listen, setSocketOptions, SocketOptionError } from "../../mod.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";

const missing = notLinux() ?? noLibc();

testUnless(missing, "connections in the queue get what was set on the listener after they were made", async () => {
  using listener = listen();
  using first = await connect(listener.addr);
  using second = await connect(listener.addr);
  setSocketOptions(listener, { keepAlive: { idle: 5000 }, ttl: 33, noDelay: true });
  using third = await connect(listener.addr);
  for (const client of [first, second, third]) {
    using accepted = await listener.accept();
    assertEquals(accepted.remoteAddr.port, client.localAddr.port);
    const { keepAlive, ttl, noDelay } = getSocketOptions(accepted);
    assertEquals([keepAlive?.enabled, keepAlive?.idle, ttl, noDelay], [true, 5000, 33, true]);
  }
});

testUnless(missing, "what was set before an option that is refused is known to the connection", async () => {
  using listener = listen();
  const client = await connect(listener.addr);
  using accepted = await listener.accept();
  const raw = [{ level: 6, name: 9999, value: 1 }];
  assertThrows(() => setSocketOptions(client, { linger: 0, sendBuffer: 9999, raw }), SocketOptionError);
  assertEquals(client.socketOptions.map(({ option }) => option), ["noDelay", "sendBuffer", "linger"]);
  client.close();
  const ended = await accepted.read(new Uint8Array(1)).then(() => undefined, (error) => error);
  assert(ended instanceof Deno.errors.ConnectionReset, `${ended}`);
});
