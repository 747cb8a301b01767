import type { Address } from "../core/address.ts";
import { descriptorFinder } from "../socket/descriptor.ts";
import { type Libc, openLibc } from "../socket/libc.ts";
import { type PlannedSetting, readSettings, setSettings } from "../socket/planned_setting.ts";
import { socketName } from "../socket/socket_kind.ts";
import { adoptSocket } from "./adopt_socket.ts";
import { checkNetPermission } from "./check_net_permission.ts";
import type { Connection } from "./connection.ts";
import { type ConnectionProfile, profileOf } from "./connection_profile.ts";
import { dial, type DialOptions } from "./dial.ts";
import { denoConnection } from "./from_deno_conn.ts";
import { raceAddresses } from "./happy_eyeballs.ts";
import { connectParked } from "./parking.ts";
import { resolveHost } from "./resolve_host.ts";
import { reachableFrom } from "./source_address.ts";

/** A socket that is connected, and belongs to nobody yet. */
interface ReadySocket {
  /** Its descriptor. */
  readonly fd: number;
  /** Makes a connection of it. */
  adopt(profile: ConnectionProfile): Connection;
  /** Closes it. */
  close(): void;
}

/** Connects with options that must be set before the SYN, which it depends on. */
export async function connectBeforeSyn(
  { hostname, port }: Address,
  planned: readonly PlannedSetting[],
  source: Address | undefined,
  signal: AbortSignal,
): Promise<Connection> {
  const libc = openLibc();
  const addresses = reachableFrom(await resolveHost(hostname, signal), source, hostname);
  checkNetPermission({ hostname, port }, addresses);
  const settings = planned.map(({ setting }) => setting).filter(({ moment }) => moment === "syn");
  const attempt = async (address: string, attemptSignal: AbortSignal) => {
    const options = { target: { hostname: address, port }, settings, source, signal: attemptSignal };
    return await connectDenoSocket(libc, options) ?? await connectOwnSocket(libc, options);
  };
  const socket = await raceAddresses(addresses, attempt, (late) => late.close(), signal);
  try {
    setSettings(socket.fd, planned.filter(({ setting }) => setting.moment === "connected"));
    return socket.adopt(profileOf(planned, readSettings(socket.fd, planned)));
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function connectDenoSocket(libc: Libc, options: DialOptions): Promise<ReadySocket | undefined> {
  options.signal.throwIfAborted();
  // With Fast Open connect(2) may succeed before anything is sent; Deno asks for the peer's address then, and fails.
  const fastOpen = options.settings.some(({ option, value }) => option === "fastOpen" && value === true);
  const parked = libc.platform !== "linux" || fastOpen ? undefined : connectParked(libc, options);
  if (!parked) return undefined;
  const { fd } = parked;
  const conn = await parked.conn;
  descriptorFinder().remember(conn, fd);
  return { fd, adopt: (profile) => denoConnection(conn, profile), close: () => conn.close() };
}

/** Hands a socket of our own to node:net, the one part of Deno that takes on a socket it did not make. */
async function connectOwnSocket(libc: Libc, options: DialOptions): Promise<ReadySocket> {
  // Loaded before the SYN: what loading takes is not the path's time.
  const { Socket } = await import("node:net");
  const fd = await dial(libc, options);
  const adopt = (profile: ConnectionProfile) => {
    const ends = { fd, localAddr: socketName(libc, fd)!, remoteAddr: options.target };
    return adoptSocket(new Socket({ fd, allowHalfOpen: true }), ends, profile);
  };
  return { fd, adopt, close: () => void libc.close(fd) };
}
