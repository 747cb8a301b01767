/**
 * What this project relies on in @std/cli. The same file runs on the original and on the stand-in in `scripts/offline/`, by what
 * the import map makes of its name: a stand-in that passes here may take the original's place.
 */
import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";

const options = {
  boolean: ["help", "verbose", "no-nodelay"],
  string: ["_", "host", "sockopt", "count"],
  collect: ["sockopt"],
  alias: { help: "h", count: "c", verbose: "v" },
  "--": true,
} as const;
const CASES: [string, string[], Record<string, unknown>][] = [
  ["nothing", [], {}],
  ["normalised", ["--help", "--host=::1", "--sockopt=a", "--sockopt=b=c", "--", "x", "--y"], {
    help: true,
    h: true,
    host: "::1",
    sockopt: ["a", "b=c"],
    "--": ["x", "--y"],
  }],
  ["last wins", ["--host=a", "--host=b"], { host: "b" }],
  ["empty value", ["--host="], { host: "" }],
  ["missing value", ["--host"], { host: "" }],
  ["value that looks like an option", ["--host", "--help"], { host: "", help: true, h: true }],
  ["separate value", ["--host", "a", "b"], { host: "a", _: ["b"] }],
  ["a boolean takes no value", ["--help", "a"], { help: true, h: true, _: ["a"] }],
  ["but true and false", ["--help", "false", "--verbose=false"], {}],
  ["declared no-", ["--no-nodelay"], { "no-nodelay": true }],
  ["undeclared no-", ["--no-x"], { "no-x": true }],
  ["no- with a value", ["--no-x=5"], { x: 5 }],
  ["short", ["-c", "5"], { c: "5", count: "5" }],
  ["short, joined", ["-c5"], { c: "5", count: "5" }],
  ["short, equals", ["-c=5"], { c: "5", count: "5" }],
  ["short, negative", ["-c", "-1"], { c: "", count: "", "1": true }],
  ["cluster", ["-hv"], { h: true, help: true, v: true, verbose: true }],
  ["cluster ends in a value", ["-vc", "5"], { v: true, verbose: true, c: "5", count: "5" }],
  ["unknown", ["--zap", "--port=80", "-q"], { zap: true, port: 80, q: true }],
  ["text positionals", ["007", "1e3", "-"], { _: ["007", "1e3", "-"] }],
  ["__proto__", ["--__proto__=1"], {}],
];

Deno.test("@std/cli: parseArgs", () => {
  const absent = { _: [], "--": [], help: false, h: false, verbose: false, v: false, "no-nodelay": false, sockopt: [] };
  for (const [name, args, want] of CASES) {
    const found = parseArgs(args, options) as Record<string, unknown>;
    assertEquals({ ...found }, { ...absent, ...want }, name);
  }
});

Deno.test("@std/cli: parseArgs without string turns numbers, with default fills in, without -- appends", () => {
  assertEquals({ ...parseArgs(["007", "0x10", "x", "", "--", "5"]) }, { _: [7, 16, "x", "", "5"] });
  const found = parseArgs(["--a=1"], { string: ["b"], alias: { b: "c" }, default: { a: 9, b: "d" } }) as Record<
    string,
    unknown
  >;
  assertEquals({ ...found }, { _: [], a: 1, b: "d", c: "d" });
});
