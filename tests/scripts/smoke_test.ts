import { assertEquals, assertMatch } from "@std/assert";
import { COMMANDS } from "../../lib/cli/option_table.ts";
import { sounderCommand } from "../support/cli.ts";

const ROOT = new URL("../../", import.meta.url);

/** What scripts/smoke.ts says of a program, and its exit code. */
async function smoke(program: string[]): Promise<{ code: number; lines: string[] }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-run", "--allow-read", "--allow-write", "scripts/smoke.ts", ...program],
    cwd: ROOT,
    stdin: "null",
  }).output();
  return { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
}

Deno.test("smoke: this tree, called as a binary would be, passes with a case for each command", async () => {
  const [deno, args] = sounderCommand([], ["--allow-net", "--allow-ffi", "--allow-read", "--allow-write"]);
  const { code, lines } = await smoke([deno, ...args]);
  assertEquals(lines.filter((line) => !line.startsWith("ok ")), []);
  for (const command of Object.keys(COMMANDS)) assertEquals(lines.includes(`ok      ${command}`), true, command);
  assertEquals(code, 0);
});

Deno.test("smoke: another program fails every case", async () => {
  const { code, lines } = await smoke([Deno.execPath()]);
  for (const line of lines) assertMatch(line, /^FAILED {2}/);
  assertEquals(code, 1);
});

/** The cases that a program with these permissions fails. */
async function failed(permissions: string[]): Promise<string[]> {
  const [deno, args] = sounderCommand([], permissions);
  const { code, lines } = await smoke([deno, ...args]);
  assertEquals(code, 1);
  return lines.filter((line) => line.startsWith("FAILED")).map((line) => line.split(/\s+|:/)[1]);
}

Deno.test("smoke: a program that may not use the network, or call the C library, fails where it is needed", async () => {
  const needFfi = Deno.build.os === "windows" ? [] : ["sockopt"];
  assertEquals(await failed([]), ["serve", "send", "ping", "bench", "compare", "merge", ...needFfi]);
  if (Deno.build.os !== "windows") {
    assertEquals(await failed(["--allow-net", "--allow-read", "--allow-write"]), needFfi);
  }
});
