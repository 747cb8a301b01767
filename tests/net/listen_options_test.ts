import { assert, assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen, type Listener, type ListenOptions } from "../../lib/net/listen.ts";
import { getSocketOptions } from "../../lib/socket/get_socket_options.ts";
import type { SocketOptionValue } from "../../lib/socket/option_row.ts";
import { optionSupport } from "../../lib/socket/option_support.ts";
import { SOCKET_OPTION_ROWS } from "../../lib/socket/options.ts";
import { SocketOptionError } from "../../lib/socket/socket_option_error.ts";
import { DESCRIPTOR, type HasDescriptor } from "../../lib/socket/socket_target.ts";
import { readSysctl } from "../../lib/socket/sysctl.ts";
import { outcome, readExactly } from "../support/contract_connection.ts";
import { libc, noLibc } from "../support/libc.ts";
import { noIpv6, notLinux, testUnless } from "../support/needs.ts";
import { whenFree } from "../support/when_free.ts";

const missing = notLinux() ?? noLibc();
const support = missing ? [] : optionSupport(libc);
const may = (option: string) => support.some((row) => row.option === option && row.supported);

/** What accepted connections inherit, with what they are to have. */
const INHERITED: [options: ListenOptions, option: string, effective: SocketOptionValue][] = [
  [{ noDelay: false }, "noDelay", false],
  [{ keepAlive: false }, "keepAlive", false],
  [{ keepAlive: { idle: 5000 } }, "keepAlive.idle", 5000],
  [{ keepAlive: { interval: 2000 } }, "keepAlive.interval", 2000],
  [{ keepAlive: { count: 3 } }, "keepAlive.count", 3],
  [{ recvBuffer: 20_000 }, "recvBuffer", 40_000],
  [{ sendBuffer: 30_000 }, "sendBuffer", 60_000],
  [{ userTimeout: 4321 }, "userTimeout", 4321],
  [{ linger: 3000 }, "linger", 3000],
  [{ congestion: "reno" }, "congestion", "reno"],
  [{ tos: 0xb8 }, "tos", 0xb8],
  [{ ttl: 9 }, "ttl", 9],
  [{ notSentLowat: 5000 }, "notSentLowat", 5000],
  [{ bindDevice: "lo" }, "bindDevice", "lo"],
  // Less the 12 bytes of the timestamps.
  [{ mss: 1000 }, "mss", 988],
  // Those with a privilege last: the rest must not be skipped with them.
  ...(may("mark") ? [[{ mark: 7 }, "mark", 7] as [ListenOptions, string, SocketOptionValue]] : []),
];

/** An accepted connection and its peer. */
async function acceptFrom(listener: Listener, hostname = listener.addr.hostname): Promise<[Connection, Connection]> {
  return await Promise.all([connect({ hostname, port: listener.addr.port }), listener.accept()]);
}

function reportOn(target: Connection | Listener, option: string) {
  return target.socketOptions.find((report) => report.option === option);
}

function valueIn(target: Connection | Listener, option: string): unknown {
  const [outer, inner = "enabled"] = option.split(".");
  const value = getSocketOptions(target)[outer as "keepAlive"];
  return outer === "keepAlive" ? value?.[inner as "idle"] : value;
}

const SIDES = [["127.0.0.1", "127.0.0.1"], ["::1", "::1"], ["::", "::1"], ["::", "127.0.0.1"]];

for (const [hostname, from] of SIDES) {
  testUnless(
    missing ?? (hostname.includes(":") ? noIpv6() : undefined),
    `what is set on a listener on ${hostname}, a connection from ${from} inherits`,
    async () => {
      for (const [options, option, effective] of INHERITED) {
        // With one that needs the C library all are set on the listener, and none on the connection.
        using listener = listen({ hostname, ttl: 33, ...options });
        const [client, accepted] = await acceptFrom(listener, from);
        using _client = client;
        using _accepted = accepted;
        assertEquals(
          [reportOn(accepted, option)?.effective, valueIn(accepted, option)],
          [effective, effective],
          option,
        );
        const [outer, inner] = option.split(".");
        const asked = options[outer as "keepAlive"] as Record<string, unknown>;
        assertEquals(reportOn(listener, option)?.requested, inner ? asked[inner] : asked as unknown, option);
        assertEquals(reportOn(listener, option)?.effective, option === "mss" ? 1000 : effective, option);
      }
    },
  );
}

Deno.test("every option that is inherited is tested here", () => {
  const inherited = SOCKET_OPTION_ROWS.filter((row) => row.server === "inherited").map((
    row,
  ) => row.name);
  const tested = INHERITED.map(([, option]) => option);
  assertEquals(inherited.filter((name) => !tested.includes(name) && (name !== "mark" || may(name)) && !missing), []);
});

testUnless(
  missing,
  "the reports of a listener are what it was asked for, with the library's defaults, in order",
  async () => {
    using plain = listen();
    const told = plain.socketOptions.map(({ option, requested, effective, how, note }) =>
      [option, requested, effective, how, ...(note === undefined ? [] : [note])].join()
    );
    assertEquals(told, [
      "backlog,511,511,by listen()",
      "reusePort,false,false,by listen()",
      "reuseAddress,true,true,by listen()",
      // Deno's own API can set them on connections only.
      "noDelay,true,,on each accepted connection,each connection has its own",
      "keepAlive,true,,on each accepted connection,each connection has its own",
    ]);
    const [client, accepted] = await acceptFrom(plain);
    using _client = client;
    using _accepted = accepted;
    assertEquals(accepted.socketOptions.map(({ option, effective, how }) => `${option},${effective},${how}`), [
      "noDelay,true,on each accepted connection",
      "keepAlive,true,on each accepted connection",
    ]);
    using set = listen({ ttl: 9 });
    assertEquals(set.socketOptions.map(({ option, effective, how }) => `${option},${effective},${how}`), [
      "backlog,511,by listen()",
      "reusePort,false,by listen()",
      "reuseAddress,true,by listen()",
      "noDelay,true,on the listener, inherited",
      "keepAlive,true,on the listener, inherited",
      "ttl,9,on the listener, inherited",
    ]);
  },
);

testUnless(
  missing,
  "an accepted connection reports what concerns connections, now, and says so when it is closed",
  async () => {
    using listener = listen({ ttl: 9, deferAccept: 1000, quickAck: true });
    const [client, accepted] = await Promise.all([connect(listener.addr), listener.accept()]);
    using _client = client;
    const told = () => accepted.socketOptions.map(({ option, effective }) => `${option} ${effective}`);
    assertEquals(told(), ["noDelay true", "quickAck true", "keepAlive true", "ttl 9"]);
    const fd = (accepted as Connection & HasDescriptor)[DESCRIPTOR]()!;
    libc!.setsockopt(fd, 0, 2, new Uint8Array([8, 0, 0, 0]), 4);
    assertEquals(told().at(-1), "ttl 8");
    accepted.close();
    const [report] = accepted.socketOptions;
    assertEquals([report.effective, report.note], [undefined, "not read before the socket was closed"]);
  },
);

testUnless(missing, "the backlog is capped by the kernel, and that is reported", () => {
  const most = Number(readSysctl(libc!, "net/core/somaxconn"));
  for (const [asked, inForce] of [[1, 1], [most, most], [most + 1, most], [2 ** 31 - 1, most]]) {
    using listener = listen({ backlog: asked });
    const { requested, effective, note } = reportOn(listener, "backlog")!;
    assertEquals([requested, effective, getSocketOptions(listener).backlog], [asked, inForce, inForce]);
    assertEquals(note, asked === inForce ? undefined : `capped at net.core.somaxconn (${most})`);
  }
});

testUnless(missing, "deferAccept: a connection is accepted when its first data has come", async () => {
  using listener = listen({ deferAccept: 30_000 });
  const { effective } = reportOn(listener, "deferAccept")!;
  assert(Number(effective) >= 30_000, `${effective}`);
  using silent = await connect(listener.addr);
  using talking = await connect(listener.addr);
  await talking.write(new Uint8Array(3));
  using first = await listener.accept();
  assertEquals(first.remoteAddr, talking.localAddr);
  assertEquals((await readExactly(first, 3)).length, 3);
  await silent.write(new Uint8Array(1));
  using second = await listener.accept();
  assertEquals(second.remoteAddr, silent.localAddr);
});

testUnless(
  missing,
  "fastOpen of a listener is reported, and where the system's switch leaves it without effect",
  () => {
    using listener = listen({ fastOpen: true });
    const { effective, note } = reportOn(listener, "fastOpen")!;
    assertEquals(effective, true);
    const bits = Number(readSysctl(libc!, "net/ipv4/tcp_fastopen"));
    assertEquals(note?.includes("without effect"), (bits & 2) === 0 ? true : undefined);
  },
);

testUnless(missing, "quickAck is on each accepted connection, and on again after each read", async () => {
  using listener = listen({ quickAck: true });
  const [client, accepted] = await acceptFrom(listener);
  using _client = client;
  using _accepted = accepted;
  assertEquals(getSocketOptions(accepted).quickAck, true);
  const fd = (accepted as Connection & HasDescriptor)[DESCRIPTOR]()!;
  for (let i = 0; i < 3; i++) {
    libc!.setsockopt(fd, 6, 12, new Uint8Array(4), 4);
    assertEquals(getSocketOptions(accepted).quickAck, false);
    await client.write(new Uint8Array(10));
    await readExactly(accepted, 10);
    assertEquals(getSocketOptions(accepted).quickAck, true);
  }
});

testUnless(missing, "linger 0 of a listener: close() of an accepted connection sends RST", async () => {
  for (const [linger, end] of [[0, "ConnectionReset"], [1000, null]] as const) {
    using listener = listen({ linger });
    const [client, accepted] = await acceptFrom(listener);
    using _client = client;
    const reading = outcome(client.read(new Uint8Array(1)));
    accepted.close();
    assertEquals(await reading, end);
  }
});

testUnless(
  missing,
  "raw options are on accepted connections, inherited or not, and also where they are for listeners",
  async () => {
    const SO_PRIORITY = { level: 1, name: 12, value: 5 };
    const TCP_WINDOW_CLAMP = { level: 6, name: 10, value: 8192 };
    const TCP_SAVE_SYN = { level: 6, name: 27, value: 1 };
    using listener = listen({ raw: [SO_PRIORITY, TCP_WINDOW_CLAMP, TCP_SAVE_SYN] });
    const [client, accepted] = await acceptFrom(listener);
    using _client = client;
    using _accepted = accepted;
    const effective = ["1:12", "6:10", "6:27"].map((option) => reportOn(accepted, option)?.effective);
    assertEquals(effective.slice(0, 2), [5, 8192]);
    assertEquals(["1:12", "6:10", "6:27"].map((option) => reportOn(listener, option)?.effective), [5, 8192, 1]);
  },
);

/** What listening throws; where the address is still in use that is thrown on. */
function refusal(options: ListenOptions): unknown {
  try {
    listen(options).close();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw error;
    return error;
  }
}

testUnless(missing, "an option that the kernel refuses is an error, and the port is free again", async () => {
  const cases: [ListenOptions, option: string, kind: string, remedy: string][] = [
    [{ congestion: "nosuch" }, "congestion", "rejected", "cannot set congestion to nosuch: "],
    [{ bindDevice: "nosuch0" }, "bindDevice", "rejected", "cannot set bindDevice to nosuch0: "],
    [{ raw: [{ level: 6, name: 9999, value: 1 }] }, "6:9999", "unsupported", " to 1: "],
    // IP_MTU_DISCOVER goes up to 5.
    [{ raw: [{ level: 0, name: 10, value: 99 }] }, "0:10", "rejected", " to 99: "],
  ];
  using free = listen();
  const { port } = free.addr;
  free.close();
  for (const [options, option, kind, message] of cases) {
    const error = await whenFree(() => refusal({ port, ...options }));
    assertInstanceOf(error, SocketOptionError);
    assertEquals([error.option, error.kind], [option, kind]);
    assertStringIncludes(error.message, message);
    // Without SO_REUSEADDR, which Deno sets, as well: nothing is left of it.
    (await whenFree(() => listen({ port, reuseAddress: false }))).close();
  }
});

testUnless(missing, "what no listener has is refused before there is a socket", () => {
  for (const options of [{ synRetries: 2 }, { source: "127.0.0.1" }]) {
    assertThrows(() => listen(options as ListenOptions), TypeError, "on a listener: leave it out");
  }
  assertThrows(() => listen({ ttl: 0 }), RangeError, "cannot set ttl to 0: use 1 to 255");
  assertThrows(() => listen({ keepAlive: { idle: 1500 } }), RangeError, "nearest is 2000 ms");
  assertThrows(() => listen({ raw: [{ level: 1, name: 2, value: 2 ** 31 }] }), RangeError);
});

testUnless(
  missing,
  "reusePort: of several listeners on a port each has its own options, backlog and connections",
  async () => {
    const listeners: Listener[] = [];
    try {
      for (let i = 0; i < 4; i++) {
        const port = listeners[0]?.addr.port ?? 0;
        listeners.push(listen({ port, reusePort: true, ttl: 10 + i, backlog: 20 + i }));
      }
      const told = listeners.map((listener) => {
        const { ttl, backlog, reusePort } = getSocketOptions(listener);
        return [ttl, backlog, reusePort];
      });
      assertEquals(told, [[10, 20, true], [11, 21, true], [12, 22, true], [13, 23, true]]);
      // The kernel spreads them; whoever gets one has it with its own options.
      const { port } = listeners[0].addr;
      const accepting = listeners.map((listener) => listener.accept().catch(() => undefined));
      using _client = await connect({ port });
      const [i, accepted] = await Promise.race(accepting.map(async (one, i) => [i, (await one)!] as const));
      using _accepted = accepted;
      assertEquals(reportOn(accepted, "ttl")?.effective, 10 + i);
      for (const listener of listeners) listener.close();
      await Promise.all(accepting);
    } finally {
      for (const listener of listeners) listener.close();
    }
  },
);
