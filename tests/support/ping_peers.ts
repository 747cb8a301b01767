/**
 * Servers that do to a ping what a test wants.
 *
 * @module
 */
import { acceptLoop } from "../../lib/net/accept_loop.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen, type Listener } from "../../lib/net/listen.ts";
import type { PingSample } from "../../lib/measure/ping_result.ts";
import { ping, type PingOptions } from "../../lib/measure/ping.ts";
import type { PingResult } from "../../lib/measure/ping_result.ts";

/** A server. */
export interface Peer extends AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
}

/** What becomes of a probe: the bytes to send back, or what else to do. */
export type Answer = Uint8Array | "close" | "reset" | "nothing";

/**
 * Starts a server that answers probes one by one.
 *
 * @param answer Told the number of the probe, from 1, over all connections, and its bytes, which it may change.
 */
export function answeringPeer(
  size: number,
  answer: (n: number, probe: Uint8Array<ArrayBuffer>, connection: Connection) => Answer | Promise<Answer>,
  port = 0,
): Peer {
  let n = 0;
  return servingPeer(async (connection) => {
    const probe = new Uint8Array(size);
    while (await readWhole(connection, probe)) {
      const bytes = await answer(++n, probe.slice(), connection);
      if (bytes === "reset") return connection.abort();
      if (bytes === "close") return connection.close();
      if (bytes !== "nothing") await connection.write(bytes);
    }
  }, port);
}

/** Starts a server that does this with each connection. Disposing of it closes them all. */
export function servingPeer(serve: (connection: Connection) => Promise<void>, port = 0): Peer {
  const listener: Listener = listen({ port });
  const running = new Set<Promise<void>>();
  const open = new Set<Connection>();
  let accepted = 0;
  const loop = acceptLoop(listener, (connection) => {
    accepted++;
    open.add(connection);
    // What a ping does to it is not the server's affair.
    const served: Promise<void> = serve(connection).catch(() => {}).finally(() => {
      connection.close();
      open.delete(connection);
      running.delete(served);
    });
    running.add(served);
  });
  return {
    port: listener.addr.port,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await loop;
      for (const connection of open) connection.close();
      await Promise.all(running);
    },
  };
}

/** Fills a buffer; false where the peer has sent FIN before. */
export async function readWhole(connection: Connection, bytes: Uint8Array): Promise<boolean> {
  for (let done = 0; done < bytes.length;) {
    const n = await connection.read(bytes.subarray(done));
    if (n === null) return false;
    done += n;
  }
  return true;
}

/** Runs a ping to its end; `onSample` may wait, and may do something to the server. */
export async function pingThrough(
  options: PingOptions,
  onSample: (sample: PingSample) => void | Promise<void> = () => {},
): Promise<{ samples: PingSample[]; result: PingResult }> {
  const samples: PingSample[] = [];
  const run = ping(options);
  for await (const sample of run) {
    samples.push(sample);
    await onSample(sample);
  }
  return { samples, result: await run.result() };
}

/** Samples in short: `1 reply`, `2 lost closed`. */
export function inShort(samples: readonly PingSample[]): string[] {
  return samples.map(({ seq, outcome, loss }) => [seq, outcome, loss].filter((part) => part !== null).join(" "));
}
