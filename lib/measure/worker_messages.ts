import type { Distribution } from "./distribution.ts";
import type { LoadEvent, LoadOutcome } from "./load_outcome.ts";
import type { LoadPlan } from "./load_plan.ts";
import type { TallyInterval } from "./tally.ts";

/** What a Worker of a bench is told. */
export type ToWorker =
  /** Make the connections. */
  | { readonly type: "start"; readonly plan: LoadPlan }
  /** All Workers have: begin. */
  | { readonly type: "go" }
  /** End early. */
  | { readonly type: "stop" };

/** An interval with its histogram as plain data. */
export type IntervalData = Omit<TallyInterval, "latency"> & { readonly latency: Distribution };

/** A `LoadOutcome` with its histograms as plain data. */
export type OutcomeData = Omit<LoadOutcome, "histograms"> & {
  readonly latency: Distribution;
  readonly serviceTime: Distribution | undefined;
  readonly delay: Distribution | undefined;
  readonly connectTime: Distribution;
  readonly tlsTime: Distribution | undefined;
};

/** An error of `runLoad()` as plain data: structured cloning keeps no class of ours. */
export interface MistakeData {
  /** The error's class. */
  readonly name: string;
  /** Its text. */
  readonly message: string;
  /** See `SocketOptionError`. */
  readonly option?: string;
  /** See `SocketOptionError`. */
  readonly kind?: string;
}

/** What a Worker of a bench tells. */
export type FromWorker =
  /** Every connection was tried. */
  | { readonly type: "ready" }
  /** What happened to a lane, where that is to be told. */
  | { readonly type: "event"; readonly event: LoadEvent }
  /** A second is over. */
  | { readonly type: "interval"; readonly interval: IntervalData }
  /** It has ended. */
  | { readonly type: "outcome"; readonly outcome: OutcomeData }
  /** A mistake of the caller's, as `runLoad()` throws it. */
  | { readonly type: "mistake"; readonly mistake: MistakeData };
