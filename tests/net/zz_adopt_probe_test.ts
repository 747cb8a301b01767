import net from "node:net";
import { connectFromSource } from "/work/main/lib/net/connect_from_source.ts";
import { adoptSocket } from "/work/main/lib/net/adopt_socket.ts";
import { dial } from "/work/main/lib/net/dial.ts";
import { PLAIN_PROFILE } from "/work/main/lib/net/connection_profile.ts";
import { listen } from "/work/main/lib/net/listen.ts";
import { socketName } from "/work/main/lib/socket/socket_kind.ts";
import { contractSuite } from "/work/main/tests/support/contract_connection.ts";
import { resetSuite, type Resettable } from "/work/main/tests/support/contract_reset.ts";
import { libc } from "/work/main/tests/support/libc.ts";
import type { Address } from "/work/main/lib/core/address.ts";
const MIB = 1024 * 1024;
const { signal } = new AbortController();
const bySource = (target: Address) => connectFromSource(target, [], { hostname: target.hostname, port: 0 }, signal);
async function own(target: Address) {
  const fd = await dial(libc!, { target, settings: [], signal });
  return adoptSocket(new net.Socket({ fd, allowHalfOpen: true }), { fd, localAddr: socketName(libc!, fd)!, remoteAddr: target }, PLAIN_PROFILE);
}
const tcp = { largest: 8 * MIB, fits: 10_000, overfull: 64 * MIB };
async function resettable(make: typeof own): Promise<Resettable> {
  const { promise: accepted, resolve: onAccept } = Promise.withResolvers<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, onAccept);
  const { promise: listening, resolve: onListen } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", onListen);
  await listening;
  const near = await make({ hostname: "127.0.0.1", port: (server.address() as net.AddressInfo).port });
  const socket = await accepted;
  server.close();
  socket.on("error", () => {});
  return {
    near,
    write: (bytes) => new Promise((resolve) => void socket.write(bytes, () => resolve())),
    closeWrite: () => new Promise((resolve) => void socket.end(() => resolve())),
    reset: () => new Promise((resolve) => { socket.once("close", () => resolve()); socket.resetAndDestroy(); }),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
for (const [name, make] of [["source", bySource], ["own", own]] as const) {
  contractSuite(name, async () => {
    using listener = listen();
    const [near, far] = await Promise.all([make(listener.addr), listener.accept()]);
    return { near, far, [Symbol.dispose]() {} };
  }, tcp);
  contractSuite(name + " far", async () => {
    using listener = listen();
    const [near, far] = await Promise.all([make(listener.addr), listener.accept()]);
    return { near: far, far: near, [Symbol.dispose]() {} };
  }, tcp);
  resetSuite(name, () => resettable(make), 64 * MIB);
}
