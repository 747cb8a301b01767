/**
 * Preloaded into a program: at SIGWINCH the first of the Workers of its server dies.
 *
 * @module
 */
import { watchWorkers } from "./serve_workers.ts";

const workers = watchWorkers("./dying_serve_worker.ts");
Deno.addSignalListener("SIGWINCH", () => workers.kill(0));
