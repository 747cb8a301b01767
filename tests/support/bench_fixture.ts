/**
 * Results of benches that never ran: made up, the same each time, with distributions from the real histogram. What follows
 * from something else (rates, sums) does so here too.
 *
 * @module
 */
import type { BenchAsked, BenchErrorCount, BenchInterval, BenchResult } from "../../lib/measure/bench_result.ts";
import type { Distribution } from "../../lib/measure/distribution.ts";
import { createHistogram, type Histogram } from "../../lib/measure/histogram.ts";
import { distributionOf } from "./distribution_of.ts";

/** What a fixture is like. */
export interface BenchFixture {
  /** Seconds of the run; 10 by default. The last may be a part of one. */
  seconds?: number;
  /** Requests in each second; 2000 by default. */
  perSecond?: number;
  /** Median latency; 0.8 by default. */
  medianMs?: number;
  /** Whether it was an open loop, with a server that stood still in the middle. */
  open?: boolean;
  /** Whether the open loop fell behind. */
  behind?: boolean;
  /** Failures. */
  errors?: BenchErrorCount[];
  /** What was asked, where it is not the default. */
  options?: Partial<BenchAsked>;
  /** Members that replace what was made. */
  result?: Partial<BenchResult>;
}

const MIB = 1024 * 1024;

/** Numbers from 0 to 1, the same each time (mulberry32). */
export function randomNumbers(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A latency as networks have it: log-normal, and now and then ten times as much. */
function latencyMs(random: () => number, medianMs: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return medianMs * Math.exp(0.25 * normal) * (random() < 0.002 ? 10 : 1);
}

/** What was recorded second by second. */
interface Recorded {
  series: BenchInterval[];
  latency: Distribution;
  serviceTime: Distribution;
}

async function record(fixture: BenchFixture, options: BenchAsked): Promise<Recorded> {
  const { seconds = 10, perSecond = 2000, medianMs = 0.8, open = false } = fixture;
  const random = randomNumbers(6);
  const latency = await createHistogram(), serviceTime = await createHistogram(), second = await createHistogram();
  const series: BenchInterval[] = [];
  for (let at = 0; at < seconds; at++) {
    second.reset();
    const length = Math.min(1, seconds - at);
    const requests = options.mode === "stream" ? 0 : Math.round(perSecond * length * (0.95 + 0.1 * random()));
    for (let request = 0; request < requests; request++) {
      const ms = latencyMs(random, medianMs);
      // A stall of a second: only one request meets it, but all that were due in it waited.
      const stalled = open && at === Math.floor(seconds / 2);
      serviceTime.record(stalled && request === 0 ? 1000 : ms);
      second.record(stalled ? ms + 1000 * (1 - request / requests) : ms);
    }
    latency.add(second);
    // All failures came in one second.
    const errors = at === Math.floor(seconds / 2) ? failures(fixture) : 0;
    series.push(intervalOf(second, { at, length, requests, errors, options, random }));
  }
  return { series, latency: latency.distribution(), serviceTime: serviceTime.distribution() };
}

/** How many failures there were. */
function failures({ errors = [] }: BenchFixture): number {
  return errors.reduce((total, { count }) => total + count, 0);
}

interface Second {
  at: number;
  length: number;
  requests: number;
  errors: number;
  options: BenchAsked;
  random: () => number;
}

function intervalOf(second: Histogram, { at, length, requests, errors, options, random }: Second): BenchInterval {
  const { percentilesMs, maxMs } = second.distribution();
  const streamed = Math.round(length * 900 * MIB * (0.9 + 0.2 * random()));
  const { mode, direction, sizeBytes } = options;
  const bytes = mode === "stream" ? streamed : requests * sizeBytes;
  return {
    startMs: at * 1000,
    lengthMs: length * 1000,
    requests,
    errors,
    bytesSent: direction === "down" ? 0 : bytes,
    bytesReceived: direction === "up" ? 0 : bytes,
    p50Ms: percentilesMs.p50,
    p99Ms: percentilesMs.p99,
    maxMs,
  };
}

const ASKED: BenchAsked = {
  connections: 50,
  durationMs: 10_000,
  warmupMs: 1000,
  sizeBytes: 64,
  ratePerSecond: null,
  pipeline: 1,
  churn: false,
  mode: "echo",
  direction: null,
  workers: 1,
  verify: true,
  timeoutMs: 5500,
  connectTimeoutMs: 3500,
  tls: false,
};

const ENVIRONMENT: BenchResult["environment"] = {
  os: "linux",
  target: "x86_64-unknown-linux-gnu",
  cpus: 2,
  deno: "2.9.6",
  sounder: "0.1.0",
  clockResolutionUs: 0.1,
  sampleCostUs: 0.24,
};

/** Made-up TCP_INFO of so many connections. */
function tcpInfoOf(connections: number): BenchResult["tcpInfo"] {
  return Array.from({ length: Math.min(connections, 100) }, (_, at) => ({
    state: "ESTABLISHED",
    rttUs: 80 + at,
    totalRetransmittedSegments: at === 3 ? 2 : 0,
    totalTimeouts: 0,
    outOfOrderSegments: 0,
  }));
}

/** A made-up result. */
export async function benchFixture(fixture: BenchFixture = {}): Promise<BenchResult> {
  const { seconds = 10, perSecond = 2000, open = false, behind = false, errors = [] } = fixture;
  const options: BenchAsked = {
    ...ASKED,
    durationMs: seconds * 1000,
    ratePerSecond: open ? perSecond : null,
    ...fixture.options,
  };
  const { series, latency, serviceTime } = await record(fixture, options);
  const sum = (pick: (one: BenchInterval) => number) => series.reduce((total, one) => total + pick(one), 0);
  const totals = {
    requests: sum(({ requests }) => requests),
    errors: sum((one) => one.errors),
    bytesSent: sum(({ bytesSent }) => bytesSent),
    bytesReceived: sum(({ bytesReceived }) => bytesReceived),
    connections: options.connections,
  };
  const random = randomNumbers(7);
  const late = await distributionOf(Array.from({ length: 2000 }, () => random() * (behind ? 4000 : 0.4)));
  return {
    schema: 1,
    command: "bench",
    target: { hostname: "127.0.0.1", port: 9999 },
    startedAt: "2026-11-21T04:59:50.570Z",
    options,
    environment: ENVIRONMENT,
    tls: null,
    merged: 1,
    partial: false,
    elapsedMs: seconds * 1000,
    totals,
    rates: {
      requestsPerSecond: totals.requests / seconds,
      sentBytesPerSecond: totals.bytesSent / seconds,
      receivedBytesPerSecond: totals.bytesReceived / seconds,
    },
    latency,
    serviceTime: open ? serviceTime : null,
    connectTime: await distributionOf(Array.from({ length: options.connections }, () => 0.1 + random() * 0.3)),
    tlsTime: null,
    schedule: open
      ? { due: totals.requests + (behind ? 1234 : 0), unsent: behind ? 1234 : 0, delay: late, behind }
      : null,
    errors,
    series,
    tcpInfo: tcpInfoOf(options.connections),
    gates: [],
    error: null,
    ...fixture.result,
  };
}

/** The result of a bench of a port where nobody listens. */
export async function refusedFixture(): Promise<BenchResult> {
  const none = await distributionOf([]);
  const message = "cannot connect to 127.0.0.1:9: connection refused";
  return await benchFixture({
    seconds: 1,
    options: { durationMs: 10_000 },
    errors: [{ kind: "refused", count: 50, example: message }],
    result: {
      partial: true,
      elapsedMs: 0,
      totals: { requests: 0, errors: 50, bytesSent: 0, bytesReceived: 0, connections: 0 },
      rates: { requestsPerSecond: 0, sentBytesPerSecond: 0, receivedBytesPerSecond: 0 },
      latency: none,
      connectTime: none,
      series: [],
      tcpInfo: [],
      error: { kind: "refused", message },
    },
  });
}

/** The result of a stream. */
export function streamFixture(direction: "up" | "down" | "both" = "both"): Promise<BenchResult> {
  return benchFixture({ options: { mode: "stream", direction, sizeBytes: 65536, connections: 4 } });
}
