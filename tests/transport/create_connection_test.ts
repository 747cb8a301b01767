import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ConnectError } from "../../lib/core/errors.ts";
import { listen, type Listener } from "../../lib/net/listen.ts";
import { createConnection } from "../../lib/transport/create_connection.ts";
import { randomBytes } from "../support/bytes.ts";
import { outcome, readAll, readExactly } from "../support/contract_connection.ts";
import { noReset } from "../support/libc.ts";
import { Recorder } from "../support/transport_recorder.ts";

/** How the next connection ends: one that was reset may not even be accepted. */
function endOfNext(listener: Listener): Promise<unknown> {
  return outcome((async () => {
    using peer = await listener.accept();
    return await peer.read(new Uint8Array(1));
  })());
}

const failure = new Error("on purpose");

Deno.test("createConnection() gives the transport and the protocol, and connectionMade() was called", async () => {
  using listener = listen();
  const [transport, protocol] = await createConnection(() => new Recorder(), listener.addr);
  using peer = await listener.accept();
  assertEquals(protocol.events, ["made"]);
  assertStrictEquals(protocol.transport, transport);
  assertEquals(transport.getExtraInfo("peername"), listener.addr);
  transport.write(randomBytes(10));
  assertEquals(await readExactly(peer, 10), randomBytes(10));
  transport.close();
  assertEquals([await readAll(peer), await protocol.ended()], [new Uint8Array(), null]);
});

Deno.test("the options reach connect(): a socket option, a signal", async () => {
  using listener = listen();
  const [transport, protocol] = await createConnection(() => new Recorder(), { ...listener.addr, noDelay: false });
  using _peer = await listener.accept();
  const noDelay = transport.getExtraInfo("socketOptions").find(({ option }) => option === "noDelay");
  assertEquals(noDelay?.requested, false);
  transport.abort();
  await protocol.ended();
  const options = { ...listener.addr, signal: AbortSignal.abort(failure) };
  assertStrictEquals(await assertRejects(() => createConnection(() => new Recorder(), options)), failure);
});

Deno.test("a factory that throws rejects, and closes the connection", async () => {
  using listener = listen();
  const factory = () => {
    throw failure;
  };
  assertStrictEquals(await assertRejects(() => createConnection(factory, listener.addr)), failure);
  const end = await endOfNext(listener);
  assert(noReset() ? end === null : end === "ConnectionReset" || end === "NotConnected", `the peer saw ${end}`);
});

Deno.test("where nobody listens, the ConnectError comes through, and the factory is not called", async () => {
  const listener = listen();
  listener.close();
  let made = 0;
  const error = await assertRejects(() => createConnection(() => (made++, {}), listener.addr), ConnectError);
  assertEquals([error.kind, made], ["refused", 0]);
});

Deno.test("connectionMade() that throws does not reject: the connection ends, and onError is told", async () => {
  using listener = listen();
  const errors: unknown[] = [];
  const hooks = {
    connectionMade() {
      throw failure;
    },
  };
  const options = { ...listener.addr, onError: (error: unknown) => void errors.push(error) };
  const [transport, protocol] = await createConnection(() => new Recorder(hooks), options);
  assertStrictEquals(await protocol.ended(), failure);
  assertEquals([errors, transport.isClosing()], [[failure], true]);
  await endOfNext(listener);
});
