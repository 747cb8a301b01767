import { connect } from "../../../lib/net/connect.ts";
import type { Connection } from "../../../lib/net/connection.ts";
import { ConnectError } from "../../../lib/core/errors.ts";
import { missingProgram } from "../../../tests/support/needs.ts";
import { freePort } from "../../bench/server.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { factsOnceBack } from "../process_facts.ts";
import { tortureCase } from "../torture_case.ts";

/** Descriptors of the server beside those that the program itself has. */
const SPARE_DESCRIPTORS = 4;
/** Clients that want in from the first moment on. */
const CLIENTS = 64;
/** Milliseconds between two attempts, while nothing listens yet: in the very moment it does they are there. */
const RETRY_MS = 1;

/** Short of descriptors before it has accepted anybody: what the runtime opens late has to be open by then. */
export const emfileStartCase = tortureCase({
  name: "emfile-start",
  about:
    `${CLIENTS} clients from the first moment on, of a server that starts with ${SPARE_DESCRIPTORS} spare descriptors`,
  sizes: { quick: 700, full: 5_000 },
  limits: { quick: 25, full: 60 },
  text: (ms) => `${CLIENTS} clients, ${ms / 1000} s`,
  missing: () => missingProgram("prlimit"),
  run: async (ground: Ground, ms: number) => {
    const own = await descriptorsAtRest(ground);
    const descriptors = own + SPARE_DESCRIPTORS;
    const port = freePort();
    const stop = new AbortController();
    const held: Connection[] = [];
    using _ = { [Symbol.dispose]: () => held.forEach((connection) => connection.close()) };
    const signal = AbortSignal.any([ground.signal, stop.signal]);
    const flood = Promise.all(Array.from({ length: CLIENTS }, async () => {
      const connection = await connectOnceListening(port, signal);
      if (connection) held.push(connection);
    }));
    // A failure is told below.
    flood.catch(() => {});
    const server = await ground.serveUnproved({ port, descriptors });
    await ground.wait(ms);
    const { descriptors: now } = await server.facts();
    stop.abort();
    await flood;
    check(held.length === CLIENTS, `${held.length} of ${CLIENTS} clients could connect`);
    check(now >= descriptors - 1, `the server had ${now} of ${descriptors} descriptors open: there was no shortage`);
    for (const connection of held.splice(0)) connection.close();
    await server.prove();
    await factsOnceBack(server.child.pid, own, ground.signal);
    const { troubles } = await server.stop();
    const other = troubles.find((line) => !line.includes("Too many open files"));
    check(other === undefined, `the server warned of something else: ${other}`);
    return `all ${descriptors} descriptors in use from the start; ${troubles.length} warnings; served again at once`;
  },
});

/** Descriptors of the program itself. */
async function descriptorsAtRest(ground: Ground): Promise<number> {
  const server = await ground.serve();
  const { descriptors } = server.start;
  await server.stop();
  return descriptors;
}

/** Connects as soon as something listens; undefined where the signal came first. */
async function connectOnceListening(port: number, signal: AbortSignal): Promise<Connection | undefined> {
  while (!signal.aborted) {
    try {
      return await connect({ port, signal });
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof ConnectError && error.kind === "refused")) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
