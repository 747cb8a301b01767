import type { ErrorData } from "../core/error_data.ts";
import type { LogFields, Logger } from "../core/logger.ts";
import type { ListenOptions } from "../net/listen.ts";
import type { ServeOptions, ShutdownReport } from "./echo_server.ts";
import type { ServedConnectionSummary } from "./served_connection.ts";

/** What one Worker of a server does: plain data. */
export interface ServePlan extends Pick<ServeOptions, "service" | "idleTimeout" | "maxConnections"> {
  /** Where and how to listen: the address that the first thread has bound, to be shared. */
  readonly listen: ListenOptions;
  /** The memory of the `ServerTotals`. */
  readonly memory: SharedArrayBuffer;
  /** Which thread it is. */
  readonly thread: number;
  /** What is told: log messages, and those at debug too; connections that ended; errors. What nobody hears is not sent. */
  readonly tells: {
    readonly logs: boolean;
    readonly debug: boolean;
    readonly closes: boolean;
    readonly errors: boolean;
  };
}

/** What a Worker of a server is told. */
export type ToServeWorker =
  /** Listen, and serve. */
  | { readonly type: "start"; readonly plan: ServePlan }
  /** End in order; milliseconds of grace. */
  | { readonly type: "shutDown"; readonly grace: number }
  /** End at once. */
  | { readonly type: "close" };

/** A level of a `Logger`. */
export type LogLevel = Exclude<keyof Logger, "debugEnabled">;

/** A summary with its error as plain data. */
export type SummaryData = Omit<ServedConnectionSummary, "error"> & { readonly error?: ErrorData };

/** What a Worker of a server tells. */
export type FromServeWorker =
  /** It accepts connections. */
  | { readonly type: "ready" }
  /** It cannot be started; the last message. */
  | { readonly type: "failed"; readonly error: ErrorData }
  /** A log message. */
  | { readonly type: "log"; readonly level: LogLevel; readonly text: string; readonly fields: LogFields | undefined }
  /** A connection has ended. */
  | { readonly type: "closed"; readonly summary: SummaryData }
  /** Trouble, for `onError`. */
  | { readonly type: "error"; readonly error: ErrorData }
  /** It died of an error that nobody caught; the last message. */
  | { readonly type: "died"; readonly error: ErrorData }
  /** It has ended as it was told to; the last message. */
  | { readonly type: "ended"; readonly report: ShutdownReport };
