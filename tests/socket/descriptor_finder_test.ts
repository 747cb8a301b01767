import { assertEquals } from "@std/assert";
import type { Address } from "../../lib/core/address.ts";
import { DescriptorFinder } from "../../lib/socket/descriptor.ts";
import { encodeSockaddr } from "../../lib/socket/sockaddr.ts";
import { FakeLibc, type FakeSocket } from "../support/fake_libc.ts";

const EMFILE = 24;

function at(hostname: string, port: number): Address {
  return { hostname, port };
}

const LOCAL = at("127.0.0.1", 7);

/** What Deno tells of a connection, and the socket behind it. */
function pair(
  port: number,
  cookie = BigInt(port),
): { conn: { localAddr: Address; remoteAddr: Address }; socket: FakeSocket } {
  const remote = at("127.0.0.1", port);
  return { conn: { localAddr: LOCAL, remoteAddr: remote }, socket: { local: LOCAL, remote, cookie } };
}

for (const platform of ["linux", "darwin"] as const) {
  Deno.test(`a connection is found among others, wherever it is: ${platform}`, () => {
    const kernel = new FakeLibc(platform);
    const pairs = [50, 51, 52, 53].map((port) => pair(port));
    // Below the lowest free descriptor, above it, and far above it.
    const fds = pairs.map(({ socket }, i) => kernel.open(socket, [3, 4, 9, 9000][i]));
    const finder = new DescriptorFinder(kernel);
    assertEquals(pairs.map(({ conn }) => finder.connection(conn)), fds);
    assertEquals(finder.connection(pair(54).conn), undefined);
  });

  Deno.test(`a descriptor that another socket has by now is not given again: ${platform}`, () => {
    // Cookies or none (Linux before 4.12).
    for (const cookie of [1n, 0n]) {
      const kernel = new FakeLibc(platform);
      const finder = new DescriptorFinder(kernel);
      const { conn, socket } = pair(50, cookie);
      const fd = kernel.open(socket);
      assertEquals([finder.connection(conn), finder.connection(conn)], [fd, fd]);
      kernel.close(fd);
      assertEquals(finder.connection(conn), undefined);
      kernel.open(pair(51, cookie && 2n).socket, fd);
      assertEquals(finder.connection(conn), undefined);
    }
  });

  Deno.test(`listeners that share a port are told apart by who is meant: ${platform}`, () => {
    const kernel = new FakeLibc(platform);
    const finder = new DescriptorFinder(kernel);
    const [first, second] = [{ addr: LOCAL }, { addr: LOCAL }];
    const reusePort = (fd: number) => {
      const [level, name] = platform === "linux" ? [1, 15] : [0xffff, 0x200];
      kernel.put(fd, level, name, new Uint8Array([1, 0, 0, 0]));
      return fd;
    };
    const one = reusePort(kernel.open({ local: LOCAL, listening: true, cookie: 1n }));
    assertEquals(finder.listener(first), one);
    const two = reusePort(kernel.open({ local: LOCAL, listening: true, cookie: 2n }));
    assertEquals(finder.listener(second, (fd) => fd === two), two);
    // macOS has no cookies, by which it would be known again.
    assertEquals(finder.listener(first), platform === "linux" ? one : undefined);
    assertEquals(finder.listener({ addr: LOCAL }), undefined);
  });

  Deno.test(`the addresses of a socket of another kind are no match: ${platform}`, () => {
    const kernel = new FakeLibc(platform);
    const finder = new DescriptorFinder(kernel);
    const { conn, socket } = pair(50);
    kernel.open({ ...socket, type: 2 });
    kernel.open({ ...socket, remote: undefined });
    assertEquals(finder.connection(conn), undefined);
    assertEquals(finder.listener({ addr: LOCAL }), undefined);
    const fd = kernel.open(socket);
    kernel.open({ ...socket, type: 2, cookie: 2n });
    assertEquals(finder.connection(conn), fd);
  });
}

Deno.test("one listening socket with two descriptors is found", () => {
  const kernel = new FakeLibc("linux");
  const fd = kernel.open({ local: LOCAL, listening: true, cookie: 1n });
  kernel.put(fd, 1, 15, new Uint8Array([1, 0, 0, 0]));
  kernel.dup(fd);
  const found = new DescriptorFinder(kernel).listener({ addr: LOCAL });
  assertEquals(found === fd || found === fd + 1, true);
});

Deno.test("a connection is found where no descriptor is left", () => {
  const kernel = new FakeLibc("linux");
  kernel.refusals.set("dup", EMFILE);
  const { conn, socket } = pair(50);
  const fd = kernel.open(socket, 777);
  assertEquals(new DescriptorFinder(kernel).connection(conn), fd);
});

Deno.test("nothing is left open by a search", () => {
  const kernel = new FakeLibc("linux");
  const lowest = kernel.dup(0);
  kernel.close(lowest);
  new DescriptorFinder(kernel).connection(pair(50).conn);
  assertEquals(kernel.dup(0), lowest);
});

Deno.test("Deno's note of the descriptor is tried first, and not believed where it is stale", () => {
  const kernel = new FakeLibc("linux");
  const { conn, socket } = pair(50);
  const fd = kernel.open(socket, 40);
  kernel.open(pair(51).socket, 41);
  const asked: number[] = [];
  kernel.meanwhile = (_call, fd) => asked.push(fd);
  const noted = (fd: unknown) => ({ ...conn, [Symbol("Deno.internal.fd")]: fd });
  assertEquals(new DescriptorFinder(kernel).connection(noted(40)), fd);
  assertEquals(new Set(asked), new Set([40]));
  for (const stale of [41, 3, -1, undefined]) {
    assertEquals(new DescriptorFinder(kernel).connection(noted(stale)), fd);
  }
});

Deno.test("a descriptor that is another socket's from one question to the next is not taken", () => {
  const [first, second] = [pair(50), pair(51)];
  const wanted = { localAddr: first.socket.local, remoteAddr: second.socket.remote! };
  // The wanted one's own address at first, its peer's then, and its own again: three sockets, none of them the wanted one.
  const asOther = { local: at("127.0.0.1", 8), remote: wanted.remoteAddr, cookie: 2n };
  const asThird = { local: wanted.localAddr, remote: at("127.0.0.1", 9), cookie: 3n };
  // macOS has no cookies: there the address alone tells the first of the two.
  for (const [last, platform] of [[asOther, "linux"], [asThird, "linux"], [asOther, "darwin"]] as const) {
    const kernel = new FakeLibc(platform);
    const fd = kernel.open(first.socket);
    let isSwapped = false;
    kernel.meanwhile = (call, asked) => {
      if (asked !== fd) return;
      if (call === "getpeername") isSwapped = true;
      if (isSwapped) kernel.open(call === "getpeername" ? asOther : last, fd);
    };
    assertEquals(new DescriptorFinder(kernel).connection(wanted), undefined);
  }
});

/** A connection of Deno's, as far as the finder asks it: `set` is what setNoDelay does. */
function denoConn(port: number, set: (noDelay: boolean) => void) {
  return { ...pair(port).conn, setNoDelay: set };
}

Deno.test("a connection of Deno's shows that the descriptor is its own, and is left as it was", () => {
  for (const noDelay of [0, 1]) {
    const kernel = new FakeLibc("linux");
    const finder = new DescriptorFinder(kernel);
    const fd = kernel.open(pair(50).socket);
    const setNoDelay = (fd: number, value: number) => kernel.put(fd, 6, 1, new Uint8Array([value, 0, 0, 0]));
    setNoDelay(fd, noDelay);
    const seen: boolean[] = [];
    const own = denoConn(50, (value) => (seen.push(value), setNoDelay(fd, Number(value))));
    assertEquals(finder.connection(own), fd);
    assertEquals(seen, [noDelay === 0, noDelay === 1]);
    // What is set on a connection that was reset is not seen on the one that has its addresses now.
    assertEquals(finder.connection(denoConn(50, () => {})), undefined);
  }
});

Deno.test("a connection of Deno's that cannot be asked is its own where only a write is in the way", () => {
  const kernel = new FakeLibc("linux");
  const fd = kernel.open(pair(50).socket);
  const failing = (error: Error) =>
    denoConn(50, () => {
      throw error;
    });
  const found = (error: Error) => new DescriptorFinder(kernel).connection(failing(error));
  assertEquals(found(new Error("Unable to get resources")), fd);
  assertEquals(found(new Deno.errors.BadResource("closed")), undefined);
  // macOS does not set options of a socket that was reset.
  assertEquals(found(Object.assign(new Error("Invalid argument"), { code: "EINVAL" })), undefined);
});

Deno.test("what has no IP addresses has no descriptor", () => {
  const finder = new DescriptorFinder(new FakeLibc("linux"));
  const unix = { path: "/tmp/socket" } as unknown as Address;
  assertEquals(finder.connection({ localAddr: unix, remoteAddr: unix }), undefined);
  assertEquals(finder.connection({ localAddr: at("localhost", 7), remoteAddr: at("localhost", 8) }), undefined);
  assertEquals(finder.listener({ addr: unix }), undefined);
});

Deno.test("a socket that connects is no other that had that peer once", () => {
  const kernel = new FakeLibc("linux");
  const finder = new DescriptorFinder(kernel);
  const [CLOSE, SYN_SENT] = [7, 2];
  const peer = encodeSockaddr(at("127.0.0.1", 9), "linux");
  const open = (state: number) => {
    const fd = kernel.open({ local: LOCAL, cookie: 1n });
    kernel.put(fd, 1, 28, peer); // SO_PEERNAME
    kernel.put(fd, 6, 11, new Uint8Array([state])); // TCP_INFO
    return fd;
  };
  const reset = open(CLOSE);
  assertEquals(finder.connectingTo(at("127.0.0.1", 9)), undefined);
  const connecting = open(SYN_SENT);
  kernel.close(reset);
  open(CLOSE);
  assertEquals(finder.connectingTo(at("127.0.0.1", 9)), connecting);
  assertEquals(finder.connectingTo(at("127.0.0.1", 10)), undefined);
});
