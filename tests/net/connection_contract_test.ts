import net from "node:net";
import type { Address } from "../../lib/core/address.ts";
import { adoptSocket } from "../../lib/net/adopt_socket.ts";
import { connect, type ConnectOptions } from "../../lib/net/connect.ts";
import { connectFromSource } from "../../lib/net/connect_from_source.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { connectionPair, type ConnectionPairOptions } from "../../lib/net/connection_pair.ts";
import { PLAIN_PROFILE } from "../../lib/net/connection_profile.ts";
import { dial } from "../../lib/net/dial.ts";
import { listen } from "../../lib/net/listen.ts";
import type { TlsVersion } from "../../lib/net/tls_options.ts";
import { socketName } from "../../lib/socket/socket_kind.ts";
import { contractSuite, type Ends } from "../support/contract_connection.ts";
import { resetSuite, type Resettable } from "../support/contract_reset.ts";
import { libc, noLibc, noReset } from "../support/libc.ts";
import { noIpv6, notLinux, notPosix } from "../support/needs.ts";
import { secure } from "../support/tls_pair.ts";

const MIB = 1024 * 1024;

/** Makes the near end. */
type Connector = (target: Address) => Promise<Connection>;

async function tcpPair(hostname: string, connector: Connector = connect): Promise<Ends> {
  using listener = listen({ hostname });
  const [near, far] = await Promise.all([connector(listener.addr), listener.accept()]);
  return { near, far, [Symbol.dispose]() {} };
}

const connectWith = (options: Partial<ConnectOptions>): Connector => (target) => connect({ ...target, ...options });

const { signal } = new AbortController();

/** A socket of node:net, bound to its source without FFI. */
const connectBound: Connector = (target) =>
  connectFromSource(target, [], { hostname: target.hostname, port: 0 }, signal);

/** A socket of the C library that node:net takes on, as where Deno may not connect to the loopback. */
async function connectOwn(target: Address): Promise<Connection> {
  const fd = await dial(libc!, { target, settings: [], signal });
  const ends = { fd, localAddr: socketName(libc!, fd)!, remoteAddr: target };
  return adoptSocket(new net.Socket({ fd, allowHalfOpen: true }), ends, PLAIN_PROFILE);
}

/** Cases that an implementation cannot keep, each with the reason. */
type Exceptions = Record<string, string>;

/** Registers a suite; the cases that cannot be kept are skipped, and their names say why. */
function registerExcept(exceptions: Exceptions, register: () => void): void {
  const { test } = Deno;
  const left = new Set(Object.keys(exceptions));
  const filtered = (nameOrTest: string | Deno.TestDefinition, fn?: Deno.TestDefinition["fn"]) => {
    const definition = typeof nameOrTest === "string" ? { name: nameOrTest, fn: fn! } : nameOrTest;
    const name = definition.name.replace(/ \(skipped: .*\)$/, "");
    const title = Object.keys(exceptions).find((title) => name.endsWith(`: ${title}`));
    if (title === undefined) return test(definition);
    left.delete(title);
    test({ ...definition, name: `${name} (skipped: ${exceptions[title]})`, ignore: true });
  };
  Object.assign(Deno, { test: filtered });
  try {
    register();
  } finally {
    Object.assign(Deno, { test });
  }
  if (left.size > 0) throw new Error(`no such case: ${[...left].join("; ")}`);
}

/** Two ends in memory with the same link both ways. */
function memoryPair(link: ConnectionPairOptions["forth"]): () => Promise<Ends> {
  return () => {
    const [near, far] = connectionPair({ forth: link, back: link });
    return Promise.resolve({ near, far, [Symbol.dispose]() {} });
  };
}

/** What each kernel has its own way of: how a RST is told, and, on Windows, how much one write may take. */
const AFTER_RST = [
  "after the peer has closed, reads give the end and writes fail sooner or later",
  "the first write after the peer has closed still succeeds",
  "a peer that closes with data unread: what it sent comes first, then the end",
  "a peer that closes with data unread fails a waiting write",
  "a peer that aborts: what it sent comes first, then the end or its RST, once",
];
const WAITING_WRITES = [
  "a write waits while the peer does not read, and goes on when it does",
  "a waiting write does not hold up the other direction",
  "close() interrupts a waiting write",
  "close() interrupts a closeWrite() behind a waiting write",
  "abort() interrupts a waiting read and a waiting write",
];
const why = (titles: string[], reason: string | undefined): Exceptions =>
  reason === undefined ? {} : Object.fromEntries(titles.map((title) => [title, reason]));
const UNKNOWN = { ...why(AFTER_RST, notLinux()), ...why(WAITING_WRITES, notPosix()) };

// Linux grows the buffers of a loopback connection to some 10 MiB.
const tcp = { largest: 8 * MIB, fits: 10_000, overfull: 64 * MIB };
const tcpSuite = (name: string, makePair: () => Promise<Ends>, skip?: string, exceptions: Exceptions = {}) =>
  registerExcept({ ...UNKNOWN, ...exceptions }, () => contractSuite(name, makePair, { ...tcp, skip }));
const noSyncnt = notLinux() ?? noLibc();

tcpSuite("TCP on 127.0.0.1", () => tcpPair("127.0.0.1"));
const beforeSyn = connectWith({ synRetries: 3 });
tcpSuite("TCP, options before the SYN", () => tcpPair("127.0.0.1", beforeSyn), noSyncnt);
tcpSuite("TCP on ::1, options before the SYN", () => tcpPair("::1", beforeSyn), noSyncnt ?? noIpv6());
tcpSuite("TCP on ::1", () => tcpPair("::1"), noIpv6());
tcpSuite("TCP from a source, without FFI", () => tcpPair("127.0.0.1", connectBound));

// Deno 2.9.6, of a socket that it did not make: some two in three.
const OVERTAKEN = {
  "the first write after the peer has closed still succeeds": "node:net fails it when FIN comes first",
};
const fastOpen = connectWith({ fastOpen: true });
tcpSuite("TCP, adopted", () => tcpPair("127.0.0.1", connectOwn), noLibc(), OVERTAKEN);
tcpSuite("TCP, Fast Open", () => tcpPair("127.0.0.1", fastOpen), noSyncnt, OVERTAKEN);

/** The same two ends, with TLS between them. */
const tlsOver = (makePair: () => Promise<Ends>, maxVersion: TlsVersion = "1.3") => async (): Promise<Ends> => {
  const { near, far } = await makePair();
  const [client, server] = await secure([near, far], { maxVersion });
  return { near: client, far: server, [Symbol.dispose]() {} };
};
/** The same, with the server near. */
const swapped = (makePair: () => Promise<Ends>) => async (): Promise<Ends> => {
  const { near, far } = await makePair();
  return { near: far, far: near, [Symbol.dispose]() {} };
};
// A FIN where a RST was asked for is a stream that was cut, which TLS tells apart.
const NO_RST = why(AFTER_RST.slice(-1), noReset());
const tcpPlain = () => tcpPair("127.0.0.1");
tcpSuite("TLS 1.3 over TCP", tlsOver(tcpPlain), undefined, NO_RST);
tcpSuite("TLS 1.2 over TCP", tlsOver(tcpPlain, "1.2"), undefined, NO_RST);
tcpSuite("TLS 1.3 over TCP, from the server", swapped(tlsOver(tcpPlain)), undefined, NO_RST);
tcpSuite("TLS 1.2 over TCP, from the server", swapped(tlsOver(tcpPlain, "1.2")), undefined, NO_RST);
tcpSuite(
  "TLS over TCP from a source, without FFI",
  tlsOver(() => tcpPair("127.0.0.1", connectBound)),
  undefined,
  NO_RST,
);

const pair = { largest: 8 * MIB, fits: 10_000, overfull: MIB };
contractSuite("pair", memoryPair({}), pair);
contractSuite("pair with maxChunk 1", memoryPair({ maxChunk: 1 }), { ...pair, largest: 70_000, overfull: 70_000 });
contractSuite("pair with bufferSize 1", memoryPair({ bufferSize: 1 }), { largest: 70_000, fits: 1, overfull: 1000 });
contractSuite("pair with bufferSize 7", memoryPair({ bufferSize: 7 }), { largest: 300_000, fits: 7, overfull: 1000 });
contractSuite("TLS over a pair", tlsOver(memoryPair({})), pair);
contractSuite("TLS over a pair with maxChunk 7", tlsOver(memoryPair({ maxChunk: 7 })), {
  largest: 70_000,
  fits: 10_000,
  overfull: 200_000,
});
contractSuite("pair with delay 1", memoryPair({ delay: 1 }), pair);

/** Deno's own close() sends FIN first; node:net can send the bare RST. */
async function tcpResettable(connector: Connector = connect): Promise<Resettable> {
  const { promise: accepted, resolve: onAccept } = Promise.withResolvers<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, onAccept);
  const { promise: listening, resolve: onListen } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", onListen);
  await listening;
  const near = await connector({ hostname: "127.0.0.1", port: (server.address() as net.AddressInfo).port });
  const socket = await accepted;
  server.close();
  socket.on("error", () => {});
  return {
    near,
    write: (bytes) => new Promise((resolve) => void socket.write(bytes, () => resolve())),
    closeWrite: () => new Promise((resolve) => void socket.end(() => resolve())),
    reset: () =>
      new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.resetAndDestroy();
      }),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

function memoryResettable(): Promise<Resettable> {
  const [near, far] = connectionPair();
  return Promise.resolve({
    near,
    write: (bytes) => far.write(bytes),
    closeWrite: () => far.closeWrite(),
    reset: () => {
      far.abort();
      return Promise.resolve();
    },
    [Symbol.dispose]: () => far.close(),
  });
}

// A write that fails takes the socket with it, and what the kernel still has for the reader.
const FORGOTTEN = {
  "a RST that a write has met still leaves what was sent before it": "node:net forgets what it has not read",
};
const resetting = (name: string, connector: Connector, skip = notLinux()) =>
  resetSuite(name, () => tcpResettable(connector), 64 * MIB, skip);

resetting("TCP", connect);
registerExcept(FORGOTTEN, () => resetting("TCP from a source, without FFI", connectBound));
resetting("TCP, options before the SYN", beforeSyn, noSyncnt);
registerExcept(FORGOTTEN, () => resetting("TCP, Fast Open", fastOpen, noSyncnt));
registerExcept(FORGOTTEN, () => resetting("TCP, adopted", connectOwn, noSyncnt));
resetSuite("pair", memoryResettable, MIB);

/** A peer whose TLS is done, and which can send RST below it. */
const tlsResettable = (maxVersion: TlsVersion) => async (): Promise<Resettable> => {
  const { near, far } = await tcpPlain();
  const [client, server] = await secure([near, far], { maxVersion });
  return {
    near: client,
    write: (bytes) => server.write(bytes),
    closeWrite: () => server.closeWrite(),
    reset: () => {
      server.abort();
      return Promise.resolve();
    },
    [Symbol.dispose]: () => server.close(),
  };
};
resetSuite("TLS 1.3", tlsResettable("1.3"), 64 * MIB, noReset());
resetSuite("TLS 1.2", tlsResettable("1.2"), 64 * MIB, noReset());
