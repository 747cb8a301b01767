import type { Address } from "../core/address.ts";
import { descriptorFinder } from "../socket/descriptor.ts";
import { mayOpenLibc } from "../socket/libc.ts";
import { type PlannedSetting, reportPlanned } from "../socket/planned_setting.ts";
import { rearmQuickAck } from "../socket/quick_ack.ts";
import { resetSocket } from "../socket/reset_socket.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import { DESCRIPTOR, type HasDescriptor, OPTIONS_SET } from "../socket/socket_target.ts";
import type { Connection } from "./connection.ts";
import { changedProfile, type ConnectionProfile, PLAIN_PROFILE } from "./connection_profile.ts";

/**
 * Makes a {@linkcode Connection} of a connection that Deno made. From then on the connection belongs to it: use the
 * original no more.
 *
 * @example
 * ```ts
 * import { echo, fromDenoConn } from "@sounder/tcp";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
 * using connection = fromDenoConn(await listener.accept());
 * await client.closeWrite();
 * await echo(connection);
 * client.close();
 * ```
 */
export function fromDenoConn(conn: Deno.TcpConn): Connection {
  return denoConnection(conn, PLAIN_PROFILE);
}

/** The same, of a connection on which options were set. */
export function denoConnection(conn: Deno.TcpConn, profile: ConnectionProfile): Connection & HasDescriptor {
  return new DenoConnection(conn, profile);
}

/** Deno's own connection under one of this library's, where there is one. */
export function denoConnOf(connection: Connection): Deno.TcpConn | undefined {
  return DenoConnection.connOf(connection);
}

class DenoConnection implements Connection, HasDescriptor {
  readonly #conn: Deno.TcpConn;
  #profile: ConnectionProfile;
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  #closed = false;
  /** The write under way. */
  #writing: Promise<void> | undefined;
  #writeClosed: Promise<void> | undefined;

  static connOf(connection: Connection): Deno.TcpConn | undefined {
    return #conn in connection ? connection.#conn : undefined;
  }

  constructor(conn: Deno.TcpConn, profile: ConnectionProfile) {
    this.#conn = conn;
    this.#profile = profile;
    this.localAddr = { hostname: conn.localAddr.hostname, port: conn.localAddr.port };
    this.remoteAddr = { hostname: conn.remoteAddr.hostname, port: conn.remoteAddr.port };
  }

  get socketOptions(): Connection["socketOptions"] {
    return reportPlanned(() => this[DESCRIPTOR](), this.#profile.planned, this.#profile.reports);
  }

  [OPTIONS_SET](planned: readonly PlannedSetting[], reports: readonly SocketOptionReport[]): void {
    this.#profile = changedProfile(this.#profile, planned, reports);
  }

  /** Searched for when it is asked for, and then known: most connections are never asked. */
  [DESCRIPTOR](): number | undefined {
    return this.#closed ? undefined : descriptorFinder().connection(this.#conn);
  }

  read(p: Uint8Array): Promise<number | null> {
    return this.#profile.quickAck ? this.#readAndRearm(p) : this.#conn.read(p);
  }

  write(p: Uint8Array): Promise<void> {
    // Told here: each system has another error for it, and Windows's has no class.
    if (this.#writeClosed && !this.#closed) {
      return Promise.reject(new Deno.errors.BrokenPipe("the write side is closed"));
    }
    return this.#writing = this.#writeAll(p);
  }

  closeWrite(): Promise<void> {
    if (this.#closed) return this.#conn.closeWrite();
    // Remembered, because a second shutdown(2) after the peer's FIN reports ENOTCONN.
    return this.#writeClosed ??= this.#writing ? this.#closeWriteAfter(this.#writing) : this.#conn.closeWrite();
  }

  close(): void {
    if (this.#profile.resetOnClose) return this.abort();
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }

  abort(): void {
    if (this.#closed) return;
    const fd = mayOpenLibc() ? this[DESCRIPTOR]() : undefined;
    if (fd !== undefined) resetSocket(fd);
    this.#closed = true;
    this.#conn.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #readAndRearm(p: Uint8Array): Promise<number | null> {
    const n = await this.#conn.read(p);
    const fd = this[DESCRIPTOR]();
    if (fd !== undefined) rearmQuickAck(fd);
    return n;
  }

  async #writeAll(p: Uint8Array): Promise<void> {
    try {
      let written = await this.#conn.write(p);
      while (written < p.length) written += await this.#conn.write(p.subarray(written));
    } finally {
      this.#writing = undefined;
    }
  }

  /** Deno itself would send the FIN between two parts of a long write. */
  async #closeWriteAfter(writing: Promise<void>): Promise<void> {
    await writing.catch(() => {});
    if (this.#closed) throw new Deno.errors.Interrupted("the connection was closed before its write side");
    await this.#conn.closeWrite();
  }
}
