import type { Connection } from "../net/connection.ts";
import { isPeerReset } from "../net/is_peer_gone.ts";
import { drain } from "./discard.ts";
import type { ServiceMeter } from "./service.ts";

const FIRST_PRINTABLE = 0x20;
const PRINTABLES = 95;
const LINE_LENGTH = 72;
/** The pattern so many times makes one write of 55 KiB, for fewer system calls. */
const REPEATS = 8;

/**
 * Sends lines of 72 characters and CRLF, each beginning one character further in the 95 printable ones of ASCII, and
 * throws away what comes (RFC 864). It ends when the peer is gone: a FIN alone does not end it, since the caller may have
 * closed no more than its sending side.
 *
 * @example
 * ```ts
 * import { chargen, connectionPair } from "@sounder/tcp";
 *
 * const [client, server] = connectionPair();
 * const served = chargen(server);
 * await client.read(new Uint8Array(74)); // ` !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFG` and so on
 * client.close();
 * await served;
 * ```
 */
export async function chargen(connection: Connection, meter?: ServiceMeter): Promise<void> {
  // Whatever ends the reading ends the writing too, which reports it.
  const drained = drain(connection, meter).catch((error: unknown) => error);
  try {
    while (true) {
      await connection.write(PATTERN);
      meter?.sent(PATTERN);
    }
  } catch (error) {
    // A peer that is gone is how this service ends; after our own FIN (shutdown) the peer's is still to come.
    if (!isPeerReset(error)) throw error;
    // One that stopped answering is told to the read, and then the pipe of the write is broken.
    const readError = await drained;
    if (readError instanceof Deno.errors.TimedOut) throw readError;
  }
}

/** All 95 lines, after which they begin again. */
const PATTERN = makePattern();

function makePattern(): Uint8Array {
  const bytes: number[] = [];
  for (let line = 0; line < REPEATS * PRINTABLES; line++) {
    for (let i = 0; i < LINE_LENGTH; i++) bytes.push(FIRST_PRINTABLE + (line + i) % PRINTABLES);
    bytes.push(0x0d, 0x0a);
  }
  return new Uint8Array(bytes);
}
