import type { Socket } from "node:net";
import type { Address } from "../core/address.ts";
import type { PlannedSetting } from "../socket/planned_setting.ts";
import { adoptSocket } from "./adopt_socket.ts";
import { checkNetPermission } from "./check_net_permission.ts";
import type { Connection } from "./connection.ts";
import { profileOf } from "./connection_profile.ts";
import { raceAddresses } from "./happy_eyeballs.ts";
import { resolveHost } from "./resolve_host.ts";
import { setBuiltIn } from "./set_built_in.ts";
import { forbiddenSource, reachableFrom, unboundSource } from "./source_address.ts";

/** Connects from an address of this machine, through node:net, which can bind without FFI. */
export async function connectFromSource(
  { hostname, port }: Address,
  planned: readonly PlannedSetting[],
  source: Address,
  signal: AbortSignal,
): Promise<Connection> {
  const { connect } = await import("node:net");
  const addresses = reachableFrom(await resolveHost(hostname, signal), source, hostname);
  // node:net asks for every address, those of a name as well.
  for (const address of addresses) checkNetPermission({ hostname: address, port });
  try {
    checkNetPermission(source);
  } catch (error) {
    throw forbiddenSource(source, error);
  }
  const attempt = (address: string, attemptSignal: AbortSignal) => {
    const local = { localAddress: source.hostname, localPort: source.port || undefined };
    return untilConnected(() => connect({ host: address, port, ...local, allowHalfOpen: true }), attemptSignal);
  };
  const socket = await raceAddresses(addresses, attempt, (late) => void late.destroy(), signal).catch((error) => {
    throw error.syscall === "bind" ? unboundSource(source, error.code, error) : error;
  });
  try {
    const ends = {
      localAddr: { hostname: socket.localAddress!, port: socket.localPort! },
      remoteAddr: { hostname: socket.remoteAddress!, port: socket.remotePort! },
    };
    // With FFI, which other options would need, it would not have come here.
    setBuiltIn(planned, socket);
    return adoptSocket(socket, ends, profileOf(planned));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Waits until a socket is connected; on failure it is gone. */
function untilConnected(connect: () => Socket, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect();
    const settle = (settled: () => void) => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      socket.off("connect", onConnect);
      settled();
    };
    const onConnect = () => settle(() => resolve(socket));
    const fail = (reason: unknown) =>
      settle(() => {
        socket.on("error", () => {}); // whatever else it has to say
        socket.destroy();
        reject(reason);
      });
    const onError = (error: Error) => fail(error);
    const onAbort = () => fail(signal.reason);
    signal.addEventListener("abort", onAbort);
    socket.on("error", onError);
    socket.on("connect", onConnect);
  });
}
