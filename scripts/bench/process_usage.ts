/**
 * What a server has used: processor time and memory, from Linux's /proc. Deno lets a program read /proc only with every
 * permission, so `cat` reads it for us. A server leads a process group of its own, in which all that it forks stays: its
 * figures are those of the group.
 *
 * @module
 */
import { runProgram } from "./program.ts";

/** One process, from /proc/PID/stat. */
export interface ProcessStat {
  /** Its id. */
  readonly pid: number;
  /** Its group. */
  readonly group: number;
  /** Its own processor time in clock ticks, in and out of the kernel. */
  readonly ownTicks: number;
  /** That of the children it has waited for. */
  readonly childTicks: number;
}

/**
 * Reads a line of /proc/PID/stat. The second field is the program's name in parentheses, which may hold anything.
 *
 * @throws {SyntaxError} if it is no such line.
 */
export function parseStat(line: string): ProcessStat {
  const match = /^(\d+) \(.*\) (.*)$/s.exec(line);
  const fields = match?.[2].split(" ") ?? [];
  // proc(5): the state is field 3, the group 5, utime, stime, cutime and cstime 14 to 17.
  const [group, ...times] = [5, 14, 15, 16, 17].map((field) => Number(fields[field - 3]));
  if (!match || [group, ...times].some(Number.isNaN)) throw new SyntaxError(`no line of /proc/PID/stat: ${line}`);
  const [user, system, childUser, childSystem] = times;
  return { pid: Number(match[1]), group, ownTicks: user + system, childTicks: childUser + childSystem };
}

/** Bytes of a field such as `Rss:  1234 kB`, which /proc/PID/smaps_rollup and status have; summed where it comes often. */
export function sumOfField(text: string, field: string): number {
  let bytes = 0;
  for (const [, kilobytes] of text.matchAll(new RegExp(`^${field}:\\s+(\\d+) kB$`, "gm"))) {
    bytes += Number(kilobytes) * 1024;
  }
  return bytes;
}

/** Why nothing can be told of a process on this system; undefined where it can. */
export function noUsage(): string | undefined {
  return Deno.build.os === "linux" ? undefined : `no /proc on ${Deno.build.os}`;
}

/** Linux has 100 clock ticks per second wherever Deno runs (USER_HZ, which is not the kernel's HZ). */
const TICKS_PER_SECOND = 100;

async function processes(): Promise<ProcessStat[]> {
  // Processes end meanwhile: that cat fails for those says nothing.
  const { stdout } = await runProgram("sh", ["-c", "cat /proc/[0-9]*/stat 2>/dev/null"]);
  return stdout.split("\n").filter((line) => line !== "").map(parseStat);
}

async function membersOf(group: number): Promise<ProcessStat[]> {
  return (await processes()).filter((process) => process.group === group);
}

/**
 * Seconds of processor time that a process group has used so far, with children that have ended and were waited for.
 *
 * Clock ticks are 10 ms, cut off for each process: of hundreds of processes that serve a connection each, nothing would be
 * left. Where there are several, the time of each is therefore its nanoseconds in /proc/PID/schedstat.
 *
 * @returns null where the kernel does not tell, or one ended meanwhile.
 */
export async function cpuSeconds(group: number): Promise<number | null> {
  const members = await membersOf(group);
  const children = members.reduce((sum, { childTicks }) => sum + childTicks, 0) / TICKS_PER_SECOND;
  if (members.length === 1) return children + members[0].ownTicks / TICKS_PER_SECOND;
  const { stdout } = await runProgram("cat", members.map(({ pid }) => `/proc/${pid}/schedstat`));
  const nanoseconds = stdout.split("\n").filter((line) => line !== "").map((line) => Number(line.split(" ")[0]));
  if (nanoseconds.length < members.length) return null;
  return nanoseconds.reduce((sum, time) => sum + time / 1e9, children);
}

/**
 * Bytes of a process group that are in memory: of one process its resident set; of several, the sum of their proportional
 * ones (PSS), in which a page that n of them share counts 1/n.
 */
export async function memoryOf(group: number): Promise<number> {
  const members = await membersOf(group);
  const paths = members.map(({ pid }) => `/proc/${pid}/smaps_rollup`);
  const { stdout } = await runProgram("cat", paths);
  const bytes = sumOfField(stdout, members.length === 1 ? "Rss" : "Pss");
  if (bytes === 0) throw new Error(`cannot read the memory of process ${group} from /proc`);
  return bytes;
}

/** The most bytes that one process has had in memory so far. */
export async function peakMemoryOf(pid: number): Promise<number> {
  const bytes = sumOfField((await runProgram("cat", [`/proc/${pid}/status`])).stdout, "VmHWM");
  if (bytes === 0) throw new Error(`cannot read the memory of process ${pid} from /proc`);
  return bytes;
}
