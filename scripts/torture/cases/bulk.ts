import { bytesText } from "../../../lib/report/bench_units.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";
import { allEchoed, LARGEST_PIECE, verifiedStream } from "../verified_stream.ts";

const STREAMS = 16;
/**
 * What the server may grow by: a receive buffer of 256 KiB for each stream, and its heap; 10 to 12 MiB were measured.
 * One that queues what its peers do not read yet grows by 200 MiB.
 */
const GROWTH_BOUND = 64 * 2 ** 20;

/** A lot of bytes, of which both ends' digests must agree: nothing of Sounder's own compares them. */
export const bulkCase = tortureCase({
  name: "bulk",
  about: `bytes through ${STREAMS} connections, compared by SHA-256`,
  sizes: { quick: 256 * 2 ** 20, full: 4 * 2 ** 30 },
  limits: { quick: 25, full: 240 },
  text: (bytes) => `${bytesText(bytes)} through ${STREAMS}`,
  run: async (ground: Ground, bytes: number) => {
    // Web Crypto has no hash that takes its input piece by piece.
    const { createHash } = await import("node:crypto");
    const server = await ground.serve();
    const since = performance.now();
    const outcomes = await Promise.all(Array.from({ length: STREAMS }, async (_, index) => {
      const [sent, echoed] = [createHash("sha256"), createHash("sha256")];
      const outcome = await verifiedStream(server.address, {
        bytes: bytes / STREAMS,
        random: ground.random(index),
        piece: [LARGEST_PIECE, LARGEST_PIECE],
        verify: false,
        onSent: (part) => void sent.update(part),
        onEcho: (part) => void echoed.update(part),
        signal: ground.signal,
      });
      return { ...outcome, digests: [sent.digest("hex"), echoed.digest("hex")] };
    }));
    const echoed = allEchoed("streams", outcomes);
    const seconds = (performance.now() - since) / 1000;
    check(echoed === bytes, `${echoed} of ${bytes} bytes came back`);
    const wrong = outcomes.findIndex(({ digests: [sent, came] }) => sent !== came);
    check(wrong < 0, `stream ${wrong} has other bytes than were sent: ${outcomes[wrong]?.digests.join(" and ")}`);
    const { peak } = await server.facts();
    const grown = peak - server.start.memory;
    check(grown <= GROWTH_BOUND, `the server grew by ${bytesText(grown)}, more than ${bytesText(GROWTH_BOUND)}`);
    await server.finish();
    return `${STREAMS} digests agree, ${bytesText(bytes / seconds)}/s each way, at most ${
      bytesText(grown)
    } more memory`;
  },
});
