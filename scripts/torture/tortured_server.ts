import type { Address } from "../../lib/core/address.ts";
import { check } from "./check.ts";
import type { Child } from "./child.ts";
import { factsAtRest, factsOnceBack, type ProcessFacts, processFacts, untilDescriptors } from "./process_facts.ts";

/** The `stopped` event of `serve --json`. */
export interface StoppedEvent {
  /** Connections accepted. */
  readonly total: number;
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes sent back. */
  readonly bytesOut: number;
  /** Connections that failed, and failures to accept. */
  readonly errors: number;
  /** Bytes received that were owed at the end. */
  readonly unechoedBytes: number;
  /** Bytes that came after the server's FIN. */
  readonly lateBytes: number;
}

/** How a server ended. */
export interface ServerEnd {
  /** Its last line. */
  readonly stopped: StoppedEvent;
  /** Lines of its log that are warnings or errors. */
  readonly troubles: readonly string[];
}

/** What is needed of a server that listens. */
export interface ServerParts {
  /** Its process. */
  readonly child: Child;
  /** Where it listens. */
  readonly address: Address;
  /** The backlog in force. */
  readonly backlog: number;
  /** Sends bytes of which it has to return each; throws otherwise. Returns how many. */
  readonly prove: () => Promise<number>;
  /** The case's. */
  readonly signal: AbortSignal;
}

/** A server under torture: `sounder serve` in a process of its own. */
export class TorturedServer {
  readonly #parts: ServerParts;
  #start: ProcessFacts | undefined;
  #proved = 0;
  #told = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  /** Where it listens. */
  get address(): Address {
    return this.#parts.address;
  }

  /** Connections that may wait to be accepted. */
  get backlog(): number {
    return this.#parts.backlog;
  }

  /** Whether it has ended although nobody told it to. */
  get died(): boolean {
    return this.child.ended && !this.#told;
  }

  /** Sends it a signal. */
  signal(signal: Deno.Signal): void {
    if (signal === "SIGTERM" || signal === "SIGKILL") this.#told = true;
    this.child.signal(signal);
  }

  /** Its process. */
  get child(): Child {
    return this.#parts.child;
  }

  /** What it held before anything was done to it. */
  get start(): ProcessFacts {
    if (!this.#start) throw new Error("settle() comes first");
    return this.#start;
  }

  /** Bytes that it has returned to prove that it serves. */
  get provedBytes(): number {
    return this.#proved;
  }

  /** Proves that it serves, and notes what it holds at rest. */
  async settle(): Promise<void> {
    await this.prove();
    this.#start = await factsAtRest(this.child.pid, this.#parts.signal);
  }

  /** What it holds now. */
  facts(): Promise<ProcessFacts> {
    return processFacts(this.child.pid);
  }

  /** Serves a client that comes now, or throws. */
  async prove(): Promise<void> {
    try {
      this.#proved += await this.#parts.prove();
    } catch (error) {
      throw new Error(`a client that came afterwards was not served: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Waits until it has so many connections open; throws where it comes to another number. */
  async untilOpen(connections: number): Promise<void> {
    const { descriptors } = this.start;
    const open = await untilDescriptors(this.child.pid, descriptors + connections, this.#parts.signal) - descriptors;
    check(open === connections, `the server has ${open} connections open, not ${connections}`);
  }

  /** Waits until it has as many descriptors as at the start, or throws. */
  back(): Promise<ProcessFacts> {
    return factsOnceBack(this.child.pid, this.start.descriptors, this.#parts.signal);
  }

  /**
   * The end of most cases: it serves a client that comes now, has as many descriptors as at the start, ends in order at
   * SIGTERM, owes nobody a byte, and has not warned of anything.
   */
  async finish(): Promise<StoppedEvent> {
    await this.prove();
    await this.back();
    const { stopped, troubles } = await this.stop();
    check(troubles.length === 0, `the server warned ${troubles.length} times, first: ${troubles[0]}`);
    check(
      stopped.bytesIn === stopped.bytesOut + stopped.lateBytes || stopped.errors > 0,
      `bytes are missing: ${show(stopped)}`,
    );
    return stopped;
  }

  /**
   * Ends it by SIGTERM, or waits for that where it was sent already; throws unless it owes nothing and its exit code is
   * 0.
   */
  async stop(): Promise<ServerEnd> {
    if (!this.child.ended) this.signal("SIGTERM");
    return await this.stopped();
  }

  /** Waits for its end; throws unless it owes nothing and its exit code is 0. */
  async stopped(): Promise<ServerEnd> {
    const { code, stdout, stderr } = await this.child.end;
    check(code === 0, `the server ended with exit code ${code}: ${lastLines(stderr)}`);
    const stopped = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    check(stopped.event === "stopped", `the server's last line is ${JSON.stringify(stopped)}`);
    check(stopped.unechoedBytes === 0, `the server ended owing bytes: ${show(stopped)}`);
    return { stopped, troubles: troublesIn(stderr) };
  }
}

/** Lines of a JSON log that are warnings or errors, and those that are no log at all. */
export function troublesIn(log: string): string[] {
  return log.split("\n").filter((line) => line !== "" && !/^\{.*"level":"(?:debug|info)"/.test(line));
}

function show({ total, bytesIn, bytesOut, errors, unechoedBytes, lateBytes }: StoppedEvent): string {
  return JSON.stringify({ total, bytesIn, bytesOut, errors, unechoedBytes, lateBytes });
}

/** What a program said at its end: where Deno says why it ended, that. */
export function lastLines(text: string): string {
  const reason = /^(?:error: |thread '.*panicked).*$/m.exec(text)?.[0];
  if (reason) return reason;
  return text.trimEnd().split("\n").slice(-3).join(" | ") || "it says nothing";
}
