/**
 * Results with every member set, of kinds that no measurement gives at the same time: for tests of what reads results.
 *
 * @module
 */
import type { BenchAsked, BenchResult } from "../../lib/measure/bench_result.ts";
import type { Comparison } from "../../lib/measure/compare_results.ts";
import type { PingResult, PingSample } from "../../lib/measure/ping_result.ts";
import type { TlsFacts } from "../../lib/measure/tls_facts.ts";
import type { TcpInfo } from "../../lib/socket/tcp_info.ts";
import { distributionOf } from "./distribution_of.ts";

/** So many times, evenly between two. */
export function evenTimes(count: number, fromMs: number, toMs: number): number[] {
  return Array.from({ length: count }, (_, at) => fromMs + (toMs - fromMs) * at / count);
}

/** What a fixture was asked. */
export const ASKED: BenchAsked = {
  connections: 10,
  durationMs: 2000,
  warmupMs: 100,
  sizeBytes: 64,
  ratePerSecond: 1000,
  pipeline: 2,
  churn: false,
  mode: "echo",
  direction: null,
  workers: 2,
  verify: true,
  timeoutMs: 5500,
  connectTimeoutMs: 3500,
  tls: true,
};

/** What a fixture was measured with. */
export const ENVIRONMENT: BenchResult["environment"] = {
  os: "linux",
  target: "x86_64-unknown-linux-gnu",
  cpus: 2,
  deno: "2.9.6",
  sounder: "0.1.0",
  clockResolutionUs: 0.1,
  sampleCostUs: 0.25,
};

/** What TLS came to. */
export const TLS_FACTS: TlsFacts = {
  version: "1.3",
  cipher: "TLS_AES_256_GCM_SHA384",
  alpnProtocol: "echo/1",
  peer: "echo.test",
  verified: true,
};

const SECOND: BenchResult["series"][number] = {
  startMs: 0,
  lengthMs: 1000,
  requests: 1000,
  errors: 1,
  bytesSent: 64_000,
  bytesReceived: 64_000,
  p50Ms: 1.5,
  p99Ms: 1.99,
  maxMs: 2,
};

/** TCP_INFO with every member. */
export const TCP_INFO: Required<TcpInfo> = {
  state: "ESTABLISHED",
  acceptQueueLength: 0,
  backlog: 511,
  options: ["timestamps", "sack"],
  congestionState: "open",
  sendWindowScale: 7,
  receiveWindowScale: 7,
  rttUs: 40,
  rttVarianceUs: 5,
  minRttUs: 20,
  latestRttUs: 30,
  receiveRttUs: 1000,
  rtoUs: 201_000,
  delayedAckUs: 40_000,
  congestionWindowSegments: 10,
  congestionWindowBytes: 327_680,
  slowStartThresholdSegments: 7,
  slowStartThresholdBytes: 65_536,
  sendWindowBytes: 65_536,
  receiveWindowBytes: 65_536,
  receiveThresholdBytes: 65_536,
  receiveSpaceBytes: 65_536,
  sendMssBytes: 32_768,
  receiveMssBytes: 536,
  advertisedMssBytes: 65_483,
  pathMtuBytes: 65_535,
  pacingRateBytesPerSecond: 1e9,
  maxPacingRateBytesPerSecond: 2e9,
  deliveryRateBytesPerSecond: 1.5e9,
  deliveryRateAppLimited: true,
  unackedSegments: 0,
  sackedSegments: 0,
  lostSegments: 0,
  retransmittedSegments: 0,
  notSentBytes: 0,
  sendQueueBytes: 0,
  reorderingSegments: 3,
  timeoutRetransmits: 0,
  probes: 0,
  backoff: 0,
  lastDataSentMs: 1,
  lastDataReceivedMs: 1,
  lastAckReceivedMs: 1,
  sentBytes: 64_000,
  retransmittedBytes: 0,
  ackedBytes: 64_000,
  receivedBytes: 64_000,
  sentSegments: 2000,
  sentDataSegments: 1000,
  totalRetransmittedSegments: 0,
  receivedSegments: 2000,
  receivedDataSegments: 1000,
  outOfOrderSegments: 0,
  outOfOrderBytes: 0,
  deliveredSegments: 1000,
  deliveredCeSegments: 0,
  duplicateSacks: 0,
  reorderingEvents: 0,
  totalTimeouts: 0,
  busyUs: 1000,
  receiveWindowLimitedUs: 0,
  sendBufferLimitedUs: 0,
};

/** The result of an open loop of two seconds and a bit. */
export async function fullBench(changes: Partial<BenchResult> = {}): Promise<BenchResult> {
  return {
    schema: 1,
    command: "bench",
    target: { hostname: "echo.test", port: 9999 },
    startedAt: "2026-11-21T04:59:50.570Z",
    options: ASKED,
    environment: ENVIRONMENT,
    tls: TLS_FACTS,
    merged: 1,
    partial: false,
    elapsedMs: 2010.5,
    totals: { requests: 2010, errors: 2, bytesSent: 128_640, bytesReceived: 128_640, connections: 11 },
    rates: { requestsPerSecond: 1000, sentBytesPerSecond: 64_000, receivedBytesPerSecond: 64_000 },
    latency: await distributionOf(evenTimes(2010, 1, 2)),
    serviceTime: await distributionOf(evenTimes(2010, 0.5, 1)),
    connectTime: await distributionOf(evenTimes(11, 0.1, 0.2)),
    tlsTime: await distributionOf(evenTimes(11, 2, 3)),
    schedule: { due: 2010, unsent: 0, delay: await distributionOf(evenTimes(2010, 0.01, 0.5)), behind: false },
    errors: [{ kind: "reset", count: 2, example: "the server reset the connection" }],
    series: [SECOND, { ...SECOND, startMs: 1000 }, {
      ...SECOND,
      startMs: 2000,
      lengthMs: 10.5,
      requests: 10,
      errors: 0,
      p50Ms: null,
      p99Ms: null,
      maxMs: null,
    }],
    tcpInfo: [TCP_INFO, { state: "CLOSE_WAIT" }],
    gates: [{ expression: "p99>5ms", value: 1.99, hit: false }],
    error: { kind: "refused", message: "cannot connect" },
    ...changes,
  };
}

/** The result of a ping with a loss, a late reply and a reconnect. */
export async function fullPing(changes: Partial<PingResult> = {}): Promise<PingResult> {
  return {
    schema: 1,
    command: "ping",
    target: { hostname: "echo.test", port: 9999, address: "127.0.0.1" },
    startedAt: "2026-11-21T04:59:50.570Z",
    options: {
      count: 100,
      intervalMs: 1000,
      timeoutMs: 1000,
      sizeBytes: 64,
      connect: false,
      connectTimeoutMs: 3500,
      tls: true,
    },
    environment: ENVIRONMENT,
    tls: TLS_FACTS,
    elapsedMs: 100_004,
    transmitted: 100,
    received: 93,
    late: 1,
    loss: 0.07,
    reconnects: 1,
    losses: [{ kind: "timeout", count: 6, example: "no echo within 1s" }],
    outages: [{ startedAt: "2026-11-21T04:59:55.570Z", durationMs: 2500.5, lost: 6 }],
    rtt: {
      minMs: 0.098,
      avgMs: 0.11,
      maxMs: 0.131,
      mdevMs: 0.012,
      medianMs: 0.109,
      p90Ms: null,
      p99Ms: null,
      jitterMs: 0.005,
    },
    tlsTime: {
      minMs: 2.5,
      avgMs: 2.75,
      maxMs: 3,
      mdevMs: 0.25,
      medianMs: 2.75,
      p90Ms: null,
      p99Ms: null,
      jitterMs: 0.5,
    },
    distribution: await distributionOf(evenTimes(93, 0.098, 0.131)),
    gates: [{ expression: "loss>10%", value: 7, hit: false }],
    error: { kind: "refused", message: "cannot connect" },
    ...changes,
  };
}

/** A probe that came late. */
export const PING_SAMPLE: PingSample = {
  seq: 1,
  outcome: "late",
  sentAt: "2026-11-21T04:59:50.570Z",
  address: "127.0.0.1",
  timeMs: 1200,
  phases: { lookupMs: 1, connectMs: 0.2, tlsMs: 3, firstByteMs: 1199, echoMs: 1200 },
  loss: "timeout",
  message: "no echo within 1s",
  offset: 5,
  tcpInfo: TCP_INFO,
};

/** A comparison of one row. */
export const COMPARISON: Comparison = {
  schema: 1,
  command: "compare",
  runsBefore: 2,
  runsAfter: 1,
  rows: [{
    metric: "p99",
    unit: "ms",
    better: "lower",
    before: { median: 2, min: 1, max: 3, runs: 2 },
    after: { median: 3, min: 3, max: 3, runs: 1 },
    changePercent: 50,
    withinSpread: true,
  }],
  notes: ["options.pipeline differs: 1 before, 2 after"],
  gates: [{ expression: "p99>10%", value: 50, hit: true }],
};
