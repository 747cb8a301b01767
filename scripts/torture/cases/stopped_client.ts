import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";
import { allEchoed, verifiedStream } from "../verified_stream.ts";

interface Size {
  readonly streams: number;
  readonly stoppedMs: number;
  readonly bytes: number;
}

/** Bytes of a stream of the others. */
const BYTES = 4 * 2 ** 20;
/** Streams of others, while those are stopped. */
const BYSTANDERS = 4;

/** Half-open peers: the clients' process is stopped in the middle of its streams, and goes on later. */
export const stoppedClientCase = tortureCase({
  name: "stopped-client",
  about: "SIGSTOP of clients in the middle of their streams, and SIGCONT",
  sizes: {
    quick: { streams: 32, stoppedMs: 500, bytes: 32 * 1024 },
    full: { streams: 256, stoppedMs: 10_000, bytes: 512 * 1024 },
  },
  limits: { quick: 25, full: 90 },
  text: ({ streams, stoppedMs }: Size) => `${streams} streams, ${stoppedMs / 1000} s`,
  run: async (ground: Ground, { streams, stoppedMs, bytes }) => {
    const server = await ground.serve();
    const traffic = ground.traffic({
      address: server.address,
      streams,
      bytes,
      // So slow that they are under way when they are stopped.
      mostPiece: 4096,
      writePauseMs: 20,
      timeoutMs: 60_000,
    });
    await traffic.moving();
    traffic.child.signal("SIGSTOP");
    await server.untilOpen(streams);
    const [others] = await Promise.all([
      Promise.all(
        Array.from(
          { length: BYSTANDERS },
          (_, index) =>
            verifiedStream(server.address, { bytes: BYTES, random: ground.random(index), signal: ground.signal }),
        ),
      ),
      ground.wait(stoppedMs),
    ]);
    allEchoed("streams of others meanwhile", others);
    traffic.child.signal("SIGCONT");
    const outcomes = await traffic.outcomes();
    const failed = outcomes.filter(({ error, echoed }) => error !== null || echoed !== bytes);
    check(failed.length === 0, `${failed.length} streams failed: ${failed[0]?.error?.message}`);
    await server.finish();
    return `others were served meanwhile; all ${streams} went on, each byte right`;
  },
});
