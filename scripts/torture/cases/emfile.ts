import { connectEcho } from "../../../lib/echo/connect_echo.ts";
import { missingProgram } from "../../../tests/support/needs.ts";
import { cpuSeconds } from "../../bench/process_usage.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";
import { PATIENCE_MS } from "../verified_stream.ts";

/** Descriptors of the server: the program itself has about 25. */
const DESCRIPTORS = 64;
/** Clients: more than there are descriptors for, fewer than wait in the queue. */
const CLIENTS = 200;
/**
 * Part of the time that the server may compute while it is short: 0 to 3% are usual. accept() fails at once, and a loop
 * that tries again at once takes a whole processor (79% were measured).
 */
const BUSY = 0.2;
/**
 * Lines that it may warn with: it tries again once a second, and clients that leave end the shortage for a moment only.
 */
const MOST_WARNINGS = 100;

/** More clients than descriptors: those that are in are served, the others wait, and come in as those leave. */
export const emfileCase = tortureCase({
  name: "emfile",
  about: `${CLIENTS} clients of a server with ${DESCRIPTORS} descriptors (EMFILE), which leave one by one later`,
  sizes: { quick: 1_000, full: 5_000 },
  limits: { quick: 25, full: 60 },
  text: (ms) => `${CLIENTS} clients, ${ms / 1000} s`,
  missing: () => missingProgram("prlimit"),
  run: async (ground: Ground, ms: number) => {
    const server = await ground.serve({ descriptors: DESCRIPTORS });
    const shortage = Promise.withResolvers<void>();
    const { signal } = ground;
    const limits = { timeout: 2 * ms + PATIENCE_MS, signal };
    let served = 0;
    const clients = Promise.all(Array.from({ length: CLIENTS }, async (_, index) => {
      using client = await connectEcho({ ...server.address, connectTimeout: PATIENCE_MS, signal });
      await client.exchange([`${index} of ${CLIENTS}\n`], limits);
      served++;
      await shortage.promise;
      await client.exchange([`${index} is still there\n`], limits);
      await client.close(limits);
    }));
    // A failure is told below.
    clients.catch(() => {});
    const before = (await cpuSeconds(server.child.pid))!;
    await ground.wait(ms);
    const busy = ((await cpuSeconds(server.child.pid))! - before) / (ms / 1000);
    const inShortage = served;
    shortage.resolve();
    await clients;
    check(inShortage > 0 && inShortage < DESCRIPTORS, `${inShortage} were served in the shortage: there was none`);
    check(busy <= BUSY, `the server computed for ${Math.round(busy * 100)}% of the shortage`);
    await server.prove();
    await server.back();
    const { troubles } = await server.stop();
    const other = troubles.find((line) => !line.includes("Too many open files"));
    check(other === undefined, `the server warned of something else: ${other}`);
    check(troubles.length > 0, "the server did not say that it was short of descriptors");
    check(troubles.length <= MOST_WARNINGS, `the server warned ${troubles.length} times`);
    return `${inShortage} served meanwhile, all ${CLIENTS} in the end; ${
      Math.round(busy * 100)
    }% busy in the shortage, ` +
      `${troubles.length} warnings`;
  },
});
