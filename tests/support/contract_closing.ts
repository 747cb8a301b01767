/**
 * The part of the contract of {@linkcode Connection} that tells how it ends.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Connection } from "../../lib/net/connection.ts";
import { randomBytes } from "./bytes.ts";
import { type ContractCase, outcome, readAll, readExactly } from "./contract_connection.ts";

/** Writes until it fails, which a dead peer makes it do sooner or later; gives the name of the error. */
export async function writeUntilFailure(connection: Connection): Promise<string> {
  // The first goes out, and the RST in answer to it fails a later one: on a loopback the next, unless a child that another
  // test file starts holds a copy of the peer's descriptor, from its fork to its exec: then the buffers fill meanwhile.
  const bytes = new Uint8Array(65536);
  for (let i = 0; i < 1000; i++) {
    const result = await outcome(connection.write(bytes));
    if (typeof result === "string") return result;
  }
  throw new Error("1000 writes to a dead peer succeeded");
}

function assertPeerGone(name: string): void {
  assert(name === "BrokenPipe" || name === "ConnectionReset", `a write to a dead peer failed with ${name}`);
}

/** Reads on until the peer's end or its RST, whichever the platform shows, and then the end again and again. */
async function assertEnded(connection: Connection): Promise<void> {
  const first = await outcome(connection.read(new Uint8Array(1)));
  assert(first === null || first === "ConnectionReset", `the end was ${first}`);
  for (let i = 0; i < 3; i++) assertEquals(await connection.read(new Uint8Array(1)), null);
}

/** Cases about FIN, RST and what comes after. */
export const closingCases: Record<string, ContractCase> = {
  "closeWrite() twice, also at once and after the peer's, sends one FIN": async ({ near, far }) => {
    await Promise.all([near.closeWrite(), near.closeWrite()]);
    await near.closeWrite();
    assertEquals(await far.read(new Uint8Array(1)), null);
    await far.closeWrite();
    assertEquals(await near.read(new Uint8Array(1)), null);
    await near.closeWrite();
    await far.closeWrite();
  },

  "closeWrite() behind a waiting write sends FIN after all of it": async ({ near, far }, { overfull }) => {
    const writing = near.write(new Uint8Array(overfull));
    const closing = near.closeWrite();
    assertEquals((await readAll(far, 1024 * 1024)).length, overfull);
    await writing;
    await closing;
  },

  "closeWrite() and close() right after a write lose nothing": async ({ near, far }, { largest }) => {
    const bytes = randomBytes(Math.min(largest, 20_000));
    const reading = readAll(far);
    await near.write(bytes);
    const closing = near.closeWrite();
    near.close();
    await closing;
    assertEquals(await reading, bytes);
  },

  "close() lets go out what was written, then FIN": async ({ near, far }, { largest }) => {
    const bytes = randomBytes(Math.min(largest, 20_000));
    const reading = readAll(far);
    await near.write(bytes);
    near.close();
    assertEquals(await reading, bytes);
  },

  "close() interrupts a waiting read": async ({ near }) => {
    const reading = outcome(near.read(new Uint8Array(1)));
    near.close();
    assertEquals(await reading, "Interrupted");
  },

  "close() interrupts a waiting read after closeWrite()": async ({ near }) => {
    await near.closeWrite();
    const reading = outcome(near.read(new Uint8Array(1)));
    near.close();
    assertEquals(await reading, "Interrupted");
  },

  "close() interrupts a waiting write": async ({ near, far }, { overfull }) => {
    const writing = outcome(near.write(new Uint8Array(overfull)));
    await readExactly(far, 1);
    near.close();
    assertEquals(await writing, "Interrupted");
  },

  "close() interrupts a closeWrite() behind a waiting write": async ({ near, far }, { overfull }) => {
    const writing = outcome(near.write(new Uint8Array(overfull)));
    const closing = outcome(near.closeWrite());
    await readExactly(far, 1);
    near.close();
    assertEquals([await writing, await closing], ["Interrupted", "Interrupted"]);
  },

  "abort() interrupts a waiting read and a waiting write": async ({ near, far }, { overfull }) => {
    const writing = outcome(near.write(new Uint8Array(overfull)));
    const reading = outcome(near.read(new Uint8Array(1)));
    await readExactly(far, 1);
    near.abort();
    assertEquals([await reading, await writing], ["Interrupted", "Interrupted"]);
  },

  "after close() every call is a BadResource": async ({ near }) => {
    near.close();
    await assertRejects(() => near.read(new Uint8Array(1)), Deno.errors.BadResource);
    await assertRejects(() => near.write(new Uint8Array(1)), Deno.errors.BadResource);
    await assertRejects(() => near.closeWrite(), Deno.errors.BadResource);
  },

  "after closeWrite() and close() every call is a BadResource": async ({ near }) => {
    await near.closeWrite();
    near.close();
    await assertRejects(() => near.read(new Uint8Array(1)), Deno.errors.BadResource);
    await assertRejects(() => near.write(new Uint8Array(1)), Deno.errors.BadResource);
    await assertRejects(() => near.closeWrite(), Deno.errors.BadResource);
  },

  "close(), abort() and disposal may follow each other": async ({ near, far }) => {
    near.close();
    near.close();
    near.abort();
    near[Symbol.dispose]();
    far.abort();
    far.abort();
    far.close();
    await assertRejects(() => far.read(new Uint8Array(1)), Deno.errors.BadResource);
  },

  "disposal closes": async ({ near, far }) => {
    {
      using _closed = near;
    }
    await assertRejects(() => near.read(new Uint8Array(1)), Deno.errors.BadResource);
    assertEquals(await far.read(new Uint8Array(1)), null);
  },

  "after the peer has closed, reads give the end and writes fail sooner or later": async ({ near, far }) => {
    far.close();
    assertEquals(await near.read(new Uint8Array(1)), null);
    assertPeerGone(await writeUntilFailure(near));
    for (let i = 0; i < 3; i++) assertEquals(await near.read(new Uint8Array(1)), null);
    assertEquals(await outcome(near.write(new Uint8Array(1))), "BrokenPipe");
  },

  "the first write after the peer has closed still succeeds": async ({ near, far }) => {
    far.close();
    await near.write(new Uint8Array(1));
    assertPeerGone(await writeUntilFailure(near));
  },

  "a peer that closes with data unread: what it sent comes first, then the end": async ({ near, far }, { fits }) => {
    const bytes = randomBytes(fits);
    await far.write(bytes);
    const writing = outcome(near.write(randomBytes(2)));
    await readExactly(far, 1);
    far.close();
    assertEquals(await readExactly(near, fits), bytes);
    await assertEnded(near);
    await writing;
    assertPeerGone(await writeUntilFailure(near));
  },

  "a peer that closes with data unread fails a waiting write": async ({ near, far }, { overfull }) => {
    const writing = outcome(near.write(new Uint8Array(overfull)));
    await readExactly(far, 1);
    far.close();
    assertPeerGone(String(await writing));
    await assertEnded(near);
  },

  "a peer that aborts: what it sent comes first, then the end or its RST, once": async ({ near, far }, { fits }) => {
    const bytes = randomBytes(fits);
    await far.write(bytes);
    far.abort();
    assertEquals(await readExactly(near, fits), bytes);
    await assertEnded(near);
    assertPeerGone(await writeUntilFailure(near));
  },

  "a peer that aborts ends a waiting read": async ({ near, far }) => {
    const reading = outcome(near.read(new Uint8Array(1)));
    far.abort();
    const result = await reading;
    assert(result === null || result === "ConnectionReset", `the read gave ${result}`);
  },
};
