import { attempt } from "../core/attempt.ts";
import { guardLogger } from "../core/guard_logger.ts";
import type { Logger } from "../core/logger.ts";
import type { Connection } from "../net/connection.ts";
import { checkProtocol } from "./make_protocol.ts";
import type { BufferedProtocol, Protocol } from "./protocol.ts";
import { StreamTransport } from "./stream_transport.ts";
import type { Transport } from "./transport.ts";

/** Who is told of trouble, beside the protocol. **Give one of them: without, nobody learns of a bug in a callback.** */
export interface TransportOptions {
  /** Told of what a callback of a protocol throws, or a promise that it returns rejects with. */
  onError?: (error: unknown) => void;
  /** Where that is logged, at error, and writing after the end, at warn. */
  logger?: Logger;
}

/**
 * Has a protocol called for a connection of any kind, which belongs to the transport from then on. `connectionMade()` is
 * called before this returns.
 *
 * @example Over a connection in memory
 * ```ts
 * import { connectionPair, createTransport } from "@sounder/tcp";
 *
 * const [near, far] = connectionPair();
 * const lost = Promise.withResolvers<Error | null>();
 * const transport = createTransport(near, {
 *   dataReceived: (data) => transport.write(data), // an echo
 *   connectionLost: lost.resolve,
 * });
 * await far.write(new TextEncoder().encode("hello"));
 * await far.closeWrite();
 * console.log(await lost.promise); // null
 * far.close();
 * ```
 */
export function createTransport(
  connection: Connection,
  protocol: Protocol | BufferedProtocol,
  options: TransportOptions = {},
): Transport {
  checkProtocol(protocol);
  const transport = makeTransport(connection, protocol, options);
  transport.start();
  return transport;
}

/** The same, for whoever keeps count: it is not started yet, and `onEnd` is called when it is over. */
export function makeTransport(
  connection: Connection,
  protocol: Protocol | BufferedProtocol,
  options: TransportOptions,
  onEnd?: () => void,
): StreamTransport {
  return new StreamTransport(connection, protocol, { onError: options.onError, logger: guarded(options), onEnd });
}

/** The logger of options, from which no exception comes. */
export function guarded({ onError, logger }: TransportOptions): Logger | undefined {
  return logger && guardLogger(logger, (error) => void attempt(() => onError?.(error), () => {}));
}
