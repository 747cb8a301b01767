import type { Netns } from "../../../tests/support/netns.ts";
import { bytesText } from "../../../lib/report/bench_units.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { noWiredPair } from "../no_wired_pair.ts";
import { tortureCase } from "../torture_case.ts";

/** Packets of a hundred that are lost, in each direction. */
const PERCENT = 2;
const STREAMS = 16;

/** A network that loses packets. */
export const lossCase = tortureCase({
  name: "loss",
  about: `${PERCENT}% of the packets lost at random, in each direction, between two namespaces`,
  sizes: { quick: 256 * 1024, full: 8 * 2 ** 20 },
  limits: { quick: 40, full: 180 },
  text: (bytes) => `${STREAMS} x ${bytesText(bytes)}`,
  missing: noWiredPair,
  run: async (ground: Ground, bytes: number) => {
    const pair = await ground.wiredPair();
    await Promise.all([pair.client, pair.server].map((netns) =>
      netns.nft(
        "table inet loss { chain input { type filter hook input priority 0; " +
          `meta l4proto tcp numgen random mod 100 < ${PERCENT} counter drop; }; }`,
      )
    ));
    const server = await ground.serve({ pair });
    const traffic = ground.traffic({ address: server.address, streams: STREAMS, bytes, timeoutMs: 30_000 }, pair);
    const outcomes = await traffic.outcomes();
    const failed = outcomes.find(({ error, echoed }) => error !== null || echoed !== bytes);
    check(failed === undefined, `a stream failed: ${failed?.error?.message}`);
    const lost = await Promise.all([lostPackets(pair.server), lostPackets(pair.client)]);
    check(lost.every((count) => count > 0), "no packet was lost: the case proves nothing");
    await server.finish();
    return `each byte right; ${lost[0]} and ${lost[1]} packets were lost`;
  },
});

async function lostPackets(netns: Netns): Promise<number> {
  const [, packets] = /counter packets (\d+)/.exec(await netns.nft("list table inet loss"))!;
  return Number(packets);
}
