import { attempt } from "../core/attempt.ts";
import type { ServeOptions } from "./echo_server.ts";
import type { ServerLog } from "./server_log.ts";

/** Calls the callbacks of a server's user: an exception in one, or a promise that rejects, is reported and goes no further. */
export class CallbackGuard {
  readonly #onError: ServeOptions["onError"];
  readonly #log: ServerLog;

  /** @param onError Told of what goes wrong; it may fail itself. */
  constructor(onError: ServeOptions["onError"], log: ServerLog) {
    this.#onError = onError;
    this.#log = log;
  }

  /**
   * Calls a callback. What fails in it is reported.
   *
   * @returns Whether it returned. A promise that it returns is not waited for.
   */
  call(callback: () => unknown): boolean {
    return attempt(callback, (error) => this.report(error));
  }

  /** Logs an error and tells `onError` of it. */
  report(error: unknown): void {
    this.#log.failed(error);
    this.tell(error);
  }

  /** Tells `onError` of an error that is logged elsewhere. What fails in `onError` is logged only. */
  tell(error: unknown): void {
    attempt(() => this.#onError?.(error), (thrown) => this.#log.failed(thrown));
  }
}
