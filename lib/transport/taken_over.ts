import type { Address } from "../core/address.ts";
import type { Connection } from "../net/connection.ts";
import type { PlannedSetting } from "../socket/planned_setting.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import { DESCRIPTOR, type HasDescriptor, OPTIONS_SET } from "../socket/socket_target.ts";

/** A connection of which somebody has read ahead: what that brought comes first. */
export class TakenOver implements Connection, HasDescriptor {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  readonly #connection: Connection & Partial<HasDescriptor>;
  /** What was read, while it is not all given. */
  #ahead: Promise<Uint8Array | null | undefined> | undefined;

  constructor(connection: Connection, ahead: Promise<Uint8Array | null | undefined>) {
    this.localAddr = connection.localAddr;
    this.remoteAddr = connection.remoteAddr;
    this.#connection = connection;
    this.#ahead = ahead;
  }

  get socketOptions(): Connection["socketOptions"] {
    return this.#connection.socketOptions;
  }

  [OPTIONS_SET](planned: readonly PlannedSetting[], reports: readonly SocketOptionReport[]): void {
    this.#connection[OPTIONS_SET]?.(planned, reports);
  }

  [DESCRIPTOR](): number | undefined {
    return this.#connection[DESCRIPTOR]?.();
  }

  async read(p: Uint8Array): Promise<number | null> {
    if (!this.#ahead || p.length === 0) return await this.#connection.read(p);
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const bytes = await ahead;
    if (bytes === undefined) return await this.#connection.read(p);
    if (bytes === null) return null;
    const part = bytes.subarray(0, p.length);
    p.set(part);
    if (part.length < bytes.length) this.#ahead = Promise.resolve(bytes.subarray(part.length));
    return part.length;
  }

  write(p: Uint8Array): Promise<void> {
    return this.#connection.write(p);
  }

  closeWrite(): Promise<void> {
    return this.#connection.closeWrite();
  }

  close(): void {
    this.#connection.close();
  }

  abort(): void {
    this.#connection.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
