import { formatAddress } from "../core/address.ts";
import type { Probe } from "./ping_book.ts";
import { type ChannelEnd, PingChannel } from "./ping_channel.ts";
import { dialTold, loseTo, type Prober, type ProberOptions } from "./ping_prober.ts";
import type { Connection } from "../net/connection.ts";

/**
 * Echoes that a connection may owe: a server that reads but never answers must not take all memory. The connection is
 * made anew then.
 */
const MOST_OWED = 100_000;

/** Sends probes on one connection, which is made anew when it is gone. */
export class EchoProber implements Prober {
  readonly #options: ProberOptions;
  readonly #size: number;
  #channel: PingChannel | undefined;
  #dialing: Promise<void> | undefined;
  /** Probes that wait for a connection. */
  #unsent: Probe[] = [];
  /** How long the connection took to be made, until a probe has told it. */
  #made: Pick<Probe, "lookupMs" | "connectMs" | "tlsMs"> | undefined;
  /** A wrong echo that came when no probe was waiting: it is the next one's. */
  #lie: ChannelEnd | undefined;
  connections = 0;

  /** @param size Bytes of a probe. */
  constructor(size: number, options: ProberOptions) {
    this.#size = size;
    this.#options = options;
  }

  async probe(probe: Probe): Promise<void> {
    const { book } = this.#options;
    if (this.#lie) {
      const { loss, message, offset } = this.#lie;
      this.#lie = undefined;
      return book.lose(probe, loss, message, offset);
    }
    if (this.#channel && this.#channel.owed >= MOST_OWED) this.#channel.close();
    if (this.#channel?.isOpen) return this.#send(probe);
    // The first connection has the connect timeout for itself: nothing is late before it stands.
    if (this.connections > 0 || probe.seq > 1) book.limit(probe);
    this.#unsent.push(probe);
    await (this.#dialing ??= this.#dial());
  }

  async close(): Promise<void> {
    this.#channel?.close();
    await this.#dialing;
    await this.#channel?.finished;
  }

  #send(probe: Probe): void {
    Object.assign(probe, this.#made);
    this.#made = undefined;
    this.#channel!.send(probe);
  }

  /** Makes a connection for the probes that wait for one. Never rejects. */
  async #dial(): Promise<void> {
    const { book } = this.#options;
    try {
      const dialled = await dialTold(this.#options, this.#unsent[0].seq === 1);
      if (dialled === undefined) return;
      const { connection, lookupMs, connectMs, tlsMs } = dialled;
      this.connections++;
      this.#made = { lookupMs, connectMs, tlsMs };
      this.#channel = new PingChannel(connection, this.#size, book, (end, waiting) => {
        this.#onEnd(connection, end, waiting);
      });
      for (const probe of this.#unsent) if (probe.state === "waiting") this.#send(probe);
    } catch (error) {
      for (const probe of this.#unsent) loseTo(error, probe, book);
    } finally {
      this.#unsent = [];
      this.#dialing = undefined;
    }
  }

  /** Where no probe was lost to it, no sample tells that the server closed the connection: the log does. */
  #onEnd({ remoteAddr }: Connection, end: ChannelEnd, waiting: number): void {
    const { logger } = this.#options;
    const { loss, message } = end;
    if (loss === "mismatch" && waiting === 0) this.#lie = end;
    const peer = formatAddress(remoteAddr);
    logger?.[waiting > 0 ? "debug" : "warn"](() => `${peer}: ${message}`, () => ({ event: "error", peer, kind: loss }));
  }
}
