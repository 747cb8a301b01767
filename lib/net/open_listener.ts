import type { Address } from "../core/address.ts";
import { descriptorFinder } from "../socket/descriptor.ts";
import { openLibc } from "../socket/libc.ts";
import {
  type PlannedSetting,
  planSettings,
  replaceSettings,
  reportPlanned,
  setSettings,
} from "../socket/planned_setting.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import { needsLibc, type SocketSetting } from "../socket/settings.ts";
import { DESCRIPTOR, type HasDescriptor, OPTIONS_SET } from "../socket/socket_target.ts";
import { readSysctl } from "../socket/sysctl.ts";
import { readTcpInfo } from "../socket/tcp_info.ts";
import { AcceptedProfile } from "./accepted_profile.ts";
import type { Connection } from "./connection.ts";
import type { Listener } from "./listen.ts";

/** Listens, and sets the options before anybody is accepted. */
export function openListener(
  address: Address,
  settings: readonly SocketSetting[],
  { backlog, reusePort }: { backlog: number; reusePort: boolean },
): Listener {
  const throughLibc = settings.some(needsLibc);
  if (throughLibc && reusePort) return openShared(address, settings, backlog);
  const listener = Deno.listen({ ...address, tcpBacklog: backlog, ...(reusePort && { reusePort }) });
  try {
    if (!throughLibc) return new DenoListener(listener, planSettings(settings.map(onEachConnection)));
    return withOptions(listener, descriptorFinder().listener(listener), settings);
  } catch (error) {
    listener.close();
    throw error;
  }
}

/** Tries to tell a listener from others on its port. */
const MOST_TRIES = 10;

/**
 * The same on a port that others of this process may listen on, Workers even at this moment: its descriptor is told by a
 * backlog drawn at random, which then becomes what was asked for.
 */
function openShared(address: Address, settings: readonly SocketSetting[], backlog: number): Listener {
  const libc = openLibc();
  const most = Number(readSysctl(libc, "net/core/somaxconn") ?? 128);
  for (let tries = 1;; tries++) {
    const mark = 1 + Math.floor(Math.random() * most);
    const listener = Deno.listen({ ...address, tcpBacklog: mark, reusePort: true });
    try {
      const fd = descriptorFinder().listener(listener, (fd) => readTcpInfo(fd)?.backlog === mark);
      // Another one has drawn the same, or sets its own at this moment.
      if (fd === undefined && tries < MOST_TRIES) {
        listener.close();
        continue;
      }
      if (fd !== undefined) libc.listen(fd, backlog);
      return withOptions(listener, fd, settings);
    } catch (error) {
      listener.close();
      throw error;
    }
  }
}

function withOptions(
  listener: Deno.TcpListener,
  fd: number | undefined,
  settings: readonly SocketSetting[],
): Listener {
  if (fd === undefined) throw new Deno.errors.NotSupported("its descriptor could not be found, to set its options");
  const planned = planSettings(settings);
  setSettings(fd, planned.filter(({ setting }) => isSetOnListener(setting)));
  return new DenoListener(listener, planned, queueLength(fd));
}

/** Connections that were made before the options were set, and inherit nothing: they wait to be accepted, first in line. */
function queueLength(fd: number): number {
  return readTcpInfo(fd)?.acceptQueueLength ?? 0;
}

/** Deno's own API can set them there only. */
function onEachConnection(setting: SocketSetting): SocketSetting {
  return setting.moment === "inherited" ? { ...setting, moment: "accepted" } : setting;
}

function isSetOnListener({ option, value, moment }: SocketSetting): boolean {
  return moment === "listener" || moment === "inherited" || (option === "reuseAddress" && value === false);
}

class DenoListener implements Listener, HasDescriptor {
  readonly #listener: Deno.TcpListener;
  #planned: readonly PlannedSetting[];
  #accepted: AcceptedProfile;
  /** Connections in the queue that have to be given what they did not inherit. */
  #early: number;
  readonly addr: Address;
  #closed = false;

  constructor(listener: Deno.TcpListener, planned: readonly PlannedSetting[], early = 0) {
    this.#early = early;
    this.#listener = listener;
    this.#planned = planned;
    this.#accepted = new AcceptedProfile(planned);
    this.addr = { hostname: listener.addr.hostname, port: listener.addr.port };
  }

  get socketOptions(): readonly SocketOptionReport[] {
    const unknown = this.#closed ? undefined : "cannot be told from others that share its port";
    return reportPlanned(() => this[DESCRIPTOR](), this.#planned, undefined, unknown);
  }

  [OPTIONS_SET](changed: readonly PlannedSetting[]): void {
    // What is inherited, the connections accepted from now on know of as well.
    const inherited = planSettings(
      changed.map(({ setting }) => ({ ...setting, moment: setting.row?.server ?? "inherited" })),
    );
    this.#planned = replaceSettings(this.#planned, inherited).all;
    this.#accepted = new AcceptedProfile(this.#planned);
    this.#early = queueLength(this[DESCRIPTOR]()!);
  }

  [DESCRIPTOR](): number | undefined {
    return this.#closed ? undefined : descriptorFinder().listener(this.#listener);
  }

  async accept(): Promise<Connection> {
    const conn = await this.#listener.accept();
    try {
      const isEarly = this.#early > 0;
      if (isEarly) this.#early--;
      return this.#accepted.apply(conn, isEarly);
    } catch (error) {
      // The peer may be gone already; that concerns this connection and no other.
      conn.close();
      throw new Deno.errors.NotConnected("the peer was gone before it was accepted", { cause: error });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
