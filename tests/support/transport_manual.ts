/**
 * A connection whose writes a test lets go by hand.
 *
 * @module
 */
import type { Connection } from "../../lib/net/connection.ts";

/** What was asked of it. */
export class ManualConnection implements Connection {
  readonly localAddr = { hostname: "127.0.0.1", port: 1 };
  readonly remoteAddr = { hostname: "127.0.0.1", port: 2 };
  readonly socketOptions = [];
  /** `write N`, `closeWrite`, `close` and `abort`, in order. */
  readonly calls: string[] = [];
  /** Copies of what was written. */
  readonly written: Uint8Array[] = [];
  /** Writes under way at the same time, at most. */
  mostWrites = 0;
  #pending: PromiseWithResolvers<void>[] = [];
  readonly #reading = Promise.withResolvers<number | null>();

  read(): Promise<number | null> {
    return this.#reading.promise;
  }

  write(p: Uint8Array): Promise<void> {
    this.calls.push(`write ${p.length}`);
    this.written.push(p.slice());
    const pending = Promise.withResolvers<void>();
    this.#pending.push(pending);
    this.mostWrites = Math.max(this.mostWrites, this.#pending.length);
    return pending.promise;
  }

  /** Lets the write under way go, and what follows happen. */
  async release(): Promise<void> {
    this.#pending.shift()!.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  closeWrite(): Promise<void> {
    this.calls.push("closeWrite");
    return Promise.resolve();
  }

  close(): void {
    this.#end("close");
  }

  abort(): void {
    this.#end("abort");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(how: string): void {
    this.calls.push(how);
    this.#reading.resolve(null);
    for (const { reject } of this.#pending) reject(new Deno.errors.Interrupted("closed"));
    this.#pending = [];
  }
}
