import { assertEquals, assertThrows } from "@std/assert";
import { HELP, PARTS, readOptions } from "../../scripts/bench/bench_options.ts";
import { PEERS } from "../../scripts/bench/peers.ts";
import { parsePoint, POINTS, pointText } from "../../scripts/bench/point.ts";

Deno.test("bench options: the defaults", () => {
  const { rounds, durationMs, warmupMs, only, points, clients, parts, connections, json, report } = readOptions([]);
  assertEquals([rounds, durationMs, warmupMs, connections, json, report], [5, 2000, 300, 10_000, false, undefined]);
  assertEquals([only.length, clients, parts], [PEERS.length, ["c", "sounder"], [...PARTS]]);
  assertEquals(points.map(pointText), ["1 x 64B", "64 x 64B", "512 x 64B", "64 x 16KiB", "8 x 1MiB stream"]);
});

Deno.test("bench options: what is asked for, servers and parts in their own order", () => {
  const options = readOptions([
    ...["--rounds", "3", "--duration=500ms", "--only", "node,sounder", "--parts", "scale,throughput"],
    ...["--points", "2x1k,3x64k:stream", "--clients", "sounder", "--json", "--report", "out.html"],
    ...["--also", "old=deno run ../old/main.ts serve --port {port}", "--connections", "100"],
  ]);
  assertEquals([options.rounds, options.durationMs, options.connections, options.json], [3, 500, 100, true]);
  assertEquals([options.only, options.parts], [["sounder", "node"], ["throughput", "scale"]]);
  assertEquals(options.points, [
    { connections: 2, size: 1024, stream: false },
    { connections: 3, size: 65536, stream: true },
  ]);
  assertEquals([options.clients, options.report], [["sounder"], "out.html"]);
  assertEquals(options.also, [{
    name: "old",
    words: ["deno", "run", "../old/main.ts", "serve", "--port", "{port}"],
  }]);
});

const WRONG: [args: string[], message: string][] = [
  [["--rounds", "0"], '--rounds: bad count "0": use a whole number from 1 to 1000'],
  [["--rounds", "1001"], '--rounds: bad count "1001": use a whole number from 1 to 1000'],
  [["--rounds", "2.5"], '--rounds: bad count "2.5": use a whole number from 1 to 1000'],
  [["--rounds="], "--rounds: a value is missing"],
  [["--rounds"], "--rounds: a value is missing"],
  [["--duration", "2x"], '--duration: bad duration "2x": use a number with ms, s, m or h, such as 500ms or 3.5s'],
  [["--duration", "0"], '--duration: bad duration "0": use 1ms to 1h'],
  [["--warmup", "2h"], '--warmup: bad duration "2h": use 0ms to 1h'],
  [["--connections", "28001"], '--connections: bad count "28001": use a whole number from 1 to 28000'],
  [["--only", "sounder,"], `--only: unknown "": use ${PEERS.map(({ name }) => name).join(", ")}`],
  [["--parts", "speed"], '--parts: unknown "speed": use throughput, client, memory, startup, scale'],
  [["--clients", "wrk"], '--clients: unknown "wrk": use c, sounder'],
  [["--points", "64"], '--points: bad point "64": use CONNECTIONSxSIZE, such as 64x16k, or 8x1M:stream'],
  [["--points", "0x64"], '--points: bad point "0x64": use CONNECTIONSxSIZE, such as 64x16k, or 8x1M:stream'],
  [["--points", "1x0"], '--points: bad point "1x0": a request has at least one byte'],
  [["--points", "1x2q"], '--points: bad size "2q": use bytes or a number with k, M or G, such as 64k or 1M'],
  [["--also", "x"], '--also: bad server "x": use NAME=COMMAND with {port} in it'],
  [["--also", "x=nc -l"], '--also: bad server "x=nc -l": use NAME=COMMAND with {port} in it'],
  [["--also", "c=nc {port}"], '--also: the name "c" is taken: use another'],
  [["--also", "empty=nc {port}"], '--also: the name "empty" is taken: use another'],
  [["--also", "a=x {port}", "--also", "a=y {port}"], '--also: the name "a" is taken: use another'],
  [["--json=yes"], '--json: takes no value, not "yes"'],
  [["--round", "3"], "unknown option --round: did you mean --rounds?"],
  [["-x"], "unknown option -x: see --help"],
  [["3"], 'unexpected argument "3": see --help'],
];

for (const [args, message] of WRONG) {
  Deno.test(`bench options: ${args.join(" ")} is wrong, in one line`, () => {
    assertThrows(() => readOptions(args), SyntaxError, message);
  });
}

Deno.test("bench options: help names every server, part and option", () => {
  for (const { name } of PEERS) assertEquals(HELP.includes(name), true, name);
  for (const part of PARTS) assertEquals(HELP.includes(part), true, part);
});

Deno.test("point: the text of the defaults reads back as them", () => {
  const [list] = /1x64,\S+stream/.exec(HELP)!;
  assertEquals(list.split(",").map(parsePoint), [...POINTS]);
});
