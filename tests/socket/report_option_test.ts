import { assertEquals } from "@std/assert";
import type { SocketOptionValue, SocketPlatform } from "../../lib/socket/option_row.ts";
import { socketOptionRow } from "../../lib/socket/options.ts";
import { reportSettings } from "../../lib/socket/report_option.ts";
import { readOption, readSetting, setOption, showValue } from "../../lib/socket/set_option.ts";
import { socketKind } from "../../lib/socket/socket_kind.ts";
import { FakeLibc } from "../support/fake_libc.ts";
import { KINDS, settingOf } from "../support/socket_settings.ts";

Deno.test("an option is read in the unit and with the sign of its row", () => {
  const kernel = new FakeLibc("linux");
  const fd = kernel.open(KINDS.ipv4);
  const kind = socketKind(kernel, fd);
  for (
    const [option, value] of [["mark", 2 ** 32 - 2], ["keepAlive.idle", 9000], ["linger", 0], [
      "fastOpen",
      true,
    ]] as const
  ) {
    const setting = settingOf(option, value);
    assertEquals(readSetting(kernel, fd, setting, kind), undefined, `${option} is not told`);
    setOption(kernel, fd, setting, kind);
    assertEquals(readSetting(kernel, fd, setting, kind), value, option);
  }
  assertEquals(readOption(kernel, fd, [1, 36, "int"]), -2);
  assertEquals(readSetting(kernel, fd, { row: undefined, constants: undefined }, kind), undefined);
});

Deno.test("of the two constants of an IPv6 socket the one is read that its packets have", () => {
  const kernel = new FakeLibc("linux");
  for (const [kind, expected] of [["ipv4", 4], ["ipv6", 6], ["dual", 6], ["mapped", 4]] as const) {
    const fd = kernel.open(KINDS[kind]);
    kernel.put(fd, 0, 2, new Uint8Array([4, 0, 0, 0]));
    kernel.put(fd, 41, 16, new Uint8Array([6, 0, 0, 0]));
    assertEquals(readSetting(kernel, fd, settingOf("ttl", 1), socketKind(kernel, fd)), expected, kind);
  }
});

Deno.test("a value is shown with its unit", () => {
  const shown: [string | undefined, SocketOptionValue | undefined, string][] = [
    ["noDelay", true, "on"],
    ["linger", false, "off"],
    ["linger", 0, "0ms"],
    ["userTimeout", 2500, "2.5s"],
    ["recvBuffer", 65536, "65536"],
    ["bindDevice", "", "none"],
    ["bindDevice", "lo", "lo"],
    ["ttl", undefined, "unknown"],
    [undefined, 1000, "1000"],
  ];
  for (const [option, value, text] of shown) {
    assertEquals(showValue(option === undefined ? undefined : socketOptionRow(option), value), text);
  }
});

const FASTOPEN = "/proc/sys/net/ipv4/tcp_fastopen";
const RMEM = "/proc/sys/net/core/rmem_max";

/** What was asked, the int that the kernel tells, and the note; of the systems files, what is in them. */
type Note = [
  option: string,
  value: SocketOptionValue,
  told: number | undefined,
  note: string | undefined,
  more?: { platform?: SocketPlatform; kind?: keyof typeof KINDS; files?: Record<string, string> },
];

const NOTES: Note[] = [
  ["ttl", 9, 9, undefined],
  ["ttl", 9, 8, "changed by the kernel"],
  ["ttl", 9, undefined, "the kernel does not tell it"],
  ["recvBuffer", 5000, 10_000, "doubled by the kernel for its bookkeeping"],
  ["recvBuffer", 5000, 10_001, "raised to the kernel's minimum"],
  ["recvBuffer", 5000, 9999, "capped at twice net.core.rmem_max (4999)", { files: { [RMEM]: "4999\n" } }],
  ["recvBuffer", 5000, 9999, "capped at twice net.core.rmem_max"],
  ["sendBuffer", 5000, 9999, "capped at twice net.core.wmem_max"],
  ["recvBuffer", 5000, 5000, undefined, { platform: "darwin" }],
  ["recvBuffer", 5000, 10_000, "changed by the kernel", { platform: "darwin" }],
  ["mss", 1400, 1388, "the size in use: the smaller of both ends', less the space of TCP's options"],
  ["tos", 0x2b, 0x28, "the two low bits are ECN's, which TCP keeps to itself"],
  ["deferAccept", 5000, 7, "rounded to the kernel's SYN-ACK schedule"],
  ["quickAck", true, 1, undefined],
  ["quickAck", true, 0, "the kernel changes it as data goes to and fro"],
  ["fastOpen", true, 511, undefined, { kind: "listener", files: { [FASTOPEN]: "3\n" } }],
  [
    "fastOpen",
    true,
    511,
    "without effect: net.ipv4.tcp_fastopen is 1, set its bit 2 (such as 3) for servers",
    { kind: "listener", files: { [FASTOPEN]: "1\n" } },
  ],
  ["fastOpen", true, 511, undefined, { kind: "listener" }],
];

Deno.test("a report notes what the kernel changed, and nothing where it changed nothing", () => {
  for (const [option, value, told, note, { platform = "linux", kind = "ipv4", files = {} } = {}] of NOTES) {
    const kernel = new FakeLibc(platform);
    for (const [path, text] of Object.entries(files)) kernel.files.set(path, text);
    const fd = kernel.open(KINDS[kind]);
    const setting = settingOf(option, value, platform);
    const { any, listener = any } = setting.constants!;
    const [level, name] = kind === "listener" ? listener : any;
    if (told !== undefined) kernel.put(fd, level, name, new Uint8Array(new Int32Array([told]).buffer));
    const [report] = reportSettings(kernel, fd, [{ setting, how: "now" }], socketKind(kernel, fd));
    assertEquals([report.option, report.requested, report.how, report.note], [option, value, "now", note]);
    assertEquals("note" in report, note !== undefined, option);
  }
});
