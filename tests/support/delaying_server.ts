import { acceptLoop } from "../../lib/net/accept_loop.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen, type Listener } from "../../lib/net/listen.ts";

/** An echo server that holds each request back, and knows for how long it did. */
export interface DelayingServer extends AsyncDisposable {
  /** Where it listens. */
  readonly addr: { readonly hostname: string; readonly port: number };
  /** How long each request was held back, in milliseconds: from its last byte to the write of the echo. */
  readonly heldMs: readonly number[];
}

/** Options for {@linkcode delayingServer}. */
export interface DelayingServerOptions {
  /** Bytes of a request. */
  size: number;
  /** How long to hold back request `n`, in milliseconds; 0 echoes at once. Counted over all connections. */
  delayOf(n: number): number;
}

/** Starts one on a free port of 127.0.0.1. */
export function delayingServer({ size, delayOf }: DelayingServerOptions): DelayingServer {
  const heldMs: number[] = [];
  let requests = 0;
  return serverOf(async (connection) => {
    const request = new Uint8Array(size);
    while (await readWhole(connection, request)) {
      const since = performance.now();
      const delay = delayOf(requests++);
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      heldMs.push(performance.now() - since);
      await connection.write(request);
    }
  }, { heldMs });
}

/** An echo server that serves nobody for a while, once. */
export function stallingServer(afterMs: number, stallMs: number): DelayingServer {
  const start = performance.now();
  let stalled: Promise<void> | undefined;
  return serverOf(async (connection) => {
    const buffer = new Uint8Array(4096);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      if (performance.now() - start > afterMs) {
        await (stalled ??= new Promise((resolve) => setTimeout(resolve, stallMs)));
      }
      await connection.write(buffer.subarray(0, n));
    }
  }, { heldMs: [] });
}

/** A server whose every connection is served by a function; its end is the connection's. By default on a free port. */
export function serverOf<T extends object>(
  serveOne: (connection: Connection, number: number) => Promise<void>,
  members: T,
  port = 0,
): T & AsyncDisposable & { readonly addr: { hostname: string; port: number } } {
  const listener: Listener = listen({ hostname: "127.0.0.1", port });
  const open = new Set<Connection>();
  let number = 0;
  const accepting = acceptLoop(listener, (connection) => {
    open.add(connection);
    // A peer that goes away in the middle is the test's affair.
    void serveOne(connection, number++).catch(() => {}).finally(() => {
      open.delete(connection);
      connection.close();
    });
  });
  return {
    ...members,
    addr: { hostname: "127.0.0.1", port: listener.addr.port },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      for (const connection of open) connection.close();
    },
  };
}

async function readWhole(connection: Connection, bytes: Uint8Array): Promise<boolean> {
  for (let done = 0; done < bytes.length;) {
    const n = await connection.read(bytes.subarray(done));
    if (n === null) return false;
    done += n;
  }
  return true;
}
