import type { Address } from "../../lib/core/address.ts";
import { connectEcho } from "../../lib/echo/connect_echo.ts";
import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { isPeerGone } from "../../lib/net/is_peer_gone.ts";
import type { SeededRandom } from "./seeded_random.ts";
import { PATIENCE_MS } from "./verified_stream.ts";

/** What a short-lived connection works with. */
export interface MannerOptions {
  /** What its choices come from. */
  readonly random: SeededRandom;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/** The life of a short-lived connection. Rejects where it was not served as it may expect. */
export type Manner = (address: Address, options: MannerOptions) => Promise<void>;

/** Bytes at most that such a connection sends. */
const MOST_BYTES = 128 * 1024;

function open(address: Address, signal: AbortSignal): Promise<Connection> {
  return connect({ ...address, connectTimeout: PATIENCE_MS, signal });
}

/** What connections do that do not live long, by name. */
export const MANNERS = {
  /** An exchange, compared, and an end in order. */
  polite: async (address, { random, signal }) => {
    const limits = { timeout: PATIENCE_MS, signal };
    using client = await connectEcho({ ...address, connectTimeout: PATIENCE_MS, signal });
    await client.exchange([randomBytes(random, random.size(1, 4096))], limits);
    await client.close(limits);
  },
  /** An exchange, compared, and RST. */
  abrupt: async (address, { random, signal }) => {
    using client = await connectEcho({ ...address, connectTimeout: PATIENCE_MS, signal });
    await client.exchange([randomBytes(random, random.size(1, 4096))], { timeout: PATIENCE_MS, signal });
    client.connection.abort();
  },
  /** FIN without a byte. */
  silent: async (address, { signal }) => {
    using _connection = await open(address, signal);
  },
  /** RST without a byte: mostly before it is accepted. */
  gone: async (address, { signal }) => {
    using connection = await open(address, signal);
    connection.abort();
  },
  /** Bytes, and an end without reading their echo: the kernel sends RST when it comes. */
  deaf: async (address, { random, signal }) => {
    using connection = await open(address, signal);
    await connection.write(randomBytes(random, random.size(1, MOST_BYTES)));
  },
  /** Bytes, some of their echo, and RST at any moment: while the server reads, writes, or waits. */
  resetting: async (address, { random, signal }) => {
    using connection = await open(address, signal);
    const bytes = randomBytes(random, random.size(1, MOST_BYTES));
    const enough = random.whole(0, bytes.length);
    const timer = setTimeout(() => connection.abort(), random.next() * 20);
    const buffer = new Uint8Array(4096);
    const reading = (async () => {
      for (let got = 0; got < enough;) got += await connection.read(buffer) ?? Infinity;
    })();
    // Our own abort is what ends them; anything else is not to be expected.
    const ended = await Promise.allSettled([connection.write(bytes), reading]);
    clearTimeout(timer);
    connection.abort();
    for (const one of ended) if (one.status === "rejected" && !isOwnEnd(one.reason)) throw one.reason;
  },
} satisfies Record<string, Manner>;

/** The name of one of them. */
export type MannerName = keyof typeof MANNERS;

function isOwnEnd(error: unknown): boolean {
  const ofClosing = error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource;
  return ofClosing || isPeerGone(error);
}

/** Random bytes. */
export function randomBytes(random: SeededRandom, length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = random.next() * 2 ** 32;
  return new Uint8Array(words.buffer, 0, length);
}
