import { cutCable, type WiredPair } from "../../../tests/support/netns.ts";
import { noWiredPair } from "../no_wired_pair.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";

interface Size {
  readonly streams: number;
  /** Milliseconds of a cut that all outlive: less than the server waits. */
  readonly shortMs: number;
}

/** Milliseconds after which a client gives up. */
const CLIENT_TIMEOUT_MS = 2_500;
/**
 * A server that is to notice: by keepalive where it is silent (1 s + 2 x 1 s), by the user timeout where it has sent
 * something. The kernel's own times are hours.
 */
const NOTICING = "--keepalive-idle 1 --keepalive-interval 1 --keepalive-count 2 --user-timeout 2s".split(" ");
/** The bytes of a stream that outlives a short cut. */
const BYTES = 32 * 1024;

/** The network goes away without a word, for a moment and for good. */
export const cutLinkCase = tortureCase({
  name: "cut-link",
  about: "a cut link between two namespaces: a short one is outlived, a long one is noticed by both sides",
  sizes: { quick: { streams: 16, shortMs: 500 }, full: { streams: 64, shortMs: 1_000 } },
  limits: { quick: 30, full: 60 },
  text: ({ streams, shortMs }: Size) => `${streams} streams, ${shortMs / 1000} s and for good`,
  missing: noWiredPair,
  run: async (ground: Ground, { streams, shortMs }) => {
    const pair = await ground.wiredPair();
    const server = await ground.serve({ pair, args: NOTICING });
    const { address } = server;
    const short = ground.traffic(
      { address, streams, bytes: BYTES, mostPiece: 2048, writePauseMs: 10, timeoutMs: 30_000 },
      pair,
    );
    await short.moving();
    await cutCable(pair);
    await ground.wait(shortMs);
    await mendCable(pair);
    const outlived = await short.outcomes();
    const failed = outlived.find(({ error, echoed }) => error !== null || echoed !== BYTES);
    check(failed === undefined, `a stream did not outlive a cut of ${shortMs} ms: ${failed?.error?.message}`);
    // Half of the clients have much under way, the others say something now and then.
    const busy = ground.traffic({ address, streams, bytes: null, timeoutMs: CLIENT_TIMEOUT_MS }, pair);
    const quiet = ground.traffic(
      { address, streams, bytes: null, mostPiece: 64, writePauseMs: 1000, timeoutMs: CLIENT_TIMEOUT_MS },
      pair,
    );
    await Promise.all([busy.moving(), quiet.moving()]);
    await cutCable(pair);
    const outcomes = [...await busy.outcomes(), ...await quiet.outcomes()];
    const other = outcomes.find(({ error }) => error?.reason !== "stalled");
    check(other === undefined, `a client behind a cut link does not say "stalled" but ${other?.error?.message}`);
    await server.back();
    await mendCable(pair);
    const { errors } = await server.finish();
    check(errors === outcomes.length, `the server says of ${errors} of ${outcomes.length} connections that they died`);
    return `${streams} streams outlived ${shortMs} ms; ${outcomes.length} clients said "stalled", the server "timeout"`;
  },
});

async function mendCable({ client, server }: WiredPair): Promise<void> {
  await Promise.all([client, server].map((netns) => netns.nft("delete table inet cut")));
}
