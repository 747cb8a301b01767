import { formatAddress } from "../core/address.ts";
import { ConnectError } from "../core/errors.ts";
import { LONGEST_TIMER } from "../core/delay.ts";
import { mayConnectTo } from "../net/check_net_permission.ts";
import { connect, type ConnectOptions } from "../net/connect.ts";
import { connectErrorOf } from "../net/connect_error.ts";
import type { Connection } from "../net/connection.ts";
import { raceAddresses } from "../net/happy_eyeballs.ts";
import { resolveHost } from "../net/resolve_host.ts";
import type { BeginTls } from "../net/start_tls.ts";
import { tlsInfoOf } from "./tls_facts.ts";

/** A connection, and how long it took to be made. */
export interface Dialled {
  /** The connection. */
  readonly connection: Connection;
  /** Looking its name up; null where that was not needed. */
  readonly lookupMs: number | null;
  /** The TCP handshake. */
  readonly connectMs: number;
  /** The TLS handshake; null without TLS. */
  readonly tlsMs: number | null;
  /** When all was through (`performance.now()`). */
  readonly atMs: number;
}

/** Makes the connections of a ping, and takes the times of lookup, TCP handshake and TLS handshake apart. */
export class PingDialer {
  readonly #options: ConnectOptions & { hostname: string; connectTimeout: number };
  /** What to connect to: found out once, and anew when a connection could not be made. */
  #addresses: readonly string[] | undefined;
  #lookupMs: number | null = null;
  readonly #beginTls: BeginTls | undefined;

  /**
   * @param options Those of the connections.
   * @param beginTls Begins TLS on each, where that is asked for.
   */
  constructor(options: ConnectOptions & { hostname: string; connectTimeout: number }, beginTls?: BeginTls) {
    this.#options = options;
    this.#beginTls = beginTls;
  }

  /**
   * Looks the name up, if its addresses are not known.
   *
   * @throws {ConnectError} if it has none.
   */
  async resolve(signal: AbortSignal): Promise<void> {
    await this.#limited(signal, (either) => this.#resolve(either));
  }

  /**
   * Makes a connection.
   *
   * @throws {ConnectError} if it could not be made.
   * @throws The signal's reason if it is aborted.
   */
  async dial(signal: AbortSignal): Promise<Dialled> {
    try {
      return await this.#limited(signal, (either) => this.#dial(either));
    } catch (error) {
      // The name may have moved to another address.
      this.#addresses = undefined;
      throw error;
    }
  }

  async #resolve(signal: AbortSignal): Promise<readonly string[]> {
    if (this.#addresses) return this.#addresses;
    const { hostname, port } = this.#options;
    const startMs = performance.now();
    try {
      const addresses = await resolveHost(hostname, signal);
      // Who may connect to a name may connect to its addresses; Deno itself sees only to it that the name is connected to.
      const granted = addresses.every((address) => mayConnectTo({ hostname: address, port }));
      this.#addresses = granted ? addresses : [hostname];
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Deno.errors.NotCapable)) throw connectErrorOf(error, formatAddress({ hostname, port }));
      this.#addresses = [hostname];
    }
    const [first] = this.#addresses;
    this.#lookupMs = first === hostname ? null : performance.now() - startMs;
    return this.#addresses;
  }

  async #dial(signal: AbortSignal): Promise<Dialled> {
    const addresses = await this.#resolve(signal);
    const lookupMs = this.#lookupMs;
    this.#lookupMs = null;
    const attempt = async (hostname: string, attemptSignal: AbortSignal) => {
      // The limit is kept here, where the lookup counts; TLS begins where one address has won.
      const options = { ...this.#options, hostname, connectTimeout: undefined, tls: false, signal: attemptSignal };
      const startMs = performance.now();
      const connection = await connect(options);
      const atMs = performance.now();
      return { connection, connectMs: atMs - startMs, atMs, hostname };
    };
    const { hostname, connection, ...times } = await raceAddresses(
      addresses,
      attempt,
      ({ connection }) => connection.close(),
      signal,
    );
    this.#addresses = [hostname];
    const secured = await this.#secure(connection, signal);
    const tls = tlsInfoOf(secured);
    if (tls === undefined) return { ...times, connection, lookupMs, tlsMs: null };
    return { ...times, connection: secured, lookupMs, tlsMs: tls.handshakeMs, atMs: performance.now() };
  }

  /** Does the TLS handshake, where one is asked for; the name is that of the host, not the address it was reached at. */
  async #secure(connection: Connection, signal: AbortSignal): Promise<Connection> {
    if (!this.#beginTls) return connection;
    const { tls, hostname } = this.#options;
    const serverName = typeof tls === "object" ? tls.serverName ?? hostname : hostname;
    try {
      return await this.#beginTls(connection, serverName, formatAddress(this.#options), signal);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Does something within the connect timeout. */
  async #limited<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { connectTimeout } = this.#options;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), Math.min(connectTimeout, LONGEST_TIMER));
    try {
      return await work(AbortSignal.any([signal, limit.signal]));
    } catch (error) {
      signal.throwIfAborted();
      if (!limit.signal.aborted) throw error;
      const target = formatAddress(this.#options);
      throw new ConnectError("timeout", `cannot connect to ${target}: no answer within ${connectTimeout} ms`, {
        cause: error,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}
