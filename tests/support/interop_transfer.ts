/**
 * Bytes to send through a server from the test's own process, and ways to be in the middle of it.
 *
 * @module
 */
import { randomBytes } from "./bytes.ts";
import { assertSameBytes } from "./echo_bytes.ts";
import { inTime } from "./interop_process.ts";

/** Bytes in a mebibyte. */
export const MIB = 1024 * 1024;

/** Writes the whole buffer. */
export async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await conn.write(bytes.subarray(done));
}

/** Reads until the peer's FIN. */
export async function readAll(conn: Deno.Conn): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const buffer = new Uint8Array(256 * 1024);
  for (let n = await conn.read(buffer); n !== null; n = await conn.read(buffer)) parts.push(buffer.slice(0, n));
  return await new Blob(parts).bytes();
}

/**
 * Sends 16 MiB through an echo server and calls `interrupt` when the first part is under way: some of the echo has come, the
 * rest is with the server and not read yet, and half is still to be sent. Checks that every byte comes back all the same.
 */
export async function transferAround(port: number, interrupt: () => Promise<void>): Promise<void> {
  const bytes = randomBytes(16 * MIB);
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const half = bytes.length / 2;
  const sent = writeAll(conn, bytes.subarray(0, half));
  const first = new Uint8Array(64 * 1024);
  const n = await conn.read(first) ?? 0;
  await interrupt();
  const rest = readAll(conn);
  await sent;
  await writeAll(conn, bytes.subarray(half));
  await conn.closeWrite();
  const echoed = await inTime(rest, () => "the echo has not ended");
  assertSameBytes(await new Blob([first.slice(0, n), echoed as Uint8Array<ArrayBuffer>]).bytes(), bytes);
}

/** Writes until the peer takes no more: a piece of 64 KiB that waits for 250 ms is taken by nobody on a loopback. */
export async function writeUntilStuck(conn: Deno.Conn): Promise<void> {
  const piece = new Uint8Array(64 * 1024);
  for (let tries = 0; tries < 10_000; tries++) {
    const stuck = Promise.withResolvers<true>();
    const timer = setTimeout(() => stuck.resolve(true), 250);
    // What still waits then fails when the test closes the connection.
    const written = writeAll(conn, piece).catch(() => {});
    const isStuck = await Promise.race([written, stuck.promise]);
    clearTimeout(timer);
    if (isStuck) return;
  }
  throw new Error("the peer takes everything");
}
