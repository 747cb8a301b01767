import { delay } from "../../lib/core/delay.ts";
import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { type Peer, servingPeer } from "./ping_peers.ts";

/** Bytes on their way, and when they are due. */
interface UnderWay {
  readonly bytes: Uint8Array;
  readonly due: number;
}

/**
 * Starts a proxy on 127.0.0.1 that passes on what clients send to a server on this machine, each piece after a delay of its
 * own, and without delay what comes back. The order stays: a piece that comes while one before it waits does not overtake.
 */
export function delayingProxy(port: number, delayMs: () => number): Peer {
  return servingPeer(async (near) => {
    using far = await connect({ port });
    await Promise.all([passSlowly(near, far, delayMs), pass(far, near)]);
  });
}

async function pass(from: Connection, to: Connection): Promise<void> {
  const buffer = new Uint8Array(65536);
  for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) await to.write(buffer.subarray(0, n));
  await to.closeWrite();
}

async function passSlowly(from: Connection, to: Connection, delayMs: () => number): Promise<void> {
  let passing = Promise.resolve();
  const pass = async (last: Promise<void>, { bytes, due }: UnderWay) => {
    await last;
    await delay(Math.max(0, due - performance.now()));
    await to.write(bytes);
  };
  const buffer = new Uint8Array(65536);
  for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) {
    passing = pass(passing, { bytes: buffer.slice(0, n), due: performance.now() + delayMs() });
    // Told where it is awaited.
    passing.catch(() => {});
  }
  await passing;
  await to.closeWrite();
}
