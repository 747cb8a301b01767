import "../support/libc.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { PingSample } from "../../lib/measure/ping_result.ts";
import { connect } from "../../lib/net/connect.ts";
import { listen } from "../../lib/net/listen.ts";
import { noReset } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import {
  type Answer,
  answeringPeer,
  inShort,
  type Peer,
  pingThrough,
  readWhole,
  servingPeer,
} from "../support/ping_peers.ts";
import { makeUnanswered } from "../support/unanswered.ts";
import { assertClose } from "../support/assert_close.ts";
import { whenFree } from "../support/when_free.ts";

/** What each sample says. */
function messages(samples: readonly PingSample[]): (string | null)[] {
  return samples.map(({ message }) => message);
}

Deno.test("ping: an echo after the time limit is late: told, not counted, and the next ones are told apart", async () => {
  const release = Promise.withResolvers<void>();
  await using peer = answeringPeer(64, async (n, probe) => {
    if (n === 2) await release.promise;
    return probe;
  });
  // The server holds the second echo until the third probe has been counted as lost, too.
  const options = { port: peer.port, count: 6, interval: 200, timeout: 500 };
  const { samples, result } = await pingThrough(options, ({ seq, outcome }) => {
    if (seq === 3 && outcome === "lost") release.resolve();
  });
  assertEquals(inShort(samples.slice(0, 3)), ["1 reply", "2 lost timeout", "3 lost timeout"]);
  assertEquals(messages(samples).slice(1, 3), ["no echo within 500ms", "no echo within 500ms"]);
  assertEquals(inShort(samples.slice(3, 5)), ["2 late", "3 late"]);
  assertEquals(samples.at(-1)!.seq, 6);
  for (const { seq, outcome, timeMs, phases, loss } of samples.slice(3)) {
    assertEquals([loss, phases.echoMs, outcome === "late"], [null, timeMs, seq < 4]);
    if (outcome === "late") assert(timeMs! >= 500);
    else assert(seq > 3);
  }
  const { transmitted, received, late, loss, outages, reconnects, distribution } = result;
  assertEquals([transmitted, received, late, loss, reconnects], [6, 4, 2, 2 / 6, 0]);
  assertEquals([distribution.count, outages.length, outages[0].lost, peer.accepted], [4, 1, 2, 1]);
  assertEquals(outages[0].startedAt, samples[1].sentAt);
  assert(outages[0].durationMs! >= 500);
});

Deno.test("ping: a wrong byte is a loss that names it, and the next probe has a new connection", async () => {
  for (const [size, at] of [[64, 0], [64, 7], [64, 63], [1, 0], [70_000, 69_999]]) {
    await using peer = answeringPeer(size, (n, probe) => {
      if (n === 2) probe[at] ^= 1;
      return probe;
    });
    const { samples, result } = await pingThrough({ port: peer.port, count: 3, interval: 0, size, timeout: 10_000 });
    assertEquals(inShort(samples), ["1 reply", "2 lost mismatch", "3 reply"]);
    assertEquals([samples[1].offset, samples[1].timeMs], [at, null]);
    assertMatch(samples[1].message!, new RegExp(`^echo differs at byte ${at}: expected ".*", got ".*"$`));
    assertEquals([result.reconnects, peer.accepted, result.received], [1, 2, 2]);
    assertEquals(samples.map(({ phases }) => phases.connectMs !== null), [true, false, true]);
  }
});

Deno.test("ping: a server that reorders or repeats is caught by the number", async () => {
  const held: Uint8Array[] = [];
  await using reordering = answeringPeer(16, (n, probe) => {
    if (n > 2) return probe;
    held.unshift(probe);
    return n === 1 ? "nothing" : new Uint8Array([...held[0], ...held[1]]);
  });
  const { samples } = await pingThrough({ port: reordering.port, count: 2, interval: 20, timeout: 10_000, size: 16 });
  assertEquals(inShort(samples), ["1 lost mismatch", "2 lost mismatch"]);
  assertEquals(samples[0].offset, 7);
  assertMatch(samples[0].message!, /^echo differs at byte 7: expected "\\x01\\x08.*", got "\\x02\\x08/);

  let last: Uint8Array | undefined;
  await using stuck = answeringPeer(16, (_, probe) => last ??= probe);
  const repeated = await pingThrough({ port: stuck.port, count: 2, interval: 0, size: 16, timeout: 10_000 });
  assertEquals(inShort(repeated.samples), ["1 reply", "2 lost mismatch"]);
  assertEquals(repeated.samples[1].offset, 7);
});

Deno.test("ping: bytes that nobody sent are a loss, whether they come with an echo or later", async () => {
  await using doubling = answeringPeer(8, (_, probe) => new Uint8Array([...probe, ...probe]));
  const together = await pingThrough({ port: doubling.port, count: 2, interval: 0, size: 8 });
  assertEquals(inShort(together.samples), ["1 lost mismatch", "2 lost mismatch"]);
  for (const { seq, message, offset } of together.samples) {
    assertEquals(offset, 8);
    assertEquals(
      message,
      `echo is longer than what was sent: after byte 8 came "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x0${seq}"`,
    );
  }
  // The server says something when all has been answered: the next probe is told of it.
  const answered = Promise.withResolvers<void>();
  await using talking = servingPeer(async (connection) => {
    const probe = new Uint8Array(64);
    while (await readWhole(connection, probe)) {
      await connection.write(probe);
      await answered.promise;
      await connection.write(new TextEncoder().encode("hello"));
    }
  });
  const ended: string[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (message: () => string) => void ended.push(message()) };
  const options = { port: talking.port, count: 2, interval: 200, timeout: 10_000, logger };
  const later = await pingThrough(options, () => answered.resolve());
  assertEquals(inShort(later.samples), ["1 reply", "2 lost mismatch"]);
  assertEquals(ended, [`127.0.0.1:${talking.port}: ${later.samples[1].message}`]);
});

Deno.test("ping: a server that closes in the middle of an echo, or before it", async () => {
  await using peer = answeringPeer(64, async (n, probe, connection) => {
    if (n === 3) await connection.write(probe.subarray(0, 30));
    return n === 3 || n === 4 ? "close" : probe;
  });
  const { samples, result } = await pingThrough({ port: peer.port, count: 5, interval: 0, timeout: 10_000 });
  assertEquals(inShort(samples), ["1 reply", "2 reply", "3 lost closed", "4 lost closed", "5 reply"]);
  assertEquals(messages(samples).slice(2, 4), [
    "the server closed the connection after 30 of 64 bytes of the echo",
    "the server closed the connection",
  ]);
  assertEquals([result.reconnects, peer.accepted, result.outages.length, result.outages[0].lost], [2, 3, 1, 2]);
});

testUnless(noReset(), "ping: a reset is told from a close", async () => {
  await using peer = answeringPeer(64, (n, probe) => n === 2 ? "reset" : probe);
  const { samples } = await pingThrough({ port: peer.port, count: 3, interval: 0, timeout: 10_000 });
  assertEquals(inShort(samples), ["1 reply", "2 lost reset", "3 reply"]);
  assertEquals(samples[1].message, "the server reset the connection");
});

Deno.test("ping: a connection that is closed between probes costs none: the log tells, the next one reconnects", async () => {
  await using peer = answeringPeer(64, async (_, probe, connection): Promise<Answer> => {
    await connection.write(probe);
    return "close";
  });
  const warnings: string[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (message: () => string) => void warnings.push(message()) };
  const { samples, result } = await pingThrough({ port: peer.port, count: 3, interval: 100, logger });
  assertEquals(inShort(samples), ["1 reply", "2 reply", "3 reply"]);
  assertEquals([result.reconnects, result.outages.length, peer.accepted], [2, 0, 3]);
  assertEquals(new Set(warnings), new Set([`127.0.0.1:${peer.port}: the server closed the connection`]));
});

Deno.test("ping: a dead port is refused each time, and no answer ends the outage", async () => {
  using listener = listen({ port: 0 });
  using holder = await connect(listener.addr);
  const { port } = holder.localAddr;
  for (const mode of [{}, { connect: true }]) {
    const { samples, result } = await pingThrough({ port, count: 3, interval: 10, ...mode });
    assertEquals(inShort(samples), ["1 lost refused", "2 lost refused", "3 lost refused"]);
    assertEquals(samples[0].message, `cannot connect to 127.0.0.1:${port}: connection refused`);
    const { transmitted, loss, rtt, reconnects, outages, error, target } = result;
    assertEquals([transmitted, loss, rtt, reconnects, error, target.address], [3, 1, null, 0, null, null]);
    assertEquals(outages, [{ startedAt: samples[0].sentAt, durationMs: null, lost: 3 }]);
    assertEquals(result.losses, [{ kind: "refused", count: 3, example: samples[0].message! }]);
  }
});

Deno.test("ping: a server that is restarted on its port answers again, and the outage is measured", async () => {
  const echo = (_: number, probe: Uint8Array) => probe;
  let peer: Peer | undefined = answeringPeer(64, echo);
  const { port } = peer;
  const stop = new AbortController();
  let refused = 0, after = 0;
  const options = { port, interval: 10, timeout: 10_000, signal: stop.signal };
  const { samples, result } = await pingThrough(options, async ({ seq, outcome, loss }) => {
    if (seq === 3) {
      await peer![Symbol.asyncDispose]();
      peer = undefined;
    }
    if (loss === "refused" && ++refused === 5) peer = await whenFree(() => answeringPeer(64, echo, port));
    if (refused >= 5 && outcome === "reply" && ++after === 3) stop.abort();
  });
  await peer?.[Symbol.asyncDispose]();
  const [first, ...others] = result.outages;
  assertEquals([others, result.reconnects], [[], 1]);
  assertEquals(first.lost, result.transmitted - result.received);
  const lost = samples.filter(({ outcome }) => outcome === "lost");
  assertEquals([first.startedAt, first.lost], [lost[0].sentAt, lost.length]);
  assertEquals(result.losses.reduce((total, { count }) => total + count, 0), lost.length);
  assertEquals(result.losses[0].count >= result.losses.at(-1)!.count, true);
  const back = samples.find(({ seq, outcome }) => outcome === "reply" && seq > lost[0].seq)!;
  assert(back.phases.connectMs !== null);
  assertClose(first.durationMs, Date.parse(back.sentAt) + back.timeMs! - Date.parse(lost[0].sentAt), 5);
});

testUnless(notLinux(), "ping: no answer to the SYN is a loss for each probe that waits", async () => {
  using unanswered = await makeUnanswered();
  const limits = { port: unanswered.port, connectTimeout: 150, timeout: 100 };
  const { samples, result } = await pingThrough({ ...limits, count: 4, interval: 60 });
  assertEquals(inShort(samples), ["1 lost timeout", "2 lost timeout", "3 lost timeout", "4 lost timeout"]);
  // The first waits as long as connecting may take; the others have their own limit, or fail with the attempt.
  const target = `127.0.0.1:${unanswered.port}`;
  assertEquals(samples[0].message, `cannot connect to ${target}: no answer within 150 ms`);
  assertEquals(samples[1].message, "no echo within 100ms");
  assertEquals([result.received, result.outages.length], [0, 1]);
  const handshake = await pingThrough({ ...limits, count: 1, connect: true });
  assertEquals(messages(handshake.samples), ["no connection within 100ms"]);
});

testUnless(notLinux(), "ping: with connect a handshake after the time limit is late", async () => {
  using listener = listen({ backlog: 1 });
  const held: Disposable[] = [];
  const filling = Array.from({ length: 20 }, () => connect({ port: listener.addr.port, connectTimeout: 250 }));
  const filled = await Promise.allSettled(filling);
  for (const one of filled) if (one.status === "fulfilled") held.push(one.value);
  const stop = new AbortController();
  // The queue is emptied once the first probe is lost: the kernel's next SYN, a second after the first, is answered.
  const options = { port: listener.addr.port, interval: 5000, timeout: 100, connect: true, signal: stop.signal };
  const { samples, result } = await pingThrough(options, async ({ outcome }) => {
    if (outcome === "lost") { for (const _ of [...held]) held.push(await listener.accept()); }
    else stop.abort();
  });
  for (const one of held) one[Symbol.dispose]();
  assertEquals(inShort(samples), ["1 lost timeout", "1 late"]);
  assert(samples[1].timeMs! > 500, `${samples[1].timeMs}`);
  assertEquals([result.late, result.received, result.distribution.count], [1, 0, 0]);
});

Deno.test("ping: a server that takes nothing in holds up the writes, and memory does not grow with them", async () => {
  const release = Promise.withResolvers<void>();
  const size = 4 * 1024 * 1024;
  await using peer = servingPeer(async (connection) => {
    await release.promise;
    const buffer = new Uint8Array(65536);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      await connection.write(buffer.subarray(0, n));
    }
  });
  const stop = new AbortController();
  const options = { port: peer.port, interval: 10, timeout: 500, size, signal: stop.signal };
  let late = 0;
  const { samples } = await pingThrough(options, ({ seq, outcome }) => {
    if (outcome === "lost" && seq === 10) release.resolve();
    if (outcome === "late" && ++late === 10) stop.abort();
  });
  // 40 MiB and more were due, in order, and each byte was compared.
  assertEquals(inShort(samples.filter(({ outcome }) => outcome === "late")).slice(0, 3), [
    "1 late",
    "2 late",
    "3 late",
  ]);
  assertEquals(samples.filter(({ loss }) => loss !== null && loss !== "timeout"), []);
});
