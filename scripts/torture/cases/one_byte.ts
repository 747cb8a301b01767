import { bytesText } from "../../../lib/report/bench_units.ts";
import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";
import { allEchoed, verifiedStream } from "../verified_stream.ts";

interface Size {
  readonly streams: number;
  readonly bytes: number;
}

/** A segment for each byte, as fast as they can be written. */
export const oneByteCase = tortureCase({
  name: "one-byte",
  about: "writes of one byte each, without Nagle",
  sizes: { quick: { streams: 8, bytes: 10_000 }, full: { streams: 16, bytes: 200_000 } },
  limits: { quick: 20, full: 180 },
  text: ({ streams, bytes }: Size) => `${streams} x ${bytes} writes`,
  run: async (ground: Ground, { streams, bytes }) => {
    const server = await ground.serve();
    const outcomes = await Promise.all(Array.from({ length: streams }, (_, index) =>
      verifiedStream(server.address, {
        bytes,
        random: ground.random(index),
        piece: [1, 1],
        signal: ground.signal,
      })));
    const echoed = allEchoed("streams", outcomes);
    await server.finish();
    return `${bytesText(echoed)}, each byte right`;
  },
});
