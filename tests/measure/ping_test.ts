import "../support/libc.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { delay } from "../../lib/core/delay.ts";
import { serve } from "../../lib/echo/serve.ts";
import { ping, type PingOptions } from "../../lib/measure/ping.ts";
import { connect } from "../../lib/net/connect.ts";
import { listen } from "../../lib/net/listen.ts";
import { ConnectError } from "../../lib/core/errors.ts";
import { noLibc } from "../support/libc.ts";
import { testUnless } from "../support/needs.ts";
import { inShort, pingThrough, servingPeer } from "../support/ping_peers.ts";

Deno.test("ping: as many probes as asked, each answered, and a result that sums them up", async () => {
  await using server = serve({ port: 0 });
  const { samples, result } = await pingThrough({ ...server.addr, count: 4, interval: 5 });
  assertEquals(inShort(samples), ["1 reply", "2 reply", "3 reply", "4 reply"]);
  for (const { seq, address, phases, timeMs, message, offset, tcpInfo, sentAt } of samples) {
    assertEquals([address, message, offset, tcpInfo], ["127.0.0.1", null, null, null]);
    assertEquals([phases.lookupMs, phases.tlsMs, phases.echoMs], [null, null, timeMs]);
    assertEquals(phases.connectMs !== null, seq === 1);
    assert(timeMs! > 0 && phases.firstByteMs! > 0 && phases.firstByteMs! <= timeMs!);
    assert(Math.abs(Date.parse(sentAt) - Date.now()) < 60_000);
  }
  const { startedAt, environment, elapsedMs, rtt, distribution, ...rest } = result;
  assertEquals(rest, {
    schema: 1,
    command: "ping",
    target: { hostname: "127.0.0.1", port: server.addr.port, address: "127.0.0.1" },
    options: {
      count: 4,
      intervalMs: 5,
      timeoutMs: 1000,
      sizeBytes: 64,
      connect: false,
      connectTimeoutMs: 3500,
      tls: false,
    },
    tls: null,
    tlsTime: null,
    transmitted: 4,
    received: 4,
    late: 0,
    loss: 0,
    losses: [],
    outages: [],
    reconnects: 0,
    gates: [],
    error: null,
  });
  const times = samples.map(({ timeMs }) => timeMs!);
  assertEquals([rtt?.minMs, rtt?.maxMs], [Math.min(...times), Math.max(...times)]);
  assertEquals([distribution.count, environment.os], [4, Deno.build.os]);
  assert(elapsedMs >= 15 && startedAt <= samples[0].sentAt);
});

Deno.test("ping: the server gets one connection and the bytes of each probe, and a FIN at the end", async () => {
  for (const size of [1, 7, 8, 9, 64, 100_000]) {
    const seen: number[] = [];
    const ended = Promise.withResolvers<string>();
    await using peer = servingPeer(async (connection) => {
      const buffer = new Uint8Array(65536);
      try {
        for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
          seen.push(...buffer.subarray(0, n));
          await connection.write(buffer.subarray(0, n));
        }
        ended.resolve("fin");
      } catch (error) {
        ended.resolve(String(error));
      }
    });
    const { samples } = await pingThrough({ port: peer.port, count: 3, interval: 0, size, timeout: 10_000 });
    assertEquals(inShort(samples), ["1 reply", "2 reply", "3 reply"], `${size} bytes`);
    assertEquals([peer.accepted, seen.length, await ended.promise], [1, 3 * size, "fin"]);
    if (size < 8) continue;
    const view = new DataView(Uint8Array.from(seen).buffer);
    assertEquals([0, 1, 2].map((i) => Number(view.getBigUint64(i * size))), [1, 2, 3]);
  }
});

Deno.test("ping: with connect each probe is a connection, nothing is sent, and the server gets a FIN", async () => {
  const ends: (number | null)[] = [];
  await using peer = servingPeer(async (connection) => void ends.push(await connection.read(new Uint8Array(9))));
  const { samples, result } = await pingThrough({ port: peer.port, count: 3, interval: 5, connect: true });
  assertEquals(inShort(samples), ["1 reply", "2 reply", "3 reply"]);
  for (const { timeMs, phases } of samples) {
    assertEquals(phases, { lookupMs: null, connectMs: timeMs, tlsMs: null, firstByteMs: null, echoMs: null });
  }
  assertEquals([peer.accepted, result.reconnects, result.received], [3, 0, 3]);
  while (ends.length < 3) await delay(1);
  assertEquals(ends, [null, null, null]);
});

Deno.test("ping: a name is looked up, and the time of that told apart", async () => {
  await using server = serve({ port: 0 });
  const { samples, result } = await pingThrough({
    hostname: "localhost",
    port: server.addr.port,
    count: 2,
    interval: 5,
  });
  assertEquals(samples.map(({ phases }) => phases.lookupMs !== null), [true, false]);
  assertEquals(result.target, { hostname: "localhost", port: server.addr.port, address: "127.0.0.1" });
});

Deno.test("ping: an interval of 0 sends the next probe when the echo has come, never two at once", async () => {
  let under = 0, most = 0;
  await using peer = servingPeer(async (connection) => {
    const buffer = new Uint8Array(4096);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      most = Math.max(most, under += n);
      under -= n;
      await connection.write(buffer.subarray(0, n));
    }
  });
  const { result } = await pingThrough({ port: peer.port, count: 2000, interval: 0 });
  assertEquals([result.received, most, peer.accepted], [2000, 64, 1]);
});

Deno.test("ping: an aborted signal ends it in order; a probe under way counts neither way", async () => {
  const [stop, sent] = [new AbortController(), Promise.withResolvers<void>()];
  await using peer = servingPeer(async (connection) => {
    const buffer = new Uint8Array(64);
    await connection.read(buffer);
    await connection.write(buffer);
    await connection.read(buffer);
    sent.resolve();
    await connection.read(buffer);
  });
  void sent.promise.then(() => stop.abort());
  const { samples, result } = await pingThrough({ port: peer.port, interval: 5, timeout: 60_000, signal: stop.signal });
  assertEquals(inShort(samples), ["1 reply"]);
  assertEquals([result.transmitted, result.received, result.options.count, result.error], [1, 1, null, null]);
  const never = await pingThrough({ port: peer.port, signal: AbortSignal.abort() });
  assertEquals([never.samples.length, never.result.transmitted, never.result.rtt], [0, 0, null]);
});

Deno.test("ping: leaving the loop ends it", async () => {
  await using server = serve({ port: 0 });
  const run = ping({ ...server.addr, interval: 1 });
  for await (const { seq } of run) if (seq === 3) break;
  assertEquals((await run.result()).received >= 3, true);
  assertThrows(() => run[Symbol.asyncIterator](), TypeError, "iterate first, and once");
});

Deno.test("ping: the result can be had without the samples", async () => {
  await using server = serve({ port: 0 });
  const run = ping({ ...server.addr, count: 5, interval: 0 });
  assertEquals((await run.result()).received, 5);
  assertEquals(await run.result(), await run.result());
});

Deno.test("ping: whoever does not take the samples stops the probes, and loses none", async () => {
  await using server = serve({ port: 0 });
  const run = ping({ ...server.addr, count: 5000, interval: 0 });
  const samples = run[Symbol.asyncIterator]();
  await samples.next();
  let before = -1;
  // It goes on until what is kept is full: then nothing comes any more.
  for (let calm = 0; calm < 20;) {
    await delay(5);
    const { bytesIn } = server.stats;
    calm = bytesIn === before ? calm + 1 : 0;
    before = bytesIn;
  }
  assert(before / 64 < 1100, `${before / 64} probes`);
  let taken = 1;
  while (!(await samples.next()).done) taken++;
  assertEquals(taken, 5000);
});

Deno.test("ping: a signal ends it though nobody takes the samples", async () => {
  await using server = serve({ port: 0 });
  const stop = new AbortController();
  const run = ping({ ...server.addr, interval: 0, signal: stop.signal });
  const samples = run[Symbol.asyncIterator]();
  await samples.next();
  for (let before = -1; before !== server.stats.bytesIn;) {
    before = server.stats.bytesIn;
    await delay(50);
  }
  stop.abort();
  assert((await run.result()).received >= 1000);
  await samples.return?.();
});

Deno.test("ping: what is wrong with the options is thrown at once", () => {
  const wrong: [Partial<PingOptions>, string][] = [
    [{ port: 0 }, "cannot ping port 0: use a whole number from 1 to 65535"],
    [{ count: 0 }, "cannot send 0 probes: count must be a whole number from 1"],
    [{ count: 1.5 }, "cannot send 1.5 probes"],
    [{ interval: -1 }, "cannot ping every -1 ms: interval must be 0 or more"],
    [{ interval: NaN }, "cannot ping every NaN ms"],
    [{ timeout: 0 }, "cannot wait 0 ms for an answer: timeout must be more than 0"],
    [{ connectTimeout: -5 }, "cannot wait -5 ms for an answer: connectTimeout must be more than 0"],
    [{ size: 0 }, "cannot send probes of 0 bytes: use a whole number from 1 to 1073741824"],
    [{ size: 2 ** 30 + 1 }, "cannot send probes of 1073741825 bytes"],
    [{ ttl: 256 }, "ttl"],
  ];
  for (const [options, message] of wrong) assertThrows(() => ping({ port: 9, ...options }), RangeError, message);
});

Deno.test("ping: a name that is not known ends it before the first probe", async () => {
  const options = { hostname: "nobody.invalid", port: 9 };
  await assertRejects(
    () => pingThrough(options),
    ConnectError,
    "cannot connect to nobody.invalid:9: host name not found",
  );
  const { error, transmitted } = await ping(options).result();
  assertEquals(transmitted, 0);
  assertEquals(error, { kind: "not-found", message: "cannot connect to nobody.invalid:9: host name not found" });
});

Deno.test("ping: what onConnection throws ends it; it gets each connection", async () => {
  await using server = serve({ port: 0 });
  const peers: number[] = [];
  await pingThrough({
    ...server.addr,
    count: 2,
    interval: 1,
    connect: true,
    onConnection: ({ remoteAddr }) => void peers.push(remoteAddr.port),
  });
  assertEquals(peers, [server.addr.port, server.addr.port]);
  const onConnection = () => {
    throw new Error("no more");
  };
  await assertRejects(() => pingThrough({ ...server.addr, onConnection }), Error, "no more");
});

Deno.test("ping: connects and errors are logged at debug, and no message of a probe", async () => {
  await using server = serve({ port: 0 });
  const lines: string[] = [];
  const log = (level: string) => (message: () => string) => void lines.push(`${level} ${message()}`);
  const logger = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
  await pingThrough({ ...server.addr, count: 3, interval: 1, logger });
  assertEquals(lines.length, 1);
  assert(/^debug connected to 127\.0\.0\.1:\d+ from 127\.0\.0\.1:\d+ in [\d.]+ ms$/.test(lines[0]), lines[0]);
  using listener = listen({ port: 0 });
  using holder = await connect(listener.addr);
  await pingThrough({ port: holder.localAddr.port, count: 1, logger });
  assertEquals(lines.slice(1), [`debug cannot connect to 127.0.0.1:${holder.localAddr.port}: connection refused`]);
});

testUnless(noLibc(), "ping: socket options reach the connection, TCP_INFO the samples", async () => {
  await using server = serve({ port: 0 });
  const effective: unknown[] = [];
  const { samples } = await pingThrough({
    ...server.addr,
    count: 2,
    interval: 1,
    ttl: 33,
    tcpInfo: true,
    onConnection: ({ socketOptions }) =>
      void effective.push(socketOptions.find(({ option }) => option === "ttl")?.effective),
  });
  assertEquals(effective, [33]);
  for (const { tcpInfo, seq } of samples) {
    assertEquals([tcpInfo?.state, tcpInfo?.sentBytes], ["ESTABLISHED", seq * 64]);
  }
});
