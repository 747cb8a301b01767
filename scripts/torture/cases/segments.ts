import { bytesText } from "../../../lib/report/bench_units.ts";
import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";
import { allEchoed, LARGEST_PIECE, verifiedStream } from "../verified_stream.ts";

interface Size {
  readonly streams: number;
  readonly bytes: number;
}

/** Writes of random sizes, small ones as often as large ones, at random moments, without Nagle. */
export const segmentsCase = tortureCase({
  name: "segments",
  about: "random segmentation: writes of 1 byte to 256 KiB at random moments",
  sizes: { quick: { streams: 8, bytes: 4 * 2 ** 20 }, full: { streams: 32, bytes: 32 * 2 ** 20 } },
  limits: { quick: 20, full: 120 },
  text: ({ streams, bytes }: Size) => `${streams} x ${bytesText(bytes)}`,
  run: async (ground: Ground, { streams, bytes }) => {
    const server = await ground.serve();
    let writes = 0;
    const outcomes = await Promise.all(Array.from({ length: streams }, (_, index) =>
      verifiedStream(server.address, {
        bytes,
        random: ground.random(index),
        piece: [1, LARGEST_PIECE],
        // Half of them as fast as they can: the segments of the others arrive one by one.
        writePauseMs: index % 2 === 0 ? 0 : 2,
        onSent: () => writes++,
        signal: ground.signal,
      })));
    const echoed = allEchoed("streams", outcomes);
    await server.finish();
    return `${bytesText(echoed)} in ${writes} writes, each byte right`;
  },
});
