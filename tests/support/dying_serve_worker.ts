/**
 * A Worker of a server that throws what nobody catches when it is told to.
 *
 * @module
 */
/// <reference lib="webworker" />
import "../../lib/echo/serve_worker.ts";

self.addEventListener("message", (event) => {
  if ((event as MessageEvent).data.type === "die") throw new TypeError("boom");
});
