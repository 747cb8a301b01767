import type { Address } from "../core/address.ts";
import { descriptorFinder } from "../socket/descriptor.ts";
import { MOMENT_WORDS } from "../socket/moment_words.ts";
import { applySettings, type PlannedSetting, planSettings, reportPlanned } from "../socket/planned_setting.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import { needsLibc, type SocketSetting } from "../socket/settings.ts";
import { DESCRIPTOR, type HasDescriptor } from "../socket/socket_target.ts";
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
  // With SO_REUSEPORT others may listen there already, in this process as well.
  const before = throughLibc && reusePort ? descriptorFinder().listening(address) : undefined;
  const listener = Deno.listen({ ...address, tcpBacklog: backlog, ...(reusePort && { reusePort }) });
  try {
    if (!throughLibc) return new DenoListener(listener, planSettings(settings, { inherited: MOMENT_WORDS.accepted }));
    const fd = descriptorFinder().listener(listener, before);
    if (fd === undefined) throw new Deno.errors.NotSupported("its descriptor could not be found, to set its options");
    const planned = planSettings(settings);
    applySettings(fd, planned.filter(({ setting }) => isSetOnListener(setting)));
    return new DenoListener(listener, planned);
  } catch (error) {
    listener.close();
    throw error;
  }
}

function isSetOnListener({ option, value, moment }: SocketSetting): boolean {
  return moment === "listener" || moment === "inherited" || (option === "reuseAddress" && value === false);
}

class DenoListener implements Listener, HasDescriptor {
  readonly #listener: Deno.TcpListener;
  readonly #planned: readonly PlannedSetting[];
  readonly #accepted: AcceptedProfile;
  readonly addr: Address;
  #closed = false;

  constructor(listener: Deno.TcpListener, planned: readonly PlannedSetting[]) {
    this.#listener = listener;
    this.#planned = planned;
    this.#accepted = new AcceptedProfile(planned);
    this.addr = { hostname: listener.addr.hostname, port: listener.addr.port };
  }

  get socketOptions(): readonly SocketOptionReport[] {
    return reportPlanned(() => this[DESCRIPTOR](), this.#planned);
  }

  [DESCRIPTOR](): number | undefined {
    return this.#closed ? undefined : descriptorFinder().listener(this.#listener);
  }

  async accept(): Promise<Connection> {
    const conn = await this.#listener.accept();
    try {
      return this.#accepted.apply(conn);
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
