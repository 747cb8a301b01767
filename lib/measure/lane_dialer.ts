import { connect, type ConnectOptions } from "../net/connect.ts";
import type { Connection } from "../net/connection.ts";
import { type Failure, failureOf, isMistake } from "./failure.ts";
import type { Lane } from "./lane.ts";
import type { LoadPlan } from "./load_plan.ts";

/** What comes of connecting. */
export interface LaneDialerEvents {
  /** A connection was made, in so many milliseconds; with TLS those of its handshake, which are part of them, are its own. */
  onConnect(lane: Lane, connection: Connection, ms: number): void;
  /** One could not be made. */
  onFailure(lane: Lane, failure: Failure): void;
  /** No lane has had a connection for a second, or none has ever had one and each has tried. */
  onGone(): void;
  /** A mistake of the caller's: no second try mends it. */
  onMistake(error: unknown): void;
}

/** Connections that are being made at the same time: fewer than any accept queue holds. */
const CONNECTING = 64;
/** Milliseconds without any connection after which the server counts as gone. */
const GONE_MS = 1000;

/** Makes the connections of lanes, and notices when there is no server any more. */
export class LaneDialer {
  readonly #plan: LoadPlan;
  readonly #lanes: number;
  readonly #events: LaneDialerEvents;
  /** Lanes whose last attempt failed. */
  readonly #down = new Set<Lane>();
  /** When there was a connection last: when one was made, or had ended. */
  #lastUp: number | undefined;
  readonly #givenUp = new AbortController();

  /** @param lanes How many there are. */
  constructor(plan: LoadPlan, lanes: number, events: LaneDialerEvents) {
    this.#plan = plan;
    this.#lanes = lanes;
    this.#events = events;
  }

  /** Whether there ever was a connection. */
  get everUp(): boolean {
    return this.#lastUp !== undefined;
  }

  /** Takes note of the end of a connection: until then the server was there. */
  noteEnd(): void {
    this.#lastUp = performance.now();
  }

  /**
   * Gives up the connections that are being made. Not at once at the end of a load: Deno 2.9.6 leaves the odd descriptor open
   * of a connect that is aborted just as it succeeds.
   */
  giveUp(): void {
    this.#givenUp.abort();
  }

  /** Connects each lane once, some at a time. */
  async connectAll(lanes: readonly Lane[], signal: AbortSignal): Promise<void> {
    const waiting = lanes.values();
    const connectNext = async () => {
      for (const lane of waiting) {
        if (signal.aborted) return;
        await this.connect(lane);
      }
    };
    await Promise.all(Array.from({ length: CONNECTING }, connectNext));
  }

  /** Connects a lane; undefined where that cannot be done, which is told. */
  async connect(lane: Lane): Promise<Connection | undefined> {
    const start = performance.now();
    try {
      lane.connection = await connect(this.#options());
    } catch (error) {
      if (!this.#givenUp.signal.aborted) this.#failed(lane, error);
      return undefined;
    }
    this.#down.delete(lane);
    this.#lastUp = performance.now();
    this.#events.onConnect(lane, lane.connection, this.#lastUp - start);
    return lane.connection;
  }

  #failed(lane: Lane, error: unknown): void {
    if (isMistake(error)) return this.#events.onMistake(error);
    this.#events.onFailure(lane, failureOf(error));
    this.#down.add(lane);
    if (this.#isServerGone()) this.#events.onGone();
  }

  #isServerGone(): boolean {
    if (this.#down.size < this.#lanes) return false;
    return this.#lastUp === undefined || performance.now() - this.#lastUp >= GONE_MS;
  }

  #options(): ConnectOptions {
    const { hostname, port, connectTimeoutMs: connectTimeout, tls, socketOptions } = this.#plan;
    return { ...socketOptions, hostname, port, connectTimeout, tls, signal: this.#givenUp.signal } as ConnectOptions;
  }
}
