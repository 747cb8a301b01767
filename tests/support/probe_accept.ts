/**
 * An echo server on the accept loop that tells when the loop waits: to be run short of descriptors.
 *
 * @module
 */
import { acceptLoop } from "../../lib/net/accept_loop.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen } from "../../lib/net/listen.ts";

async function echoAll(connection: Connection): Promise<void> {
  using _closed = connection;
  const buffer = new Uint8Array(1024);
  for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
    await connection.write(buffer.subarray(0, n));
  }
}

if (import.meta.main) {
  // Deno starts its signal watcher now, while there are descriptors for it.
  Deno.addSignalListener("SIGUSR1", () => {});
  using listener = listen();
  console.log(`port ${listener.addr.port}`);
  await acceptLoop(listener, (connection) => void echoAll(connection).catch(() => {}), {
    onError: (error, waitMs) => console.log(`waits ${waitMs} ${(error as Error).message}`),
  });
}
