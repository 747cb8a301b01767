import { assert, assertEquals, assertThrows } from "@std/assert";
import { connect } from "../../lib/net/connect.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { listen } from "../../lib/net/listen.ts";
import { createTransport } from "../../lib/transport/create_transport.ts";
import { extraInfo } from "../../lib/transport/extra_info.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import { Recorder } from "../support/transport_recorder.ts";

async function tcpPair() {
  using listener = listen({ port: 0 });
  const [near, far] = await Promise.all([connect({ ...listener.addr, noDelay: true }), listener.accept()]);
  return { near, far };
}

testUnless(notLinux() ?? noLibc(), "over TCP every key is there; after the end, no tcpInfo", async () => {
  const { near, far } = await tcpPair();
  using _near = near;
  using _far = far;
  assertEquals(extraInfo(near, "peername"), far.localAddr);
  assertEquals(extraInfo(near, "sockname"), far.remoteAddr);
  const noDelay = extraInfo(near, "socketOptions").find(({ option }) => option === "noDelay");
  assertEquals([noDelay?.requested, noDelay?.effective], [true, true]);
  assertEquals(extraInfo(near, "tcpInfo")?.state, "ESTABLISHED");
  const conn = extraInfo(near, "conn");
  assertEquals(conn?.remoteAddr.port, far.localAddr.port);
  near.close();
  assertEquals(extraInfo(near, "tcpInfo"), undefined);
  assertEquals(extraInfo(near, "peername"), far.localAddr);
});

Deno.test({
  name: "without --allow-ffi there is no tcpInfo, and abort() is a FIN; the rest is as ever",
  permissions: { net: true },
  async fn() {
    const { near, far } = await tcpPair();
    using _far = far;
    const recorder = new Recorder();
    const transport = createTransport(near, recorder);
    assertEquals(transport.getExtraInfo("tcpInfo"), undefined);
    assertEquals(transport.getExtraInfo("peername"), far.localAddr);
    assertEquals(transport.getExtraInfo("sockname"), near.localAddr);
    assert(transport.getExtraInfo("socketOptions").some(({ option }) => option === "noDelay"));
    assert(transport.getExtraInfo("conn"));
    transport.abort();
    assertEquals([await far.read(new Uint8Array(1)), await recorder.ended()], [null, null]);
  },
});

Deno.test("in memory there are addresses, and no socket", () => {
  const [near, far] = connectionPair();
  assertEquals(extraInfo(near, "peername"), far.localAddr);
  assertEquals(extraInfo(near, "sockname"), near.localAddr);
  assertEquals(extraInfo(near, "socketOptions"), []);
  assertEquals(extraInfo(near, "tcpInfo"), undefined);
  assertEquals(extraInfo(near, "conn"), undefined);
});

Deno.test("what is not known is a TypeError that says what is", () => {
  const [near] = connectionPair();
  for (const name of ["cipher", "toString", ""]) {
    const text = `cannot get "${name}": use one of peername, sockname, socketOptions, tcpInfo, tls, conn`;
    assertThrows(() => extraInfo(near, name as never), TypeError, text);
  }
});

Deno.test("a conn that the user closes ends its connection, and no more than that", async () => {
  const { near, far } = await tcpPair();
  using _far = far;
  const recorder = new Recorder();
  const transport = createTransport(near, recorder);
  transport.getExtraInfo("conn")!.close();
  await recorder.ended();
  assertEquals(recorder.events, ["made", "lost"]);
});
