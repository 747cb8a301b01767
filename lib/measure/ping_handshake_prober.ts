import type { Probe } from "./ping_book.ts";
import { dialTold, loseTo, type Prober, type ProberOptions } from "./ping_prober.ts";

/** Makes a connection for each probe, times its TCP handshake and its TLS handshake, and closes it. */
export class HandshakeProber implements Prober {
  readonly #options: ProberOptions;
  readonly #underWay = new Set<Promise<void>>();
  connections = 0;

  /** Makes one that has done nothing yet. */
  constructor(options: ProberOptions) {
    this.#options = options;
  }

  probe(probe: Probe): Promise<void> {
    const handshake: Promise<void> = this.#handshake(probe).finally(() => this.#underWay.delete(handshake));
    this.#underWay.add(handshake);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Never rejects. */
  async #handshake(probe: Probe): Promise<void> {
    const { book } = this.#options;
    book.limit(probe);
    try {
      const dialled = await dialTold(this.#options, probe.seq === 1);
      if (dialled === undefined) return;
      const { connection, lookupMs, connectMs, tlsMs, atMs } = dialled;
      this.connections++;
      Object.assign(probe, { connection, lookupMs, connectMs, tlsMs });
      book.reply(probe, connectMs, atMs);
      // In order, with FIN. Where the server has said something, its system gets RST: nobody has read that.
      connection.close();
    } catch (error) {
      loseTo(error, probe, book);
    }
  }
}
