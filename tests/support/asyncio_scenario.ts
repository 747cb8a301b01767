/**
 * Plays a scenario on a subject, and says what came of it.
 *
 * @module
 */
import type { Connection } from "../../lib/net/connection.ts";
import { isPeerReset } from "../../lib/net/is_peer_gone.ts";
import { listen, type Listener } from "../../lib/net/listen.ts";
import { tcpInfo } from "../../lib/socket/tcp_info.ts";
import { follows, pattern } from "./asyncio_pattern.ts";
import type { Action, Play, StartSubject, Subject } from "./asyncio_subject.ts";

/** Bytes that no two socket buffers take together while the peer does not read. */
export const MUCH = 8 * 1024 * 1024;

/** Milliseconds after which a scenario hangs. */
const LIMIT = 30_000;

/** What came of a scenario. */
export interface Outcome {
  /** The callbacks, in order, and what was done outside of them (`> …`). */
  readonly calls: readonly string[];
  /** What the peer got, and how it ended: by FIN, by RST, or by a RST of the peer's own. */
  readonly peer: string;
}

/** What happens on a connection. */
export interface Scenario extends Play {
  /** In words. */
  readonly name: string;
  /** What happens beside the script; then the peer reads to the end. */
  readonly then?: (stage: Stage) => Promise<void>;
  /** How many bytes the peer gets is up to the kernel: `some`. */
  readonly anyAmount?: true;
  /** What asyncio makes of it, and ours unless told otherwise. */
  readonly asyncio: Outcome;
  /** What is otherwise with ours, on purpose. */
  readonly ours?: Partial<Outcome> & { readonly because: string };
}

/** Both ends of a connection. */
export class Stage {
  readonly #connection: Connection;
  readonly #subject: Subject;
  #sent = 0;
  #received = 0;
  #right = true;
  #reset = false;

  constructor(connection: Connection, subject: Subject) {
    this.#connection = connection;
    this.#subject = subject;
  }

  /** Has the subject do something outside of its callbacks. */
  async act(...action: Action): Promise<void> {
    await this.#subject.act(action);
  }

  /** Waits until the subject has told this. */
  async saw(start: string, count = 1): Promise<void> {
    await this.#subject.trace.saw(start, count);
  }

  /** The peer sends, and the subject takes it. */
  async deliver(bytes: number): Promise<void> {
    await this.send(bytes);
    await this.#subject.trace.received(this.#sent);
  }

  /** The peer sends. */
  async send(bytes: number): Promise<void> {
    await this.#connection.write(pattern(this.#sent, bytes));
    this.#sent += bytes;
  }

  /** Waits until all that the peer sent has reached the subject's kernel. */
  async acknowledged(): Promise<void> {
    const deadline = performance.now() + LIMIT;
    while (tcpInfo(this.#connection).unackedSegments !== 0) {
      if (performance.now() > deadline) throw new Error("what the peer sent is not acknowledged");
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** The peer sends FIN. */
  async fin(): Promise<void> {
    try {
      await this.#connection.closeWrite();
    } catch (error) {
      // The subject may have sent RST before.
      if (!isPeerReset(error)) throw error;
    }
  }

  /** The peer sends RST. */
  reset(): void {
    this.#reset = true;
    this.#connection.abort();
  }

  /** The peer reads until it has had so many bytes in all. */
  async read(bytes: number): Promise<void> {
    while (this.#received < bytes) {
      if (!await this.#readOnce(bytes - this.#received)) throw new Error(`the peer got ${this.#received} bytes only`);
    }
  }

  /** The peer reads to the end, and says what it got. */
  async readToEnd(anyAmount = false): Promise<string> {
    const end = this.#reset ? "its own RST" : await this.#readToEnd();
    const bytes = anyAmount && this.#received > 0 ? "some" : this.#received;
    return `${bytes} bytes${this.#right ? "" : ", WRONG"}, ${end}`;
  }

  async #readToEnd(): Promise<string> {
    try {
      while (await this.#readOnce(MUCH));
      return "FIN";
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionReset) return "RST";
      throw error;
    }
  }

  async #readOnce(atMost: number): Promise<boolean> {
    const buffer = new Uint8Array(Math.min(atMost, 256 * 1024));
    const n = await this.#connection.read(buffer);
    if (n === null) return false;
    this.#right &&= follows(buffer.subarray(0, n), this.#received);
    this.#received += n;
    return true;
  }
}

/** Plays a scenario. */
export async function playScenario(scenario: Scenario, start: StartSubject): Promise<Outcome> {
  const { first, second, buffer, then, anyAmount } = scenario;
  using listener = listen();
  const accepting = accept(listener);
  await using subject = await start(listener.addr.port, { first, second, buffer });
  const { trace } = subject;
  using connection = await accepting;
  const timer = setTimeout(() => {
    trace.fail("hung");
    connection?.close();
  }, LIMIT);
  try {
    if (connection === undefined) {
      await trace.over();
      return { calls: trace.calls, peer: "0 bytes, RST" };
    }
    const stage = new Stage(connection, subject);
    await then?.(stage);
    const [got] = await Promise.all([stage.readToEnd(anyAmount), trace.over()]);
    return { calls: trace.calls, peer: got };
  } finally {
    clearTimeout(timer);
  }
}

/** Accepts; undefined where the subject's RST came first. */
async function accept(listener: Listener): Promise<Connection | undefined> {
  try {
    return await listener.accept();
  } catch (error) {
    if (error instanceof Deno.errors.NotConnected) return undefined;
    throw error;
  }
}
