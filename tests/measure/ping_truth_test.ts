import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/core/delay.ts";
import { medianOf } from "../../lib/measure/median_of.ts";
import type { PingSample } from "../../lib/measure/ping_result.ts";
import { assertClose } from "../support/assert_close.ts";
import { seededRandom } from "../support/bytes.ts";
import { delayingServer } from "../support/delaying_server.ts";
import { testUnless } from "../support/needs.ts";
import { pingThrough } from "../support/ping_peers.ts";
import { delayingProxy } from "../support/delaying_proxy.ts";
import { serve } from "../../lib/echo/serve.ts";
import { makeSlowPair, noSlowCable, SLOW_SERVER } from "../support/slow_cable.ts";
import { serveInside, spawnInside } from "../support/wire_sounder.ts";

/**
 * What is injected is far larger than what a busy machine adds; each sample is held against what was injected for it, and
 * the median, which a few bad moments do not move, has the narrow bound.
 */
const NOISE = 10;

Deno.test("ping: a fixed delay of 20 ms is what the times say", async () => {
  await using server = delayingServer({ size: 64, delayOf: () => 20 });
  const { samples, result } = await pingThrough({ ...server.addr, count: 30, interval: 30 });
  for (const [i, { timeMs }] of samples.entries()) assert(timeMs! >= server.heldMs[i], `${timeMs} ${server.heldMs[i]}`);
  const added = samples.map(({ timeMs }, i) => timeMs! - server.heldMs[i]);
  assertClose(medianOf(added), 0, NOISE);
  assertClose(result.rtt!.medianMs, 20, NOISE);
  assert(result.rtt!.minMs >= 19.9);
});

Deno.test("ping: a step in the delay stands in the times where it happened", async () => {
  await using server = delayingServer({ size: 64, delayOf: (n) => n < 10 ? 0 : 60 });
  const { samples } = await pingThrough({ ...server.addr, count: 20, interval: 0 });
  const median = (some: PingSample[]) => medianOf(some.map(({ timeMs }) => timeMs!));
  assertClose(median(samples.slice(0, 10)), 0, NOISE);
  assertClose(median(samples.slice(10)), 60, NOISE);
  assert(samples[10].timeMs! >= 59.9, `${samples[10].timeMs}`);
});

Deno.test("ping: through a proxy that takes 50 ms ± 10 ms the median is right, with several probes under way", async () => {
  await using server = serve({ port: 0 });
  const random = seededRandom(7);
  await using proxy = delayingProxy(server.addr.port, () => 40 + random(20_000) / 1000);
  const { result } = await pingThrough({ port: proxy.port, count: 100, interval: 15 });
  const { minMs, medianMs, maxMs, mdevMs } = result.rtt!;
  assertEquals(result.received, 100);
  assert(medianMs >= 45 && medianMs <= 70, `median ${medianMs}`);
  assert(minMs >= 39.9 && minMs < 55 && maxMs > 55 && mdevMs > 1, JSON.stringify(result.rtt));
});

Deno.test("ping: with connect, only the handshake counts, however long the server then takes", async () => {
  await using server = delayingServer({ size: 64, delayOf: () => 500 });
  const { result } = await pingThrough({ ...server.addr, count: 5, interval: 10, connect: true });
  assert(result.rtt!.medianMs < 100, `${result.rtt!.medianMs}`);
});

Deno.test("ping: the schedule does not drift: probes are sent where their slots begin", async () => {
  await using server = serve({ port: 0 });
  const sent: number[] = [];
  await pingThrough({ ...server.addr, count: 40, interval: 25 }, async ({ sentAt }) => {
    sent.push(Date.parse(sentAt));
    // Whoever is slow to take the samples does not slow down the probes.
    await delay(10);
  });
  const late = sent.map((at, i) => at - sent[0] - 25 * i);
  // A slot is left out where the machine was busy for that long; most are kept.
  assertClose(medianOf(late.map((ms) => ms % 25)), 0, NOISE);
  assert(late.at(-1)! < 25 * 8, `${late}`);
});

testUnless(
  await noSlowCable(),
  "ping: over a cable of 20 ms each way ours and the kernel's smoothed round trip agree",
  async () => {
    await using pair = await makeSlowPair(20);
    await using server = await serveInside(pair.server, SLOW_SERVER, 7100);
    const target = `${SLOW_SERVER}:${server.port}`;
    const samples = await pingInside(["ping", target, "-c", "40", "-i", "0.05", "--json-lines"]);
    assertEquals(samples.map(({ outcome }) => outcome), Array(40).fill("reply"));
    const ours = medianOf(samples.map(({ timeMs }) => timeMs!))!;
    // Smoothed over the last eight or so: at the end it knows nothing any more of the first.
    const kernel = samples.at(-1)!.tcpInfo!.rttUs! / 1000;
    assert(ours >= 40 && kernel >= 40, `ours ${ours} ms, the kernel's ${kernel} ms`);
    // The kernel stops at the ACK, which here comes with the echo; ours goes on until the program has read.
    assertClose(ours, kernel, 0.15 * kernel);
    for (const { timeMs, tcpInfo } of samples) assert(tcpInfo!.minRttUs! / 1000 <= timeMs!);
    const handshakes = await pingInside(["ping", target, "-c", "5", "-i", "0.1", "--connect", "--json-lines"]);
    // The kernel has measured the same SYN and its answer.
    const added = handshakes.map(({ timeMs, tcpInfo }) => timeMs! - tcpInfo!.rttUs! / 1000);
    for (const ms of added) assert(ms >= -0.01, `${added}`);
    assertClose(medianOf(added), 0, NOISE);

    async function pingInside(args: string[]): Promise<PingSample[]> {
      const process = spawnInside(pair.client, args);
      await process.stdin.close();
      const { code, stdout, stderr } = await process.output();
      const decoder = new TextDecoder();
      assertEquals([code, decoder.decode(stderr)], [0, ""]);
      const lines = decoder.decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
      return lines.filter(({ event }) => event === "probe");
    }
  },
);
