import { formatAddress } from "../core/address.ts";
import { LONGEST_TIMER } from "../core/delay.ts";
import { ConnectError, type ConnectErrorKind } from "../core/errors.ts";
import type { Connection } from "./connection.ts";
import { fromDenoConn } from "./from_deno_conn.ts";

/** Options for {@linkcode connect}. */
export interface ConnectOptions {
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
   * Probes an idle peer (SO_KEEPALIVE, socket(7)) at the kernel's times.
   *
   * @default {false}
   */
  keepAlive?: boolean;
}

/**
 * Connects to a TCP server.
 *
 * @throws {ConnectError} if the connection could not be made; `kind` says why.
 * @throws {RangeError} if the port or the timeout is out of range.
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
  const { hostname = "127.0.0.1", port, connectTimeout, signal, noDelay = true, keepAlive = false } = options;
  checkConnectOptions(options);
  signal?.throwIfAborted();
  const target = formatAddress({ hostname, port });
  const limit = new AbortController();
  const timer = connectTimeout === undefined
    ? undefined
    : setTimeout(() => limit.abort(), Math.min(connectTimeout, LONGEST_TIMER));
  let conn: Deno.TcpConn | undefined;
  try {
    const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
    conn = await Deno.connect({ hostname, port, signal: either });
    conn.setNoDelay(noDelay);
    if (keepAlive) conn.setKeepAlive(true);
    return fromDenoConn(conn);
  } catch (error) {
    conn?.close();
    if (signal?.aborted) throw signal.reason;
    if (limit.signal.aborted) {
      throw new ConnectError("timeout", `cannot connect to ${target}: no answer within ${connectTimeout} ms`, {
        cause: error,
      });
    }
    const { kind, reason } = explain(error);
    throw new ConnectError(kind, `cannot connect to ${target}: ${reason}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function checkConnectOptions({ port, connectTimeout }: ConnectOptions): void {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new RangeError(`cannot connect to port ${port}: use a whole number from 1 to 65535`);
  }
  if (connectTimeout !== undefined && !(connectTimeout > 0)) {
    throw new RangeError(`cannot connect within ${connectTimeout} ms: connectTimeout must be more than 0`);
  }
}

function explain(error: unknown): { kind: ConnectErrorKind; reason: string } {
  const { code, message } = error as { code?: string; message?: string };
  if (error instanceof Deno.errors.NotCapable) return { kind: "denied", reason: "net permission is missing" };
  if (error instanceof Deno.errors.PermissionDenied) return { kind: "denied", reason: "this machine forbids it" };
  if (error instanceof Deno.errors.ConnectionRefused) return { kind: "refused", reason: "connection refused" };
  if (error instanceof Deno.errors.TimedOut) return { kind: "timeout", reason: "no answer within the kernel's limit" };
  // NotConnected: the RST came between the handshake and Deno's asking for the addresses.
  if (error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.NotConnected) {
    return { kind: "reset", reason: "the peer reset the connection" };
  }
  if (code === "ENETUNREACH") return { kind: "unreachable", reason: "no route to that network" };
  if (code === "EHOSTUNREACH") return { kind: "unreachable", reason: "no route to that host" };
  if (error instanceof URIError) return { kind: "not-found", reason: "that is not a host name" };
  if (message?.startsWith("failed to lookup address")) return { kind: "not-found", reason: "host name not found" };
  return { kind: "failed", reason: message ?? String(error) };
}
