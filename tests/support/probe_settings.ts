/**
 * A program that sets options on a connection of its own, as its argument says in JSON, and prints in JSON what was thrown
 * and whether TCP_NODELAY was touched. Run with permissions taken away.
 *
 * @module
 */
import { setSocketOptions } from "../../lib/socket/set_socket_options.ts";
import { settingsOf } from "../../lib/socket/settings.ts";
import { SocketOptionError } from "../../lib/socket/socket_option_error.ts";

/** What came of it; nothing is set where something was thrown. */
export interface ProbedSettings {
  /** From {@linkcode setSocketOptions} on an open connection. */
  set: Thrown;
  /** From {@linkcode settingsOf} for a connection to be made. */
  plan: Thrown;
  /** How often Deno was told to set TCP_NODELAY, through which descriptors are proved. */
  touched: number;
}

/** What was thrown, if anything was. */
export interface Thrown {
  name?: string;
  kind?: string;
  option?: string;
  message?: string;
}

function thrownBy(fn: () => unknown): Thrown {
  try {
    fn();
    return {};
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message, ...(error instanceof SocketOptionError && { kind: error.kind, option: error.option }) };
  }
}

if (import.meta.main) {
  const options = JSON.parse(Deno.args[0]);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  let touched = 0;
  const setNoDelay = conn.setNoDelay.bind(conn);
  conn.setNoDelay = (noDelay) => (touched++, setNoDelay(noDelay));
  const set = thrownBy(() => setSocketOptions(conn, options));
  const plan = thrownBy(() => settingsOf(options, "connect"));
  console.log(JSON.stringify({ set, plan, touched } satisfies ProbedSettings));
}
