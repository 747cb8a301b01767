import { type Address, formatAddress } from "../core/address.ts";
import { LONGEST_TIMER } from "../core/delay.ts";
import { ConnectError } from "../core/errors.ts";
import { mayOpenLibc } from "../socket/libc.ts";
import { planSettings } from "../socket/planned_setting.ts";
import { settingsOf, type SocketSetting } from "../socket/settings.ts";
import { showValue } from "../socket/set_option.ts";
import { SocketOptionError } from "../socket/socket_option_error.ts";
import type { ConnectorSocketOptions, SocketOptions } from "../socket/socket_options.ts";
import { connectErrorOf } from "./connect_error.ts";
import { connectFromSource } from "./connect_from_source.ts";
import { connectBeforeSyn } from "./connect_before_syn.ts";
import { connectThroughDeno } from "./connect_through_deno.ts";
import type { Connection } from "./connection.ts";
import { sourceOf } from "./source_address.ts";
import { prepareTls } from "./start_tls.ts";
import type { TlsClientOptions } from "./tls_options.ts";

/** Options for {@linkcode connect}. */
export interface ConnectOptions extends ConnectorSocketOptions {
  /**
   * Host name or IP address, an IPv6 address without brackets. A name with several addresses is tried address by
   * address, IPv6 first, the next one after 250 ms (Happy Eyeballs, RFC 8305).
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string;
  /** TCP port, 1 to 65535. */
  port: number;
  /**
   * Milliseconds for the name lookup and the connecting together. Without it the kernel's own limit holds (on Linux
   * about two minutes, `tcp_syn_retries` in tcp(7)).
   */
  connectTimeout?: number;
  /** Gives the attempt up; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Sends small writes at once (TCP_NODELAY, tcp(7)): without it a small write waits for the ACK of the one before.
   *
   * @default {true}
   */
  noDelay?: boolean;
  /**
   * Probes an idle peer (SO_KEEPALIVE, socket(7)): at the kernel's times, or at these, which need `--allow-ffi`.
   *
   * @default {false}
   */
  keepAlive?: SocketOptions["keepAlive"];
  /**
   * Does a TLS handshake, within `connectTimeout` and 60 s; the connection is a `TlsConnection` then.
   *
   * @default {false}
   */
  tls?: boolean | TlsClientOptions;
}

/**
 * Connects to a TCP server.
 *
 * Options that shape the SYN (receive buffer, largest segment, SYN retries, device, mark, Fast Open, user timeout,
 * congestion control, type of service, TTL) are set before it is sent, the others right after connecting. Each is read
 * back: `connection.socketOptions`.
 *
 * @throws {ConnectError} if the connection could not be made; `kind` says why.
 * @throws {SocketOptionError} if an option cannot be set, or the source cannot be had; no data is sent then.
 * @throws {RangeError} if the port, the timeout or an option's value is out of range.
 * @throws {TypeError} if an option's value is of the wrong kind.
 *
 * @example
 * ```ts
 * import { connect, serve } from "@sounder/tcp";
 *
 * await using server = serve({ port: 0 });
 * using connection = await connect({ port: server.addr.port, connectTimeout: 3500 });
 * await connection.write(new TextEncoder().encode("data1\n"));
 * ```
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { hostname = "127.0.0.1", port, connectTimeout, signal } = options;
  checkConnectOptions(options);
  const tls = options.tls === true ? {} : options.tls || undefined;
  const settings = settingsOf({ ...options, noDelay: options.noDelay ?? true }, "connect");
  const source = sourceOf(settings);
  const beginTls = tls && await prepareTls(tls);
  signal?.throwIfAborted();
  const target = formatAddress({ hostname, port });
  const limit = new AbortController();
  const timer = connectTimeout === undefined
    ? undefined
    : setTimeout(() => limit.abort(), Math.min(connectTimeout, LONGEST_TIMER));
  try {
    const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
    const connection = await establish({ hostname, port }, settings, source, either);
    return await (beginTls?.(connection, tls?.serverName ?? hostname, target, either) ?? connection);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof SocketOptionError) throw error;
    if (!limit.signal.aborted && error instanceof ConnectError) throw error;
    if (!limit.signal.aborted) throw connectErrorOf(error, target, limitsOf(settings));
    throw new ConnectError("timeout", `cannot connect to ${target}: no answer within ${connectTimeout} ms`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** What bounds the kernel's patience, in words; empty for its own limits. */
function limitsOf(settings: readonly SocketSetting[]): string {
  return settings.filter(({ option }) => option === "synRetries" || option === "userTimeout")
    .map(({ option, row, value }) => ` (${option} ${showValue(row, value)})`).join("");
}

/** Connects in the way that the options call for. */
async function establish(
  target: Address,
  settings: readonly SocketSetting[],
  source: Address | undefined,
  signal: AbortSignal,
): Promise<Connection> {
  const planned = planSettings(settings);
  if (settings.some(({ moment }) => moment === "syn") || (source && mayOpenLibc())) {
    return await connectBeforeSyn(target, planned, source, signal);
  }
  if (source) return await connectFromSource(target, planned, source, signal);
  return await connectThroughDeno(target, planned, signal);
}

function checkConnectOptions({ port, connectTimeout }: ConnectOptions): void {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new RangeError(`cannot connect to port ${port}: use a whole number from 1 to 65535`);
  }
  if (connectTimeout !== undefined && !(typeof connectTimeout === "number" && connectTimeout > 0)) {
    throw new RangeError(`cannot connect within ${connectTimeout} ms: connectTimeout must be more than 0`);
  }
}
