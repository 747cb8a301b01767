/**
 * Reading a command line, which each start does once, and the values in it.
 *
 * Where @std comes from the stand-ins (`deno task std` prints the flags), it is their `parseArgs` that is measured.
 *
 * @module
 */
import { parseCommandLine } from "../../../lib/cli/parse_command_line.ts";
import { parseDuration, parseRate, parseSize } from "../../../lib/core/units.ts";

const LINES = {
  "serve": "serve",
  "the recipe's serve":
    "serve --host 0.0.0.0 --keepalive-idle 1800 --keepalive-count 5 --keepalive-interval 15 --recv-buffer 64k",
  "send, with 100 messages": `send 127.0.0.1:9999 ${Array.from({ length: 100 }, (_, i) => `data${i}`).join(" ")}`,
  "bench, with many options":
    "bench [::1]:9999 -c100 -d 30s --warmup=5s -s 16KiB -r 10k --workers 2 --fail-if p99>5ms --fail-if errors>0 --json -q",
};

for (const [name, line] of Object.entries(LINES)) {
  const args = line.split(" ");
  Deno.bench({
    name,
    group: "a command line",
    baseline: name === "serve",
    fn: () => void parseCommandLine(args),
  });
}

// A mistake costs the search for the nearest name.
const mistaken = ["serve", "--kepalive-idle", "1800"];
Deno.bench({
  name: "an unknown option, and what was meant",
  group: "a command line",
  fn() {
    try {
      parseCommandLine(mistaken);
    } catch {
      return;
    }
    throw new Error(`${mistaken.join(" ")} was taken`);
  },
});

/** Values in their units, and what they are. A power of two of each, so that a mask goes round. */
const DURATIONS: [string, number][] = [["3.5s", 3500], ["500ms", 500], ["2m", 120_000], ["30", 30_000]];
const SIZES: [string, number][] = [["64KiB", 65_536], ["1M", 1_048_576], ["16k", 16_384], ["64", 64]];
const RATES: [string, number][] = [["10k", 10_000], ["1.5M", 1_500_000], ["500", 500], ["200", 200]];
const PLAIN: [string, number][] = [["3500", 3500], ["1", 1], ["0.5", 0.5], ["65536", 65_536]];

const readers: [name: string, read: (text: string) => number, values: [string, number][]][] = [
  ["Number(), for a measure", Number, PLAIN],
  ["parseDuration()", parseDuration, DURATIONS],
  ["parseSize()", parseSize, SIZES],
  ["parseRate()", parseRate, RATES],
];
for (const [name, read, values] of readers) {
  let turn = 0;
  Deno.bench({
    name,
    group: "a value",
    baseline: read === Number,
    fn() {
      const [text, value] = values[turn++ & (values.length - 1)];
      if (read(text) !== value) throw new Error(`${name}: ${text} is not read as ${value}`);
    },
  });
}
