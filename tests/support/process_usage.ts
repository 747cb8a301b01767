/** What a process takes, as Linux tells it. */
export interface ProcessUsage {
  /** Open file descriptors. */
  readonly descriptors: number;
  /** Resident memory, in bytes. */
  readonly resident: number;
}

/** Reads /proc. */
export async function processUsage(pid: number): Promise<ProcessUsage> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  let descriptors = 0;
  for await (const _ of Deno.readDir(`/proc/${pid}/fd`)) descriptors++;
  return { descriptors, resident: 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) };
}
