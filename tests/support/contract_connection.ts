/**
 * The contract of {@linkcode Connection}, written once and run over everything that makes one.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import type { Connection } from "../../lib/net/connection.ts";
import { concat, randomBytes, sha256 } from "./bytes.ts";
import { closingCases } from "./contract_closing.ts";

/** Two ends of one connection. Cases close both; `dispose` ends what else was opened. */
export interface Ends extends Disposable {
  near: Connection;
  far: Connection;
}

/** What a case may rely on. */
export interface ContractOptions {
  /** Bytes of the longest transfer, less where each byte costs a promise. */
  largest: number;
  /** Bytes that the buffers on the way hold, so that a write of so many does not wait for the reader. */
  fits: number;
  /** More bytes than all buffers on the way hold: a write of so many waits for the reader. */
  overfull: number;
}

/** A case of the contract. */
export type ContractCase = (ends: Ends, options: ContractOptions) => Promise<void>;

const encode = (text: string) => new TextEncoder().encode(text);

/** Registers every case of the contract as a test of the connections that `makePair` makes. */
export function contractSuite(
  name: string,
  makePair: () => Promise<Ends>,
  options: ContractOptions & { skip?: string },
): void {
  for (const [title, run] of Object.entries({ ...flowCases, ...closingCases })) {
    Deno.test({
      name: `${name}: ${title}${options.skip ? ` (skipped: ${options.skip})` : ""}`,
      ignore: options.skip !== undefined,
      async fn() {
        using ends = await makePair();
        using _near = ends.near;
        using _far = ends.far;
        await run(ends, options);
      },
    });
  }
}

/** Reads until the end, into a buffer of `size` bytes. */
export async function readAll(connection: Connection, size = 65536): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  const buffer = new Uint8Array(size);
  for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
    assert(n > 0 && n <= size, `read() gave ${n} for a buffer of ${size}`);
    pieces.push(buffer.slice(0, n));
  }
  return concat(pieces);
}

/** Reads exactly `length` bytes. */
export async function readExactly(connection: Connection, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const n = await connection.read(bytes.subarray(done));
    assert(n !== null, `the stream ended after ${done} of ${length} bytes`);
    done += n;
  }
  return bytes;
}

/** The `name` of the error that a promise rejects with, or what it gives: to compare outcomes in one line. */
export function outcome<T>(promise: Promise<T>): Promise<T | string> {
  return promise.catch((error) => {
    assertInstanceOf(error, Error);
    return error.name;
  });
}

async function sendAndClose(connection: Connection, bytes: Uint8Array): Promise<void> {
  await connection.write(bytes);
  await connection.closeWrite();
}

async function transfer({ near, far }: Ends, forth: Uint8Array<ArrayBuffer>, back: Uint8Array<ArrayBuffer>) {
  const [, , atFar, atNear] = await Promise.all([
    sendAndClose(near, forth),
    sendAndClose(far, back),
    readAll(far),
    readAll(near),
  ]);
  assertEquals([atFar.length, atNear.length], [forth.length, back.length]);
  assertEquals([await sha256(atFar), await sha256(atNear)], [await sha256(forth), await sha256(back)]);
}

const flowCases: Record<string, ContractCase> = {
  "each end has the other's address": ({ near, far }) => {
    assertEquals(near.localAddr, far.remoteAddr);
    assertEquals(near.remoteAddr, far.localAddr);
    assert(near.localAddr.port !== near.remoteAddr.port);
    assertEquals(Object.keys(near.localAddr).sort(), ["hostname", "port"]);
    return Promise.resolve();
  },

  "bytes arrive whole and in order, one after the other": async ({ near, far }, { largest }) => {
    const sizes = [1, 2, 3, 1000, 65535, 65536, 65537, 1024 * 1024].filter((size) => size <= largest);
    for (const size of sizes) {
      const bytes = randomBytes(size, size);
      const [received] = await Promise.all([readExactly(far, size), near.write(bytes)]);
      assertEquals(await sha256(received), await sha256(bytes), `${size} bytes`);
    }
  },

  "bytes go both ways at the same time": async (ends, { largest }) => {
    await transfer(ends, randomBytes(largest, 1), randomBytes(largest, 2));
  },

  "a read into an empty buffer gives 0 and takes nothing": async ({ near, far }) => {
    assertEquals(await near.read(new Uint8Array()), 0);
    await far.write(encode("x"));
    assertEquals(await near.read(new Uint8Array()), 0);
    assertEquals(await readExactly(near, 1), encode("x"));
  },

  "an empty write sends nothing": async ({ near, far }) => {
    await near.write(new Uint8Array());
    await near.write(encode("x"));
    await near.write(new Uint8Array());
    await near.closeWrite();
    assertEquals(await readAll(far), encode("x"));
  },

  "a read takes no more than its buffer holds and leaves the rest": async ({ near, far }) => {
    const bytes = randomBytes(1000);
    const sending = sendAndClose(near, bytes);
    const first = await readExactly(far, 1);
    const next = await readExactly(far, 2);
    assertEquals(concat([first, next, await readAll(far, 7)]), bytes);
    await sending;
  },

  "a read gives what has come and does not wait to fill its buffer": async ({ near, far }, { fits }) => {
    await near.write(randomBytes(fits));
    const buffer = new Uint8Array(2 * fits + 1);
    const n = await far.read(buffer);
    assert(n !== null && n >= 1 && n <= fits, `read() gave ${n}`);
    assertEquals(buffer.subarray(n), new Uint8Array(buffer.length - n), "what lies beyond was not touched");
  },

  "a write waits while the peer does not read, and goes on when it does": async ({ near, far }, { overfull }) => {
    let written = false;
    const writing = near.write(new Uint8Array(overfull)).then(() => written = true);
    await readExactly(far, 1);
    assertEquals(written, false);
    await near.read(new Uint8Array()); // a turn of the event loop
    assertEquals(written, false);
    const drained = readAll(far, 1024 * 1024);
    await writing;
    await near.closeWrite();
    assertEquals((await drained).length, overfull - 1);
  },

  "a waiting write does not hold up the other direction": async ({ near, far }, { overfull }) => {
    const writing = outcome(near.write(new Uint8Array(overfull)));
    const bytes = randomBytes(1000);
    const [received] = await Promise.all([readExactly(near, 1000), far.write(bytes)]);
    assertEquals(received, bytes);
    near.close();
    assertEquals(await writing, "Interrupted");
  },

  "half-close forth: FIN comes after all data, and again and again; the other direction still works": async (ends) => {
    await halfClose(ends.near, ends.far);
  },

  "half-close back: FIN comes after all data, and again and again; the other direction still works": async (ends) => {
    await halfClose(ends.far, ends.near);
  },

  "a write after closeWrite() is a BrokenPipe; reading goes on": async ({ near, far }) => {
    await near.closeWrite();
    await assertRejects(() => near.write(encode("x")), Deno.errors.BrokenPipe);
    await far.write(encode("y"));
    assertEquals(await readExactly(near, 1), encode("y"));
  },
};

async function halfClose(from: Connection, to: Connection): Promise<void> {
  const bytes = randomBytes(1000);
  const [received] = await Promise.all([readAll(to), sendAndClose(from, bytes)]);
  assertEquals(received, bytes);
  for (let i = 0; i < 3; i++) assertEquals(await to.read(new Uint8Array(1)), null);
  for (let i = 0; i < 3; i++) {
    const [answer] = await Promise.all([readExactly(from, 1000), to.write(bytes)]);
    assertEquals(answer, bytes);
  }
  await to.closeWrite();
  assertEquals(await from.read(new Uint8Array(1)), null);
  assertEquals(await to.read(new Uint8Array(1)), null);
}
