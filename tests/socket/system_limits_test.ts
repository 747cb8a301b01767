import { assertEquals } from "@std/assert";
import { SYSTEM_LIMIT_NAMES, type SystemLimits, systemLimits } from "../../lib/socket/system_limits.ts";
import { libc, noLibc } from "../support/libc.ts";
import { missingProgram, notLinux, testUnless } from "../support/needs.ts";
import { scratchLibc } from "../support/scratch_libc.ts";

/** Each limit: its file, a text of it, and what it is. */
const TABLE: { [K in keyof SystemLimits]-?: [path: string, text: string, value: SystemLimits[K]] } = {
  somaxconn: ["net/core/somaxconn", "4096\n", 4096],
  maxSynBacklog: ["net/ipv4/tcp_max_syn_backlog", "512\n", 512],
  receiveBuffer: ["net/ipv4/tcp_rmem", "4096\t131072\t6291456\n", {
    minBytes: 4096,
    defaultBytes: 131072,
    maxBytes: 6291456,
  }],
  sendBuffer: ["net/ipv4/tcp_wmem", "4096\t16384\t4194304\n", {
    minBytes: 4096,
    defaultBytes: 16384,
    maxBytes: 4194304,
  }],
  maxReceiveBufferBytes: ["net/core/rmem_max", "212992\n", 212992],
  maxSendBufferBytes: ["net/core/wmem_max", "212993\n", 212993],
  notSentLowatBytes: ["net/ipv4/tcp_notsent_lowat", "4294967295\n", 4294967295],
  synRetries: ["net/ipv4/tcp_syn_retries", "6\n", 6],
  synLinearTimeouts: ["net/ipv4/tcp_syn_linear_timeouts", "4\n", 4],
  synAckRetries: ["net/ipv4/tcp_synack_retries", "5\n", 5],
  maxRtoMs: ["net/ipv4/tcp_rto_max_ms", "120000\n", 120_000],
  keepAliveIdleMs: ["net/ipv4/tcp_keepalive_time", "7200\n", 7_200_000],
  keepAliveIntervalMs: ["net/ipv4/tcp_keepalive_intvl", "75\n", 75_000],
  keepAliveCount: ["net/ipv4/tcp_keepalive_probes", "9\n", 9],
  finTimeoutMs: ["net/ipv4/tcp_fin_timeout", "60\n", 60_000],
  congestion: ["net/ipv4/tcp_congestion_control", "cubic\n", "cubic"],
  availableCongestion: ["net/ipv4/tcp_available_congestion_control", "reno cubic bbr\n", ["reno", "cubic", "bbr"]],
  allowedCongestion: ["net/ipv4/tcp_allowed_congestion_control", "reno\n", ["reno"]],
  fastOpen: ["net/ipv4/tcp_fastopen", "1027\n", { bits: 1027, client: true, server: true }],
  windowScaling: ["net/ipv4/tcp_window_scaling", "1\n", true],
  timestamps: ["net/ipv4/tcp_timestamps", "2\n", true],
  sack: ["net/ipv4/tcp_sack", "0\n", false],
  localPorts: ["net/ipv4/ip_local_port_range", "32768\t60999\n", { first: 32768, last: 60999 }],
  ttl: ["net/ipv4/ip_default_ttl", "64\n", 64],
};

const NAMES = Object.keys(TABLE) as (keyof SystemLimits)[];

Deno.test("systemLimits() reads each limit from its file, in milliseconds and bytes", () => {
  const files = Object.fromEntries(Object.values(TABLE).map(([path, text]) => [`/proc/sys/${path}`, text]));
  const expected = Object.fromEntries(NAMES.map((name) => [name, TABLE[name][2]]));
  assertEquals(systemLimits(scratchLibc({ files })), expected);
  // One at a time: none is made of another's file.
  for (const name of NAMES) {
    const [path, text, value] = TABLE[name];
    assertEquals(systemLimits(scratchLibc({ files: { [`/proc/sys/${path}`]: text } })), { [name]: value });
  }
});

Deno.test("systemLimits() leaves out what the kernel does not have, what is no value, and all off Linux", () => {
  assertEquals(systemLimits(scratchLibc()), {});
  const file = (path: string, text: string) => ({ [`/proc/sys/net/ipv4/${path}`]: text });
  assertEquals(systemLimits(scratchLibc({ files: file("tcp_syn_retries", "\n") })), {});
  assertEquals(systemLimits(scratchLibc({ files: file("tcp_syn_retries", "six\n") })), {});
  assertEquals(systemLimits(scratchLibc({ files: file("tcp_fin_timeout", "1 2\n") })), {});
  assertEquals(systemLimits(scratchLibc({ files: file("tcp_rmem", "4096\t131072\n") })), {});
  assertEquals(systemLimits(scratchLibc({ files: file("ip_local_port_range", "1024\n") })), {});
  assertEquals(systemLimits(scratchLibc({ files: file("tcp_congestion_control", "\n") })), {});
  assertEquals(systemLimits(scratchLibc({ platform: "darwin", files: file("tcp_syn_retries", "6\n") })), {});
});

Deno.test("systemLimits() tells which sides may use fast open", () => {
  const table: [bits: number, client: boolean, server: boolean][] = [
    [0, false, false],
    [1, true, false],
    [2, false, true],
    [3, true, true],
    [4, false, false], // a bit that says how, and does not switch it on
  ];
  for (const [bits, client, server] of table) {
    const files = { "/proc/sys/net/ipv4/tcp_fastopen": `${bits}\n` };
    assertEquals(systemLimits(scratchLibc({ files })), { fastOpen: { bits, client, server } });
  }
});

Deno.test("SYSTEM_LIMIT_NAMES has each limit with its name in sysctl(8)", () => {
  const expected = NAMES.map((name) => [name, TABLE[name][0].replaceAll("/", ".")]);
  assertEquals(SYSTEM_LIMIT_NAMES.toSorted(), expected.toSorted() as unknown as typeof SYSTEM_LIMIT_NAMES);
});

testUnless(
  notLinux() ?? noLibc() ?? await missingProgram("sysctl"),
  "systemLimits() is what sysctl says",
  async () => {
    const numbers = { somaxconn: 1, synRetries: 1, synAckRetries: 1, keepAliveIdleMs: 1000, keepAliveCount: 1, ttl: 1 };
    const limits = systemLimits(libc!);
    for (const [name, parameter] of SYSTEM_LIMIT_NAMES) {
      const { success, stdout } = await new Deno.Command("sysctl", { args: ["-n", parameter], stderr: "null" })
        .output();
      const text = new TextDecoder().decode(stdout).trim();
      assertEquals(limits[name] !== undefined, success, parameter);
      const factor = numbers[name as keyof typeof numbers];
      if (factor) assertEquals(limits[name] as number, Number(text) * factor, parameter);
      if (Array.isArray(limits[name])) assertEquals(limits[name].join(" "), text, parameter);
    }
    assertEquals(Object.keys(numbers).filter((name) => !(name in limits)), []);
  },
);
