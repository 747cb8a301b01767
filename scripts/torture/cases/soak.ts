import type { Address } from "../../../lib/core/address.ts";
import { bytesText } from "../../../lib/report/bench_units.ts";
import { GROWING, SETTLED } from "../flatness.ts";
import type { Ground } from "../ground.ts";
import { type Manner, type MannerName, MANNERS } from "../manners.ts";
import { MemoryWatch } from "../memory_watch.ts";
import { tortureCase } from "../torture_case.ts";
import { allEchoed, verifiedStream } from "../verified_stream.ts";

interface Size {
  readonly ms: number;
  readonly tolerance: number;
}

/** How many of each are at it at the same time. */
const LANES: Record<MannerName, number> = { polite: 8, abrupt: 4, silent: 2, gone: 2, deaf: 4, resetting: 4 };
/** Streams that last from the start to the end: fast, a few bytes now and then, and of readers that are slow. */
const LASTING = [
  { count: 2, piece: [1, 65536], writePauseMs: 5 },
  { count: 64, piece: [1, 64], writePauseMs: 500 },
  { count: 8, piece: [1024, 262144], readPauseMs: 50 },
] as const;
/** Bytes of a stream that is followed by another: several receive buffers. */
const STREAM_BYTES = 8 * 2 ** 20;
/** Readings of the memory in a run. */
const READINGS = 60;

/** Everything at once, for a while. */
export const soakCase = tortureCase({
  name: "soak",
  about: "mixed traffic: streams, exchanges, churn, resets, slow readers; memory and descriptors flat at the end",
  sizes: { quick: { ms: 4_000, tolerance: GROWING }, full: { ms: 120_000, tolerance: SETTLED } },
  limits: { quick: 40, full: 180 },
  text: ({ ms }: Size) => `${ms / 1000} s`,
  run: async (ground: Ground, { ms, tolerance }) => {
    const server = await ground.serve();
    await using watch = new MemoryWatch(server.child.pid, ms / READINGS);
    const until = new AbortController();
    const work: Promise<unknown>[] = [streamOn(ground, server.address, until.signal)];
    let ended = 0;
    for (const [name, lanes] of Object.entries(LANES) as [MannerName, number][]) {
      for (let lane = 0; lane < lanes; lane++) {
        work.push(
          repeat(ground, MANNERS[name], { address: server.address, name, lane, until: until.signal }, () => ended++),
        );
      }
    }
    const lasting = LASTING.flatMap(({ count, ...plan }, kind) =>
      Array.from({ length: count }, (_, index) =>
        verifiedStream(server.address, {
          ...plan,
          bytes: Infinity,
          random: ground.random(kind, index),
          until: until.signal,
          signal: ground.signal,
        }))
    );
    try {
      // What fails ends it at once.
      await Promise.race([ground.wait(ms), Promise.all(work)]);
    } finally {
      until.abort();
    }
    const memory = await watch.verdict(tolerance);
    await Promise.all(work);
    const echoed = allEchoed("lasting streams", await Promise.all(lasting));
    const { total, bytesOut } = await server.finish();
    return `${total} connections (${ended} short), ${bytesText(bytesOut)} (${bytesText(echoed)} lasting); ` +
      `descriptors back; ${memory}`;
  },
});

/** One connection after the other, until it is over. */
async function repeat(
  ground: Ground,
  manner: Manner,
  { address, name, lane, until }: { address: Address; name: string; lane: number; until: AbortSignal },
  onEnd: () => void,
): Promise<void> {
  const random = ground.random(name, lane);
  while (!until.aborted) {
    await manner(address, { random, signal: ground.signal });
    onEnd();
    await ground.wait(random.next() * 5);
  }
}

/** One stream of several megabytes after the other, until it is over. */
async function streamOn(ground: Ground, address: Address, until: AbortSignal): Promise<void> {
  for (let index = 0; !until.aborted; index++) {
    const random = ground.random("stream", index);
    allEchoed("streams", [await verifiedStream(address, { bytes: STREAM_BYTES, random, signal: ground.signal })]);
  }
}
