import type { Address } from "../core/address.ts";
import { descriptorFinder } from "../socket/descriptor.ts";
import { type PlannedSetting, readSettings, setSettings } from "../socket/planned_setting.ts";
import { needsLibc } from "../socket/settings.ts";
import type { Connection } from "./connection.ts";
import { profileOf } from "./connection_profile.ts";
import { denoConnection } from "./from_deno_conn.ts";
import { setBuiltIn } from "./set_built_in.ts";

/** Connects with `Deno.connect()`, and sets the options right after: those that the SYN does not depend on. */
export async function connectThroughDeno(
  { hostname, port }: Address,
  planned: readonly PlannedSetting[],
  signal: AbortSignal,
): Promise<Connection> {
  const conn = await Deno.connect({ hostname, port, signal });
  try {
    if (!planned.some(({ setting }) => needsLibc(setting))) {
      setBuiltIn(planned, conn);
      return denoConnection(conn, profileOf(planned));
    }
    const fd = descriptorFinder().connection(conn);
    if (fd === undefined) throw new Deno.errors.NotConnected("the peer reset it before its options were set");
    setSettings(fd, planned);
    return denoConnection(conn, profileOf(planned, readSettings(fd, planned)));
  } catch (error) {
    conn.close();
    throw error;
  }
}
