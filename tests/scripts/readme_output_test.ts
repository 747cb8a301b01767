import { assertEquals } from "@std/assert";
import { outputDifference, sameShape, shapeOf } from "../../scripts/readme/output_difference.ts";

Deno.test("readme: shapeOf masks what changes from run to run, and no more", () => {
  const cases: [line: string, shape: string][] = [
    ["Listening on 127.0.0.1:9999 (echo)", "Listening on 127.0.0.1:<number> (echo)"],
    ["2026-11-21T04:59:50.570Z DEBUG x", "<time> DEBUG x"],
    ["finished, 12 bytes in, 3.0 ms", "finished, <number> bytes in, <duration>"],
    ["6 is 11 SYNs in 131s", "<number> is <number> SYNs in <duration>"],
    ['"sha256":"dcaa437d3fe0a6e5709cdb9e","elapsedMs":3698.197', '"sha256":"<hash>","elapsedMs":<number>'],
    ["data1 IPv6 --sockopt", "data1 IPv6 --sockopt"],
    ["sounder v0.1.0, deno 2.9.6", "sounder v0.1.0, deno <number>"],
    ["a   b\tc  ", "a b c"],
    ["\x1b[32mTask\x1b[0m serve", "Task serve"],
    ["facade deadbeefdeadbeefdead", "facade deadbeefdeadbeefdead"],
    ["2^(n + 1) - 1", "<number>^(n + <number>) - <number>"],
  ];
  for (const [line, shape] of cases) assertEquals(shapeOf(line), shape, line);
});

Deno.test("readme: sameShape, where … stands for anything", () => {
  const cases: [shown: string, line: string, same: boolean][] = [
    ["12 bytes", "345 bytes", true],
    ["12 bytes", "12 octets", false],
    ["data1", "data2", false],
    ["on 127.0.0.1:1", "on 127.0.0.2:1", false],
    ['{"a":{…},"b":null}', '{"a":{"x":[1,2]},"b":null}', true],
    ['{"a":{…},"b":null}', '{"a":{"x":[1,2]},"b":"no"}', false],
    ["… (echo)", "Listening (echo)", true],
    ["a.b", "axb", false],
    ["yes", "yes, but", false],
    ["yes…", "yes, but", true],
  ];
  for (const [shown, line, same] of cases) assertEquals(sameShape(shown, line), same, `${shown} / ${line}`);
});

interface Case {
  name: string;
  shown: string[];
  stdout?: string;
  stderr?: string;
  excerpt?: true;
  difference?: string;
}

const CASES: Case[] = [
  { name: "the same", shown: ["a 1", "b"], stdout: "a 2\nb\n" },
  { name: "nothing and nothing", shown: [] },
  { name: "blank lines at the end", shown: ["a", ""], stdout: "a\n\n\n" },
  { name: "another line", shown: ["a"], stdout: "b\n", difference: "shown, and did not come here: a" },
  { name: "a line more at the end", shown: ["a"], stdout: "a\nb\n", difference: "came, and is not shown here: b" },
  { name: "a line more before", shown: ["b"], stdout: "a\nb\n", difference: "shown, and did not come here: b" },
  { name: "output, and none shown", shown: [], stdout: "a\n", difference: "came, and is not shown here: a" },
  { name: "none, and some shown", shown: ["a"], difference: "shown, and did not come here: a" },
  { name: "another order", shown: ["b", "a"], stdout: "a\nb\n", difference: "shown, and did not come here: b" },
  { name: "a line too few", shown: ["a", "a"], stdout: "a\n", difference: "shown, and did not come here: a" },
  { name: "logs that are not shown", shown: ["a"], stdout: "a\n", stderr: "log\n" },
  { name: "logs that are shown in part", shown: ["a", "y", "z"], stdout: "a\n", stderr: "x\ny\nz\n" },
  { name: "logs in another order", shown: ["z", "y"], stderr: "y\nz\n", difference: "shown, and did not come here: y" },
  { name: "a gap", shown: ["a", "…", "c"], stdout: "a\nb\nb\nc\n" },
  { name: "a gap of nothing", shown: ["a", "…", "c"], stdout: "a\nc\n" },
  { name: "a gap at the end", shown: ["a", "…"], stdout: "a\nb\n" },
  { name: "more after a gap", shown: ["…", "b"], stdout: "a\nb\nc\n", difference: "came, and is not shown here: c" },
  { name: "an excerpt", shown: ["b", "d"], stdout: "a\nb\nc\nd\ne\n", excerpt: true },
  {
    name: "an excerpt in another order",
    shown: ["d", "b"],
    stdout: "b\nd\n",
    excerpt: true,
    difference: "shown, and did not come here: b",
  },
  {
    name: "an excerpt that is not there",
    shown: ["x"],
    stdout: "b\n",
    excerpt: true,
    difference: "shown, and did not come here: x",
  },
  {
    name: "JSON broken to fit",
    shown: ['{"a":[1,', '2],"b":{…},', '"c":null}', "d"],
    stdout: '{"a":[1,2],"b":{"x":1},"c":null}\nd\n',
  },
  {
    name: "other JSON",
    shown: ['{"a":1,', '"b":true}'],
    stdout: '{"a":1,"b":false}\n',
    difference: 'shown, and did not come here: {"a":1,"b":true}',
  },
];

Deno.test("readme: outputDifference wants stdout whole, stderr in order, excerpts in order", () => {
  for (const { name, shown, stdout = "", stderr = "", excerpt, difference } of CASES) {
    assertEquals(outputDifference(shown, { stdout, stderr }, excerpt), difference, name);
  }
});
