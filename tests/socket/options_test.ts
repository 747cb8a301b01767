import "../support/libc.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { SocketOptionRow, SocketOptionValue } from "../../lib/socket/option_row.ts";
import { SOCKET_OPTIONS, type SocketOptionName, socketOptionRow } from "../../lib/socket/options.ts";
import { readSetting, setOption } from "../../lib/socket/set_option.ts";
import type { SocketOptionValues } from "../../lib/socket/get_socket_options.ts";
import { SocketOptionError } from "../../lib/socket/socket_option_error.ts";
import type {
  ConnectorSocketOptions,
  KeepAliveOptions,
  ListenerSocketOptions,
  SocketOptions,
} from "../../lib/socket/socket_options.ts";
import { libc, noLibc } from "../support/libc.ts";
import { missingProgram, notLinux, testUnless } from "../support/needs.ts";

const ROWS: readonly SocketOptionRow[] = SOCKET_OPTIONS;

// What follows is checked by the compiler: the interfaces have exactly the table's rows, of the table's types.
type Rows = (typeof SOCKET_OPTIONS)[number];
type Outer<Name> = Name extends `${infer First}.${string}` ? First : Name;
type Inner<Name> = Name extends `keepAlive.${infer Last}` ? Last : never;
type ServerNames = Outer<Extract<Rows, { server: string }>["name"]>;
type ClientNames = Outer<Extract<Rows, { client: string }>["name"]>;
type StandingNames = Outer<Extract<Rows, { established: true }>["name"]>;
/** Arguments of Deno.listen() as well, and so members of the options of listen() itself. */
type OfListen = "backlog" | "reusePort" | "reuseAddress";
type ValueOf<Type> = Type extends "boolean" ? boolean : Type extends "text" | "address" ? string : number;
type Members = Required<ListenerSocketOptions & ConnectorSocketOptions & Record<OfListen, unknown>>;
type OfAnotherType = {
  [Row in Rows as Row["name"]]: Row["name"] extends keyof Members
    ? ValueOf<Row["type"]> extends Members[Row["name"]] ? never : Row["name"]
    : never;
}[SocketOptionName];
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : { missing: Exclude<B, A> } : { surplus: Exclude<A, B> };

const AGREE: {
  listener: Same<Exclude<keyof ListenerSocketOptions, "raw" | OfListen>, Exclude<ServerNames, OfListen>>;
  connector: Same<Exclude<keyof ConnectorSocketOptions, "raw">, ClientNames>;
  connection: Same<Exclude<keyof SocketOptions, "raw">, StandingNames>;
  // `enabled` is what the row "keepAlive" itself stands for.
  keepAlive: Same<keyof KeepAliveOptions, Inner<SocketOptionName> | "enabled">;
  readBack: Same<keyof SocketOptionValues, Exclude<Outer<SocketOptionName>, "source">>;
  types: Same<OfAnotherType, never>;
} = { listener: true, connector: true, connection: true, keepAlive: true, readBack: true, types: true };

Deno.test("the library's interfaces have the table's rows", () => {
  assert(Object.values(AGREE).every((agrees) => agrees));
});

Deno.test("names, flags and constants are there once", () => {
  const once = (values: string[]) => assertEquals(values.filter((value, i) => values.indexOf(value) !== i), []);
  once(ROWS.map((row) => row.name));
  once(ROWS.flatMap((row) => row.flags.map((flag) => flag.name)));
  for (const platform of ["linux", "darwin", "windows"] as const) {
    once(ROWS.flatMap(({ constants }) => {
      const { any, ipv6, listener } = constants[platform] ?? {};
      return [any, ipv6, listener].filter((constant) => constant !== undefined).map(([level, name]) =>
        `${level}:${name}`
      );
    }));
  }
});

Deno.test("every row says what it does in a sentence without a full stop, and where to read more", () => {
  for (const { name, summary, manual, flags } of ROWS) {
    assertMatch(manual, /^[a-z]+\([2-8]\)$/, name);
    for (const text of [summary, ...flags.flatMap((flag) => flag.help ?? [])]) {
      assertMatch(text, /^[A-Z].*[^.\s]$/, name);
    }
    assert(flags.length > 0, name);
    for (const flag of flags) {
      assertMatch(flag.name, /^[a-z]+(-[a-z]+)*$/);
      assertEquals(flag.sets === undefined, flag.placeholder !== undefined, flag.name);
      assertEquals(flag.sets !== undefined, socketOptionRow(name).type === "boolean", flag.name);
    }
  }
});

Deno.test("numbers have a range that the kernel's C int can hold, and nothing else has one", () => {
  for (const { name, type, range, constants } of ROWS) {
    assertEquals(range !== undefined, ["milliseconds", "bytes", "integer"].includes(type), name);
    if (!range) continue;
    const [least, most] = range;
    assert(Number.isInteger(least) && Number.isInteger(most) && 0 <= least && least < most, name);
    // Marks are unsigned.
    assert(most < 2 ** (name === "mark" ? 32 : 31), name);
    const isSeconds = ["seconds", "linger"].includes(constants.linux?.any[2] ?? "");
    if (isSeconds) assertEquals(least % 1000, 0, name);
  }
});

Deno.test("every row says when it is set, and agrees with itself", () => {
  for (const row of ROWS) {
    const { name, server, client, established, constants, builtIn } = row;
    assert(server !== undefined || client !== undefined, name);
    // What the kernel is told at bind, listen or the SYN cannot be told later.
    if (server === "listen" || server === "listener" || client === "bind") assertEquals(established, false, name);
    if (client === "connected" || server === "accepted") assertEquals(established, true, name);
    if (client === "bind") assertEquals(row.type, "address", name);
    for (const { any, ipv6, listener } of Object.values(constants)) {
      if (listener) assert(server === "listener" && client !== undefined, name);
      if (ipv6) assertEquals(ipv6[2], any[2], name);
    }
    assert(constants.linux !== undefined || builtIn, name);
  }
});

Deno.test("an option that is not in the table is named with those that are", () => {
  const { message } = assertThrows(() => socketOptionRow("nodelay"), TypeError, 'cannot set "nodelay": use one of ');
  for (const row of ROWS) assert(message.includes(row.name));
});

/** A value for each row, and what Linux makes of it where that is another. */
const VALUES: Record<string, [value: SocketOptionValue, readBack?: SocketOptionValue]> = {
  reusePort: [true],
  reuseAddress: [true],
  deferAccept: [1000],
  synRetries: [3],
  bindDevice: ["lo"],
  mark: [2 ** 32 - 2],
  fastOpen: [true],
  mss: [1000],
  recvBuffer: [50_000, 100_000],
  sendBuffer: [60_000, 120_000],
  noDelay: [true],
  quickAck: [false],
  keepAlive: [true],
  "keepAlive.idle": [31_000],
  "keepAlive.interval": [32_000],
  "keepAlive.count": [33],
  userTimeout: [1234],
  linger: [3000],
  congestion: ["reno"],
  // The two low bits are ECN's.
  tos: [0x2b, 0x28],
  ttl: [34],
  notSentLowat: [4096],
};

Deno.test("a value is tried of every row that has constants", () => {
  const names = ROWS.filter((row) => row.constants.linux && row.name !== "backlog").map((row) => row.name);
  assertEquals(Object.keys(VALUES), names);
});

for (const [family, ipv6] of [[2, false], [10, true]] as const) {
  testUnless(notLinux() ?? noLibc(), `the kernel takes and tells every row: ${ipv6 ? "IPv6" : "IPv4"}`, () => {
    const fd = libc!.socket(family, 1, 0);
    assert(fd >= 0);
    try {
      for (const [name, [value, readBack = value]] of Object.entries(VALUES)) {
        const row = socketOptionRow(name);
        const setting = { option: name, row, value, constants: row.constants.linux, moment: "now" } as const;
        const kind = { ipv6, carriesIpv4: false, listener: false };
        assert(readSetting(libc!, fd, setting, kind) !== readBack, `${name} is so already`);
        try {
          setOption(libc!, fd, setting, kind);
        } catch (error) {
          // Not everybody may set a mark.
          if (row.privilege && error instanceof SocketOptionError && error.kind === "privilege") continue;
          throw error;
        }
        assertEquals(readSetting(libc!, fd, setting, kind), readBack, name);
      }
    } finally {
      libc!.close(fd);
    }
  });
}

/** Constants of <sys/socket.h>, <netinet/tcp.h> and <netinet/in.h>, by the rows; Python has them from the headers. */
const HEADER_NAMES: Record<string, string[]> = {
  reusePort: ["SO_REUSEPORT"],
  reuseAddress: ["SO_REUSEADDR"],
  deferAccept: ["TCP_DEFER_ACCEPT"],
  synRetries: ["TCP_SYNCNT"],
  bindDevice: ["SO_BINDTODEVICE"],
  mark: ["SO_MARK"],
  fastOpen: ["TCP_FASTOPEN_CONNECT", "TCP_FASTOPEN"],
  mss: ["TCP_MAXSEG"],
  recvBuffer: ["SO_RCVBUF"],
  sendBuffer: ["SO_SNDBUF"],
  noDelay: ["TCP_NODELAY"],
  quickAck: ["TCP_QUICKACK"],
  keepAlive: ["SO_KEEPALIVE"],
  "keepAlive.idle": ["TCP_KEEPIDLE"],
  "keepAlive.interval": ["TCP_KEEPINTVL"],
  "keepAlive.count": ["TCP_KEEPCNT"],
  userTimeout: ["TCP_USER_TIMEOUT"],
  linger: ["SO_LINGER"],
  congestion: ["TCP_CONGESTION"],
  tos: ["IP_TOS", "IPV6_TCLASS"],
  ttl: ["IP_TTL", "IPV6_UNICAST_HOPS"],
  notSentLowat: ["TCP_NOTSENT_LOWAT"],
};

testUnless(notLinux() ?? await missingProgram("python3"), "the constants are the headers'", async () => {
  const names = Object.values(HEADER_NAMES).flat();
  const script = `import socket, json; print(json.dumps({n: getattr(socket, n, None) for n in ${
    JSON.stringify(names)
  }}))`;
  const { stdout } = await new Deno.Command("python3", { args: ["-c", script], stdin: "null" }).output();
  const numbers: Record<string, number | null> = JSON.parse(new TextDecoder().decode(stdout));
  assert(Object.values(numbers).filter((number) => number !== null).length > 15);
  for (const [row, wanted] of Object.entries(HEADER_NAMES)) {
    const { any, ipv6, listener } = socketOptionRow(row).constants.linux!;
    const own = [any, ipv6 ?? listener].flatMap((constant) => constant ? [constant[1]] : []);
    // An older Python has not all of them.
    wanted.forEach((name, i) => numbers[name] !== null && assertEquals(own[i], numbers[name], name));
  }
});
