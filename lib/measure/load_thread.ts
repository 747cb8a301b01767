import { histogramOf } from "./histogram.ts";
import { runLoad } from "./load.ts";
import type { LoadEvent, LoadOutcome } from "./load_outcome.ts";
import type { LoadPlan } from "./load_plan.ts";
import { mistakeOf } from "./mistake_data.ts";
import type { TallyInterval } from "./tally.ts";
import type { FromWorker, OutcomeData, ToWorker } from "./worker_messages.ts";

/** One thread of a bench, under way. */
export interface LoadThread {
  /** Resolves when every connection was tried. */
  readonly ready: Promise<void>;
  /** Begins the load. */
  go(): void;
  /** What it measured. */
  readonly outcome: Promise<LoadOutcome>;
}

/** What a thread tells while it runs. */
export interface LoadThreadEvents {
  /** Called at the end of each second of the measured time, in order. */
  onInterval(interval: TallyInterval): void;
  /** Told of each connection that is made, and each failure, where the plan says so. */
  onEvent(event: LoadEvent): void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** A thread that is this one. */
export function startLoad(plan: LoadPlan, { onInterval, onEvent, signal }: LoadThreadEvents): LoadThread {
  const ready = Promise.withResolvers<void>();
  const begin = Promise.withResolvers<void>();
  const outcome = runLoad(plan, {
    signal,
    onInterval,
    onEvent: plan.eventful ? onEvent : undefined,
    ready: () => {
      ready.resolve();
      return begin.promise;
    },
  });
  // Where it fails before, there is nothing to wait for: the outcome tells.
  outcome.catch(() => ready.resolve());
  return { ready: ready.promise, go: begin.resolve, outcome };
}

/**
 * Checks that Workers can be started: their module has to be read.
 *
 * @throws {Deno.errors.NotCapable} without the permission; Deno itself would tell only the Worker's error handler.
 */
export function checkWorkers(): void {
  const module = new URL("./bench_worker.ts", import.meta.url);
  if (module.protocol !== "file:" || Deno.build.standalone) return;
  if (Deno.permissions.querySync({ name: "read", path: module }).state === "granted") return;
  throw new Deno.errors.NotCapable("cannot start Workers: their module may not be read: run Deno with --allow-read");
}

/** A thread that is a Worker. */
export function startWorkerLoad(plan: LoadPlan, { onInterval, onEvent, signal }: LoadThreadEvents): LoadThread {
  const worker = new Worker(new URL("./bench_worker.ts", import.meta.url), { type: "module" });
  const tell = (message: ToWorker) => worker.postMessage(message);
  const ready = Promise.withResolvers<void>();
  const outcome = Promise.withResolvers<LoadOutcome>();
  // Histograms are read in the background, and must come out in the order in which they were told.
  let told = Promise.resolve();
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === "ready") return ready.resolve();
    if (data.type === "event") return onEvent(data.event);
    if (data.type === "mistake") return outcome.reject(mistakeOf(data.mistake));
    told = told.then(async () => {
      if (data.type === "outcome") outcome.resolve(await outcomeOf(data.outcome));
      else onInterval({ ...data.interval, latency: await histogramOf(data.interval.latency) });
    }).catch(outcome.reject);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    outcome.reject(new Error(`a Worker of the bench ended: ${event.message}`));
  };
  const stop = () => tell({ type: "stop" });
  signal.addEventListener("abort", stop);
  const clear = () => {
    signal.removeEventListener("abort", stop);
    ready.resolve();
    worker.terminate();
  };
  outcome.promise.then(clear, clear);
  tell({ type: "start", plan });
  if (signal.aborted) stop();
  return { ready: ready.promise, go: () => tell({ type: "go" }), outcome: outcome.promise };
}

async function outcomeOf(data: OutcomeData): Promise<LoadOutcome> {
  const { latency, serviceTime, delay, connectTime, tlsTime, ...rest } = data;
  return {
    ...rest,
    histograms: {
      latency: await histogramOf(latency),
      serviceTime: serviceTime && await histogramOf(serviceTime),
      delay: delay && await histogramOf(delay),
      connectTime: await histogramOf(connectTime),
      tlsTime: tlsTime && await histogramOf(tlsTime),
    },
  };
}
