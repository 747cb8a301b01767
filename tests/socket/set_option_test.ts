import { assertEquals, assertThrows } from "@std/assert";
import type { SocketOptionValue, SocketPlatform } from "../../lib/socket/option_row.ts";
import { SOCKET_OPTIONS } from "../../lib/socket/options.ts";
import { setOption } from "../../lib/socket/set_option.ts";
import type { SocketSetting } from "../../lib/socket/settings.ts";
import { type SocketKind, socketKind } from "../../lib/socket/socket_kind.ts";
import { SocketOptionError, type SocketOptionErrorKind } from "../../lib/socket/socket_option_error.ts";
import { FakeLibc } from "../support/fake_libc.ts";
import { KINDS, settingOf } from "../support/socket_settings.ts";

/** `level:name=value` of each call: C ints in decimals, names as they are. */
function callsFor(
  option: string,
  value: SocketOptionValue,
  platform: SocketPlatform,
  kind: keyof typeof KINDS,
): string {
  const kernel = new FakeLibc(platform);
  const fd = kernel.open(KINDS[kind]);
  setOption(kernel, fd, settingOf(option, value, platform), socketKind(kernel, fd));
  return kernel.calls.map(({ level, name, value }) => {
    const bytes = new Uint8Array(value);
    const isText = value.length % 4 !== 0;
    return `${level}:${name}=${isText ? new TextDecoder().decode(bytes) : new Int32Array(bytes.buffer).join("+")}`;
  }).join(" ");
}

/** What is set on every kind of socket; after it, where it differs, on IPv6, dual stack and mapped ones; on listeners. */
type Expected = [value: SocketOptionValue, any: string, ...others: string[]];

const LINUX: Record<string, Expected> = {
  reusePort: [true, "1:15=1"],
  reuseAddress: [false, "1:2=0"],
  deferAccept: [5000, "6:9=5"],
  synRetries: [2, "6:7=2"],
  bindDevice: ["eth0", "1:25=eth0\0"],
  mark: [2 ** 32 - 1, "1:36=-1"],
  fastOpen: [true, "6:30=1", "6:30=1", "6:30=1", "6:30=1", "6:23=511"],
  mss: [1400, "6:2=1400"],
  recvBuffer: [65536, "1:8=65536"],
  sendBuffer: [65536, "1:7=65536"],
  noDelay: [true, "6:1=1"],
  quickAck: [true, "6:12=1"],
  keepAlive: [true, "1:9=1"],
  "keepAlive.idle": [30_000, "6:4=30"],
  "keepAlive.interval": [5000, "6:5=5"],
  "keepAlive.count": [3, "6:6=3"],
  userTimeout: [2500, "6:18=2500"],
  linger: [3000, "1:13=1+3"],
  congestion: ["reno", "6:13=reno\0"],
  tos: [0x28, "0:1=40", "41:67=40", "41:67=40 0:1=40", "0:1=40 41:67=40", "0:1=40"],
  ttl: [9, "0:2=9", "41:16=9", "41:16=9 0:2=9", "0:2=9 41:16=9", "0:2=9"],
  notSentLowat: [16384, "6:25=16384"],
};

const DARWIN: Record<string, Expected> = {
  reuseAddress: [false, "65535:4=0"],
  bindDevice: ["eth0", "0:25=2", "41:125=2", "41:125=2", "41:125=2", "0:25=2"],
  mss: [1400, "6:2=1400"],
  recvBuffer: [65536, "65535:4098=65536"],
  sendBuffer: [65536, "65535:4097=65536"],
  noDelay: [true, "6:1=1"],
  keepAlive: [true, "65535:8=1"],
  "keepAlive.idle": [30_000, "6:16=30"],
  "keepAlive.interval": [5000, "6:257=5"],
  "keepAlive.count": [3, "6:258=3"],
  userTimeout: [2000, "6:128=2"],
  linger: [false, "65535:4224=0+0"],
  tos: [0x28, "0:3=40", "41:36=40", "41:36=40", "41:36=40", "0:3=40"],
  ttl: [9, "0:4=9", "41:4=9", "41:4=9", "41:4=9", "0:4=9"],
  notSentLowat: [16384, "6:513=16384"],
};

for (const [platform, table] of [["linux", LINUX], ["darwin", DARWIN]] as const) {
  Deno.test(`each row on each kind of socket makes the calls it should: ${platform}`, () => {
    for (const [option, [value, any, ipv6 = any, dual = any, mapped = any, listener = any]] of Object.entries(table)) {
      for (const [kind, calls] of Object.entries({ ipv4: any, ipv6, dual, mapped, listener })) {
        assertEquals(callsFor(option, value, platform, kind as keyof typeof KINDS), calls, `${option} on ${kind}`);
      }
    }
  });

  Deno.test(`no row is left out here: ${platform}`, () => {
    const rows = SOCKET_OPTIONS.filter((row) => platform in row.constants && row.name !== "backlog");
    assertEquals(Object.keys(table), rows.map((row) => row.name));
  });
}

/** The error of setting an option that the kernel refuses with that number. */
function refusal(setting: SocketSetting, errno: number, kernel: FakeLibc): [SocketOptionErrorKind, string, string] {
  const fd = kernel.open(KINDS.ipv4);
  const [level, name] = setting.constants!.any;
  kernel.refusals.set(`${level}:${name}`, errno);
  const set = () => setOption(kernel, fd, setting, socketKind(kernel, fd));
  const { kind, option, message } = assertThrows(set, SocketOptionError);
  assertEquals(kernel.calls, []);
  return [kind, option, message];
}

const REFUSALS: [string, SocketOptionValue, SocketPlatform, errno: number, SocketOptionErrorKind, message: string][] = [
  ["mark", 7, "linux", 1, "privilege", "to 7: it needs CAP_NET_ADMIN, run as root or with that capability"],
  ["bindDevice", "eth0", "linux", 1, "privilege", "to eth0: it needs CAP_NET_RAW, run as root or with that capability"],
  [
    "ttl",
    9,
    "linux",
    13,
    "privilege",
    "to 9: it needs a privilege (capabilities(7)), run as root or with that capability",
  ],
  ["bindDevice", "eth9", "linux", 19, "rejected", "to eth9: this machine has no network interface of that name"],
  ["fastOpen", true, "linux", 95, "unsupported", "to on: net.ipv4.tcp_fastopen switches it off on this machine"],
  [
    "fastOpen",
    true,
    "linux",
    92,
    "unsupported",
    "to on: this kernel does not have the option, or not on such a socket (ENOPROTOOPT), leave it out",
  ],
  [
    "tos",
    8,
    "linux",
    92,
    "unsupported",
    "to 8: this kernel does not have the option, or not on such a socket (ENOPROTOOPT), leave it out",
  ],
  [
    "tos",
    8,
    "darwin",
    42,
    "unsupported",
    "to 8: this kernel does not have the option, or not on such a socket (ENOPROTOOPT), leave it out",
  ],
  ["mss", 88, "linux", 95, "unsupported", "to 88: not supported by this kind of socket (EOPNOTSUPP), leave it out"],
  ["mss", 88, "darwin", 102, "unsupported", "to 88: not supported by this kind of socket (EOPNOTSUPP), leave it out"],
  [
    "mss",
    88,
    "linux",
    22,
    "rejected",
    "to 88: the kernel does not take that value, or not on such a socket, or not now (EINVAL)",
  ],
  [
    "keepAlive.idle",
    1500_000,
    "darwin",
    22,
    "rejected",
    "to 1500s: the kernel does not take that value, or not on such a socket, or not now (EINVAL)",
  ],
  ["linger", false, "linux", 9, "rejected", "to off: no such descriptor (EBADF)"],
  ["noDelay", false, "linux", 71, "rejected", "to off: errno 71"],
  ["congestion", "bbr", "linux", 2, "rejected", "to bbr: this kernel has no algorithm of that name, use reno, cubic"],
  ["congestion", "bbr", "linux", 1, "privilege", "to bbr: it needs CAP_NET_ADMIN (root); without it use reno"],
  [
    "congestion",
    "bbr",
    "linux",
    22,
    "rejected",
    "to bbr: the kernel does not take that value, or not on such a socket, or not now (EINVAL)",
  ],
];

Deno.test("what the kernel refuses is an error that says why, and what would do", () => {
  for (const [option, value, platform, errno, kind, message] of REFUSALS) {
    const kernel = new FakeLibc(platform);
    kernel.files.set("/proc/sys/net/ipv4/tcp_available_congestion_control", "reno cubic\n");
    kernel.files.set("/proc/sys/net/ipv4/tcp_allowed_congestion_control", "reno\n");
    const setting = settingOf(option, value, platform);
    assertEquals(refusal(setting, errno, kernel), [kind, option, `cannot set ${option} ${message}`]);
  }
});

Deno.test("without the system's list of algorithms the error does without it", () => {
  const [, , message] = refusal(settingOf("congestion", "bbr", "linux"), 2, new FakeLibc("linux"));
  assertEquals(message.endsWith("use what the system offers"), true, message);
});

Deno.test("a raw option is told by its numbers", () => {
  const setting = {
    option: "6:99",
    row: undefined,
    value: 5,
    constants: { any: [6, 99, "int"] },
    moment: "now",
  } as const;
  assertEquals(refusal(setting, 92, new FakeLibc("linux")), [
    "unsupported",
    "6:99",
    "cannot set 6:99 to 5: this kernel does not have the option, or not on such a socket (ENOPROTOOPT), leave it out",
  ]);
  const [kind, , message] = refusal(setting, 1, new FakeLibc("linux"));
  assertEquals([kind, message], [
    "privilege",
    "cannot set 6:99 to 5: it needs a privilege (capabilities(7)), run as root or with that capability",
  ]);
});

Deno.test("macOS takes an interface by its index: a name without one is refused before any call", () => {
  const kernel = new FakeLibc("darwin");
  const fd = kernel.open(KINDS.ipv4);
  const setting = settingOf("bindDevice", "en9", "darwin");
  const error = assertThrows(() => setOption(kernel, fd, setting, socketKind(kernel, fd)), SocketOptionError);
  assertEquals([error.kind, kernel.calls], ["rejected", []]);
  assertEquals(error.message, "cannot set bindDevice to en9: this machine has no network interface of that name");
});

Deno.test("a socket that is no IP socket any more is none of the special kinds", () => {
  const kernel = new FakeLibc("linux");
  const kind: SocketKind = { ipv6: false, carriesIpv4: false, mapped: false, listener: false };
  assertEquals(socketKind(kernel, 99), kind);
});
