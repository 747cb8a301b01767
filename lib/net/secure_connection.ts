import type { TLSSocket } from "node:tls";
import type { Address } from "../core/address.ts";
import { waitAtMost } from "../core/delay.ts";
import type { PlannedSetting } from "../socket/planned_setting.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import { DESCRIPTOR, type HasDescriptor, OPTIONS_SET } from "../socket/socket_target.ts";
import type { CipherStream } from "./cipher_stream.ts";
import type { Connection } from "./connection.ts";
import { SecurePeer } from "./secure_peer.ts";
import { SecureReader } from "./secure_reader.ts";
import { SecureWriter } from "./secure_writer.ts";
import type { TlsConnection } from "./tls_connection.ts";
import { streamErrorOf } from "./tls_error.ts";
import type { TlsInfo } from "./tls_options.ts";

/** Milliseconds that a peer has to make room for close_notify, once the connection is closed. */
const CLOSE_PATIENCE = 1000;

/** What a {@linkcode SecureConnection} is made of. */
export interface SecureParts {
  /** The connection that the ciphered bytes go over. */
  readonly below: Connection & Partial<HasDescriptor>;
  /** The same, for the engine. */
  readonly cipher: CipherStream;
  /** The engine, whose handshake is done. */
  readonly socket: TLSSocket;
  /** What the handshake has agreed on. */
  readonly tls: TlsInfo;
}

/**
 * TLS over a connection: a peer is held up by TCP where nobody reads, and errors of the connection below are told as that
 * one tells them.
 */
export class SecureConnection implements TlsConnection, HasDescriptor {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  readonly tls: TlsInfo;
  readonly #below: Connection & Partial<HasDescriptor>;
  readonly #cipher: CipherStream;
  readonly #socket: TLSSocket;
  readonly #peer = new SecurePeer();
  readonly #reader: SecureReader;
  readonly #writer: SecureWriter;
  #closed = false;

  constructor({ below, cipher, socket, tls }: SecureParts) {
    this.localAddr = below.localAddr;
    this.remoteAddr = below.remoteAddr;
    this.tls = tls;
    this.#below = below;
    this.#cipher = cipher;
    this.#socket = socket;
    this.#reader = new SecureReader(cipher, socket, this.#peer);
    this.#writer = new SecureWriter(below, cipher, socket, this.#peer);
    socket.on("error", (error) => this.#onEngineError(error));
  }

  get socketOptions(): Connection["socketOptions"] {
    return this.#below.socketOptions;
  }

  [OPTIONS_SET](planned: readonly PlannedSetting[], reports: readonly SocketOptionReport[]): void {
    this.#below[OPTIONS_SET]?.(planned, reports);
  }

  [DESCRIPTOR](): number | undefined {
    return this.#closed ? undefined : this.#below[DESCRIPTOR]?.();
  }

  async read(p: Uint8Array): Promise<number | null> {
    this.#checkOpen();
    return await this.#reader.read(p);
  }

  async write(p: Uint8Array): Promise<void> {
    this.#checkOpen();
    await this.#writer.write(p);
  }

  async closeWrite(): Promise<void> {
    this.#checkOpen();
    await this.#writer.end();
  }

  close(): void {
    if (this.#closed) return;
    // After a part of a record nothing can follow.
    const cut = this.#peer.gone || this.#peer.broken !== undefined || this.#writer.isWriting;
    this.#interrupt();
    if (cut) this.#end("close");
    else void this.#closeInOrder();
  }

  abort(): void {
    if (this.#closed) return;
    this.#interrupt();
    this.#end("abort");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #interrupt(): void {
    this.#closed = true;
    const interrupted = new Deno.errors.Interrupted("the connection was closed");
    this.#reader.close(interrupted);
    this.#writer.close(interrupted);
  }

  async #closeInOrder(): Promise<void> {
    void this.#reader.takeTickets();
    await waitAtMost(CLOSE_PATIENCE, this.#writer.end().catch(() => {}));
    this.#end("close");
  }

  #end(how: "close" | "abort"): void {
    this.#below[how]();
    this.#socket.destroy();
    void this.#cipher.returnBuffer();
  }

  /** An alert of the peer, or bytes that are no TLS: nothing more comes, and nothing more goes. */
  #onEngineError(error: Error): void {
    const told = streamErrorOf(error);
    this.#peer.gone = true;
    this.#peer.broken = told;
    this.#reader.fail(told);
    this.#writer.fail(told);
  }

  #checkOpen(): void {
    if (this.#closed) throw new Deno.errors.BadResource("the connection is closed");
  }
}
