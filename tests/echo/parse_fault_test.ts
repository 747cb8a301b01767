import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { quote } from "../../lib/core/quote.ts";
import { DELAY_DISTRIBUTIONS, type Fault, FAULT_KINDS, type FaultKind } from "../../lib/echo/fault.ts";
import { FAULT_FORMS } from "../../lib/echo/fault_forms.ts";
import {
  bandwidth,
  corrupt,
  delay,
  earlyFin,
  limit,
  makeFault,
  refuse,
  reset,
  slice,
  stall,
  truncate,
} from "../../lib/echo/faults.ts";
import { formatFault, parseFault } from "../../lib/echo/parse_fault.ts";

/** Each text is the shortest of its fault. */
const SHORTEST: [text: string, fault: Fault][] = [
  ["delay=50ms", delay({ ms: 50 })],
  ["delay=50ms,10ms", delay({ ms: 50, jitterMs: 10 })],
  ["delay=1.5s,0ms,normal", delay({ ms: 1500, distribution: "normal" })],
  ["delay=0ms,10ms,pareto:20%", delay({ ms: 0, jitterMs: 10, distribution: "pareto", share: 0.2 })],
  ["bandwidth=1M", bandwidth({ bytesPerSecond: 1024 ** 2 })],
  ["bandwidth=1:0%", bandwidth({ bytesPerSecond: 1, share: 0 })],
  ["slice=1", slice({ bytes: 1 })],
  ["slice=1k,5ms", slice({ bytes: 1024, gapMs: 5 })],
  ["stall", stall()],
  ["stall@64k", stall({ afterBytes: 65536 })],
  ["stall=5s@1:0.5%", stall({ ms: 5000, afterBytes: 1, share: 0.005 })],
  ["truncate", truncate()],
  ["truncate@1023", truncate({ afterBytes: 1023 })],
  ["early-fin@1k", earlyFin({ afterBytes: 1024 })],
  ["limit@2G", limit({ afterBytes: 2 * 1024 ** 3 })],
  ["reset@10k:20%", reset({ afterBytes: 10240, share: 0.2 })],
  ["reset:7%", reset({ share: 0.07 })],
  ["corrupt", corrupt()],
  ["corrupt@10", corrupt({ afterBytes: 10 })],
  ["corrupt=0.1%", corrupt({ rate: 0.001 })],
  ["corrupt=100%@10", corrupt({ rate: 1, afterBytes: 10 })],
  ["corrupt=1e-9", corrupt({ rate: 1e-9 })],
  ["refuse:33.3%", refuse({ share: 0.333 })],
];

Deno.test("parseFault() and formatFault(): the shortest text of each fault", () => {
  for (const [text, fault] of SHORTEST) {
    assertEquals(parseFault(text), fault, text);
    assertEquals(formatFault(fault), text);
  }
  assertEquals(new Set(SHORTEST.map(([, { kind }]) => kind)), new Set(FAULT_KINDS));
});

Deno.test("parseFault() reads other ways to write the same", () => {
  const table: [text: string, shortest: string][] = [
    ["delay=.05s", "delay=50ms"],
    ["delay=2", "delay=2s"],
    ["delay=50ms,0ms,uniform:100%", "delay=50ms"],
    ["bandwidth=1024KiB", "bandwidth=1M"],
    ["stall@0:1", "stall"],
    ["reset@10240:0.2", "reset@10k:20%"],
    ["reset:2e1%", "reset:20%"],
    ["corrupt=.5@0", "corrupt=50%"],
    ["corrupt=1E-3", "corrupt=0.1%"],
  ];
  for (const [text, shortest] of table) {
    assertEquals(formatFault(parseFault(text)), shortest, text);
  }
});

Deno.test("parseFault() says in one line what is wrong, and what would do", () => {
  const kinds = "use delay, bandwidth, slice, stall, truncate, early-fin, limit, reset, corrupt, refuse";
  const table: [text: string, error: ErrorConstructor, message: string][] = [
    ["", SyntaxError, `bad fault "": ${kinds}, such as reset@10k:20%`],
    ["lag=50ms", SyntaxError, `bad fault "lag=50ms": ${kinds}`],
    ["constructor", SyntaxError, `bad fault "constructor": ${kinds}`],
    ["Delay=50ms", SyntaxError, `bad fault "Delay=50ms": ${kinds}`],
    [
      "delay",
      SyntaxError,
      'bad fault "delay": use delay=TIME[,JITTER[,uniform|normal|pareto]][:SHARE], such as delay=50ms',
    ],
    ["delay=50ms@10", SyntaxError, 'bad fault "delay=50ms@10": use delay=TIME'],
    ["delay=1s,1s,normal,1s", SyntaxError, 'bad fault "delay=1s,1s,normal,1s": use delay=TIME'],
    ["delay=", SyntaxError, 'bad fault "delay=": bad duration "": use a number with ms, s, m or h'],
    ["delay=50ms,", SyntaxError, 'bad fault "delay=50ms,": bad duration ""'],
    ["delay=5x", SyntaxError, 'bad fault "delay=5x": bad duration "5x"'],
    ["delay=1s,1s,gauss", RangeError, "cannot inject delay with distribution gauss: use uniform, normal, pareto"],
    ["delay=1000h", RangeError, "cannot inject delay with ms 3600000000: use 0 to 2147483647 milliseconds (24.8 days)"],
    ["bandwidth=0", RangeError, "cannot inject bandwidth with bytesPerSecond 0: use a whole number from 1 to 10^12"],
    ["bandwidth=1.5", RangeError, 'bad size "1.5": not a whole number of bytes'],
    ["slice=0", RangeError, "cannot inject slice with bytes 0: use a whole number from 1"],
    ["stall=1000h", RangeError, "use 0 to 2147483647 milliseconds (24.8 days), or Infinity"],
    ["reset=10k", SyntaxError, 'bad fault "reset=10k": use reset[@BYTES][:SHARE], such as reset@10k'],
    ["reset@", SyntaxError, 'bad fault "reset@": bad size ""'],
    ["reset@10k@10k", SyntaxError, 'bad size "10k@10k"'],
    ["reset:20%@10k", SyntaxError, 'bad fault "reset:20%@10k": bad share "20%@10k": use percent or a part of 1'],
    ["reset:", SyntaxError, 'bad share ""'],
    ["reset:20", RangeError, 'bad fault "reset:20": cannot inject reset with share 20: use a share from 0 to 1 (100%)'],
    ["reset:101%", RangeError, "with share 1.01: use a share from 0 to 1 (100%)"],
    ["reset:-1%", SyntaxError, 'bad share "-1%"'],
    ["corrupt=0", RangeError, "cannot inject corrupt with rate 0: use a probability of more than 0, at most 1 (100%)"],
    ["corrupt=1e9999", SyntaxError, 'bad share "1e9999"'],
    ["refuse@1", SyntaxError, 'bad fault "refuse@1": use refuse[:SHARE], such as refuse:5%'],
    ["reset\n", SyntaxError, "bad fault"],
  ];
  for (const [text, error, message] of table) {
    const thrown = assertThrows(() => parseFault(text), error, message, text);
    assertEquals(thrown.message.replace(text, "").includes("\n"), false, "one line");
  }
});

const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
/** Whole nanoseconds. */
const ms = fc.integer({ min: 0, max: 1e12 }).map((ns) => Number((ns / 1e6).toFixed(6)));
const bytes = fc.oneof(
  fc.maxSafeNat(),
  fc.tuple(fc.integer({ min: 0, max: 1023 }), fc.constantFrom(1, 1024, 1024 ** 2, 1024 ** 3)).map(([n, unit]) =>
    n * unit
  ),
);
const positive = bytes.map((n) => Math.max(1, n));

/** What each kind may be told. */
const FIELDS: Record<FaultKind, Record<string, fc.Arbitrary<unknown>>> = {
  delay: { ms, jitterMs: ms, distribution: fc.constantFrom(...DELAY_DISTRIBUTIONS) },
  bandwidth: { bytesPerSecond: positive.map((n) => Math.min(n, 1e12)) },
  slice: { bytes: positive, gapMs: ms },
  stall: { ms: fc.oneof(ms, fc.constant(Infinity)), afterBytes: bytes },
  truncate: { afterBytes: bytes },
  "early-fin": { afterBytes: bytes },
  limit: { afterBytes: bytes },
  reset: { afterBytes: bytes },
  corrupt: {
    rate: fc.option(fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }), { nil: undefined }),
    afterBytes: bytes,
  },
  refuse: {},
};

const anyFault: fc.Arbitrary<Fault> = fc.constantFrom(...FAULT_KINDS).chain((kind) =>
  fc.record({ kind: fc.constant(kind), share, ...FIELDS[kind] }).map((fault) => makeFault(fault as { kind: FaultKind }))
);

Deno.test("parseFault() reads back whatever formatFault() writes", () => {
  fc.assert(
    fc.property(anyFault, (fault) => {
      const text = formatFault(fault);
      assertEquals(parseFault(text), fault, text);
      assertEquals(formatFault(parseFault(text)), text);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("parseFault() gives any text a fault or an error that names it", () => {
  const piece = fc.constantFrom(
    ...FAULT_KINDS,
    "=",
    "@",
    ":",
    ",",
    "%",
    "1",
    "0.5",
    "10k",
    "5ms",
    "normal",
    "1e-3",
    "-",
    " ",
  );
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 8 }).map((p) => p.join("")),
  );
  fc.assert(
    fc.property(text, (text) => {
      try {
        parseFault(formatFault(parseFault(text)));
      } catch (error) {
        assert(error instanceof SyntaxError || error instanceof RangeError, `${error}`);
        assert(error.message.startsWith(`bad fault ${quote(text)}: `), error.message);
      }
    }),
    { numRuns: 5000 },
  );
});

Deno.test("FAULT_FORMS: each example is read, and each form begins with the name", () => {
  assertEquals(Object.keys(FAULT_FORMS), [...FAULT_KINDS]);
  for (const [kind, { syntax, example, does }] of Object.entries(FAULT_FORMS)) {
    assertEquals(parseFault(example).kind, kind);
    assertEquals(formatFault(parseFault(example)), example);
    assert(new RegExp(`^${kind}(=|\\[|$)`).test(syntax), syntax);
    assert(!does.endsWith("."), does);
  }
});

Deno.test("FAULT_FORMS: parseFault() is documented with the same forms", async () => {
  const source = await Deno.readTextFile(new URL("../../lib/echo/parse_fault.ts", import.meta.url));
  for (const { syntax } of Object.values(FAULT_FORMS)) {
    assert(
      source.includes(`* | \`${syntax.replaceAll("|", "\\|")}\` | `),
      `${syntax} is missing in the table of parseFault()`,
    );
  }
});

Deno.test("faults: what is not given is by default", () => {
  const share = 1;
  assertEquals(delay({ ms: 5 }), { kind: "delay", ms: 5, jitterMs: 0, distribution: "uniform", share });
  assertEquals(slice({ bytes: 5 }), { kind: "slice", bytes: 5, gapMs: 0, share });
  assertEquals(stall(), { kind: "stall", ms: Infinity, afterBytes: 0, share });
  assertEquals(corrupt(), { kind: "corrupt", afterBytes: 0, share });
  assertEquals(refuse(), { kind: "refuse", share });
  for (const make of [truncate, earlyFin, limit, reset]) assertEquals(make().afterBytes, 0);
});

Deno.test("faults: a value out of range is refused at its border, and named", () => {
  const bad: [make: () => Fault, message: string][] = [
    [() => delay({ ms: -1 }), "cannot inject delay with ms -1: use 0 to 2147483647 milliseconds (24.8 days)"],
    [() => delay({ ms: NaN }), "with ms NaN"],
    [() => delay({ ms: "50" as never }), "with ms 50"],
    [() => delay({ ms: 2 ** 31 }), "with ms 2147483648"],
    [() => delay({ ms: Infinity }), "with ms Infinity"],
    [() => delay({ ms: 1, jitterMs: -1 }), "with jitterMs -1"],
    [() => delay({ ms: 1, distribution: "gauss" as never }), "with distribution gauss: use uniform, normal, pareto"],
    [() => bandwidth({ bytesPerSecond: 0.5 }), "with bytesPerSecond 0.5"],
    [() => bandwidth({ bytesPerSecond: 1e12 + 1 }), "with bytesPerSecond 1000000000001"],
    [() => slice({ bytes: 0 }), "with bytes 0"],
    [() => slice({ bytes: 1, gapMs: Infinity }), "with gapMs Infinity"],
    [() => stall({ ms: NaN }), "milliseconds (24.8 days), or Infinity"],
    [() => reset({ afterBytes: -1 }), "with afterBytes -1"],
    [() => reset({ afterBytes: 2 ** 53 }), "with afterBytes 9007199254740992"],
    [() => corrupt({ rate: 0 }), "with rate 0"],
    [() => corrupt({ rate: 1.1 }), "with rate 1.1"],
    [() => refuse({ share: 1.1 }), "with share 1.1"],
    [() => refuse({ share: NaN }), "with share NaN"],
    [() => refuse({ share: null as never }), "with share null"],
  ];
  for (const [make, message] of bad) assertThrows(make, RangeError, message);
  delay({ ms: 2 ** 31 - 1, jitterMs: 2 ** 31 - 1, share: 0 });
  bandwidth({ bytesPerSecond: 1e12 });
  corrupt({ rate: 1, afterBytes: Number.MAX_SAFE_INTEGER });
});

Deno.test("makeFault() takes plain data, and refuses a kind that there is not", () => {
  assertEquals(makeFault({ kind: "reset" }), reset());
  assertEquals(makeFault(JSON.parse('{"kind":"delay","ms":5}')), delay({ ms: 5 }));
  for (const kind of ["lag", "toString", undefined]) {
    assertThrows(
      () => makeFault({ kind } as never),
      TypeError,
      `cannot inject a fault "${kind}": use delay, bandwidth`,
    );
  }
  assertThrows(() => makeFault(null as never), TypeError, 'cannot inject a fault "undefined"');
  assertThrows(() => makeFault(JSON.parse('{"kind":"delay"}')), RangeError, "with ms undefined");
});
