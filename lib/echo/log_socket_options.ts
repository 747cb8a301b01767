import { formatAddress } from "../core/address.ts";
import type { Logger } from "../core/logger.ts";
import { formatDuration } from "../core/units.ts";
import type { Connection } from "../net/connection.ts";
import type { Listener } from "../net/listen.ts";
import { synAckTimeoutByFormulaMs } from "../socket/connect_timeout.ts";
import { getSocketOptions, type SocketOptionValues } from "../socket/get_socket_options.ts";
import { jsonName } from "../socket/json_name.ts";
import { libcPlatform, mayOpenLibc, openLibc } from "../socket/libc.ts";
import { socketOptionRow } from "../socket/options.ts";
import { showValue } from "../socket/set_option.ts";
import type { SocketTarget } from "../socket/socket_target.ts";
import { readSysctl } from "../socket/sysctl.ts";

/** The options that the recipes' handlers set and log, on connections; a listener has those below as well. */
const OF_CONNECTIONS = [
  "recvBuffer",
  "sendBuffer",
  "noDelay",
  "quickAck",
  "keepAlive",
  "keepAlive.idle",
  "keepAlive.interval",
  "keepAlive.count",
];
const OF_LISTENERS = ["reuseAddress", "reusePort", "backlog", ...OF_CONNECTIONS];

/** Tells the debug log of every option of the recipes as it is on the listener, and of the formula of theirs. */
export function logListener(logger: Logger | undefined, listener: Listener): void {
  if (!logger || logger.debugEnabled === false) return;
  if (!mayOpenLibc()) {
    const why = libcPlatform() ? "unknown (needs --allow-ffi)" : `cannot be read back on ${Deno.build.os}`;
    logger.debug(() => `socket options: ${why}`, () => ({ event: "options" }));
    return;
  }
  tell(logger, `listener ${formatAddress(listener.addr)}`, listener, OF_LISTENERS);
  const retries = readSysctl(openLibc(), "net/ipv4/tcp_synack_retries");
  if (retries === undefined) return;
  const timeoutMs = synAckTimeoutByFormulaMs(Number(retries));
  logger.debug(
    () => `max connect timeout: ${formatDuration(timeoutMs)}, by the formula 2^(tcp_synack_retries + 1) - 1`,
    () => ({ event: "max-connect-timeout", timeoutMs }),
  );
}

/** The same of a connection that was accepted. */
export function logConnection(logger: Logger | undefined, connection: Connection): void {
  if (!logger || logger.debugEnabled === false || !mayOpenLibc()) return;
  tell(logger, `connection ${formatAddress(connection.remoteAddr)}`, connection, OF_CONNECTIONS);
}

function tell(logger: Logger, whose: string, target: SocketTarget, names: readonly string[]): void {
  let values: SocketOptionValues;
  try {
    values = getSocketOptions(target);
  } catch (error) {
    // Reset by now, or a connection in memory: there is nothing to tell.
    if (error instanceof Deno.errors.BadResource) return;
    throw error;
  }
  logger.debug(() => `options of ${whose}: ${names.map((name) => describe(name, values)).join(", ")}`, () => ({
    event: "options",
    ...Object.fromEntries(names.map((name) => [jsonName(name), valueOf(name, values) ?? null])),
  }));
}

function describe(name: string, values: SocketOptionValues): string {
  const row = socketOptionRow(name);
  return `${row.flags[0].name.replace(/^no-/, "")} ${showValue(row, valueOf(name, values))}`;
}

/** `keepAlive` alone is whether it is on. */
function valueOf(name: string, values: SocketOptionValues): string | number | boolean | undefined {
  const [outer, inner = "enabled"] = name.split(".");
  const value = values[outer as keyof SocketOptionValues];
  return typeof value === "object" ? value[inner as keyof typeof value] : value;
}
