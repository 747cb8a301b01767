import { openLibc } from "../socket/libc.ts";
import type { PlannedSetting } from "../socket/planned_setting.ts";
import { readSetting, setOption } from "../socket/set_option.ts";
import type { SocketSetting } from "../socket/settings.ts";
import { socketKind } from "../socket/socket_kind.ts";
import { DESCRIPTOR } from "../socket/socket_target.ts";
import type { Connection } from "./connection.ts";
import { type ConnectionProfile, profileOf } from "./connection_profile.ts";
import { denoConnection } from "./from_deno_conn.ts";
import { setBuiltIn } from "./set_built_in.ts";

/** What is done to each connection that a listener accepts: nothing, where it inherits all that was asked for. */
export class AcceptedProfile {
  readonly #profile: ConnectionProfile;
  /** What Deno's own API sets on each connection, where the C library is not used. */
  readonly #builtIn: readonly PlannedSetting[];
  /** What a connection does not inherit, or may not: quick ACK, and options by their numbers. */
  readonly #own: readonly SocketSetting[];
  /** What it inherits, and can be given afterwards. */
  readonly #inherited: readonly SocketSetting[];

  constructor(planned: readonly PlannedSetting[]) {
    const ofConnections = planned.filter(({ setting: { moment } }) => moment === "inherited" || moment === "accepted");
    const isBuiltIn = ({ row, moment }: SocketSetting) => moment === "accepted" && row?.builtIn === true;
    this.#builtIn = ofConnections.filter(({ setting }) => isBuiltIn(setting));
    this.#own = ofConnections.map(({ setting }) => setting)
      .filter((setting) => !setting.row || (setting.moment === "accepted" && !isBuiltIn(setting)));
    this.#inherited = ofConnections.map(({ setting }) => setting)
      .filter(({ row, moment }) => moment === "inherited" && row?.established);
    this.#profile = profileOf(ofConnections);
  }

  /**
   * Makes a connection of one that was accepted.
   *
   * @param isEarly Whether it was made before the options were set, and inherits none.
   */
  apply(conn: Deno.TcpConn, isEarly = false): Connection {
    setBuiltIn(this.#builtIn, conn);
    const connection = denoConnection(conn, this.#profile);
    const settings = isEarly ? [...this.#inherited, ...this.#own] : this.#own;
    if (settings.length > 0) this.#set(settings, connection[DESCRIPTOR]());
    return connection;
  }

  #set(settings: readonly SocketSetting[], fd: number | undefined): void {
    if (fd === undefined) throw new Deno.errors.NotConnected("the peer reset it");
    const libc = openLibc();
    const kind = socketKind(libc, fd);
    for (const setting of settings) {
      if (!setting.row && readSetting(libc, fd, setting, kind) === setting.value) continue;
      try {
        setOption(libc, fd, setting, kind);
      } catch (error) {
        // An option by its numbers may be for listeners only: the report says what this connection has.
        if (setting.row) throw error;
      }
    }
  }
}
