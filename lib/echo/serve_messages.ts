import type { ErrorData } from "../core/error_data.ts";
import type { LogFields, Logger } from "../core/logger.ts";
import type { ListenOptions } from "../net/listen.ts";
import type { TlsServerOptions } from "../net/tls_options.ts";
import type { ConnectionsOptions, ConnectionState } from "./connection_state.ts";
import type { ServeReload, ShutdownReport } from "./echo_server.ts";
import type { FaultPlan } from "./fault_plan.ts";
import type { ServeLimits } from "./serve_limits.ts";
import type { ServedConnectionSummary } from "./served_connection_summary.ts";
import type { ServiceName } from "./service.ts";

/** Where one Worker listens, and what it does there. */
export interface EndpointPlan {
  /** The address that the first thread has bound, to be shared. */
  readonly listen: ListenOptions;
  /** What is done with each connection. */
  readonly service: ServiceName;
  /** Whether it speaks TLS. */
  readonly tls: boolean;
}

/** What one Worker of a server does: plain data. */
export interface ServePlan {
  /** Where. */
  readonly endpoints: readonly EndpointPlan[];
  /** What connections may do. */
  readonly limits: ServeLimits;
  /** The faults to inject. */
  readonly faults: FaultPlan | undefined;
  /** How TLS is spoken. */
  readonly tls: TlsServerOptions | undefined;
  /** The memory of the `ServerTotals`. */
  readonly memory: SharedArrayBuffer;
  /** The memory of the `HostCounts`, where they are needed. */
  readonly hosts: SharedArrayBuffer | undefined;
  /** Where the clock of all threads begins. */
  readonly timeOrigin: number;
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
  /** Take on what is changed. It answers `reloaded`. */
  | { readonly type: "reload"; readonly changes: ServeReload }
  /** List the connections. It answers `listed`. */
  | { readonly type: "list"; readonly options: ConnectionsOptions }
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
  /** It has taken on what is changed, or, by the error, not. */
  | { readonly type: "reloaded"; readonly error: ErrorData | undefined }
  /** The connections that it serves. */
  | { readonly type: "listed"; readonly connections: readonly ConnectionState[] }
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
