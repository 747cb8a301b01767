import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { cpuSeconds, memoryOf, parseStat, peakMemoryOf, sumOfField } from "../../scripts/bench/process_usage.ts";
import { notLinux, testUnless } from "../support/needs.ts";

Deno.test("parseStat: the fields stand after the last parenthesis, whatever the program is called", () => {
  for (const name of ["cat", "a b", "x) R 1 2 (y", "", "two\nlines"]) {
    const rest = "S 40 4200 4200 0 -1 4194560 190 111 0 0 12 30 5 7 20 0 1 0 4815162 2342";
    assertEquals(parseStat(`42 (${name}) ${rest}`), { pid: 42, group: 4200, ownTicks: 42, childTicks: 12 }, name);
  }
});

Deno.test("parseStat: what is no such line is said to be none", () => {
  for (const line of ["", "42 cat S 1", "42 (cat) S 1 2 3", "x (cat) S 40 42 42 0 -1 4 1 1 0 0 1 3 5 7"]) {
    assertThrows(() => parseStat(line), SyntaxError, "no line of /proc/PID/stat");
  }
});

Deno.test("sumOfField: a field of one process or of several, in bytes", () => {
  const one = "00400000-7ff rollup\nRss:                1208 kB\nPss:                 300 kB\nPss_Anon:  7 kB\n";
  assertEquals([sumOfField(one, "Rss"), sumOfField(one, "Pss")], [1208 * 1024, 300 * 1024]);
  assertEquals(sumOfField(one + one, "Pss"), 600 * 1024);
  assertEquals(sumOfField(one, "VmHWM"), 0);
});

/** A process that leads a group, and has one child or none, each of which has worked. */
async function worked(children: number): Promise<{ group: number } & AsyncDisposable> {
  const work = "i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done";
  const child = children === 0 ? "" : `(${work}; echo; read x) & `;
  const process = new Deno.Command("sh", {
    args: ["-c", `exec 3<&0; ${child.replace("read x", "read x <&3")}${work}; echo; read x`],
    stdin: "piped",
    stdout: "piped",
    detached: true,
  }).spawn();
  let lines = "";
  for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
    lines += text;
    if (lines.length > children) break;
  }
  return {
    group: process.pid,
    [Symbol.asyncDispose]: async () => {
      await process.stdin.close();
      await process.status;
    },
  };
}

for (const children of [0, 1]) {
  testUnless(notLinux(), `processor time and memory of a group with ${children} forked processes`, async () => {
    await using it = await worked(children);
    const seconds = await cpuSeconds(it.group);
    assertEquals(seconds !== null && seconds > 0 && seconds < 30, true, String(seconds));
    const bytes = await memoryOf(it.group);
    assertEquals(bytes > 100_000 && bytes < 100_000_000, true, String(bytes));
    assertNotEquals(await peakMemoryOf(it.group), 0);
  });
}
