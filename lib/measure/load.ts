import { BytePattern } from "../core/byte_pattern.ts";
import { delay, delayUntil, waitAtMost } from "../core/delay.ts";
import { formatDuration } from "../core/units.ts";
import type { Connection } from "../net/connection.ts";
import { tryTcpInfo } from "../socket/try_tcp_info.ts";
import { MOST_TCP_INFO } from "./bench_result.ts";
import { churnExchange } from "./churn_exchange.ts";
import { closedExchange, isSimple } from "./closed_exchange.ts";
import { type Failure, failureOf, isCutOff, noProgress, tooLate } from "./failure.ts";
import { createHistogram } from "./histogram.ts";
import { Lane, type LaneShared, readLength } from "./lane.ts";
import { LaneDialer } from "./lane_dialer.ts";
import type { LoadEvents, LoadOutcome } from "./load_outcome.ts";
import type { LoadPlan } from "./load_plan.ts";
import { OpenSchedule } from "./open_schedule.ts";
import { createPacer } from "./pacer.ts";
import { pipelinedExchange } from "./pipelined_exchange.ts";
import { streamExchange } from "./stream_exchange.ts";
import { Tally } from "./tally.ts";
import { tlsInfoOf } from "./tls_facts.ts";
import { warmTls } from "./warm_tls.ts";

/** Longest pause between two attempts of a lane to connect, and the first. */
const LONGEST_PAUSE_MS = 1000;
const FIRST_PAUSE_MS = 10;
/** What a stopped load waits for its last echoes. */
const LAST_ECHOES_MS = 1000;
/** The most bytes that one write takes: several requests of a pipeline, or a part of a long one. */
const LONGEST_WRITE = 256 * 1024;

/**
 * Does one thread's part of a bench.
 *
 * @throws What `connect()` throws for a mistake of the caller's: a wrong option, a permission that is missing.
 */
export async function runLoad(plan: LoadPlan, events: LoadEvents): Promise<LoadOutcome> {
  const open = plan.ratePerSecond !== null;
  const histograms = {
    latency: await createHistogram(),
    serviceTime: open ? await createHistogram() : undefined,
    delay: open ? await createHistogram() : undefined,
    connectTime: await createHistogram(),
    tlsTime: plan.tls === false ? undefined : await createHistogram(),
  };
  // One call of memcmp(3): ten times as fast as a loop for 16 KiB.
  const { Buffer } = await import("node:buffer");
  const equal = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
  await warmTls(plan.tls);
  const pattern = new BytePattern(Math.max(LONGEST_WRITE, readLength(plan)), equal);
  const tally = new Tally(histograms, [await createHistogram(), await createHistogram()]);
  return await new Load(plan, tally, pattern, events).run();
}

class Load {
  readonly #plan: LoadPlan;
  readonly #events: LoadEvents;
  readonly #shared: LaneShared;
  readonly #lanes: Lane[];
  /** Connections that came to the end in order: looked at and closed when no echo is owed any more. */
  readonly #finished: Connection[] = [];
  readonly #dialer: LaneDialer;
  /** Aborted when the load is to end: by the clock, from outside, for want of a server, or by a mistake. */
  readonly #ended = new AbortController();
  #cutShort = false;
  #mistake: { error: unknown } | undefined;

  constructor(plan: LoadPlan, tally: Tally, pattern: BytePattern, events: LoadEvents) {
    this.#plan = plan;
    this.#events = events;
    this.#shared = { plan, tally, pattern, stopping: false };
    const { ratePerSecond, connections } = plan;
    this.#lanes = Array.from({ length: plan.to - plan.from }, (_, i) => {
      const connection = plan.from + i;
      return new Lane(
        connection,
        ratePerSecond === null ? undefined : createPacer({ ratePerSecond, connections, connection }),
      );
    });
    this.#dialer = new LaneDialer(plan, this.#lanes.length, {
      onConnect: (lane, connection, ms) => this.#connected(lane, connection, ms),
      onFailure: (lane, failure) => this.#fail(lane, failure),
      onGone: () => this.#end(true),
      onMistake: (error) => {
        this.#mistake ??= { error };
        this.#end(true);
      },
    });
  }

  async run(): Promise<LoadOutcome> {
    const { signal } = this.#events;
    const cut = () => this.#end(true);
    signal.addEventListener("abort", cut);
    if (signal.aborted) cut();
    const watch = setInterval(() => this.#expire(), Math.min(this.#plan.timeoutMs / 4, 250));
    try {
      if (!this.#plan.churn) await this.#dialer.connectAll(this.#lanes, this.#ended.signal);
      await this.#events.ready();
      return await this.#measure();
    } finally {
      clearInterval(watch);
      signal.removeEventListener("abort", cut);
      for (const { connection } of this.#lanes) connection?.close();
      for (const connection of this.#finished) connection.close();
    }
  }

  async #measure(): Promise<LoadOutcome> {
    const { durationMs, warmupMs } = this.#plan;
    const { tally } = this.#shared;
    const schedule = this.#plan.ratePerSecond === null ? undefined : await OpenSchedule.create(this.#lanes);
    const origin = performance.now();
    // Without a warmup the first request of each lane counts, and it is sent at once.
    if (warmupMs === 0) tally.begin(origin);
    const running = Promise.all(this.#lanes.map((lane) => this.#runLane(lane)));
    schedule?.start(origin);
    await delayUntil(origin + warmupMs, this.#ended.signal);
    let startedAt: Date | undefined;
    const begin = warmupMs === 0 ? origin : performance.now();
    if (!this.#ended.signal.aborted || warmupMs === 0) {
      startedAt = new Date();
      if (warmupMs > 0) tally.begin(begin);
      schedule?.endAt(begin + durationMs);
      await this.#tellSeconds(begin, begin + durationMs);
    }
    const planned = Math.min(performance.now(), begin + durationMs);
    schedule?.stop();
    // What became due last is sent first.
    if (schedule) await delay(0);
    this.#end(false);
    await this.#settle(running);
    // Without a warmup it seems to have begun before the first connection was refused.
    if (!this.#dialer.everUp) startedAt = undefined;
    // What was waited for in vain is no time of the load: it would lower the rates.
    const end = Math.max(planned, tally.countedUntil);
    if (startedAt) this.#events.onInterval(tally.takeInterval(end));
    return {
      startedAt,
      elapsedMs: end - begin,
      partial: this.#cutShort,
      connections: tally.connections,
      tls: tally.tls,
      errors: tally.errorKinds(),
      histograms: tally.histograms,
      schedule: schedule && this.#scheduleKept(origin, begin, planned),
      tcpInfo: this.#finished.flatMap((connection) => tryTcpInfo(connection) ?? []),
    };
  }

  /** Tells of each second as it is over, until the end. */
  async #tellSeconds(begin: number, end: number): Promise<void> {
    const { tally } = this.#shared;
    for (let next = begin + 1000; next < end && !this.#ended.signal.aborted; next += 1000) {
      await delayUntil(next, this.#ended.signal);
      if (!this.#ended.signal.aborted) this.#events.onInterval(tally.takeInterval(performance.now()));
    }
    await delayUntil(end, this.#ended.signal);
  }

  /** Waits for the last echoes, and cuts off what does not come. */
  async #settle(running: Promise<unknown>): Promise<void> {
    await waitAtMost(this.#patienceMs(), running.then(() => {}));
    this.#dialer.giveUp();
    for (const { connection } of this.#lanes) connection?.abort();
    await running;
    if (this.#mistake) throw this.#mistake.error;
  }

  /** What to wait for the last echoes: so long that those which do not come have failed before, unless it was cut short. */
  #patienceMs(): number {
    if (this.#cutShort) return LAST_ECHOES_MS;
    const { churn, timeoutMs, connectTimeoutMs } = this.#plan;
    return LAST_ECHOES_MS + timeoutMs + (churn ? connectTimeoutMs : 0);
  }

  #end(cutShort: boolean): void {
    if (this.#shared.stopping) return;
    this.#cutShort = cutShort;
    this.#shared.stopping = true;
    this.#ended.abort();
    if (cutShort) this.#dialer.giveUp();
    for (const lane of this.#lanes) lane.wake();
  }

  #scheduleKept(origin: number, begin: number, end: number): { due: number; unsent: number } {
    let due = 0, unsent = 0;
    for (const { pacer, begun } of this.#lanes) {
      const before = pacer!.dueBefore(end - origin);
      due += before - pacer!.dueBefore(begin - origin);
      unsent += Math.max(0, before - begun);
    }
    return { due, unsent: Math.min(unsent, due) };
  }

  #connected({ index }: Lane, connection: Connection, ms: number): void {
    this.#shared.tally.connected(ms, tlsInfoOf(connection));
    this.#events.onEvent?.({ event: "connect", lane: index, message: `connected within ${formatDuration(ms)}` });
  }

  #fail({ index }: Lane, { kind, message }: Failure): void {
    this.#shared.tally.failed(kind, message);
    this.#events.onEvent?.({ event: "failure", lane: index, message });
  }

  /** Goes on until no request is to begin any more, with as many connections as it takes. */
  async #runLane(lane: Lane): Promise<void> {
    const { churn } = this.#plan;
    for (let pause = FIRST_PAUSE_MS; !this.#shared.stopping;) {
      if (churn && lane.due <= lane.begun) {
        await new Promise<void>((resolve) => lane.wake = resolve);
        continue;
      }
      const start = performance.now();
      const number = lane.begun;
      if (churn) lane.begun++;
      const connection = lane.connection ?? await this.#dialer.connect(lane);
      if (connection === undefined) {
        await delay(pause, this.#ended.signal);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        continue;
      }
      pause = FIRST_PAUSE_MS;
      const doneAt = await this.#exchange(connection, lane);
      // A server that closes or lies at once is no reason to make connections as fast as can be.
      if (doneAt === undefined) await delay(FIRST_PAUSE_MS, this.#ended.signal);
      if (churn && doneAt !== undefined) this.#shared.tally.completed(lane.dueAt(number, start), start, doneAt);
    }
  }

  /** Runs one connection to its end; returns when that was, or undefined if it was not in order. */
  async #exchange(connection: Connection, lane: Lane): Promise<number | undefined> {
    try {
      await this.#way()(connection, lane, this.#shared);
      const doneAt = performance.now();
      // Asking the kernel takes milliseconds at first, in which no echo could be read: it has to wait for the last of them.
      if (this.#shared.stopping && this.#finished.length < MOST_TCP_INFO) this.#finished.push(connection);
      else connection.close();
      return doneAt;
    } catch (error) {
      if (lane.expired) this.#fail(lane, noProgress(this.#plan));
      else if (!(this.#shared.stopping && isCutOff(error))) this.#fail(lane, failureOf(error));
      // What a load that was cut short has cut off is no failure of the server's, nor is what a stream had on the way.
      else if (!this.#cutShort && this.#plan.mode === "echo") this.#fail(lane, tooLate(this.#patienceMs()));
      connection.abort();
      return undefined;
    } finally {
      this.#dialer.noteEnd();
      lane.connection = undefined;
      lane.waitingSince = Infinity;
      lane.expired = false;
    }
  }

  #way(): (connection: Connection, lane: Lane, shared: LaneShared) => Promise<void> {
    if (this.#plan.mode === "stream") return streamExchange;
    if (this.#plan.churn) return churnExchange;
    return isSimple(this.#plan) ? closedExchange : pipelinedExchange;
  }

  /** Ends connections whose peer has owed a byte for too long. */
  #expire(): void {
    const limit = performance.now() - this.#plan.timeoutMs;
    for (const lane of this.#lanes) {
      if (lane.waitingSince >= limit || lane.connection === undefined) continue;
      lane.expired = true;
      lane.connection.abort();
    }
  }
}
