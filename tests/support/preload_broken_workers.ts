/**
 * Preloaded into a program: the Workers of its server cannot be loaded.
 *
 * @module
 */
import { watchWorkers } from "./serve_workers.ts";

watchWorkers("./broken_serve_worker.ts");
