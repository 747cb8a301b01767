import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { dial, type DialOptions, openSocket, SystemError } from "../../lib/net/dial.ts";
import type { ErrnoName } from "../../lib/socket/errno.ts";
import type { SocketPlatform } from "../../lib/socket/option_row.ts";
import { socketOptionRow } from "../../lib/socket/options.ts";
import type { SocketSetting } from "../../lib/socket/settings.ts";
import { decodeSockaddr, formatIp } from "../../lib/socket/sockaddr.ts";
import { SocketOptionError } from "../../lib/socket/socket_option_error.ts";
import { microtasks } from "../support/fake_clock.ts";
import { FakeLibc } from "../support/fake_libc.ts";

type CallName = "socket" | "bind" | "connect" | "close" | "shutdown" | "poll" | "setFlags";

/** A kernel that makes and connects sockets as it is told, and notes every call. */
class DialLibc extends FakeLibc {
  /** Every call in order, with what matters of its arguments; setsockopt(2) as `LEVEL:NAME`. */
  readonly log: string[] = [];
  /** Errno by call: EINPROGRESS is what connect(2) says of a socket that does not block. */
  readonly fails: Partial<Record<CallName, number>>;
  /** What SO_ERROR gives. */
  soError = 0;
  /** How many polls find nothing before the socket is writable. */
  quietPolls = 0;
  #errno: number | undefined;

  constructor(platform: SocketPlatform, fails: Partial<Record<CallName, number>> = {}) {
    super(platform);
    this.fails = { connect: platform === "linux" ? 115 : 36, ...fails };
  }

  override socket = (...args: number[]): number => {
    if (this.#call("socket", args.join()) < 0) return -1;
    return this.open({ local: { hostname: "0.0.0.0", port: 0 } });
  };
  override bind = (...[, address]: unknown[]): number => this.#call("bind", this.#show(address));
  override connect = (...[, address]: unknown[]): number => this.#call("connect", this.#show(address));
  override shutdown = (...args: number[]): number => this.#call("shutdown", args.join());
  override setFlags = (...args: number[]): number => this.#call("setFlags", args.join());
  override poll = async (...[pollfd, count, ms]: unknown[]): Promise<number> => {
    const view = new DataView((pollfd as Uint8Array).buffer);
    this.#call("poll", `${view.getInt32(0, true)},${view.getInt16(4, true)},${count},${ms}`);
    assertEquals(view.getInt16(6, true), 0, "revents is cleared");
    await Promise.resolve();
    if (this.quietPolls-- > 0) return 0;
    view.setInt16(6, 4, true);
    return 1;
  };

  override setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number {
    this.log.push(`set ${level}:${name}`);
    this.#errno = undefined;
    return super.setsockopt(fd, level, name, value, length);
  }

  override getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number {
    const isSoError = `${level}:${name}` === (this.platform === "linux" ? "1:4" : "65535:4103");
    if (isSoError) this.put(fd, level, name, new Uint8Array(new Int32Array([this.soError]).buffer));
    this.log.push(isSoError ? "SO_ERROR" : `get ${level}:${name}`);
    return super.getsockopt(fd, level, name, value, length);
  }

  override close(fd: number): number {
    this.#call("close", `${fd}`);
    return super.close(fd);
  }

  override errno(): number {
    return this.#errno ?? super.errno();
  }

  #call(name: CallName, args: string): number {
    this.log.push(`${name} ${args}`);
    this.#errno = this.fails[name];
    return this.#errno === undefined ? 0 : -1;
  }

  #show(address: unknown): string {
    const bytes = address as Uint8Array;
    const { ip, port } = decodeSockaddr(bytes, this.platform)!;
    const zone = bytes.length === 28 ? new DataView(bytes.buffer).getUint32(24, true) : 0;
    return `${formatIp(ip)} ${port}${zone === 0 ? "" : ` zone ${zone}`}`;
  }
}

function settingOf(option: string, value: number, platform: SocketPlatform): SocketSetting {
  const row = socketOptionRow(option);
  return { option, row, value, constants: row.constants[platform], moment: "syn" };
}

const TARGET = { hostname: "192.0.2.1", port: 80 };

function optionsOf(more: Partial<DialOptions> = {}): DialOptions {
  return { target: TARGET, settings: [], signal: new AbortController().signal, ...more };
}

Deno.test("dial() on Linux: the socket does not block and is not inherited, from its making on", async () => {
  const kernel = new DialLibc("linux");
  const fd = await dial(kernel, optionsOf({ settings: [settingOf("mss", 1000, "linux")] }));
  assertEquals([fd, kernel.log], [3, [
    `socket 2,${1 | 0o4000 | 0o2000000},0`,
    "set 6:2",
    "connect 192.0.2.1 80",
    "poll 3,4,1,100",
    "SO_ERROR",
  ]]);
});

Deno.test("dial() on macOS: the socket is told not to block by fcntl(2)", async () => {
  const kernel = new DialLibc("darwin");
  await dial(kernel, optionsOf({ target: { hostname: "::1", port: 80 }, settings: [settingOf("ttl", 9, "darwin")] }));
  assertEquals(kernel.log, [
    "socket 30,1,0",
    "setFlags 3,4",
    "set 41:4",
    "connect ::1 80",
    "poll 3,4,1,100",
    "SO_ERROR",
  ]);
});

Deno.test("dial(): the source is bound after the options, and its port taken from TIME_WAIT", async () => {
  const source = { hostname: "192.0.2.7", port: 4000 };
  const logOf = async (platform: SocketPlatform, port: number) => {
    const kernel = new DialLibc(platform);
    await dial(kernel, optionsOf({ settings: [settingOf("ttl", 9, platform)], source: { ...source, port } }));
    return kernel.log.slice(platform === "linux" ? 1 : 2, -3);
  };
  assertEquals(await logOf("linux", 4000), ["set 0:2", "set 1:2", "bind 192.0.2.7 4000"]);
  // The port is left to connect(2), which needs one per pair of addresses only.
  assertEquals(await logOf("linux", 0), ["set 0:2", "set 1:2", "set 0:24", "bind 192.0.2.7 0"]);
  assertEquals(await logOf("darwin", 0), ["set 0:4", "set 65535:4", "bind 192.0.2.7 0"]);
});

Deno.test("dial(): what an old kernel does not know of binding is done without", async () => {
  const kernel = new DialLibc("linux");
  kernel.refusals.set("0:24", 92).set("1:2", 92);
  assertEquals(await dial(kernel, optionsOf({ source: { hostname: "192.0.2.7", port: 0 } })), 3);
});

Deno.test("dial(): a link-local address has its interface, by name or number, the source as well", async () => {
  const kernel = new DialLibc("linux");
  for (const [hostname, shown] of [["fe80::1%eth0", " zone 2"], ["fe80::1%7", " zone 7"], ["fe80::1%none", ""]]) {
    const fd = await dial(kernel, optionsOf({ target: { hostname, port: 80 }, source: { hostname, port: 0 } }));
    kernel.close(fd);
    const addresses = kernel.log.splice(0).filter((call) => /^(bind|connect)/.test(call));
    assertEquals(addresses, [`bind fe80::1 0${shown}`, `connect fe80::1 80${shown}`]);
  }
});

Deno.test("dial(): connect(2) may succeed at once (TCP Fast Open), and poll(2) may find nothing for long", async () => {
  const kernel = new DialLibc("linux", { connect: undefined });
  kernel.quietPolls = 50;
  assertEquals(await dial(kernel, optionsOf()), 3);
  assertEquals(kernel.log.filter((call) => call.startsWith("poll")).length, 51);
});

/** The error of dial(), after which no descriptor may be open. */
async function failure(kernel: DialLibc, options: DialOptions): Promise<unknown> {
  const error = await assertRejects(() => dial(kernel, options));
  assertEquals(kernel.getsockname(3, new Uint8Array(28), new Uint8Array(4)), -1, "it is closed");
  assertEquals(kernel.log.filter((call) => call === "close 3").length, kernel.log[0]?.startsWith("socket") ? 1 : 0);
  return error;
}

Deno.test("dial(): an error of connecting has its name, on both systems, and the descriptor is closed", async () => {
  const errors: [name: ErrnoName | "errno 71", linux: number, darwin: number][] = [
    ["ECONNREFUSED", 111, 61],
    ["ETIMEDOUT", 110, 60],
    ["EHOSTUNREACH", 113, 65],
    ["ECONNRESET", 104, 54],
    ["errno 71", 71, 71],
  ];
  for (const [name, ...errnos] of errors) {
    for (const [i, platform] of (["linux", "darwin"] as const).entries()) {
      // At once, and while it waited.
      const atOnce = new DialLibc(platform, { connect: errnos[i] });
      const later = new DialLibc(platform);
      later.soError = errnos[i];
      for (const kernel of [atOnce, later]) {
        const error = await failure(kernel, optionsOf());
        assertInstanceOf(error, SystemError);
        assertEquals([error.code, error.message.startsWith("connect: ")], [name, true]);
      }
    }
  }
});

Deno.test("dial(): a socket that is gone when it is asked for its error is an error", async () => {
  const kernel = new DialLibc("linux");
  kernel.getsockopt = () => -1;
  kernel.errno = () => kernel.log.at(-1)!.startsWith("poll") ? 9 : 115;
  const error = await failure(kernel, optionsOf()) as SystemError;
  assertEquals(error.code, "EBADF");
});

Deno.test("dial(): an option that is not taken: nothing is bound or sent, and the descriptor is closed", async () => {
  const kernel = new DialLibc("linux");
  kernel.refusals.set("1:36", 1);
  const settings = [settingOf("mss", 1000, "linux"), settingOf("mark", 7, "linux")];
  const error = await failure(kernel, optionsOf({ settings, source: { hostname: "192.0.2.7", port: 0 } }));
  assertInstanceOf(error, SocketOptionError);
  assertEquals([error.option, error.kind], ["mark", "privilege"]);
  assertEquals(kernel.log.slice(1), ["set 6:2", "set 1:36", "close 3"]);
});

Deno.test("dial(): a source that is not taken: nothing is sent, and the descriptor is closed", async () => {
  const source = { hostname: "192.0.2.7", port: 4000 };
  for (const [errno, reason] of [[99, "does not have that address"], [98, "its port is in use"], [13, "privilege"]]) {
    const kernel = new DialLibc("linux", { bind: errno as number });
    const error = await failure(kernel, optionsOf({ source }));
    assertInstanceOf(error, SocketOptionError);
    assertEquals([error.option, error.kind, error.message.includes(reason as string)], ["source", "rejected", true]);
    assertEquals(kernel.log.at(-1), "close 3");
    assertInstanceOf(error.cause, SystemError);
  }
});

Deno.test("openSocket(): without a descriptor or the family it is an error that says so", async () => {
  for (const [errno, code] of [[24, "EMFILE"], [97, "EAFNOSUPPORT"]] as const) {
    const kernel = new DialLibc("linux", { socket: errno });
    const error = assertThrows(() => openSocket(kernel, "::1"), SystemError, "socket: ");
    assertEquals([error.code, kernel.log], [code, [`socket 10,${1 | 0o4000 | 0o2000000},0`]]);
    await assertRejects(() => dial(kernel, optionsOf()), SystemError);
    assertEquals(kernel.log.length, 2, "what was not opened is not closed");
  }
});

Deno.test("dial(): an abort before it: no socket is made", async () => {
  const kernel = new DialLibc("linux");
  const reason = new Error("enough");
  assertStrictEquals(await failure(kernel, optionsOf({ signal: AbortSignal.abort(reason) })), reason);
  assertEquals(kernel.log, []);
});

Deno.test("dial(): an abort while it waits: the SYNs end at once, and the descriptor is closed after the wait", async () => {
  const kernel = new DialLibc("linux");
  const given = new AbortController();
  const reason = new Error("enough");
  const wait = Promise.withResolvers<number>();
  kernel.poll = () => wait.promise;
  const failing = failure(kernel, optionsOf({ signal: given.signal }));
  await microtasks();
  given.abort(reason);
  assertEquals(kernel.log.at(-1), "shutdown 3,2");
  await microtasks();
  // A thread of its own still waits on that descriptor: another socket must not get it.
  assertEquals(kernel.log.includes("close 3"), false);
  wait.resolve(0);
  assertStrictEquals(await failing, reason);
  assertEquals(kernel.log.slice(-2), ["shutdown 3,2", "close 3"]);
});

Deno.test("dial(): an abort when it is connected already takes nothing back", async () => {
  const kernel = new DialLibc("linux");
  const given = new AbortController();
  const fd = await dial(kernel, optionsOf({ signal: given.signal }));
  given.abort();
  assertEquals([fd, kernel.log.some((call) => call.startsWith("shutdown"))], [3, false]);
});
