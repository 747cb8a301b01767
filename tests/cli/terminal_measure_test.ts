import { assertEquals } from "@std/assert";
import { startServer } from "../support/cli.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";
import { exitCode, openTaskTerminal, typeTask } from "../support/task_terminal.ts";

const missing = notPosix() ?? await missingProgram("tmux");

testUnless(missing, "terminal: bench shows where it stands, Ctrl-C gives what was measured, exit 130", async () => {
  await using server = await startServer();
  await using terminal = await openTaskTerminal();
  await typeTask(terminal, `-q sounder bench :${server.port} -d 60s --warmup 0`);
  await terminal.until(/^\[ *■* *\] +[\dms]+ left +[\d.]+k? req\/s +p50 \d/m);
  await terminal.press("C-c");
  await terminal.until(/sounder: cut short by SIGINT/);
  assertEquals(await exitCode(terminal), 130);
});

testUnless(missing, "terminal: ping goes on until Ctrl-C, which prints the summary, exit 0", async () => {
  await using server = await startServer();
  await using terminal = await openTaskTerminal();
  await typeTask(terminal, `-q sounder ping :${server.port} -i 0.1`);
  await terminal.until(/seq=3 time=/);
  await terminal.press("C-c");
  await terminal.until(/rtt median\/p90\/p99\/jitter = /);
  assertEquals(await exitCode(terminal), 0);
});
