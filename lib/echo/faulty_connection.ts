import { waitAtMost } from "../core/delay.ts";
import type { Connection } from "../net/connection.ts";
import { WrappedConnection } from "../net/wrapped_connection.ts";
import type { LimitFault, ResetFault } from "./fault.ts";
import { type FaultGate, makeGate } from "./fault_gate.ts";
import { FaultInjected } from "./fault_injected.ts";
import { interrupted, type Outlet, Wire } from "./fault_outlet.ts";
import { type DrawnFault, type FaultContext, faultPipeline } from "./fault_pipeline.ts";

/** Which direction faults act on: what is `sent`, or, where a service sends nothing, what is `received`. */
export type FaultDirection = "sent" | "received";

/** Milliseconds that the peer has to answer our FIN, before the connection is closed whatever comes. */
const LINGER = 1000;

/**
 * The same connection with faults in what is sent, or received. A write resolves when the first fault has taken the bytes,
 * which may be before they have gone out; `closeWrite()` when all has. `close()` and `abort()` drop what is held back.
 *
 * ```text
 *   open ──limit, reset, refuse──▶ struck: reads and writes fail with FaultInjected ──┐
 *    └────────────────────────────────────────────────────────────────────────────────┴── close(), abort() ──▶ closed
 * ```
 */
export class FaultyConnection extends WrappedConnection {
  readonly #wire: Wire;
  readonly #first: Outlet;
  readonly #gates: readonly FaultGate[];
  readonly #closed = new AbortController();
  #struck: FaultInjected | undefined;
  /** Whether a read has told the peer's end. */
  #peerEnded = false;
  /** The read of the connection itself that is under way. */
  #reading: Promise<number | null> | undefined;
  #writing: Promise<void> | undefined;
  #writeClosed: Promise<void> | undefined;

  /** @param onSent Called with how many bytes went out in truth, as they do. */
  constructor(
    inner: Connection,
    drawn: readonly DrawnFault[],
    direction: FaultDirection,
    onSent?: (bytes: number) => void,
  ) {
    super(inner);
    const { signal } = this.#closed;
    const wire = this.#wire = new Wire(inner, signal, onSent);
    const context: FaultContext = {
      connection: inner,
      closed: signal,
      peerEnded: () => this.#peerEnded,
      end: (fault, next) => this.#end(fault, next),
    };
    this.#first = direction === "sent" ? faultPipeline(wire, drawn, context) : wire;
    const received = direction === "received" ? drawn : [];
    this.#gates = received.map(({ fault }) => makeGate(fault, wire, context)).filter((gate) => gate !== undefined);
    const refusal = drawn.find(({ fault }) => fault.kind === "refuse")?.fault;
    if (refusal) {
      this.#struck = new FaultInjected(refusal);
      inner.abort();
    }
  }

  /** Bytes that went out in truth: a service counts also what a fault dropped, or held back to the end. */
  get bytesSent(): number {
    return this.#wire.bytesSent;
  }

  override async read(p: Uint8Array): Promise<number | null> {
    this.#throwIfStruck();
    if (p.length > 0 && !this.#closed.signal.aborted) {
      for (const gate of this.#gates) p = p.subarray(0, await gate.admit(p.length));
    }
    const n = await this.#read(p);
    if (n !== null) { for (const gate of this.#gates) await gate.passed(n); }
    return n;
  }

  override async write(p: Uint8Array): Promise<void> {
    this.#throwIfStruck();
    if (p.length === 0 || this.#closed.signal.aborted) return await this.inner.write(p);
    if (this.#writeClosed) throw new Deno.errors.BrokenPipe("the write side is closed");
    try {
      await (this.#writing = this.#first.write(p));
    } finally {
      this.#writing = undefined;
    }
  }

  override async closeWrite(): Promise<void> {
    this.#throwIfStruck();
    if (this.#closed.signal.aborted) return await this.inner.closeWrite();
    await (this.#writeClosed ??= this.#closeWrite());
  }

  override close(): void {
    this.#closed.abort();
    this.inner.close();
  }

  override abort(): void {
    this.#closed.abort();
    this.inner.abort();
  }

  async #read(p: Uint8Array): Promise<number | null> {
    try {
      const n = await (this.#reading = this.inner.read(p));
      if (n === null) this.#peerEnded = true;
      return n;
    } catch (error) {
      this.#peerEnded = true;
      // A fault that closes the connection interrupts the read.
      this.#throwIfStruck();
      throw error;
    } finally {
      this.#reading = undefined;
    }
  }

  async #closeWrite(): Promise<void> {
    if (this.#writing) await this.#writing.catch(() => {}); // whoever writes is told
    if (this.#closed.signal.aborted) throw interrupted();
    await this.#first.end("fin");
  }

  async #end(fault: LimitFault | ResetFault, next: Outlet): Promise<never> {
    await next.end(fault.kind === "limit" ? "fin" : "reset");
    // From here on the service reads no more: two reads at once must not be.
    this.#struck = new FaultInjected(fault);
    if (fault.kind === "limit") await waitAtMost(LINGER, this.#drain());
    if (this.#closed.signal.aborted) throw interrupted();
    this.inner.close();
    throw this.#struck;
  }

  /** Reads to the peer's end: RST in answer to what comes would drop what was sent and is still on its way. */
  async #drain(): Promise<void> {
    const scratch = new Uint8Array(64 * 1024);
    // What ends the reading, be it our own close(), ends the waiting too.
    const over = () => null;
    await this.#reading?.catch(over);
    while (await this.inner.read(scratch).catch(over) !== null);
  }

  /** Once it is closed by its user too, the connection itself says what is wrong. */
  #throwIfStruck(): void {
    if (this.#struck && !this.#closed.signal.aborted) throw this.#struck;
  }
}
