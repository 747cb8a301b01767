/**
 * Folders with a README.md to walk, and servers to misbehave in them.
 *
 * @module
 */
import { missingProgram } from "./needs.ts";

const SCRIPT = new URL("../../scripts/readme.ts", import.meta.url);

/** Why nothing can be walked here. */
export const cannotWalk = Deno.build.os === "windows" ? "not for windows" : await missingProgram("bash");

/** Stands for `sounder`: says it is ready, writes its id to `pid`, and does what is asked at SIGINT. */
export function fakeServer(atInterrupt: string, more = ""): string {
  return `#!/usr/bin/env bash
echo $$ > pid
trap '${atInterrupt}' INT
${more}
echo "Listening on 127.0.0.1:$RANDOM (echo)"
while [ ! -e stop ]; do sleep 0.05; done
`;
}

/** A folder that can be walked. */
export interface Fixture extends AsyncDisposable {
  folder: string;
  /** Walks it. */
  walk(...args: string[]): Promise<{ code: number; lines: string[]; output: string }>;
}

/** A folder with a README of these lines, and these programs. */
export async function readmeFixture(readme: string[], programs: Record<string, string> = {}): Promise<Fixture> {
  const folder = await Deno.makeTempDir({ prefix: "sounder_readme_" });
  await Deno.writeTextFile(`${folder}/README.md`, readme.join("\n"));
  for (const [name, text] of Object.entries(programs)) {
    await Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o755 });
  }
  return {
    folder,
    walk: async (...args) => {
      const { code, stdout, stderr } = await walkCommand(folder, args).output();
      const output = new TextDecoder().decode(stdout);
      return { code, lines: output.trimEnd().split("\n"), output: output + new TextDecoder().decode(stderr) };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The walk of a folder, as a process with no more permissions than it needs. */
export function walkCommand(folder: string, args: string[]): Deno.Command {
  const permissions = [`--allow-read=${folder}`, "--allow-run=bash", "--allow-net=127.0.0.1"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-lock", ...permissions, SCRIPT.href, folder, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** A port that was free just now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Whether the program whose id is in a file is gone; a killed one may take a moment. */
export async function isGone(file: string): Promise<boolean> {
  const pid = (await Deno.readTextFile(file)).trim();
  const args = ["-c", `for i in {1..100}; do kill -0 ${pid} 2>/dev/null || exit 0; sleep 0.05; done; exit 1`];
  return (await new Deno.Command("bash", { args }).output()).success;
}
