import { assertEquals, assertGreaterOrEqual, assertLess, assertRejects, assertStrictEquals } from "@std/assert";
import { ConnectError } from "../../lib/core/errors.ts";
import { connect, type ConnectOptions } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen } from "../../lib/net/listen.ts";
import { getSocketOptions } from "../../lib/socket/get_socket_options.ts";
import type { SocketOptionValue } from "../../lib/socket/option_row.ts";
import { optionSupport } from "../../lib/socket/option_support.ts";
import { SOCKET_OPTION_ROWS } from "../../lib/socket/options.ts";
import { SocketOptionError } from "../../lib/socket/socket_option_error.ts";
import { DESCRIPTOR, type HasDescriptor } from "../../lib/socket/socket_target.ts";
import { outcome, readExactly } from "../support/contract_connection.ts";
import { libc, noLibc } from "../support/libc.ts";
import { noIpv6, notLinux, testUnless } from "../support/needs.ts";
import { probeOptions } from "../support/probe_connect_options.ts";
import { makeUnanswered } from "../support/unanswered.ts";

const missing = notLinux() ?? noLibc();
const support = missing ? [] : optionSupport(libc);
const may = (option: string) => support.some((row) => row.option === option && row.supported);

type Options = Partial<ConnectOptions>;
type Case = [options: Options, option: string, effective: SocketOptionValue, how: string, note?: string];

const [SYN, AFTER] = ["before the SYN", "after connecting"];
const DOUBLED = "doubled by the kernel for its bookkeeping";

/** Every option of a client. */
const OPTIONS: Case[] = [
  [{ noDelay: false }, "noDelay", false, AFTER],
  [{ keepAlive: true }, "keepAlive", true, AFTER],
  [{ keepAlive: { idle: 5000 } }, "keepAlive.idle", 5000, AFTER],
  [{ keepAlive: { interval: 2000 } }, "keepAlive.interval", 2000, AFTER],
  [{ keepAlive: { count: 3 } }, "keepAlive.count", 3, AFTER],
  [{ quickAck: true }, "quickAck", true, `${AFTER}, again after each read`],
  [{ sendBuffer: 30_000 }, "sendBuffer", 60_000, AFTER, DOUBLED],
  [{ linger: 3000 }, "linger", 3000, AFTER],
  [{ notSentLowat: 5000 }, "notSentLowat", 5000, AFTER],
  [{ synRetries: 2 }, "synRetries", 2, SYN],
  [{ recvBuffer: 20_000 }, "recvBuffer", 40_000, SYN, DOUBLED],
  [{ userTimeout: 4321 }, "userTimeout", 4321, SYN],
  [{ congestion: "reno" }, "congestion", "reno", SYN],
  [{ tos: 0xb9 }, "tos", 0xb8, SYN, "the two low bits are ECN's, which TCP keeps to itself"],
  [{ ttl: 9 }, "ttl", 9, SYN],
  [{ bindDevice: "lo" }, "bindDevice", "lo", SYN],
  [{ mss: 1000 }, "mss", 988, SYN, "the size in use: the smaller of both ends', less the space of TCP's options"],
  ...(may("mark") ? [[{ mark: 2 ** 32 - 1 }, "mark", 2 ** 32 - 1, SYN] as Case] : []),
  ...(may("fastOpen") ? [[{ fastOpen: true }, "fastOpen", true, SYN] as Case] : []),
];

function valueIn(connection: Connection, option: string): unknown {
  const [outer, inner = "enabled"] = option.split(".");
  const value = getSocketOptions(connection)[outer as "keepAlive"];
  return outer === "keepAlive" ? value?.[inner as "idle"] : value;
}

function reportOn(connection: Connection, option: string) {
  return connection.socketOptions.find((report) => report.option === option);
}

for (const hostname of ["127.0.0.1", "::1"]) {
  const lacks = missing ?? (hostname === "::1" ? noIpv6() : undefined);
  testUnless(
    lacks,
    `connect() sets, reads back and reports each option on ${hostname}, and remembers it when closed`,
    async () => {
      for (const [options, option, effective, how, note] of OPTIONS) {
        using listener = listen({ hostname });
        using connection = await connect({ ...listener.addr, ...options });
        const [outer, inner] = option.split(".");
        const asked = options[outer as keyof Options] as never;
        const requested = inner ? asked[inner] : asked;
        const report = { option, requested, effective, how, ...(note !== undefined && { note }) };
        assertEquals([reportOn(connection, option), valueIn(connection, option)], [report, effective], option);
        connection.close();
        // What Deno's own API sets alone is not searched for, and so not read, before somebody asks.
        const unread = { ...report, effective: undefined, note: "not read before the socket was closed" };
        const isPlain = option === "noDelay" || option === "keepAlive";
        assertEquals(reportOn(connection, option), isPlain ? unread : report, `${option} when closed`);
      }
    },
  );
}

Deno.test("every option of a client is tested here", () => {
  const rows = SOCKET_OPTION_ROWS.filter((row) => row.client && row.name !== "source");
  const tested = OPTIONS.map(([, option]) => option);
  const skipped = ["mark", "fastOpen"].filter((option) => !may(option));
  assertEquals(rows.map(({ name }) => name).filter((name) => ![...tested, ...skipped].includes(name)), []);
});

testUnless(missing, "reports are read now while the connection is open", async () => {
  using listener = listen();
  using connection = await connect({ ...listener.addr, ttl: 9 });
  const fd = (connection as Connection & HasDescriptor)[DESCRIPTOR]()!;
  libc!.setsockopt(fd, 0, 2, new Uint8Array([8, 0, 0, 0]), 4);
  assertEquals(reportOn(connection, "ttl")?.effective, 8);
  connection.close();
  assertEquals(reportOn(connection, "ttl")?.effective, 9, "as it was when it was set");
});

testUnless(
  missing,
  "source: the address and the port that were asked for, or the one that the kernel chose",
  async () => {
    using listener = listen();
    using first = await connect({ ...listener.addr, source: "127.0.0.2" });
    const { port } = first.localAddr;
    assertEquals(first.localAddr, { hostname: "127.0.0.2", port });
    const report = reportOn(first, "source")!;
    assertEquals([report.requested, report.effective, report.note], [
      "127.0.0.2",
      `127.0.0.2:${port}`,
      "the kernel chose what was left open",
    ]);
    using other = listen();
    // The port is taken to another target: that pair of addresses is free.
    using second = await connect({ ...other.addr, source: `127.0.0.3:${port}` });
    assertEquals(second.localAddr, { hostname: "127.0.0.3", port });
    assertEquals(reportOn(second, "source")?.note, undefined);
    using accepted = await other.accept();
    assertEquals(accepted.remoteAddr, second.localAddr);
  },
);

/** Tells whether anybody has connected to a listener. */
async function assertNobody(listener: ReturnType<typeof listen>): Promise<void> {
  using probe = await connect(listener.addr);
  using first = await listener.accept();
  assertEquals(first.remoteAddr, probe.localAddr, "the first connection is the one made now");
}

testUnless(
  missing,
  "an option that is refused is an error of its kind, and the server sees no connection",
  async () => {
    using listener = listen();
    using taken = listen({ hostname: "127.0.0.2" });
    const errors: [Options, new (...args: never[]) => Error, kind: string | undefined, option: string][] = [
      [{ ttl: 256 }, RangeError, undefined, "ttl"],
      [{ keepAlive: { idle: 1500 } }, RangeError, undefined, "keepAlive.idle"],
      [{ mss: 87 }, RangeError, undefined, "mss"],
      [{ linger: true as never }, TypeError, undefined, "linger"],
      [{ source: "localhost" }, TypeError, undefined, "source"],
      [{ backlog: 5 } as Options, TypeError, undefined, "backlog"],
      [{ deferAccept: 1000 } as Options, TypeError, undefined, "deferAccept"],
      [{ congestion: "nosuch" }, SocketOptionError, "rejected", "congestion"],
      [{ bindDevice: "nosuch0" }, SocketOptionError, "rejected", "bindDevice"],
      [{ raw: [{ level: 6, name: 9999, value: 1 }] }, SocketOptionError, "unsupported", "6:9999"],
      [{ source: "192.0.2.1" }, SocketOptionError, "rejected", "source"],
      [{ source: "::1" }, SocketOptionError, "rejected", "source"],
      [{ source: `127.0.0.2:${taken.addr.port}` }, SocketOptionError, "rejected", "source"],
    ];
    for (const [options, ErrorClass, kind, option] of errors) {
      const error = await assertRejects(() => connect({ ...listener.addr, ...options }), ErrorClass as never);
      assertEquals((error as { kind?: string }).kind, kind, option);
      if (kind) assertEquals((error as unknown as SocketOptionError).option, option);
    }
    await assertNobody(listener);
  },
);

testUnless(
  notLinux(),
  "without --allow-ffi each option that needs it is an error that says so; the others work",
  async () => {
    using listener = listen();
    const { port } = listener.addr;
    const builtIn = ["noDelay", "keepAlive"];
    const needing = OPTIONS.filter(([, option]) => !builtIn.includes(option));
    const results = await probeOptions(["--allow-net=127.0.0.1"], [
      ...needing.map(([options]) => ({ port, ...options })),
      { port, noDelay: false, keepAlive: true },
      { port, source: "127.0.0.2", connectTimeout: 5000 },
      { port, source: "127.0.0.1", keepAlive: true },
    ]);
    for (const [i, [, option]] of needing.entries()) {
      const { name, kind, message } = results[i];
      assertEquals([name, kind], ["SocketOptionError", "permission"], option);
      assertEquals(message?.endsWith("it goes through the C library (FFI), run Deno with --allow-ffi"), true, message);
    }
    const [plain, foreign, bound] = results.slice(needing.length);
    const told = plain.reports?.map((
      { option, requested, effective, how, note },
    ) => [option, requested, effective, how, note]);
    const unread = [undefined, AFTER, "not read back (needs --allow-ffi)"];
    assertEquals(told, [["noDelay", false, ...unread], ["keepAlive", true, ...unread]]);
    assertEquals(plain.closed, plain.reports);
    assertEquals([foreign.kind, foreign.option], ["permission", "source"]);
    assertEquals(bound.reports?.map(({ option }) => option), ["source", "noDelay", "keepAlive"]);
    // Only those that worked have connected.
    for (const { localPort } of [plain, bound]) {
      using accepted = await listener.accept();
      assertEquals(accepted.remoteAddr.port, localPort);
    }
    await assertNobody(listener);
  },
);

testUnless(missing, "connectTimeout and a signal end a connect with options that nobody answers", async () => {
  using unanswered = await makeUnanswered();
  const { port } = unanswered;
  for (const options of [{ ttl: 9 }, { ttl: 9, fastOpen: true }, { source: "127.0.0.1" }]) {
    const began = performance.now();
    const error = await assertRejects(() => connect({ port, connectTimeout: 50, ...options }), ConnectError);
    const message = `cannot connect to 127.0.0.1:${port}: no answer within 50 ms`;
    assertEquals([error.kind, error.message], ["timeout", message]);
    assertGreaterOrEqual(performance.now() - began, 49);
    const reason = new Error("enough");
    const given = new AbortController();
    const connecting = assertRejects(() => connect({ port, signal: given.signal, ...options }));
    setTimeout(() => given.abort(reason), 5);
    assertStrictEquals(await connecting, reason);
    assertLess(performance.now() - began, 1000);
  }
});

testUnless(missing, "quickAck is on again after each read", async () => {
  for (const options of [{}, { ttl: 9 }, { fastOpen: true }]) {
    using listener = listen();
    using connection = await connect({ ...listener.addr, quickAck: true, ...options });
    using accepted = await listener.accept();
    const fd = (connection as Connection & HasDescriptor)[DESCRIPTOR]()!;
    for (let i = 0; i < 3; i++) {
      libc!.setsockopt(fd, 6, 12, new Uint8Array(4), 4);
      await accepted.write(new Uint8Array(10));
      await readExactly(connection, 10);
      assertEquals(getSocketOptions(connection).quickAck, true);
    }
  }
});

testUnless(missing, "abort(), and close() with linger 0, send RST, whatever way the connection was made", async () => {
  for (const options of [{}, { ttl: 9 }, { fastOpen: true }, { source: "127.0.0.1" }]) {
    for (const [linger, end] of [[0, "close"], [1000, "abort"]] as const) {
      using listener = listen();
      using connection = await connect({ ...listener.addr, linger, ...options });
      using accepted = await listener.accept();
      const reading = outcome(accepted.read(new Uint8Array(1)));
      connection[end]();
      assertEquals(await reading, "ConnectionReset", `${end} ${JSON.stringify(options)}`);
    }
  }
});
