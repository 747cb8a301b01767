import { assertEquals, assertThrows } from "@std/assert";
import { AcceptedProfile } from "../../lib/net/accepted_profile.ts";
import { listen, type ListenOptions } from "../../lib/net/listen.ts";
import { getSocketOptions } from "../../lib/socket/get_socket_options.ts";
import { planSettings } from "../../lib/socket/planned_setting.ts";
import { type SettingMoment, settingsOf } from "../../lib/socket/settings.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";

const missing = notLinux() ?? noLibc();

function profileOf(options: ListenOptions, moment?: SettingMoment): AcceptedProfile {
  const settings = settingsOf(options, "listen");
  return new AcceptedProfile(planSettings(settings.map((setting) => moment ? { ...setting, moment } : setting)));
}

/** A connection of Deno's that was accepted, or only looks so, and what was done to it. */
function recorded(real?: Deno.TcpConn): Deno.TcpConn & { calls: string[] } {
  const calls: string[] = [];
  const address = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
  return {
    calls,
    localAddr: real?.localAddr ?? address,
    remoteAddr: real?.remoteAddr ?? address,
    setNoDelay: (on: boolean) => (calls.push(`noDelay ${on}`), real?.setNoDelay(on)),
    setKeepAlive: (on: boolean) => (calls.push(`keepAlive ${on}`), real?.setKeepAlive(on)),
    close: () => real?.close(),
  } as never;
}

async function denoPair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return await Promise.all([Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }), listener.accept()]);
}

Deno.test("without the C library Deno's own options are set on each connection", () => {
  const profile = profileOf({ noDelay: false, keepAlive: true }, "accepted");
  for (let i = 0; i < 2; i++) {
    const conn = recorded();
    profile.apply(conn);
    assertEquals(conn.calls, ["noDelay false", "keepAlive true"]);
  }
});

testUnless(missing, "what a connection inherits costs nothing on it: it is not even searched for", () => {
  const conn = recorded();
  profileOf({ noDelay: true, keepAlive: { idle: 5000 }, ttl: 9, recvBuffer: 5000, deferAccept: 1000 }).apply(conn);
  // A search would ask Deno to set TCP_NODELAY, to prove what it found; and it would find nothing here, and throw.
  assertEquals(conn.calls, []);
});

testUnless(missing, "what a connection does not inherit is set on it", async () => {
  const [client, real] = await denoPair();
  using _client = client;
  const profile = profileOf({
    quickAck: true,
    raw: [{ level: 1, name: 12, value: 5 }, { level: 6, name: 10, value: 9999 }],
  });
  using connection = profile.apply(real);
  assertEquals(getSocketOptions(connection).quickAck, true);
  assertEquals(connection.socketOptions.map(({ option, effective }) => `${option} ${effective}`), [
    "quickAck true",
    "1:12 5",
    "6:10 9999",
  ]);
});

testUnless(missing, "a raw option that only a listener takes is no fault of the connection's", async () => {
  const [client, real] = await denoPair();
  using _client = client;
  // TCP_FASTOPEN_KEY, EINVAL with four bytes; and one that the kernel does not have: the listener would have told.
  const raw = [{ level: 6, name: 33, value: 5 }, { level: 6, name: 9999, value: 1 }, {
    level: 6,
    name: 10,
    value: 9999,
  }];
  using connection = profileOf({ raw }).apply(real);
  const [, unknown, clamp] = connection.socketOptions;
  assertEquals([unknown.effective, clamp.effective], [undefined, 9999]);
  assertEquals(unknown.note, "the kernel does not tell it");
});

testUnless(missing, "a peer that is gone before its options were set is not connected", async () => {
  const [client, real] = await denoPair();
  client.close();
  real.close();
  const profile = profileOf({ quickAck: true });
  assertThrows(() => profile.apply(recorded(real)), Deno.errors.NotConnected, "the peer reset it");
  profileOf({ ttl: 9 }).apply(recorded(real));
});

testUnless(missing, "a listener hands over no connection that lacks an option: it closes it, and says so", async () => {
  const original = Deno.listen;
  const conn = recorded();
  let closed = 0;
  conn.close = () => void closed++;
  // One that was reset before it was accepted: it has no descriptor that could be found.
  Deno.listen = ((options: Deno.TcpListenOptions) => {
    const real = original(options);
    return { addr: real.addr, accept: () => Promise.resolve(conn), close: () => real.close() };
  }) as never;
  try {
    using listener = listen({ quickAck: true });
    const error = await listener.accept().then(() => undefined, (error) => error);
    assertEquals([error?.name, closed], ["NotConnected", 1]);
  } finally {
    Deno.listen = original;
  }
});
