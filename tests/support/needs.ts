/**
 * Tests that need a tool, a right or a system, and say what was missing where they cannot run.
 *
 * @module
 */

/** A test that runs unless `missing` says what it lacks; then its name says so. */
export function testUnless(missing: string | undefined, name: string, fn: () => Promise<void> | void): void {
  Deno.test({ name: missing ? `${name} (skipped: ${missing})` : name, ignore: missing !== undefined, fn });
}

/** What is missing to run the first of `programs` that is not on PATH; undefined if all are. */
export async function missingProgram(...programs: string[]): Promise<string | undefined> {
  for (const program of programs) {
    try {
      // All of them know one of the two and none reads stdin; the exit code does not matter.
      const args = [program === "ip" || program === "ss" || program === "strace" ? "-V" : "--version"];
      await new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" }).output();
    } catch {
      return `no ${program} here`;
    }
  }
}

/** What is missing to watch a program's system calls (a container may forbid it); undefined if nothing is. */
export async function noStrace(): Promise<string | undefined> {
  const missing = notLinux() ?? await missingProgram("strace");
  if (missing) return missing;
  const { success } = await new Deno.Command("strace", { args: ["-o", "/dev/null", "true"], stderr: "null" }).output();
  return success ? undefined : "strace may not trace here";
}

/** Undefined on Linux. */
export function notLinux(): string | undefined {
  return Deno.build.os === "linux" ? undefined : `not for ${Deno.build.os}`;
}

/** Undefined where there are POSIX's signals, shell and devices: on Windows a signal to a process is its end at once. */
export function notPosix(): string | undefined {
  return Deno.build.os === "windows" ? `not for ${Deno.build.os}` : undefined;
}

/** Undefined where a socket on :: takes IPv4 as well. */
export function noDualStack(): string | undefined {
  return Deno.build.os === "windows" ? "on windows a socket on :: takes IPv6 only" : noIpv6();
}

/** Undefined where ::1 can be bound. */
export function noIpv6(): string | undefined {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
  } catch {
    return "no IPv6 loopback here";
  }
}
