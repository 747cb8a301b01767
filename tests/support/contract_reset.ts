/**
 * How a {@linkcode Connection} tells a genuine RST: what the kernel does, step by step, and what the pair in memory must
 * do as well.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Connection } from "../../lib/net/connection.ts";
import { randomBytes } from "./bytes.ts";
import { writeUntilFailure } from "./contract_closing.ts";
import { outcome, readExactly } from "./contract_connection.ts";
import { testUnless } from "./needs.ts";

/** A connection whose peer can send RST without a FIN before it. */
export interface Resettable extends Disposable {
  near: Connection;
  /** The peer writes; resolves when it is on its way. */
  write(bytes: Uint8Array): Promise<void>;
  /** The peer sends FIN. */
  closeWrite(): Promise<void>;
  /** The peer sends RST; resolves when it is on its way. */
  reset(): Promise<void>;
}

type ResetCase = (peer: Resettable, overfull: number) => Promise<void>;

const read = (connection: Connection) => outcome(connection.read(new Uint8Array(10)));
const write = (connection: Connection) => outcome(connection.write(new Uint8Array(10)));

/** Registers every case as a test; a write of `overfull` bytes waits for the reader. */
export function resetSuite(
  name: string,
  makePeer: () => Promise<Resettable>,
  overfull: number,
  skip?: string,
): void {
  for (const [title, run] of Object.entries(resetCases)) {
    testUnless(skip, `${name}: ${title}`, async () => {
      using peer = await makePeer();
      using _near = peer.near;
      await run(peer, overfull);
    });
  }
}

const resetCases: Record<string, ResetCase> = {
  "a RST ends a waiting read, once; then comes the end": async ({ near, reset }) => {
    const reading = read(near);
    await reset();
    assertEquals(await reading, "ConnectionReset");
    assertEquals([await read(near), await read(near)], [null, null]);
    assertEquals([await write(near), await write(near)], ["BrokenPipe", "BrokenPipe"]);
  },

  "a RST that a write meets first is told to it, once": async ({ near, reset }) => {
    await reset();
    assertEquals([await writeUntilFailure(near), await write(near)], ["ConnectionReset", "BrokenPipe"]);
    assertEquals([await read(near), await read(near)], [null, null]);
  },

  "a RST does not overtake what was sent before it": async ({ near, reset, write: peerWrites }) => {
    const bytes = randomBytes(100);
    await peerWrites(bytes);
    await reset();
    assertEquals(await readExactly(near, 100), bytes);
    assertEquals([await read(near), await read(near)], ["ConnectionReset", null]);
    assertEquals(await write(near), "BrokenPipe");
  },

  "a RST that a write has met still leaves what was sent before it": async ({ near, reset, write: peerWrites }) => {
    const bytes = randomBytes(100);
    await peerWrites(bytes);
    await reset();
    assertEquals(await writeUntilFailure(near), "ConnectionReset");
    assertEquals(await readExactly(near, 100), bytes);
    assertEquals([await read(near), await write(near)], [null, "BrokenPipe"]);
  },

  "a RST fails a waiting write; it or a waiting read is told": async ({ near, reset }, overfull) => {
    const writing = outcome(near.write(new Uint8Array(overfull)));
    const reading = read(near);
    await reset();
    const told = new Set([`${await reading}`, `${await writing}`]);
    // Whoever is woken first; the other gets what comes after.
    const either = told.has("ConnectionReset") && (told.has("BrokenPipe") || told.has("null"));
    assertEquals(either, true, [...told].join(" and "));
    assertEquals([await read(near), await write(near)], [null, "BrokenPipe"]);
  },

  "a RST after the FIN is told to writes only, as BrokenPipe": async ({ near, closeWrite, reset }) => {
    await closeWrite();
    assertEquals(await read(near), null);
    await reset();
    assertEquals([await read(near), await writeUntilFailure(near), await read(near)], [null, "BrokenPipe", null]);
  },

  "after a RST closeWrite() still works": async ({ near, reset }) => {
    await reset();
    await near.closeWrite();
    assertEquals([await read(near), await read(near), await write(near)], ["ConnectionReset", null, "BrokenPipe"]);
  },

  "after a RST close() still works": async ({ near, reset }) => {
    await reset();
    near.close();
    assertEquals([await read(near), await write(near)], ["BadResource", "BadResource"]);
  },
};
