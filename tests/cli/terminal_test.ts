import { assertEquals, assertMatch } from "@std/assert";
import { delay } from "../../lib/core/delay.ts";
import { startServer } from "../support/cli.ts";
import type { Terminal } from "../support/interop_terminal.ts";
import { transferAround } from "../support/interop_transfer.ts";
import { exitCode, openTaskTerminal as open, typeTask } from "../support/task_terminal.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";

const missing = notPosix() ?? await missingProgram("tmux");
const READY = /Listening on 127\.0\.0\.1:(\d+)/;

/** Longer than the 500 ms within which a second signal counts as the first one's echo: the time is what is tested. */
const AFTER_THE_ECHO = 600;

async function portOf(terminal: Terminal): Promise<number> {
  return Number((await terminal.until(READY))[1]);
}

testUnless(
  missing,
  "terminal: one Ctrl-C on deno task serve in the middle of a transfer loses no byte, exit 0",
  async () => {
    await using terminal = await open();
    await typeTask(terminal, "serve --port 0");
    await transferAround(await portOf(terminal), async () => {
      await terminal.press("C-c");
      await terminal.until(/SIGINT: stopping/);
    });
    assertEquals(await exitCode(terminal), 0);
  },
);

testUnless(
  missing,
  "terminal: a second Ctrl-C on deno task serve 500 ms after the first ends it at once with 130",
  async () => {
    await using terminal = await open();
    await typeTask(terminal, "serve --port 0 --grace 10m");
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: await portOf(terminal) });
    // An echo says that the server has accepted it.
    await conn.write(new Uint8Array(1));
    assertEquals(await conn.read(new Uint8Array(2)), 1);
    await terminal.press("C-c");
    await terminal.until(/SIGINT: stopping, the open connections \(1\)/);
    await delay(AFTER_THE_ECHO);
    await terminal.press("C-c");
    assertEquals(await exitCode(terminal), 130);
    // Under `deno task` it comes twice: the one that follows must not kill what is about to say why it ends.
    await terminal.until(/sounder: cut short by a second SIGINT/);
  },
);

testUnless(missing, "terminal: deno task serve without a connection ends at the first Ctrl-C, exit 0", async () => {
  await using terminal = await open();
  await typeTask(terminal, "serve --port 0 --grace 10m");
  await portOf(terminal);
  await terminal.press("C-c");
  assertEquals(await exitCode(terminal), 0);
});

testUnless(missing, "terminal: send says how it is used, gives back each line, and ends with 0 at Ctrl-D", async () => {
  await using server = await startServer();
  await using terminal = await open();
  await typeTask(terminal, `-q sounder send 127.0.0.1:${server.port}`);
  await terminal.until(/Ctrl-D/);
  for (const line of ["hello", "déjà vu", "-1"]) {
    await terminal.type(line);
    // Once as it was typed, once as it came back.
    await terminal.until(new RegExp(`^${line}\n${line}$`, "m"));
  }
  await terminal.press("C-d");
  assertEquals(await exitCode(terminal), 0);
});

testUnless(missing, "terminal: send ends with 130 at Ctrl-C", async () => {
  await using server = await startServer();
  await using terminal = await open();
  await typeTask(terminal, `-q sounder send 127.0.0.1:${server.port}`);
  await terminal.until(/Ctrl-D/);
  await terminal.type("hello");
  await terminal.until(/^hello\nhello$/m);
  await terminal.press("C-c");
  assertEquals(await exitCode(terminal), 130);
  await terminal.until(/sounder: cut short by SIGINT/);
});

testUnless(missing, "terminal: send --quiet gives no hint", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using terminal = await open();
  await typeTask(terminal, `-q sounder send 127.0.0.1:${listener.addr.port} --quiet`);
  // Nothing on the screen says when it is ready; its connection does.
  using conn = await listener.accept();
  await terminal.type("hello");
  const buffer = new Uint8Array(16);
  assertEquals(await conn.read(buffer), 6);
  await conn.write(buffer.subarray(0, 6));
  await terminal.until(/^hello\nhello$/m);
  await terminal.press("C-d");
  assertEquals(await conn.read(buffer), null);
  conn.close();
  assertEquals(await exitCode(terminal), 0);
  assertEquals(/Ctrl-D/.test(await terminal.screen()), false);
});

/** The line of the log that says that the server listens, as it is on a terminal. */
async function logLine(options: string, env: Record<string, string>): Promise<string> {
  await using terminal = await open(env);
  await typeTask(terminal, `serve --port 0 ${options}`);
  await terminal.until(/started echo on/);
  const screen = await terminal.screen({ colors: true });
  await terminal.press("C-c");
  assertEquals(await exitCode(terminal), 0);
  return screen.split("\n").find((line) => line.includes("started echo on"))!;
}

testUnless(
  missing,
  "terminal: the log has colors, and none with --no-color, NO_COLOR or --log-format json",
  async () => {
    const lines = [
      await logLine("", {}),
      await logLine("--no-color", {}),
      await logLine("", { NO_COLOR: "1" }),
      await logLine("--log-format json", {}),
    ];
    // deno-lint-ignore no-control-regex -- the escape sequences are what is looked for
    const plain = lines.map((line) => line.replaceAll(/\x1b\[[\d;]*m/g, ""));
    assertEquals(lines.map((line, i) => line !== plain[i]), [true, false, false, false]);
    for (const line of plain.slice(0, 3)) assertMatch(line, /^\S+Z INFO {2}started echo on 127\.0\.0\.1:\d+$/);
    assertEquals(JSON.parse(plain[3]).level, "info");
  },
);
