import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { encodeSockaddr } from "../../lib/socket/sockaddr.ts";
import { readTcpInfo, type TcpInfo, tcpInfo } from "../../lib/socket/tcp_info.ts";
import { libc, noLibc } from "../support/libc.ts";
import { missingProgram, notLinux, testUnless } from "../support/needs.ts";

const notHere = notLinux() ?? noLibc();

/** What ss and tcpInfo() say of a connection between two segments: a delayed ACK may still be sent. */
async function atOneMoment(conn: Deno.TcpConn): Promise<[shown: string, info: TcpInfo]> {
  for (;;) {
    const before = tcpInfo(conn);
    const { stdout } = await new Deno.Command("ss", { args: ["-tinH", "sport", "=", `:${conn.localAddr.port}`] })
      .output();
    const info = tcpInfo(conn);
    const count = ({ sentSegments, receivedSegments }: TcpInfo) => `${sentSegments} ${receivedSegments}`;
    if (count(info) === count(before)) return [new TextDecoder().decode(stdout), info];
  }
}

/** A connection of Deno's on which something was sent both ways. */
async function exchanged(listener: Deno.TcpListener): Promise<[client: Deno.TcpConn, server: Deno.TcpConn]> {
  const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const server = await listener.accept();
  const buffer = new Uint8Array(8192);
  await client.write(new Uint8Array(5000));
  for (let read = 0; read < 5000;) read += (await server.read(buffer))!;
  await server.write(new Uint8Array(10));
  await client.read(buffer);
  return [client, server];
}

testUnless(notHere, "tcpInfo() counts what a connection sent and received", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [client, server] = await exchanged(listener);
  using _client = client;
  using _server = server;
  const info = tcpInfo(client);
  assertEquals([info.state, tcpInfo(server).state], ["ESTABLISHED", "ESTABLISHED"]);
  assertEquals([info.sentBytes, info.receivedBytes, info.ackedBytes], [5000, 10, 5001]); // the SYN counts as one
  assertEquals([tcpInfo(server).sentBytes, tcpInfo(server).receivedBytes], [10, 5000]);
  assertEquals([info.totalRetransmittedSegments, info.notSentBytes], [0, 0]);
  assert(info.rttUs! > 0 && info.rttUs! < 1_000_000, `${info.rttUs}`);
  assert(info.minRttUs! > 0 && info.minRttUs! < 1_000_000, `${info.minRttUs}`);
  await client.closeWrite();
  await server.read(new Uint8Array(1));
  assertEquals([tcpInfo(client).state.slice(0, 8), tcpInfo(server).state], ["FIN_WAIT", "CLOSE_WAIT"]);
  assertEquals(tcpInfo(server).receivedBytes, 5001); // and so does the FIN
});

testUnless(notHere ?? await missingProgram("ss"), "tcpInfo() is what ss shows", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [client, server] = await exchanged(listener);
  using _client = client;
  using _server = server;
  const [shown, info] = await atOneMoment(client);
  const table: [name: string, value: number][] = [
    ["rto", info.rtoUs! / 1000],
    ["mss", info.sendMssBytes!],
    ["pmtu", info.pathMtuBytes!],
    ["rcvmss", info.receiveMssBytes!],
    ["advmss", info.advertisedMssBytes!],
    ["cwnd", info.congestionWindowSegments!],
    ["bytes_sent", info.sentBytes!],
    ["bytes_acked", info.ackedBytes!],
    ["bytes_received", info.receivedBytes!],
    ["segs_out", info.sentSegments!],
    ["segs_in", info.receivedSegments!],
    ["data_segs_out", info.sentDataSegments!],
    ["data_segs_in", info.receivedDataSegments!],
    ["delivered", info.deliveredSegments!],
    ["rcv_space", info.receiveSpaceBytes!],
    ["rcv_ssthresh", info.receiveThresholdBytes!],
    ["minrtt", info.minRttUs! / 1000],
    ["snd_wnd", info.sendWindowBytes!],
  ];
  for (const [name, value] of table) {
    const match = new RegExp(`(?:^|\\s)${name}:([\\d.]+)`).exec(shown);
    // An older ss does not show all of them, but these.
    if (match === null && ["snd_wnd", "rcv_space", "delivered"].includes(name)) continue;
    assertEquals(Number(match?.[1]), value, `${name} in ${shown}`);
  }
  const [, rtt, variance] = /\srtt:([\d.]+)\/([\d.]+)/.exec(shown)!;
  assertEquals([info.rttUs, info.rttVarianceUs], [Number(rtt) * 1000, Number(variance) * 1000].map(Math.round));
  const [, send, receive] = /wscale:(\d+),(\d+)/.exec(shown)!;
  assertEquals([info.sendWindowScale, info.receiveWindowScale], [Number(send), Number(receive)]);
});

testUnless(notHere, "tcpInfo() of a listener tells its backlog and its accept queue", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 7 });
  assertEquals(tcpInfo(listener), { state: "LISTEN", acceptQueueLength: 0, backlog: 7 });
  using _first = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  assertEquals(tcpInfo(listener).acceptQueueLength, 1);
  using _second = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  assertEquals(tcpInfo(listener).acceptQueueLength, 2);
  (await listener.accept()).close();
  assertEquals(tcpInfo(listener).acceptQueueLength, 1);
  (await listener.accept()).close();
  assertEquals(tcpInfo(listener).acceptQueueLength, 0);
});

testUnless(notHere, "readTcpInfo() of a socket that is not connected has no measured values", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const SOCK_STREAM_CLOEXEC = 0o2000001;
  const fd = libc!.socket(2, SOCK_STREAM_CLOEXEC, 0);
  try {
    const info = readTcpInfo(fd)!;
    assertEquals([info.state, info.sentSegments, info.ackedBytes], ["CLOSE", 0, 0]);
    const unmeasured: (keyof TcpInfo)[] = [
      "rttUs",
      "minRttUs",
      "pacingRateBytesPerSecond",
      "deliveryRateBytesPerSecond",
    ];
    assertEquals(unmeasured.filter((member) => info[member] !== undefined), []);
    assertEquals(info.slowStartThresholdSegments, undefined);
    const address = encodeSockaddr(listener.addr, libc!.platform);
    assertEquals(libc!.connect(fd, address, address.length), 0);
    assertEquals(readTcpInfo(fd)!.state, "ESTABLISHED");
    assert(readTcpInfo(fd)!.rttUs! > 0);
  } finally {
    libc!.close(fd);
  }
  assertEquals(readTcpInfo(-1), undefined); // no descriptor
});

testUnless(notHere, "tcpInfo() of what is closed is a BadResource", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  (await listener.accept()).close();
  conn.close();
  const error = assertThrows(() => tcpInfo(conn), Deno.errors.BadResource);
  assertStringIncludes((error as Error).message, "cannot read the TCP information of a connection: it is closed");
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  closed.close();
  assertThrows(() => tcpInfo(closed), Deno.errors.BadResource, "of a listener: it is closed");
});

testUnless(notLinux(), "tcpInfo() without --allow-ffi is a NotCapable that says so", async () => {
  const module = new URL("../../lib/socket/tcp_info.ts", import.meta.url);
  const code = `import { tcpInfo } from ${JSON.stringify(module)};
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try { tcpInfo(listener) } catch (error) { console.log(error.name + ": " + error.message) }`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-lock",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      `data:text/typescript,${encodeURIComponent(code)}`,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(text, "NotCapable: cannot open the C library: run Deno with --allow-ffi\n");
});
