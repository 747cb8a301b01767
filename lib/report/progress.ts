import { bytesText, countText, rateText, timeText } from "./bench_units.ts";

/** Where a bench stands. */
export interface ProgressState {
  /** Time since the phase began: the warmup, or the measured time. */
  readonly elapsedMs: number;
  /** Length of the phase. */
  readonly totalMs: number;
  /** Requests in the last second. */
  readonly requestsPerSecond: number;
  /** Median latency of the last second; null with too few samples. */
  readonly p50Ms: number | null;
  /** 99th percentile of the last second; null with too few samples. */
  readonly p99Ms: number | null;
  /** Failures so far. */
  readonly errors: number;
  /** Whether this is the warmup. */
  readonly warmup: boolean;
  /** Of a stream, the bytes of the last second: they stand in the place of requests and percentiles. */
  readonly bytesPerSecond?: number;
}

const LONGEST_BAR = 30;
const SHORTEST_BAR = 10;

/**
 * One line that says where a bench stands, for a terminal: a bar, the time left, and the figures of the last second. On a
 * narrow one the bar shrinks first, then the figures go, the last of them first; the time left is the last to go.
 *
 * @param width Columns that the line does not exceed.
 */
export function progressText(state: ProgressState, width: number): string {
  const share = state.totalMs > 0 ? Math.min(Math.max(state.elapsedMs / state.totalMs, 0), 1) : 1;
  const parts = [`${leftText(state)} left`, ...figures(state)];
  // Figures go from the end; the errors, if there are any, stand before the percentiles.
  while (parts.length > 1 && parts.join("  ").length + SHORTEST_BAR + 4 > width) parts.pop();
  const text = parts.join("  ");
  const room = Math.min(width - text.length - 4, LONGEST_BAR);
  if (room < SHORTEST_BAR) return text.slice(0, Math.max(width, 0));
  const full = Math.round(share * room);
  return `[${"■".repeat(full)}${" ".repeat(room - full)}]  ${text}`;
}

function figures({ warmup, errors, requestsPerSecond, bytesPerSecond, p50Ms, p99Ms }: ProgressState): string[] {
  const failed = `${countText(errors)} error${errors === 1 ? "" : "s"}`;
  const rate = bytesPerSecond === undefined
    ? `${rateText(Math.round(requestsPerSecond))} req/s`.padStart(12)
    : `${bytesText(bytesPerSecond)}/s`.padStart(12);
  const percentiles = bytesPerSecond === undefined
    ? [`p50 ${timeText(p50Ms).padEnd(6)}`, `p99 ${timeText(p99Ms).padEnd(6)}`]
    : [];
  return [...(warmup ? ["warming up"] : []), rate, ...(errors > 0 ? [failed] : []), ...percentiles];
}

/** Whole seconds, rounded up: at `0s left` it is over. Of the same length from one to the next. */
function leftText({ elapsedMs, totalMs }: ProgressState): string {
  const seconds = Math.ceil(Math.max(totalMs - elapsedMs, 0) / 1000);
  const most = Math.ceil(totalMs / 1000);
  const minutes = (whole: number) =>
    most < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
  return minutes(seconds).padStart(minutes(most).length);
}
