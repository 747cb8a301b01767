import { assertEquals, assertMatch } from "@std/assert";
import { BenchProgress } from "../../lib/cli/bench_progress.ts";
import type { CliIo } from "../../lib/cli/io.ts";
import { parseCommandLine } from "../../lib/cli/parse_command_line.ts";

/** What each drawing begins with: to the begin of the line, and erase it. */
const ERASE = "\r\x1b[K";

/** The line of a drawing. */
function lineOf(drawing: string): string {
  assertEquals(drawing.slice(0, ERASE.length), ERASE);
  return drawing.slice(ERASE.length);
}

/** A terminal of so many columns, and what was written to it. */
function terminal(columns: number): { io: CliIo; written: string[] } {
  const written: string[] = [];
  return { io: { columns, writeError: (text: string) => written.push(text) } as unknown as CliIo, written };
}

const INTERVAL = {
  startMs: 0,
  lengthMs: 500,
  requests: 1000,
  errors: 2,
  bytesSent: 0,
  bytesReceived: 1024 * 1024,
  p50Ms: 1.5,
  p99Ms: 7,
  maxMs: 9,
};

Deno.test("the progress line: drawn over itself, with the last second's figures, and erased at the end", () => {
  const { io, written } = terminal(100);
  {
    using progress = new BenchProgress(io, parseCommandLine(["bench", ":9", "-d", "60s"]).options);
    assertMatch(lineOf(written[0]), /^\[ +\] {2}1s left {2}warming up/);
    progress.take(INTERVAL);
    assertMatch(lineOf(written[1]), /^\[.*\] .* left .* req\/s {2}2 errors {2}p50 1\.50ms +p99 7\.00ms/);
    assertEquals(written[1].includes("warming up"), false);
  }
  assertEquals(written.at(-1), ERASE);
});

Deno.test("the progress line is never as wide as the terminal: at its edge it would wrap", () => {
  for (const columns of [20, 40, 80]) {
    const { io, written } = terminal(columns);
    using progress = new BenchProgress(io, parseCommandLine(["bench", ":9"]).options);
    progress.take(INTERVAL);
    for (const line of written) assertEquals(lineOf(line).length < columns, true, line);
  }
});

Deno.test("the progress line of a stream has bytes", () => {
  const { io, written } = terminal(100);
  using progress = new BenchProgress(io, parseCommandLine(["bench", ":9", "--mode", "stream"]).options);
  progress.take(INTERVAL);
  assertMatch(written[1], /2\.00MiB\/s/);
});
