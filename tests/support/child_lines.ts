/**
 * A child process whose lines a test waits for.
 *
 * @module
 */

/** A running program. Disposing of it kills it and waits for its end. */
export interface LineChild extends AsyncDisposable {
  /** Lines of stdout so far. */
  readonly lines: readonly string[];
  /** The first line, come or to come, that matches; rejects if the program ends without one. */
  line(pattern: RegExp): Promise<string>;
}

/** Starts a program; its stderr goes where the test's goes. */
export function spawnLines(program: string, args: string[]): LineChild {
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "inherit" }).spawn();
  const lines: string[] = [];
  let changed = Promise.withResolvers<void>();
  let ended = false;

  async function read(): Promise<void> {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      lines.push(...parts);
      changed.resolve();
      changed = Promise.withResolvers<void>();
    }
    ended = true;
    changed.resolve();
  }

  const reading = read();
  return {
    lines,
    async line(pattern) {
      for (let seen = 0;; await changed.promise) {
        for (; seen < lines.length; seen++) if (pattern.test(lines[seen])) return lines[seen];
        if (ended) throw new Error(`${program} ended without a line like ${pattern}: ${JSON.stringify(lines)}`);
      }
    },
    async [Symbol.asyncDispose]() {
      if (!ended) child.kill("SIGKILL");
      await Promise.all([child.status, reading]);
    },
  };
}
