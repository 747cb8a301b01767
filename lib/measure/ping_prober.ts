import { formatAddress } from "../core/address.ts";
import { ConnectError } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { textOf } from "../core/text_of.ts";
import type { Connection } from "../net/connection.ts";
import type { Probe, ProbeBook } from "./ping_book.ts";
import type { Dialled, PingDialer } from "./ping_dialer.ts";

/** What sends probes and takes their answers. */
export interface Prober {
  /** Connections made. */
  readonly connections: number;
  /** Sends a probe, or sees to it that it is lost. Resolves when one of the two is done; never rejects. */
  probe(probe: Probe): Promise<void>;
  /** Ends what is under way; resolves once nothing is. The signal must be aborted before. */
  close(): Promise<void>;
}

/** What probers need. */
export interface ProberOptions {
  /** Keeps book. */
  readonly book: ProbeBook;
  /** Makes connections. */
  readonly dialer: PingDialer;
  /** Aborted when the ping ends. */
  readonly signal: AbortSignal;
  /** Told of connections and errors. */
  readonly logger: Logger | undefined;
  /** Told of each connection. */
  readonly onConnection: (connection: Connection) => void;
  /** Told of an error that no probe can mend; may be called several times. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Makes a connection and tells of it.
 *
 * @returns undefined where the ping has ended meanwhile, or ends with this.
 * @throws What kept it from being made.
 */
export async function dialTold(options: ProberOptions, isFirst: boolean): Promise<Dialled | undefined> {
  const { dialer, signal, logger, onConnection, onFatal } = options;
  try {
    const dialled = await dialer.dial(signal);
    if (signal.aborted) {
      dialled.connection.close();
      return undefined;
    }
    const { connection: { localAddr, remoteAddr }, connectMs, tlsMs } = dialled;
    const [peer, local] = [formatAddress(remoteAddr), formatAddress(localAddr)];
    const encrypted = tlsMs === null ? "" : `, TLS in ${tlsMs.toFixed(3)} ms`;
    logger?.debug(() => `connected to ${peer} from ${local} in ${connectMs.toFixed(3)} ms${encrypted}`, () => ({
      event: "connect",
      peer,
      local,
      connectMs,
      ...(tlsMs === null ? {} : { tlsMs }),
    }));
    onConnection(dialled.connection);
    return dialled;
  } catch (error) {
    if (signal.aborted) return undefined;
    logger?.debug(() => textOf(error), () => ({ event: "error", kind: kindOf(error) }));
    if (!isFirst || !isFatal(error)) throw error;
    onFatal(error);
    return undefined;
  }
}

/** Counts a probe as lost to an error of connecting. */
export function loseTo(error: unknown, probe: Probe, book: ProbeBook): void {
  book.lose(probe, kindOf(error), textOf(error));
}

function kindOf(error: unknown): ConnectError["kind"] {
  return error instanceof ConnectError ? error.kind : "failed";
}

/**
 * Whether an error of the first attempt would come of every other one, too: the name is not known, a permission is missing,
 * a socket option cannot be had. Anything else is for the probes to tell: the server may come up.
 */
export function isFatal(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return true;
  return error.kind === "not-found" || error.cause instanceof Deno.errors.NotCapable;
}
