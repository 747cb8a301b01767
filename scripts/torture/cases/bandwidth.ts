import { bytesText } from "../../../lib/report/bench_units.ts";
import { runProgram } from "../../bench/program.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { noWiredPair } from "../no_wired_pair.ts";
import { tortureCase } from "../torture_case.ts";

/** Megabits per second in each direction, and how much may wait for its turn: less than the streams have under way. */
const LIMIT = { mbit: 20, burst: "32kb", latency: "20ms" };
const STREAMS = 8;
/** Headers, acknowledgements and what is sent again take their part of the limit, so nothing is faster than it. */
const BYTES_PER_SECOND = LIMIT.mbit * 1e6 / 8;

/** A network that is slow, and drops what does not fit. */
export const bandwidthCase = tortureCase({
  name: "bandwidth",
  about: `${LIMIT.mbit} Mbit/s in each direction between two namespaces, with a short queue`,
  sizes: { quick: 512 * 1024, full: 4 * 2 ** 20 },
  limits: { quick: 40, full: 120 },
  text: (bytes) => `${STREAMS} x ${bytesText(bytes)}`,
  missing: noWiredPair,
  run: async (ground: Ground, bytes: number) => {
    const pair = await ground.wiredPair();
    const { mbit, burst, latency } = LIMIT;
    for (const { name } of [pair.client, pair.server]) {
      const limit = `qdisc add dev wire root tbf rate ${mbit}mbit burst ${burst} latency ${latency}`;
      const { success, stderr } = await runProgram("tc", ["-n", name, ...limit.split(" ")]);
      check(success, `tc cannot limit the bandwidth: ${stderr.trim()}`);
    }
    const server = await ground.serve({ pair });
    const traffic = ground.traffic({ address: server.address, streams: STREAMS, bytes, timeoutMs: 30_000 }, pair);
    await traffic.moving();
    const since = performance.now();
    const outcomes = await traffic.outcomes();
    const seconds = (performance.now() - since) / 1000;
    const failed = outcomes.find(({ error, echoed }) => error !== null || echoed !== bytes);
    check(failed === undefined, `a stream failed: ${failed?.error?.message}`);
    const rate = STREAMS * bytes / seconds;
    check(rate < 2 * BYTES_PER_SECOND, `${bytesText(rate)}/s: the limit was not in force, the case proves nothing`);
    await server.finish();
    return `each byte right; ${bytesText(rate)}/s each way of ${bytesText(BYTES_PER_SECOND)}/s`;
  },
});
