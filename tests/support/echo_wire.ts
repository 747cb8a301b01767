import "./libc.ts"; // abort() opens it
import { type AddressInfo, createServer, Socket } from "node:net";
import { connect, type Connection, connectionPair, listen } from "../../mod.ts";
import { concat } from "./bytes.ts";

/** Reads to the end of the stream. */
export async function readAll(connection: Connection): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(64 * 1024);
  for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
    parts.push(buffer.slice(0, n));
  }
  return concat(parts);
}

/** Reads so many bytes; fails if the stream ends before. */
export async function readExactly(connection: Connection, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const n = await connection.read(bytes.subarray(at));
    if (n === null) throw new Error(`the stream ended after ${at} of ${length} bytes`);
    at += n;
  }
  return bytes;
}

/** Both ends of a connection over loopback TCP. */
export async function tcpPair(): Promise<[Connection, Connection]> {
  using listener = listen({ port: 0 });
  return await Promise.all([connect(listener.addr), listener.accept()]);
}

/** The kinds of connection that each service and client must work over. */
export const PAIRS: Record<string, () => Promise<[Connection, Connection]>> = {
  "TCP": tcpPair,
  "a pair": () => Promise.resolve(connectionPair()),
  "a pair that hands over single bytes": () =>
    Promise.resolve(connectionPair({ forth: { maxChunk: 1 }, back: { maxChunk: 1 } })),
  "a pair with small buffers and a delay": () =>
    Promise.resolve(connectionPair({ forth: { bufferSize: 7, delay: 1 }, back: { bufferSize: 11, delay: 1 } })),
};

/** A TCP client that can send RST, which Deno's own connections cannot. */
export interface ResettableClient {
  /** Sends all of it. */
  write(bytes: Uint8Array): Promise<void>;
  /** Sends RST. */
  reset(): Promise<void>;
}

/** Connects one. */
export async function connectResettable(port: number): Promise<ResettableClient> {
  const socket = new Socket();
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  return {
    write: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    reset: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.resetAndDestroy();
      }),
  };
}

/** The clock that tests with a fake one still wait by. */
const { setTimeout: realSetTimeout, performance } = globalThis;
const realNow = performance.now.bind(performance);

/** Waits until something becomes true; fails after 10 seconds. */
export async function until(condition: () => boolean, what = condition.toString()): Promise<void> {
  for (const since = realNow(); !condition();) {
    if (realNow() - since > 10_000) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => realSetTimeout(resolve, 1));
  }
}

/** Lets everything that is ready happen: a few turns of the event loop. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => realSetTimeout(resolve, 0));
}

/** A TCP server that answers the first bytes of each connection with RST. Disposing waits until all are gone. */
export async function listenResetting(): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.resetAndDestroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}
