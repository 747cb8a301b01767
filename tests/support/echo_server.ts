import {
  connect,
  type Connection,
  type EchoServer,
  serve,
  type ServedConnectionInfo,
  type ServedConnectionSummary,
  type ServeOptions,
} from "../../mod.ts";

/** A server whose callbacks are kept. */
export interface WatchedServer extends AsyncDisposable {
  /** The server itself. */
  readonly server: EchoServer;
  /** The callbacks in the order they came: `open 1`, `close 1 finished`, `error message`. */
  readonly events: string[];
  /** What `onClose` was given. */
  readonly summaries: ServedConnectionSummary[];
  /** What `onError` was given. */
  readonly errors: unknown[];
  /** Connects a client. */
  connect(): Promise<Connection>;
}

/** Starts one on a free port of 127.0.0.1. Callbacks in `options` are called after those that record. */
export function serveWatched(options: ServeOptions = {}): WatchedServer {
  const events: string[] = [];
  const summaries: ServedConnectionSummary[] = [];
  const errors: unknown[] = [];
  const server = serve({
    ...options,
    onConnection(connection: Connection, info: ServedConnectionInfo) {
      events.push(`open ${info.id}`);
      return options.onConnection?.(connection, info);
    },
    onClose(summary) {
      events.push(`close ${summary.id} ${summary.reason}`);
      summaries.push(summary);
      return options.onClose?.(summary);
    },
    onError(error) {
      events.push(`error ${error instanceof Error ? error.message : error}`);
      errors.push(error);
      return options.onError?.(error);
    },
  });
  return {
    server,
    events,
    summaries,
    errors,
    connect: () => connect(server.addr),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
