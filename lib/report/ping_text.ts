import { type Address, formatAddress } from "../core/address.ts";
import type { PingPhases, PingResult, PingSample, PingTimes } from "../measure/ping_result.ts";
import type { TcpInfo } from "../socket/tcp_info.ts";
import { gateLines } from "./bench_gate_lines.ts";
import { linesText, printable } from "./bench_lines.ts";

/** How a probe is printed. */
export interface PingLineOptions {
  /** The server, as it was asked for: where no connection says its address. */
  readonly target: Address;
  /** Bytes of a probe; undefined where handshakes are timed. */
  readonly sizeBytes: number | undefined;
  /** Whether the parts of the time are printed, and what the kernel knows. */
  readonly verbose: boolean;
}

/**
 * One probe as a line: `64 bytes from 127.0.0.1:9999: seq=1 time=0.123 ms`, `connected to 127.0.0.1:9999: seq=1
 * time=0.123 ms`, `seq=3 lost: no echo within 1s` or `seq=3 late time=1240 ms`. Where a TLS handshake was part of it, that
 * follows: `seq=1 time=0.123 ms tls=1.23 ms`.
 */
export function pingLine(sample: PingSample, options: PingLineOptions): string {
  const { seq, outcome, timeMs, message, phases: { tlsMs } } = sample;
  const { target, sizeBytes, verbose } = options;
  const note = noteOf(sample, options);
  if (outcome === "lost") return `seq=${seq} lost: ${printable(message!)}${verbose ? note : ""}`;
  const time = `time=${timeText(timeMs!)} ms${tlsMs === null ? "" : ` tls=${timeText(tlsMs)} ms`}`;
  if (outcome === "late") return `seq=${seq} late ${time}${note}`;
  const server = formatAddress({ hostname: sample.address ?? target.hostname, port: target.port });
  const what = sizeBytes === undefined ? "connected to" : `${sizeBytes} ${sizeBytes === 1 ? "byte" : "bytes"} from`;
  return `${what} ${server}: seq=${seq} ${time}${note}`;
}

/** The summary, a line each, the first empty: as Linux ping's, then what that does not have. */
export function pingSummary(result: PingResult): string[] {
  const { target, transmitted, received, late, loss, rtt, tlsTime, elapsedMs } = result;
  const lines = [
    "",
    `--- ${formatAddress(target)} ping statistics ---`,
    `${transmitted} packets transmitted, ${received} received, ${late > 0 ? `+${late} late, ` : ""}` +
    `${percentText(loss)} packet loss, time ${Math.round(elapsedMs)}ms`,
  ];
  if (rtt) {
    const { medianMs, p90Ms, p99Ms, jitterMs } = rtt;
    lines.push(
      `rtt ${spreadText(rtt)}`,
      `rtt median/p90/p99/jitter = ${[medianMs, p90Ms, p99Ms, jitterMs].map(figure).join("/")} ms`,
    );
  }
  if (tlsTime) lines.push(`tls ${spreadText(tlsTime)}`);
  const gates = linesText(gateLines(result.gates, "ping"), { color: false, width: Infinity });
  return [...lines, ...troubleLines(result), ...(gates === "" ? [] : gates.split("\n"))];
}

/** Outages that are listed: the last ones are what somebody looks for. */
const LISTED = 10;

function troubleLines({ losses, outages, reconnects }: PingResult): string[] {
  const reasons = losses.map(({ kind, count, example }) => `${count} lost (${kind}): ${printable(example)}`);
  const lines = outages.slice(-LISTED).map(({ startedAt, durationMs, lost }) => {
    const length = durationMs === null ? "not over at the end" : `${(durationMs / 1000).toFixed(3)} s`;
    return `outage from ${startedAt}: ${length}, ${lost} lost`;
  });
  const left = outages.length - lines.length;
  if (left > 0) lines.unshift(`${left} earlier ${left === 1 ? "outage" : "outages"}, not listed`);
  if (reconnects > 0) lines.push(`${reconnects} ${reconnects === 1 ? "reconnect" : "reconnects"}`);
  return [...reasons, ...lines];
}

/** What is printed after the time, in brackets. */
function noteOf({ seq, phases, tcpInfo }: PingSample, { sizeBytes, verbose }: PingLineOptions): string {
  const parts = verbose ? phaseTexts(phases) : [];
  // A connection that is not the first is news: the server was gone, or closed it.
  if (!verbose && sizeBytes !== undefined && seq > 1 && phases.connectMs !== null) {
    parts.push(`new connection, made in ${timeText(phases.connectMs)} ms`);
  }
  const kernel = verbose && tcpInfo ? kernelText(tcpInfo) : "";
  const note = [parts.join(", "), kernel].filter((text) => text !== "").join("; ");
  return note === "" ? "" : ` (${note})`;
}

const PHASES: readonly [keyof PingPhases, string][] = [
  ["lookupMs", "lookup"],
  ["connectMs", "connect"],
  ["tlsMs", "TLS"],
  ["firstByteMs", "first byte"],
  ["echoMs", "echo"],
];

function phaseTexts(phases: PingPhases): string[] {
  return PHASES.flatMap(([name, text]) => {
    const ms = phases[name];
    return ms === null ? [] : [`${text} ${timeText(ms)} ms`];
  });
}

/** What the kernel measures by itself, beside ours: smoothed round trips, from segment to ACK; and what it sent again. */
function kernelText({ rttUs, rttVarianceUs, totalRetransmittedSegments }: TcpInfo): string {
  const texts: string[] = [];
  if (rttUs !== undefined) texts.push(`kernel rtt ${timeText(rttUs / 1000)} ms`);
  if (rttVarianceUs !== undefined) texts.push(`±${timeText(rttVarianceUs / 1000)} ms`);
  const rtt = texts.join(" ");
  if (totalRetransmittedSegments === undefined) return rtt;
  return [rtt, `${totalRetransmittedSegments} retransmitted`].filter((text) => text !== "").join(", ");
}

/** Milliseconds with the decimals that Linux ping gives them. */
function timeText(ms: number): string {
  return ms.toFixed(ms < 1 ? 3 : ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

/** In Linux ping's form. */
function spreadText({ minMs, avgMs, maxMs, mdevMs }: PingTimes): string {
  return `min/avg/max/mdev = ${[minMs, avgMs, maxMs, mdevMs].map(figure).join("/")} ms`;
}

function figure(ms: number | null): string {
  return ms === null ? "–" : ms.toFixed(3);
}

/** A share in percent, with Linux ping's six digits at most. */
function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(6))}%`;
}
