import { DESCRIPTOR, descriptorOf, type HasDescriptor, OPTIONS_SET } from "../socket/socket_target.ts";
import type { Connection } from "./connection.ts";
import type { TlsConnection } from "./tls_connection.ts";
import type { TlsInfo } from "./tls_options.ts";

/** A connection made of another one, which it passes everything on to: a subclass does otherwise what it is there for. */
export abstract class WrappedConnection implements Connection, HasDescriptor {
  /** The one that is wrapped. */
  readonly inner: Connection;

  /** Wraps one. */
  constructor(inner: Connection) {
    this.inner = inner;
  }

  get localAddr(): Connection["localAddr"] {
    return this.inner.localAddr;
  }

  get remoteAddr(): Connection["remoteAddr"] {
    return this.inner.remoteAddr;
  }

  get socketOptions(): Connection["socketOptions"] {
    return this.inner.socketOptions;
  }

  /** What a TLS handshake has agreed on; `undefined` without one. */
  get tls(): TlsInfo | undefined {
    return (this.inner as Partial<TlsConnection>).tls;
  }

  [DESCRIPTOR](): number | undefined {
    return descriptorOf(this.inner);
  }

  [OPTIONS_SET](...changed: Parameters<HasDescriptor[typeof OPTIONS_SET]>): void {
    (this.inner as Partial<HasDescriptor>)[OPTIONS_SET]?.(...changed);
  }

  read(p: Uint8Array): Promise<number | null> {
    return this.inner.read(p);
  }

  write(p: Uint8Array): Promise<void> {
    return this.inner.write(p);
  }

  closeWrite(): Promise<void> {
    return this.inner.closeWrite();
  }

  close(): void {
    this.inner.close();
  }

  abort(): void {
    this.inner.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
