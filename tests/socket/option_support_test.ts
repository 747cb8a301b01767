import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Libc } from "../../lib/socket/libc.ts";
import { SOCKET_OPTIONS } from "../../lib/socket/options.ts";
import { type OptionSupport, optionSupport } from "../../lib/socket/option_support.ts";
import { systemLimits } from "../../lib/socket/system_limits.ts";
import { libc, noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import { scratchLibc, type ScratchLibcOptions } from "../support/scratch_libc.ts";

const BUILT_IN = ["backlog", "reusePort", "source", "noDelay", "keepAlive"];

function find(support: readonly OptionSupport[], option: string): OptionSupport {
  return support.find((entry) => entry.option === option)!;
}

/** One option, on a kernel of the test's own. */
function supportOf(option: string, options: ScratchLibcOptions): OptionSupport {
  return find(optionSupport(scratchLibc(options)), option);
}

Deno.test("optionSupport() has every option, in the order of the table, and closes its socket", () => {
  const kernel = scratchLibc();
  const support = optionSupport(kernel);
  assertEquals(support.map(({ option }) => option), SOCKET_OPTIONS.map(({ name }) => name));
  assertEquals(support.filter(({ supported }) => supported !== true), []);
  assertEquals(support.filter(({ reason }) => reason !== undefined), []);
  assertEquals(kernel.open.size, 0);
  assert(kernel.calls.includes("get 6:7"));
});

Deno.test("optionSupport() closes its socket where something throws", () => {
  const kernel = scratchLibc();
  kernel.setsockopt = () => {
    throw new Error("out of order");
  };
  assertThrows(() => optionSupport(kernel), Error, "out of order");
  assertEquals(kernel.open.size, 0);
});

Deno.test("optionSupport() sets an option to nothing but the value that it has", () => {
  const values = { "6:7": 6, "0:2": 64, "1:8": 131072, "1:36": 5 };
  const { calls } = ((kernel) => (optionSupport(kernel), kernel))(scratchLibc({ values }));
  const set = calls.filter((call) => call.startsWith("set "));
  for (const call of set) {
    const [, key, value] = /^set (.*)=(.*)$/.exec(call)!;
    assertEquals(Number(value), values[key as keyof typeof values] ?? 0, call);
  }
  for (const key of Object.keys(values)) {
    assertEquals(set.filter((call) => call.startsWith(`set ${key}=`)).length, 1, key);
  }
});

Deno.test("optionSupport() says why the kernel does not take an option", () => {
  const table: [option: string, options: ScratchLibcOptions, reason: string | undefined][] = [
    ["mark", { refuseSet: { "1:36": 1 } }, "needs root (CAP_NET_ADMIN)"],
    ["mark", { refuseSet: { "1:36": 13 } }, "needs root (CAP_NET_ADMIN)"],
    ["mark", { refuseSet: { "1:25": 1 } }, undefined],
    ["bindDevice", { refuseSet: { "1:25": 1 } }, "needs root (CAP_NET_RAW)"],
    ["userTimeout", { refuseGet: { "6:18": 92 } }, "this kernel does not have it"],
    ["userTimeout", { refuseSet: { "6:18": 95 } }, "this kernel does not have it"],
    // Of the value, which says nothing of the option.
    ["keepAlive.idle", { refuseSet: { "6:4": 22 } }, undefined],
    // Deno's own API sets it, whatever the C library says.
    ["noDelay", { refuseSet: { "6:1": 92 } }, undefined],
    // A client's constant and a listener's: one is enough.
    ["fastOpen", { refuseSet: { "6:30": 95 } }, undefined],
    ["fastOpen", { refuseSet: { "6:23": 92 } }, undefined],
    ["fastOpen", { refuseSet: { "6:30": 92, "6:23": 92 } }, "this kernel does not have it"],
  ];
  for (const [option, options, reason] of table) {
    const support = supportOf(option, options);
    const label = `${option} ${JSON.stringify(options)}`;
    assertEquals([support.supported, support.reason], [reason === undefined, reason], label);
  }
});

Deno.test("optionSupport() says which sides the system's switch keeps from fast open", () => {
  const table: [bits: string, supported: boolean, reason: string | undefined, note: string | undefined][] = [
    ["0", false, "net.ipv4.tcp_fastopen is 0", undefined],
    ["1", true, undefined, "net.ipv4.tcp_fastopen is 1, which switches it off for servers: set its bit 2 (such as 3)"],
    ["2", true, undefined, "net.ipv4.tcp_fastopen is 2, which switches it off for clients: set its bit 1 (such as 3)"],
    ["3", true, undefined, undefined],
    ["1027", true, undefined, undefined],
  ];
  for (const [bits, supported, reason, note] of table) {
    const support = supportOf("fastOpen", { files: { "/proc/sys/net/ipv4/tcp_fastopen": `${bits}\n` } });
    assertEquals([support.supported, support.reason, support.note], [supported, reason, note], bits);
  }
  // Where the switch cannot be read there is nothing to say of it.
  assertEquals(supportOf("fastOpen", {}).note, undefined);
});

Deno.test("optionSupport() gives the values of a new socket", () => {
  const values = { "6:7": 6, "6:4": 7200, "1:8": 131072, "6:1": 1, "6:18": 5 };
  const support = optionSupport(scratchLibc({ values }));
  const table: [option: string, value: unknown][] = [
    ["synRetries", 6],
    ["keepAlive.idle", 7_200_000],
    ["recvBuffer", 131072],
    ["noDelay", true],
    ["userTimeout", 5],
    ["linger", false],
    ["keepAlive", false],
    // Arguments of listen() and bind().
    ["backlog", undefined],
    ["source", undefined],
  ];
  for (const [option, value] of table) assertEquals(find(support, option).kernelDefault, value, option);
});

Deno.test("optionSupport() says how each option is set", () => {
  const support = optionSupport(scratchLibc());
  const table: [option: string, how: string][] = [
    ["backlog", "by listen()"],
    ["keepAlive", "on the listener, inherited; after connecting"],
    ["source", "by bind(), before the SYN"],
    ["reuseAddress", "by listen()"],
    ["deferAccept", "on the listener"],
    ["synRetries", "before the SYN"],
    ["recvBuffer", "on the listener, inherited; before the SYN"],
    ["sendBuffer", "on the listener, inherited; after connecting"],
    ["quickAck", "on each accepted connection; after connecting"],
  ];
  for (const [option, how] of table) assertEquals(find(support, option).how, how, option);
  assertEquals(support.filter(({ how }) => how === ""), []);
});

Deno.test("optionSupport() without the C library knows Deno's own options only", () => {
  for (const { option, supported, reason, kernelDefault } of optionSupport(undefined)) {
    assertEquals(kernelDefault, undefined, option);
    if (Deno.build.os !== "linux") continue;
    const isBuiltIn = BUILT_IN.includes(option);
    assertEquals([supported, reason], isBuiltIn ? [true, undefined] : [undefined, "needs --allow-ffi"], option);
  }
});

Deno.test("optionSupport() says that there was no socket to try", () => {
  const kernel = scratchLibc({ refuseSocket: 24 });
  for (const { option, supported, reason } of optionSupport(kernel)) {
    const isBuiltIn = BUILT_IN.includes(option);
    assertEquals([supported, reason], isBuiltIn ? [true, undefined] : [undefined, "unknown (EMFILE)"], option);
  }
  assertEquals(kernel.calls, []);
});

Deno.test("optionSupport() on macOS uses its constants and names what it does not have", () => {
  const kernel = scratchLibc({ platform: "darwin", values: { "6:16": 7200, "65535:4098": 131072 } });
  const support = optionSupport(kernel);
  const missing = support.filter(({ supported }) => !supported);
  assertEquals(missing.map(({ option }) => option), [
    "reusePort",
    "deferAccept",
    "synRetries",
    "mark",
    "fastOpen",
    "quickAck",
    "congestion",
  ]);
  for (const { option, reason } of missing) assertEquals(reason, "not on darwin", option);
  assertEquals(find(support, "keepAlive.idle").kernelDefault, 7_200_000);
  assertEquals(find(support, "recvBuffer").kernelDefault, 131072);
  assertEquals(kernel.open.size, 0);
});

testUnless(notLinux() ?? noLibc(), "optionSupport() reads a new socket of this kernel, and closes it", () => {
  const opened: number[] = [];
  const closed: number[] = [];
  const kernel: Libc = {
    ...libc!,
    socket: (...args) => (opened.push(libc!.socket(...args)), opened[0]),
    close: (fd) => (closed.push(fd), libc!.close(fd)),
  };
  const limits = systemLimits(libc!);
  const support = optionSupport(kernel, limits);
  assertEquals([opened.length, opened], [1, closed]);
  const table: [option: string, value: unknown][] = [
    ["synRetries", limits.synRetries],
    ["recvBuffer", limits.receiveBuffer!.defaultBytes],
    ["sendBuffer", limits.sendBuffer!.defaultBytes],
    ["keepAlive.idle", limits.keepAliveIdleMs],
    ["keepAlive.interval", limits.keepAliveIntervalMs],
    ["keepAlive.count", limits.keepAliveCount],
    ["congestion", limits.congestion],
    ["ttl", limits.ttl],
    ["noDelay", false],
    ["linger", false],
    ["bindDevice", ""],
  ];
  for (const [option, value] of table) assertEquals(find(support, option).kernelDefault, value, option);
});
