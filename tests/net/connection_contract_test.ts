import net from "node:net";
import { connect, type ConnectOptions } from "../../lib/net/connect.ts";
import { connectionPair, type ConnectionPairOptions } from "../../lib/net/connection_pair.ts";
import { listen } from "../../lib/net/listen.ts";
import { contractSuite, type Ends } from "../support/contract_connection.ts";
import { resetSuite, type Resettable } from "../support/contract_reset.ts";
import { noLibc } from "../support/libc.ts";
import { noIpv6 } from "../support/needs.ts";

const MIB = 1024 * 1024;

async function tcpPair(hostname: string, options: Partial<ConnectOptions> = {}): Promise<Ends> {
  using listener = listen({ hostname });
  const [near, far] = await Promise.all([connect({ ...listener.addr, ...options }), listener.accept()]);
  return { near, far, [Symbol.dispose]() {} };
}

/** Two ends in memory with the same link both ways. */
function memoryPair(link: ConnectionPairOptions["forth"]): () => Promise<Ends> {
  return () => {
    const [near, far] = connectionPair({ forth: link, back: link });
    return Promise.resolve({ near, far, [Symbol.dispose]() {} });
  };
}

// Linux grows the buffers of a loopback connection to some 10 MiB.
const tcp = { largest: 8 * MIB, fits: 10_000, overfull: 64 * MIB };
contractSuite("TCP on 127.0.0.1", () => tcpPair("127.0.0.1"), tcp);
const beforeSyn = (hostname: string) => tcpPair(hostname, { synRetries: 3 });
contractSuite("TCP, options before the SYN", () => beforeSyn("127.0.0.1"), { ...tcp, skip: noLibc() });
contractSuite("TCP on ::1, options before the SYN", () => beforeSyn("::1"), { ...tcp, skip: noLibc() ?? noIpv6() });
contractSuite("TCP, Fast Open", () => tcpPair("127.0.0.1", { fastOpen: true }), { ...tcp, skip: noLibc() });
contractSuite("TCP on ::1", () => tcpPair("::1"), { ...tcp, skip: noIpv6() });

const pair = { largest: 8 * MIB, fits: 10_000, overfull: MIB };
contractSuite("pair", memoryPair({}), pair);
contractSuite("pair with maxChunk 1", memoryPair({ maxChunk: 1 }), { ...pair, largest: 70_000, overfull: 70_000 });
contractSuite("pair with bufferSize 1", memoryPair({ bufferSize: 1 }), { largest: 70_000, fits: 1, overfull: 1000 });
contractSuite("pair with bufferSize 7", memoryPair({ bufferSize: 7 }), { largest: 300_000, fits: 7, overfull: 1000 });
contractSuite("pair with delay 1", memoryPair({ delay: 1 }), pair);

/** Deno's own close() sends FIN first; node:net can send the bare RST. */
async function tcpResettable(options: Partial<ConnectOptions> = {}): Promise<Resettable> {
  const { promise: accepted, resolve: onAccept } = Promise.withResolvers<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, onAccept);
  const { promise: listening, resolve: onListen } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", onListen);
  await listening;
  const near = await connect({ port: (server.address() as net.AddressInfo).port, ...options });
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

resetSuite("TCP", tcpResettable, 64 * MIB);
if (!noLibc()) {
  resetSuite("TCP, options before the SYN", () => tcpResettable({ synRetries: 3 }), 64 * MIB);
  resetSuite("TCP, Fast Open", () => tcpResettable({ fastOpen: true }), 64 * MIB);
}
resetSuite("pair", memoryResettable, MIB);
