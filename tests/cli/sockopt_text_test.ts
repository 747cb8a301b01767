import { assertEquals, assertLessOrEqual, assertStringIncludes } from "@std/assert";
import { type SockoptReport, sockoptText } from "../../lib/cli/sockopt_text.ts";
import { optionSupport } from "../../lib/socket/option_support.ts";
import type { SystemLimits } from "../../lib/socket/system_limits.ts";
import { scratchLibc } from "../support/scratch_libc.ts";

/** The text for a Linux with these limits and no others. */
function textOf(limits: SystemLimits, report: Partial<SockoptReport> = {}): string {
  return sockoptText({
    platform: "linux",
    ffi: true,
    support: optionSupport(scratchLibc(), limits),
    limits,
    ...report,
  });
}

/** The last cell of the line that begins so. */
function cell(text: string, start: string): string | undefined {
  return text.split("\n").find((line) => line.startsWith(start + " "))?.split(/ {2,}/).at(-1);
}

Deno.test("sockoptText() shows each limit with its unit", () => {
  const text = textOf({
    somaxconn: 4096,
    receiveBuffer: { minBytes: 4096, defaultBytes: 131072, maxBytes: 6291456 },
    maxReceiveBufferBytes: 212992,
    keepAliveIntervalMs: 75_000,
    availableCongestion: ["reno", "cubic"],
    fastOpen: { bits: 1027, client: true, server: true },
    timestamps: true,
    sack: false,
    localPorts: { first: 32768, last: 60999 },
  });
  const table: [parameter: string, shown: string][] = [
    ["net.core.somaxconn", "4096"],
    ["net.ipv4.tcp_rmem", "4096 to 6291456 bytes, 131072 at first"],
    ["net.core.rmem_max", "212992 bytes"],
    ["net.ipv4.tcp_keepalive_intvl", "75s"],
    ["net.ipv4.tcp_available_congestion_control", "reno, cubic"],
    ["net.ipv4.tcp_fastopen", "1027: on for clients, on for servers"],
    ["net.ipv4.tcp_timestamps", "on"],
    ["net.ipv4.tcp_sack", "off"],
    ["net.ipv4.ip_local_port_range", "32768 to 60999"],
    // What a kernel does not have, and what follows from it.
    ["net.ipv4.tcp_wmem", "not on this kernel"],
    ["net.ipv4.tcp_syn_linear_timeouts", "not on this kernel"],
    ["connect timeout", "not on this kernel"],
  ];
  for (const [parameter, shown] of table) assertEquals(cell(text, parameter), shown, parameter);
});

Deno.test("sockoptText() says that the largest size is no limit", () => {
  const shown = (bytes: number) => cell(textOf({ notSentLowatBytes: bytes }), "net.ipv4.tcp_notsent_lowat");
  assertEquals(shown(2 ** 32 - 1), "4294967295 bytes, which is no limit");
  assertEquals(shown(2 ** 32 - 2), "4294967294 bytes");
});

Deno.test("sockoptText() counts the SYNs of a kernel without linear timeouts", () => {
  const text = textOf({ synRetries: 6 });
  assertEquals(cell(text, "connect timeout"), "127s (7 SYNs), by tcp_syn_retries and tcp_syn_linear_timeouts");
  assertEquals(cell(text, "with --syn-retries 1, 2, 3"), "3s (2 SYNs), 7s (3 SYNs), 15s (4 SYNs)");
  assertEquals(cell(textOf({ synRetries: 3, maxRtoMs: 4000 }), "connect timeout")!.slice(0, 12), "11s (4 SYNs)");
});

Deno.test("sockoptText() stays within 120 columns", () => {
  const algorithms = Array.from({ length: 30 }, (_, i) => `algorithm${i}`);
  const text = textOf({ availableCongestion: algorithms, allowedCongestion: algorithms });
  for (const line of text.split("\n")) assertLessOrEqual(line.length, 120, line);
  assertEquals(text.match(/\balgorithm29\b/g)?.length, 3); // of the two limits, and below the option
});

Deno.test("sockoptText() on macOS and Windows tells what is there", () => {
  const darwin = sockoptText({
    platform: "darwin",
    ffi: true,
    support: optionSupport(scratchLibc({ platform: "darwin", values: { "6:16": 7200 } })),
    limits: {},
  });
  assertStringIncludes(darwin, "\n--quickack            not on darwin  ");
  assertEquals(cell(darwin, "--keepalive-idle"), "7200s");
  assertEquals(cell(darwin, "--mark"), "-");
  assertEquals(darwin.split("\n").at(-1), "System limits: not on darwin");
  const support = optionSupport(scratchLibc({ refuseSocket: 24 })).map((entry) => ({ ...entry, reason: undefined }));
  const windows = sockoptText({ platform: "windows", ffi: false, support, limits: {} });
  assertEquals(cell(windows, "--no-nodelay"), "-"); // nothing that could be granted
  assertEquals(windows.includes("--allow-ffi"), false);
});
