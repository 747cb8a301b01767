import { errorOf } from "../core/error_data.ts";
import type { Logger } from "../core/logger.ts";
import type { ConnectionsOptions, ConnectionState } from "./connection_state.ts";
import type { ServeReload, ShutdownReport } from "./echo_server.ts";
import type { FromServeWorker, ServePlan, SummaryData, ToServeWorker } from "./serve_messages.ts";
import type { ServedConnectionSummary } from "./served_connection_summary.ts";

/** What the Workers of a server tell. */
export interface CrewEvents {
  /** Where their log messages go. It does not fail. */
  readonly logger: Logger | undefined;
  /** Told of each connection that has ended. */
  onClose(summary: ServedConnectionSummary): void;
  /** Told of trouble, which is logged already. */
  onError(error: Error): void;
  /** Told of a Worker that could not be started, or died: it does nothing any more. */
  onDeath(error: Error, thread: number): void;
}

/** The Workers of a server: each one thread of it. */
export interface ServerCrew {
  /** Resolves when all accept connections; rejects if one dies before. */
  readonly ready: Promise<void>;
  /** Resolves when all have ended, in whichever way. */
  readonly finished: Promise<void>;
  /** Has each take on what is changed. Rejects with what one of them met. */
  reload(changes: ServeReload): Promise<void>;
  /** Lists the connections of each. */
  connections(options: ConnectionsOptions): Promise<readonly (readonly ConnectionState[])[]>;
  /** Ends each in order. */
  shutDown(grace: number): Promise<readonly ShutdownReport[]>;
  /** Ends each at once. */
  close(): void;
}

/** Starts a Worker for each plan. */
export function startCrew(plans: readonly ServePlan[], events: CrewEvents): ServerCrew {
  const workers = plans.map((plan) => new ServeWorker(plan, events));
  const ended = Promise.all(workers.map(({ ended }) => ended));
  return {
    ready: Promise.all(workers.map(({ ready }) => ready)).then(() => {}),
    finished: ended.then(() => {}),
    reload: async (changes) => void await Promise.all(workers.map((worker) => worker.ask({ type: "reload", changes }))),
    connections: async (options) => {
      const lists = await Promise.all(workers.map((worker) => worker.ask({ type: "list", options })));
      return lists.map((list) => list ?? []);
    },
    shutDown: (grace) => {
      for (const worker of workers) worker.tell({ type: "shutDown", grace });
      return ended;
    },
    close: () => {
      for (const worker of workers) worker.tell({ type: "close" });
    },
  };
}

/** What a Worker answers: a list, or that it has done it. */
type Answer = readonly ConnectionState[] | undefined;

/** What is known of one that died. */
const NO_REPORT: ShutdownReport = { endedByServer: 0, unechoedBytes: 0, lateBytes: 0 };

/** One Worker. */
class ServeWorker {
  readonly ready: Promise<void>;
  /** Resolves with how its shutdown went, also where it died. */
  readonly ended: Promise<ShutdownReport>;
  readonly #events: CrewEvents;
  readonly #thread: number;
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<ShutdownReport>();
  /** The questions that it has not answered yet, which it does in order. */
  readonly #questions: PromiseWithResolvers<Answer>[] = [];
  #isReady = false;
  /** Whether it was told to end. */
  #isEnding = false;

  constructor(plan: ServePlan, events: CrewEvents) {
    this.ready = this.#ready.promise;
    this.ended = this.#ended.promise;
    this.#events = events;
    this.#thread = plan.thread;
    this.#worker = new Worker(new URL("./serve_worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromServeWorker>) => this.#onMessage(data);
    // What the Worker cannot tell by itself: it could not be loaded.
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#die(new Error(event.message));
    };
    this.tell({ type: "start", plan });
  }

  tell(message: ToServeWorker): void {
    if (message.type === "shutDown" || message.type === "close") this.#isEnding = true;
    this.#worker.postMessage(message);
  }

  /** Asks, and waits for the answer: `undefined` where it has none to give, or has ended meanwhile. */
  async ask(question: Extract<ToServeWorker, { type: "reload" | "list" }>): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    this.#questions.push(answer);
    this.tell(question);
    return await Promise.race([answer.promise, this.ended.then(() => undefined)]);
  }

  #onMessage(message: FromServeWorker): void {
    const { logger, onClose, onError } = this.#events;
    switch (message.type) {
      case "ready":
        this.#isReady = true;
        return this.#ready.resolve();
      case "log":
        return logger?.[message.level](() => message.text, message.fields && (() => message.fields!));
      case "closed":
        return onClose(summaryOf(message.summary));
      case "error":
        return onError(errorOf(message.error));
      case "reloaded":
        if (message.error) return this.#questions.shift()?.reject(errorOf(message.error));
        return this.#questions.shift()?.resolve(undefined);
      case "listed":
        return this.#questions.shift()?.resolve(message.connections);
      case "failed":
      case "died":
        return this.#die(errorOf(message.error));
      case "ended":
        return this.#end(message.report);
    }
  }

  #die(cause: Error): void {
    const words = this.#isReady ? "a Worker of the server died" : "cannot start a Worker of the server";
    // The class tells what would do: a port in use, a permission.
    const ErrorClass = cause.constructor as ErrorConstructor;
    const error = new ErrorClass(`${words}: ${cause.message}`, { cause });
    // It may have met the end of the others, such as the address let go.
    const isTold = this.#isReady || !this.#isEnding;
    this.#end(NO_REPORT);
    this.#ready.reject(error);
    if (isTold) this.#events.onDeath(error, this.#thread);
  }

  #end(report: ShutdownReport): void {
    this.#worker.terminate();
    this.#ended.resolve(report);
  }
}

function summaryOf({ error, ...summary }: SummaryData): ServedConnectionSummary {
  return error === undefined ? summary : { ...summary, error: errorOf(error) };
}
