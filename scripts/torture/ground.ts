import type { Address } from "../../lib/core/address.ts";
import { delay } from "../../lib/core/delay.ts";
import { connectEcho } from "../../lib/echo/connect_echo.ts";
import { makeWiredPair, WIRE, type WiredPair } from "../../tests/support/netns.ts";
import { stdFlags } from "../std_flags.ts";
import { check } from "./check.ts";
import { type Child, spawnChild } from "./child.ts";
import { type SeededRandom, seededRandom } from "./seeded_random.ts";
import type { Scale } from "./torture_case.ts";
import { lastLines, TorturedServer } from "./tortured_server.ts";
import type { TorturedProgram } from "./tortured_program.ts";
import { Traffic } from "./traffic.ts";
import type { TrafficPlan } from "./traffic_process.ts";

/** What the cases of a run have in common, and the name of one. */
export interface GroundOptions {
  /** The case. */
  readonly name: string;
  /** How large everything is. */
  readonly scale: Scale;
  /** What the random numbers come from. */
  readonly seed: number;
  /** What is tortured. */
  readonly program: TorturedProgram;
  /** Aborted when the case is over, be it by its time limit or by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** How a server is started. */
export interface ServeOptions {
  /** Further options of `sounder serve`. */
  readonly args?: readonly string[];
  /** Its port; any free one by default. */
  readonly port?: number;
  /** Descriptors that it may have (RLIMIT_NOFILE). */
  readonly descriptors?: number;
  /** Two networks with a cable between them, in one of which it runs. */
  readonly pair?: WiredPair;
}

/** Bytes that prove that a server serves: more than a segment, less than a socket buffer. */
const PROOF_BYTES = 64 * 1024;
/** Milliseconds that such a proof may take, on a busy machine. */
const PROOF_LIMIT_MS = 10_000;

/** A server that other hosts can reach warns unless it is limited in some way; this limit is never reached. */
const LIMITED = ["--max-connections", "100000"];

/** Where a case takes place. All that it starts ends with it. */
export class Ground implements AsyncDisposable {
  readonly #options: GroundOptions;
  readonly #left = new AsyncDisposableStack();
  readonly #servers: TorturedServer[] = [];
  readonly #traffic = `${import.meta.dirname}/traffic_process.ts`;

  constructor(options: GroundOptions) {
    this.#options = options;
  }

  /** How large everything is. */
  get scale(): Scale {
    return this.#options.scale;
  }

  /** Aborted when the case is over, be it by its time limit or by Ctrl-C. */
  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** A generator of the case's own for what has these labels. */
  random(...labels: readonly (string | number)[]): SeededRandom {
    return seededRandom(this.#options.seed, this.#options.name, ...labels);
  }

  /** Waits; throws where the case is over before. */
  async wait(ms: number): Promise<void> {
    await delay(ms, this.signal);
    this.signal.throwIfAborted();
  }

  /** Disposes of something at the end of the case. */
  own<T extends AsyncDisposable>(thing: T): T {
    return this.#left.use(thing);
  }

  /** Makes two networks with a cable between them. */
  async wiredPair(): Promise<WiredPair> {
    const pair = await makeWiredPair();
    if (!this.signal.aborted) return this.own(pair);
    // The end has come and gone meanwhile.
    await pair[Symbol.asyncDispose]();
    throw this.signal.reason;
  }

  /** Starts the server and waits until it is ready, and has served a client. */
  async serve(options: ServeOptions = {}): Promise<TorturedServer> {
    const server = await this.serveUnproved(options);
    await server.settle();
    return server;
  }

  /** Starts the server and waits until it says that it is ready. */
  async serveUnproved({ args = [], port = 0, descriptors, pair }: ServeOptions): Promise<TorturedServer> {
    this.signal.throwIfAborted();
    const hostname = pair ? WIRE.server : "127.0.0.1";
    const words = [
      ...(pair ? ["ip", "netns", "exec", pair.server.name] : []),
      ...(descriptors === undefined ? [] : ["prlimit", `--nofile=${descriptors}:${descriptors}`]),
      ...[this.#options.program.path, ...this.#options.program.args, "serve", "--host", hostname],
      ...["--port", String(port), "--json", "--log-format", "json", ...(pair ? LIMITED : []), ...args],
    ];
    const child = this.own(spawnChild({ path: words[0], args: words.slice(1), cwd: this.#options.program.cwd }));
    const ready = JSON.parse(await child.firstLine());
    const address = { hostname, port: ready.port };
    const server = new TorturedServer({
      child,
      address,
      backlog: ready.socketOptions.backlog.effective,
      prove: () => pair ? this.#proveInside(pair, address) : this.#proveHere(address),
      signal: this.signal,
    });
    this.#servers.push(server);
    return server;
  }

  /** Starts the program under torture with another command. */
  run(args: readonly string[], options: { stdin?: boolean } = {}): Child {
    this.signal.throwIfAborted();
    const { path, args: first, cwd } = this.#options.program;
    return this.own(spawnChild({ path, args: [...first, ...args], cwd, ...options }));
  }

  /** Starts clients in a process of their own, where a pair is given at the other end of its cable. */
  traffic(plan: Omit<TrafficPlan, "seed">, pair?: WiredPair): Traffic {
    this.signal.throwIfAborted();
    const words = [
      ...(pair ? ["ip", "netns", "exec", pair.client.name] : []),
      ...[Deno.execPath(), "run", "-q", "--no-prompt", ...stdFlags(), "--allow-net", "--allow-ffi"],
      ...[this.#traffic, JSON.stringify({ ...plan, seed: this.#options.seed })],
    ];
    return new Traffic(this.own(spawnChild({ path: words[0], args: words.slice(1) })));
  }

  /** What servers said that ended although nobody told them to; empty where none did. */
  lastWords(): string {
    const ended = this.#servers.filter(({ died }) => died);
    return ended.map(({ child }) => `; the server has ended: ${lastLines(child.stderr)}`).join("");
  }

  async #proveHere(address: Address): Promise<number> {
    const limits = { signal: AbortSignal.any([this.signal, AbortSignal.timeout(PROOF_LIMIT_MS)]) };
    using client = await connectEcho({ ...address, ...limits });
    await client.exchange([crypto.getRandomValues(new Uint8Array(PROOF_BYTES))], limits);
    await client.close(limits);
    return client.bytesReceived;
  }

  async #proveInside(pair: WiredPair, address: Address): Promise<number> {
    const traffic = this.traffic({ address, streams: 1, bytes: PROOF_BYTES, timeoutMs: PROOF_LIMIT_MS }, pair);
    const [{ echoed, error }] = await traffic.outcomes();
    check(error === null, error?.message ?? "");
    return echoed;
  }

  /** Ends whatever still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#left.disposeAsync();
  }
}
