import { delay } from "../../lib/core/delay.ts";
import { runProgram } from "../bench/program.ts";
import { sumOfField } from "../bench/process_usage.ts";

/** What a process holds. */
export interface ProcessFacts {
  /** Bytes of its resident set. */
  readonly memory: number;
  /** The most of it so far. */
  readonly peak: number;
  /** Open descriptors. */
  readonly descriptors: number;
}

/**
 * Reads it from Linux's /proc, which Deno shows only to programs with every permission: a shell reads it for us.
 *
 * @throws {Error} if there is no such process.
 */
export async function processFacts(pid: number): Promise<ProcessFacts> {
  const script = `cat /proc/${pid}/status && echo "Descriptors: $(ls /proc/${pid}/fd | wc -l)"`;
  const { stdout } = await runProgram("sh", ["-c", script]);
  const descriptors = Number(/^Descriptors: (\d+)$/m.exec(stdout)?.[1]);
  const memory = sumOfField(stdout, "VmRSS");
  // One that has ended and was not waited for yet has a status, but no memory.
  if (!(descriptors > 0) || memory === 0) throw new Error(`process ${pid} is gone`);
  return { memory, peak: sumOfField(stdout, "VmHWM"), descriptors };
}

const POLL_MS = 50;
/** Readings in a row that must agree before a number of descriptors counts as that of a process at rest. */
const AGREEING = 3;
/** Milliseconds after which a process that should have come to rest has not. */
const REST_LIMIT_MS = 15_000;

/** Waits until a process has that many descriptors, or the time is over, and says how many it has. */
export async function untilDescriptors(pid: number, wanted: number, signal: AbortSignal): Promise<number> {
  return (await poll(pid, signal, (descriptors) => descriptors === wanted)).descriptors;
}

/** What a process holds once the number of its descriptors has come to rest. */
export async function factsAtRest(pid: number, signal: AbortSignal): Promise<ProcessFacts> {
  return await poll(pid, signal, () => true);
}

/**
 * Waits until a process has as many descriptors as it had.
 *
 * @throws {Error} if it has not within 15 seconds.
 */
export async function factsOnceBack(pid: number, descriptors: number, signal: AbortSignal): Promise<ProcessFacts> {
  const facts = await poll(pid, signal, (now) => now === descriptors);
  if (facts.descriptors === descriptors) return facts;
  throw new Error(`the server has ${facts.descriptors} descriptors open where it had ${descriptors} at the start`);
}

/** Reads until the number of descriptors is the wanted one and has been for a while, or the time is over. */
async function poll(pid: number, signal: AbortSignal, wanted: (descriptors: number) => boolean): Promise<ProcessFacts> {
  const since = performance.now();
  let facts = await processFacts(pid);
  for (let agreeing = 0; agreeing < AGREEING && performance.now() - since < REST_LIMIT_MS;) {
    await delay(POLL_MS, signal);
    signal.throwIfAborted();
    const next = await processFacts(pid);
    agreeing = wanted(next.descriptors) && next.descriptors === facts.descriptors ? agreeing + 1 : 0;
    facts = next;
  }
  return facts;
}
