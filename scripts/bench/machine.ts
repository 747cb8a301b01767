import { runProgram } from "./program.ts";

/** What everything ran on. */
export interface Machine {
  /** The operating system, as Deno calls it, and its kernel. */
  readonly system: string;
  /** The processor's own name; empty where the system does not tell. */
  readonly cpu: string;
  /** Processors that this program may use. */
  readonly cores: number;
  /** Descriptors that a process may have open; null where there is no limit, or none that can be asked for. */
  readonly descriptors: number | null;
}

/** Asks for it. */
export async function machine(): Promise<Machine> {
  const [kernel, cpu, descriptors] = await Promise.all([
    shell("uname -r"),
    shell(Deno.build.os === "darwin" ? "sysctl -n machdep.cpu.brand_string" : "grep -m1 '^model name' /proc/cpuinfo"),
    shell("ulimit -n"),
  ]);
  return {
    system: `${Deno.build.os} ${kernel} ${Deno.build.arch}`.replace("  ", " "),
    cpu: cpu.replace(/^model name\s*:\s*/, ""),
    cores: navigator.hardwareConcurrency,
    descriptors: /^\d+$/.test(descriptors) ? Number(descriptors) : null,
  };
}

/** What a command prints; empty where it fails: not every kind of machine has a name for its processor. */
async function shell(command: string): Promise<string> {
  try {
    const { success, stdout } = await runProgram("sh", ["-c", command]);
    return success ? stdout.trim() : "";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
