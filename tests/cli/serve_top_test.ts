import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { sounderCommand } from "../support/cli.ts";
import { runCli } from "../support/cli.ts";
import { openEchoed } from "../support/admin_client.ts";
import { openTerminal, type Terminal } from "../support/interop_terminal.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";
import { exitCode } from "../support/task_terminal.ts";

const missing = notPosix() ?? await missingProgram("tmux");
const ROOT = new URL("../../", import.meta.url).pathname;

/** Types `sounder serve --top` into a terminal and waits for the table; returns the port, which is in its first line. */
async function startTop(terminal: Terminal, args: string[] = [], redirection = ""): Promise<number> {
  const [program, argv] = sounderCommand(["serve", "--port", "0", "--top", ...args]);
  await terminal.type(`${[program, ...argv].join(" ")}${redirection}; echo "rc=$?"`);
  const [, port] = await terminal.until(/^sounder \S+ {2}up \d+s {2}127\.0\.0\.1:(\d+) \(echo\)/m);
  return Number(port);
}

testUnless(
  missing,
  "serve --top: a live table; Ctrl-C gives the terminal back, with the final statistics",
  async () => {
    await using terminal = await openTerminal(ROOT, {});
    const port = await startTop(terminal);
    await terminal.until(/^no connection is open/m);
    using conn = await openEchoed(port, 2000);
    const peer = `127.0.0.1:${conn.localAddr.port}`;
    const row = new RegExp(`^${peer.replaceAll(".", "\\.")} +echo +serving +\\d+s +1\\.95KiB +1\\.95KiB`, "m");
    await terminal.until(row);
    const screen = await terminal.screen();
    assertMatch(screen, /^open 1 {2}served 1 {2}errors 0 {2}refused 0$/m);
    assertMatch(screen, /^PEER +SERVICE +STATE +AGE +RECEIVED +SENT +IN\/S +OUT\/S *$/m);
    // What the log tells stands below, and neither ready line nor shell are on this screen.
    assertMatch(screen, /INFO {2}started echo on/);
    assert(!screen.includes("Listening on"), screen);
    conn.close();
    await terminal.until(/^no connection is open/m);
    await terminal.press("C-c");
    assertEquals(await exitCode(terminal), 0);
    const after = await terminal.screen();
    assertStringIncludes(after, `Listening on 127.0.0.1:${port} (echo)\n`);
    assertMatch(after, /INFO {2}stopped: 1 connection, 0 refused, 2000 bytes in, 2000 bytes out/);
    assertMatch(after, /^sounder: up \d+s, 0 open, 1 served, 0 refused, 0 errors, 1\.95KiB in, 1\.95KiB out, /m);
    assert(!after.includes("no connection is open"), after);
  },
);

testUnless(missing, "serve --top: the log does not tear the table, and is whole afterwards", async () => {
  await using terminal = await openTerminal(ROOT, {});
  const port = await startTop(terminal, ["--log-level", "debug"]);
  for (let count = 1; count <= 10; count++) (await openEchoed(port, 10)).close();
  await terminal.until(/served 10 [^]*DEBUG.*ended connection 10 /);
  const lines = (await terminal.screen()).trimEnd().split("\n");
  assertMatch(lines[0], /^sounder /);
  // The log is at the bottom, and nowhere else.
  assertEquals(lines.findIndex((line) => / (DEBUG|INFO) /.test(line)), lines.length - 4);
  await terminal.press("C-c");
  assertEquals(await exitCode(terminal), 0);
  const after = await terminal.screen();
  assertEquals(after.match(/DEBUG accepted connection \d+ from/g)?.length, 10);
});

testUnless(missing, "serve --top: the ready line and JSON go to a stdout that is a file", async () => {
  await using terminal = await openTerminal(ROOT, {});
  const path = await Deno.makeTempFile({ prefix: "sounder_top_" });
  try {
    const port = await startTop(terminal, ["--json"], ` >${path}`);
    await terminal.press("C-c");
    assertEquals(await exitCode(terminal), 0);
    const lines = (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.map(({ event }) => event), ["listening", "stopped"]);
    assertEquals(lines[0].port, port);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("serve --top without a terminal: one line, exit 2", async () => {
  const { code, stdout, stderr } = await runCli(["serve", "--port", "0", "--top"]);
  assertEquals([code, stdout], [2, ""]);
  assertEquals(stderr, "sounder: --top draws on a terminal, and stderr is none: leave it out, or see --admin\n");
});
