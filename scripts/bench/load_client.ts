/**
 * The clients that put load on a server: `sounder bench`, and a small one in C, the yardstick. Both compare every byte of
 * every echo, on one thread.
 *
 * @module
 */
import type { BenchResult } from "../../lib/measure/bench_result.ts";
import { killAfter } from "../kill_after.ts";
import { sounderCommand } from "./peers.ts";
import type { Point } from "./point.ts";
import { lastLine } from "./program.ts";

/** Milliseconds that a client may take beyond those of the measurement: connecting, and the last echoes. */
const TIME_LIMIT_MS = 60_000;

/** The names of the clients. */
export const CLIENTS = ["c", "sounder"] as const;

/** The name of a client. */
export type ClientName = (typeof CLIENTS)[number];

/** What a client is to do. */
export interface Load {
  /** Connections, size and manner. */
  readonly point: Point;
  /** The server's port on 127.0.0.1. */
  readonly port: number;
  /** Length of the measured time in milliseconds. */
  readonly durationMs: number;
  /** Milliseconds of the same load before it. */
  readonly warmupMs: number;
  /** Ends the client. */
  readonly signal: AbortSignal;
  /** Seconds of processor time that the server has used so far. */
  readonly cpuSeconds?: () => Promise<number | null>;
  /** Only for `sounder bench`: whether bytes are compared. @default {true} */
  readonly verify?: boolean;
}

/** What a client measured. */
export interface Measured {
  /** Echoes per second; of a stream, how often SIZE bytes came back. */
  readonly echoesPerSecond: number;
  /** Median latency; null in a stream. */
  readonly p50Ms: number | null;
  /** 99th percentile; null in a stream, or where samples are too few for one. */
  readonly p99Ms: number | null;
  /** What a million echoes cost the server; null where it was not asked. */
  readonly cpuSecondsPerMillion: number | null;
}

/** Puts load on a server and says what came of it; rejects where one echo was wrong or did not come. */
export type LoadClient = (load: Load) => Promise<Measured>;

/** What the client in C prints. */
interface Printed {
  readonly echoesPerSecond: number;
  readonly echoes: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/**
 * The client in C. It stops twice, before and after the measured time, with all connections open and nothing under way: the
 * server's processor time is taken then, and is that of just these echoes, in whatever processes it was used.
 *
 * @param program Its path.
 */
export function cClient(program: string): LoadClient {
  return async ({ point, port, durationMs, warmupMs, signal, cpuSeconds }) => {
    const { connections, size, stream } = point;
    const args = [port, connections, size, warmupMs / 1000, durationMs / 1000, ...(stream ? ["stream"] : [])];
    const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    const child = new Deno.Command(program, { args: args.map(String), signal, ...pipes }).spawn();
    using limit = killAfter(child, TIME_LIMIT_MS + durationMs + warmupMs);
    const said = new Response(child.stderr).text();
    const stdin = child.stdin.getWriter();
    const lines = linesOf(child.stdout);
    try {
      await lines.next();
      const before = await cpuSeconds?.();
      // Where it has ended, the pipe is broken, and the line that is missing tells.
      await stdin.write(new TextEncoder().encode("\n")).catch(() => {});
      const { value } = await lines.next();
      if (value === undefined) throw await failure(child, said, limit.reached);
      const after = await cpuSeconds?.();
      const { echoesPerSecond, echoes, p50Ms, p99Ms }: Printed = JSON.parse(value);
      return { echoesPerSecond, p50Ms, p99Ms, cpuSecondsPerMillion: perMillion(before, after, echoes) };
    } finally {
      await stdin.close().catch(() => {});
      await Promise.all([child.status, said, lines.return(undefined)]);
    }
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

async function failure(child: Deno.ChildProcess, said: Promise<string>, late: boolean): Promise<Error> {
  const { code } = await child.status;
  return new Error(late ? "the client did not end" : lastLine(await said) || `the client ended with exit code ${code}`);
}

/**
 * `sounder bench`. It does not stop before its measured time: what the server used is that of the whole run, and the share
 * that the measured time has in it is taken for the measured echoes. That is less exact than what {@linkcode cClient} tells.
 */
export const sounderClient: LoadClient = async (load) => {
  const { durationMs, warmupMs, signal, cpuSeconds } = load;
  const { program, args, env } = sounderCommand(benchArguments(load));
  const child = new Deno.Command(program, {
    args: [...args],
    env,
    signal,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  using limit = killAfter(child, TIME_LIMIT_MS + durationMs + warmupMs);
  const before = await cpuSeconds?.();
  const { stdout, stderr } = await child.output();
  const after = await cpuSeconds?.();
  const decoder = new TextDecoder();
  if (limit.reached || stdout.length === 0) {
    throw await failure(child, Promise.resolve(decoder.decode(stderr)), limit.reached);
  }
  const result: BenchResult = JSON.parse(decoder.decode(stdout));
  return measuredBy(result, before ?? null, after ?? null);
};

function perMillion(
  before: number | null | undefined,
  after: number | null | undefined,
  echoes: number,
): number | null {
  const known = typeof before === "number" && typeof after === "number" && echoes > 0;
  return known ? (after - before) / echoes * 1e6 : null;
}

function benchArguments({ point, port, durationMs, warmupMs, verify = true }: Load): string[] {
  const { connections, size, stream } = point;
  const times = ["--duration", `${durationMs}ms`, "--warmup", `${warmupMs}ms`];
  const manner = [...(stream ? ["--mode", "stream"] : []), ...(verify ? [] : ["--no-verify"])];
  return ["bench", `127.0.0.1:${port}`, "-c", String(connections), "-s", String(size), ...times, ...manner, "--json"];
}

/**
 * The figures of a result of `sounder bench`.
 *
 * @param before Seconds of processor time that the server had used before the run; null if that is not known.
 * @param after The same after it.
 * @throws {Error} if the result has a failure: it is no measurement then.
 */
export function measuredBy(result: BenchResult, before: number | null, after: number | null): Measured {
  const { options, rates, totals, latency, elapsedMs, errors, error, partial } = result;
  if (error) throw new Error(error.message);
  if (errors.length > 0) {
    throw new Error(`${totals.errors} failures, the first: ${errors[0].kind}: ${errors[0].example}`);
  }
  if (partial) throw new Error("the client ended before its time");
  const { p50, p99 } = latency.percentilesMs;
  const echoes = options.mode === "stream" ? totals.bytesReceived / options.sizeBytes : totals.requests;
  // With those of the warmup, at the same pace.
  const allEchoes = echoes * (elapsedMs + options.warmupMs) / elapsedMs;
  return {
    echoesPerSecond: options.mode === "stream"
      ? rates.receivedBytesPerSecond / options.sizeBytes
      : rates.requestsPerSecond,
    p50Ms: p50,
    p99Ms: p99,
    cpuSecondsPerMillion: perMillion(before, after, allEchoes),
  };
}
