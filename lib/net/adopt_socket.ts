import type { Socket } from "node:net";
import type { Address } from "../core/address.ts";
import { type PlannedSetting, reportPlanned } from "../socket/planned_setting.ts";
import { rearmQuickAck } from "../socket/quick_ack.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import { DESCRIPTOR, type HasDescriptor, OPTIONS_SET } from "../socket/socket_target.ts";
import type { Connection } from "./connection.ts";
import { changedProfile, type ConnectionProfile } from "./connection_profile.ts";

/** Bytes that have come and nobody has asked for yet, at which the socket is read from no more. */
const MOST_QUEUED = 64 * 1024;

/** What an adopted connection is told, since node:net forgets it once the socket is gone. */
export interface AdoptedSocket {
  /** This end's address. */
  readonly localAddr: Address;
  /** The peer's address. */
  readonly remoteAddr: Address;
  /** The descriptor, where it is known. */
  readonly fd?: number;
}

/**
 * Makes a {@linkcode Connection} of a connected socket of node:net, which is how Deno takes on a socket that it did not make
 * itself. The socket must have been made with `allowHalfOpen`, and belongs to the connection from then on.
 */
export function adoptSocket(
  socket: Socket,
  ends: AdoptedSocket,
  profile: ConnectionProfile,
): Connection & HasDescriptor {
  return new AdoptedConnection(socket, ends, profile);
}

/** A read that waits for bytes. */
interface WaitingRead {
  readonly p: Uint8Array;
  readonly settled: PromiseWithResolvers<number | null>;
}

/**
 * Node's socket pushes bytes and forgets those that are queued in it when it fails; so they are taken at once and queued
 * here, and the socket is paused when the queue is full.
 */
class AdoptedConnection implements Connection, HasDescriptor {
  readonly localAddr: Address;
  readonly remoteAddr: Address;
  readonly #socket: Socket;
  readonly #fd: number | undefined;
  #profile: ConnectionProfile;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #waiting: WaitingRead | undefined;
  #writing: PromiseWithResolvers<void> | undefined;
  #ended = false;
  #failure: Error | undefined;
  #failed = false;
  #writeClosed: Promise<void> | undefined;
  #closed = false;
  /** Whether the socket has told all that it had to tell: its `closed` is true before its error event. */
  #silent = false;

  constructor(socket: Socket, { localAddr, remoteAddr, fd }: AdoptedSocket, profile: ConnectionProfile) {
    this.localAddr = localAddr;
    this.remoteAddr = remoteAddr;
    this.#socket = socket;
    this.#fd = fd;
    this.#profile = profile;
    socket.on("error", (error) => this.#onError(error));
    socket.on("close", () => this.#silent = true);
    socket.on("end", () => this.#onEnd());
    socket.on("data", (bytes: Uint8Array) => this.#onData(bytes));
  }

  get socketOptions(): Connection["socketOptions"] {
    return reportPlanned(() => this[DESCRIPTOR](), this.#profile.planned, this.#profile.reports);
  }

  [OPTIONS_SET](planned: readonly PlannedSetting[], reports: readonly SocketOptionReport[]): void {
    this.#profile = changedProfile(this.#profile, planned, reports);
  }

  [DESCRIPTOR](): number | undefined {
    return this.#closed || this.#socket.destroyed ? undefined : this.#fd;
  }

  async read(p: Uint8Array): Promise<number | null> {
    this.#checkOpen();
    if (this.#waiting) throw new Deno.errors.Busy("cannot read: another read is waiting, await it first");
    if (p.length === 0) return 0;
    if (this.#queued > 0) return this.#take(p);
    if (this.#failure && !this.#ended) throw this.#takeFailure();
    if (this.#ended || this.#failed) return null;
    this.#waiting = { p, settled: Promise.withResolvers() };
    return await this.#waiting.settled.promise;
  }

  async write(p: Uint8Array): Promise<void> {
    this.#checkOpen();
    if (this.#writing) throw new Deno.errors.Busy("cannot write: another write is under way, await it first");
    if (this.#writeClosed) throw new Deno.errors.BrokenPipe("the write side is closed");
    if (this.#failed) throw this.#takeFailure() ?? gone();
    const writing = this.#writing = Promise.withResolvers<void>();
    this.#socket.write(p, (error) => {
      if (!error) return writing.resolve();
      const fail = () => writing.reject(this.#takeFailure(error) ?? gone());
      // A write that was cancelled learns what from by the error event, which comes before the close event.
      if (translate(error) || this.#silent) fail();
      else this.#socket.once("close", fail);
    });
    try {
      await writing.promise;
    } finally {
      this.#writing = undefined;
    }
  }

  async closeWrite(): Promise<void> {
    this.#checkOpen();
    await (this.#writeClosed ??= this.#endWriting());
  }

  close(): void {
    // What came and was not read makes the kernel send RST: what is queued here would not.
    if (this.#profile.resetOnClose || this.#queued > 0) return this.abort();
    this.#end(() => this.#socket.destroy());
  }

  abort(): void {
    this.#end(() => this.#socket.resetAndDestroy());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(end: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    const interrupted = () => new Deno.errors.Interrupted("the connection was closed");
    this.#waiting?.settled.reject(interrupted());
    this.#writing?.reject(interrupted());
    this.#waiting = undefined;
    // Last: it calls back the writes that are under way.
    end();
  }

  async #endWriting(): Promise<void> {
    if (this.#writing) {
      await this.#writing.promise.catch(() => {});
      if (this.#closed) throw new Deno.errors.Interrupted("the connection was closed before its write side");
    }
    if (this.#failed) return;
    await new Promise<void>((resolve) => this.#socket.end(() => resolve()));
  }

  #onData(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    this.#answer(() => this.#take(this.#waiting!.p));
    if (this.#queued >= MOST_QUEUED) this.#socket.pause();
  }

  #onEnd(): void {
    this.#ended = true;
    this.#answer(() => null);
  }

  #onError(error: Error): void {
    const failure = this.#takeFailure(error);
    if (!this.#waiting) this.#failure = failure;
    else if (failure) this.#waiting.settled.reject(failure);
    else this.#waiting.settled.resolve(null);
    this.#waiting = undefined;
  }

  /** Gives a waiting read its answer. */
  #answer(result: () => number | null): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    const answer = result();
    this.#waiting = undefined;
    waiting.settled.resolve(answer);
  }

  /** Fills a buffer from the queue. */
  #take(p: Uint8Array): number {
    let filled = 0;
    while (filled < p.length && this.#queue.length > 0) {
      const first = this.#queue[0];
      const part = first.subarray(0, p.length - filled);
      p.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(part.length);
    }
    this.#queued -= filled;
    if (this.#queued < MOST_QUEUED && this.#socket.isPaused()) this.#socket.resume();
    if (this.#profile.quickAck && this.#fd !== undefined && !this.#socket.destroyed) rearmQuickAck(this.#fd);
    return filled;
  }

  /**
   * What went wrong, told once, as a socket tells it; undefined if it was told before. After the peer's FIN a reset is only
   * ever a broken pipe.
   */
  #takeFailure(error?: Error): Error | undefined {
    const failure = this.#failed ? this.#failure : error && (translate(error) ?? error);
    if (error || failure) this.#failed = true;
    this.#failure = undefined;
    return this.#ended && failure instanceof Deno.errors.ConnectionReset ? undefined : failure;
  }

  #checkOpen(): void {
    if (this.#closed) throw new Deno.errors.BadResource("the connection is closed");
  }
}

function gone(): Error {
  return new Deno.errors.BrokenPipe("the peer is gone");
}

/** Deno's error of the same meaning, where it is one of the peer's or the network's. */
function translate(error: Error & { code?: string }): Error | undefined {
  const cause = { cause: error };
  switch (error.code) {
    // Without a FIN before it, of theirs or of ours, a pipe breaks by a reset.
    case "EPIPE":
    case "ECONNRESET":
      return new Deno.errors.ConnectionReset("the peer reset the connection", cause);
    case "ETIMEDOUT":
      return new Deno.errors.TimedOut("the peer does not answer any more", cause);
    // With TCP Fast Open the SYN goes out with the first write.
    case "ECONNREFUSED":
      return new Deno.errors.ConnectionRefused("connection refused", cause);
    case "ECONNABORTED":
      return new Deno.errors.ConnectionAborted("the connection was given up by this machine", cause);
  }
}
