import "../support/libc.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { SocketOptionRow } from "../../lib/socket/option_row.ts";
import { SOCKET_OPTIONS, socketOptionRow } from "../../lib/socket/options.ts";
import { checkValue } from "../../lib/socket/check_value.ts";
import { checkNames } from "../../lib/socket/given_options.ts";
import { needsLibc, type SettingPurpose, settingsOf } from "../../lib/socket/settings.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import type { ProbedSettings } from "../support/probe_settings.ts";

const ROWS: readonly SocketOptionRow[] = SOCKET_OPTIONS;
const NUMBERS = ROWS.filter((row) => row.range !== undefined);

/** What the kernel counts in, where it is not what the library counts in. */
function stepOf({ constants }: SocketOptionRow): number {
  return ["seconds", "linger"].includes(constants.linux?.any[2] ?? "") ? 1000 : 1;
}

testUnless(notLinux(), "numbers are taken up to both ends of their range, and not beyond", () => {
  for (const row of NUMBERS) {
    const [least, most] = row.range!;
    const step = stepOf(row);
    checkValue(row, least);
    checkValue(row, Math.floor(most / step) * step);
    for (const beyond of [least - step, least - 1, most + 1, NaN, Infinity, -Infinity]) {
      const { message } = assertThrows(() => checkValue(row, beyond), RangeError);
      assertStringIncludes(message, `cannot set ${row.name} to ${beyond}: use ${least} to ${most}`);
    }
  }
});

testUnless(notLinux(), "a number that the kernel cannot take exactly is an error that names the nearest", () => {
  const cases: [name: string, value: number, nearest: string][] = [
    ["keepAlive.idle", 1001, "whole seconds only, the nearest is 1000 ms (1s)"],
    ["keepAlive.idle", 1499, "whole seconds only, the nearest is 1000 ms (1s)"],
    ["keepAlive.idle", 1500, "whole seconds only, the nearest is 2000 ms (2s)"],
    ["keepAlive.interval", 32_766_999, "the nearest is 32767000 ms (32767s)"],
    ["keepAlive.interval", 2000.5, "the nearest is 2000 ms"],
    ["linger", 499, "the nearest is 0 ms"],
    ["linger", 500, "the nearest is 1000 ms"],
    // 2^31 - 1 itself is no whole number of seconds.
    ["deferAccept", 2 ** 31 - 1, "the nearest is 2147483000 ms"],
    ["userTimeout", 1.5, "whole numbers only, the nearest is 2 ms"],
    ["recvBuffer", 1000.4, "whole numbers only, the nearest is 1000 bytes"],
    ["ttl", 254.9, "whole numbers only, the nearest is 255"],
  ];
  for (const [name, value, nearest] of cases) {
    const { message } = assertThrows(() => checkValue(socketOptionRow(name), value), RangeError);
    assertStringIncludes(message, `cannot set ${name} to ${value}: `);
    assertStringIncludes(message, nearest);
  }
  // The nearest is one that is taken.
  for (const row of NUMBERS) {
    for (const value of [row.range![0] + 0.5, row.range![1] - 0.5]) {
      const { message } = assertThrows(() => checkValue(row, value), RangeError);
      checkValue(row, Number(/nearest is (\d+)/.exec(message)![1]));
    }
  }
});

Deno.test("a value of another type is an error that says what to use", () => {
  const wrong = { boolean: [1, "true", null], text: [1, true, null], address: [1, true, null] } as const;
  for (const row of ROWS) {
    const values = wrong[row.type as keyof typeof wrong] ?? ["1", true, null, 1n, {}];
    for (const value of values) {
      const { message } = assertThrows(() => checkValue(row, value), TypeError, `cannot set ${row.name} to `);
      assertStringIncludes(message, typeof value === "string" ? `"${value}": use ` : `${value}: use `);
    }
  }
});

Deno.test("linger is off with false, and nothing else with true", () => {
  checkValue(socketOptionRow("linger"), false);
  assertThrows(() => checkValue(socketOptionRow("linger"), true), TypeError, "cannot set linger to true");
});

Deno.test("a name has the bytes that the kernel keeps, 1 to 15", () => {
  for (const option of ["bindDevice", "congestion"]) {
    const row = socketOptionRow(option);
    for (const name of ["a", "bond0.1234@wifi", "ééééééé"]) checkValue(row, name);
    for (const name of ["", "1234567890123456", "éééééééé", "a b", "a/b", "a\0b", "a\n"]) {
      assertThrows(
        () => checkValue(row, name),
        TypeError,
        `cannot set ${option} to "${name}": use a name of 1 to 15 bytes`,
      );
    }
  }
});

testUnless(
  notLinux() ?? noLibc(),
  "options are settings in the table's order, undefined ones left out, raw ones last",
  () => {
    const options = {
      raw: [{ level: 6, name: 3, value: 1 }, { level: 1, name: 12, value: 5 }],
      ttl: undefined,
      tos: 8,
      keepAlive: { count: 4, idle: 2000 },
      noDelay: false,
    };
    const settings = settingsOf(options, "connect");
    assertEquals(settings.map(({ option, value, moment }) => [option, value, moment]), [
      ["noDelay", false, "connected"],
      ["keepAlive", true, "connected"],
      ["keepAlive.idle", 2000, "connected"],
      ["keepAlive.count", 4, "connected"],
      ["tos", 8, "syn"],
      ["6:3", 1, "syn"],
      ["1:12", 5, "syn"],
    ]);
  },
);

testUnless(notLinux() ?? noLibc(), "keepalive without times is on or off", () => {
  const table = [[true, true], [false, false], [{}, true], [{ idle: undefined }, true], [
    { enabled: false },
    false,
  ]] as const;
  for (const [keepAlive, value] of table) {
    const settings = settingsOf({ keepAlive }, "connect");
    assertEquals(settings.map((setting) => [setting.option, setting.value]), [["keepAlive", value]]);
  }
});

testUnless(notLinux() ?? noLibc(), "an object or an array is no value, but for keepalive's times", () => {
  for (const value of [{}, [], { idle: 1000 }]) {
    for (const name of ["noDelay", "quickAck", "fastOpen", "congestion", "ttl"]) {
      assertThrows(() => settingsOf({ [name]: value }, "connect"), TypeError, `cannot set ${name} to `);
    }
  }
  assertThrows(() => settingsOf({ keepAlive: [] }, "connect"), TypeError, "cannot set keepAlive to ");
});

testUnless(notLinux() ?? noLibc(), "every row is taken where the table has it, and nowhere else", () => {
  const values = { boolean: true, milliseconds: 1000, bytes: 1000, integer: 5, text: "lo", address: "127.0.0.1" };
  const allowed: Record<SettingPurpose, (row: SocketOptionRow) => boolean> = {
    listen: (row) => row.server !== undefined,
    connect: (row) => row.client !== undefined,
    connection: (row) => row.established,
    listener: (row) => row.server === "inherited" || row.server === "listener",
  };
  for (const [purpose, isAllowed] of Object.entries(allowed)) {
    for (const row of ROWS) {
      const [outer, inner] = row.name.split(".");
      const options = { [outer]: inner ? { [inner]: values[row.type] } : values[row.type] };
      const made = () => settingsOf(options, purpose as SettingPurpose).some(({ option }) => option === row.name);
      if (isAllowed(row)) assert(made(), `${row.name} ${purpose}`);
      else assertThrows(made, TypeError, `cannot set ${row.name} on a `);
    }
  }
});

testUnless(notLinux() ?? noLibc(), "raw options are three C ints", () => {
  const raw = (level: number, name: number, value: number) =>
    settingsOf({ raw: [{ level, name, value }] }, "connection");
  const [{ constants, moment }] = raw(6, 3, -(2 ** 31));
  assertEquals([constants, moment], [{ any: [6, 3, "int"] }, "now"]);
  raw(6, 3, 2 ** 31 - 1);
  assertThrows(() => settingsOf({ raw: 5 }, "connection"), TypeError, "cannot set raw to 5: use an array");
  for (const [level, name, value] of [[6, 3, 2 ** 31], [6, 3, -(2 ** 31) - 1], [6, 1.5, 1], [NaN, 1, 1]]) {
    assertThrows(
      () => raw(level, name, value),
      RangeError,
      `cannot set ${level}:${name} to ${value}: level, name and value`,
    );
  }
});

testUnless(notLinux() ?? noLibc(), "a raw option that has a name, or is there twice, is refused", () => {
  const raw = (...names: number[]) => () =>
    settingsOf({ raw: names.map((name) => ({ level: 6, name, value: 1 })) }, "connect");
  assertEquals(raw(3, 8)().length, 2);
  assertThrows(raw(3, 1), TypeError, "cannot set 6:1 by its numbers: that is noDelay");
  assertThrows(raw(23), TypeError, "cannot set 6:23 by its numbers: that is fastOpen");
  assertThrows(raw(3, 8, 3), TypeError, "cannot set 6:3 twice");
  for (const entry of [null, 5]) {
    assertThrows(() => settingsOf({ raw: [entry] }, "connect"), TypeError, `cannot set a raw option to ${entry}`);
  }
});

Deno.test("what is no option is named, also among the keepalive times", () => {
  checkNames({ noDelay: true, raw: [], keepAlive: {} });
  assertThrows(() => checkNames({ nodelay: true }), TypeError, 'cannot set "nodelay": use one of backlog, ');
  for (const options of [null, undefined, 5]) {
    assertThrows(() => checkNames(options as never), TypeError, `cannot set the options ${options}: give an object`);
  }
  for (const purpose of ["connect", "listen", "connection", "listener"] as const) {
    const made = () => settingsOf({ keepAlive: { time: 1 } }, purpose);
    assertThrows(made, TypeError, 'cannot set "keepAlive.time": use one of ');
  }
  // It has a row of that name, and would be passed over: the library has it as a member.
  assertThrows(() => checkNames({ "keepAlive.idle": 1000 }), TypeError, "keepAlive: { idle");
});

testUnless(notLinux() ?? noLibc(), "what Deno's own API sets needs no C library", () => {
  const options = { noDelay: true, keepAlive: true, backlog: 5, reuseAddress: true };
  assertEquals(settingsOf(options, "listen").filter(needsLibc), []);
  const [cleared] = settingsOf({ reuseAddress: false }, "listen");
  assert(needsLibc(cleared));
  assert(settingsOf({ keepAlive: { idle: 1000 } }, "connect").some(needsLibc));
});

/** What comes of options in a program with these permissions. */
async function probe(options: object, ...permissions: string[]): Promise<ProbedSettings> {
  const file = import.meta.resolve("../support/probe_settings.ts");
  const args = ["run", "--no-prompt", "--no-lock", "--no-config", ...permissions, file, JSON.stringify(options)];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text.startsWith("{"), new TextDecoder().decode(stderr));
  return JSON.parse(text);
}

testUnless(notLinux(), "without --allow-ffi what needs it is an error, and nothing is set", async () => {
  const remedy = "goes through the C library (FFI), run Deno with --allow-ffi";
  const wrong = (option: string) => ({
    name: "SocketOptionError",
    message: `cannot set ${option}: it ${remedy}`,
    kind: "permission",
    option,
  });
  const net = "--allow-net=127.0.0.1";
  const [ttl, both, own, granted] = await Promise.all([
    probe({ ttl: 9 }, net),
    probe({ noDelay: true, ttl: 9 }, net),
    probe({ noDelay: true }, net),
    probe({ noDelay: true, ttl: 9 }, net, "--allow-ffi"),
  ]);
  assertEquals(ttl, { set: wrong("ttl"), plan: wrong("ttl"), touched: 0 });
  // On a socket that is there everything goes that way; one to be made has Deno's own API for the first.
  assertEquals(both, { set: wrong("noDelay"), plan: wrong("ttl"), touched: 0 });
  assertEquals(own, { set: wrong("noDelay"), plan: {}, touched: 0 });
  assertEquals([granted.set, granted.plan], [{}, {}]);
});
