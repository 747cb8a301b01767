import type { Ground } from "../ground.ts";
import { inLanes } from "../lanes.ts";
import { MANNERS } from "../manners.ts";
import { tortureCase } from "../torture_case.ts";
import { check } from "../check.ts";

/**
 * Milliseconds until a client is served that comes after them. A server that waits 50 ms after each reset, as for a
 * shortage, takes 15 s.
 */
const SERVED_WITHIN_MS = 5_000;

/** Peers that are gone when their turn comes to be accepted. */
export const rstBeforeAcceptCase = tortureCase({
  name: "rst-before-accept",
  about: "connections reset while they wait to be accepted (SIGSTOP)",
  sizes: { quick: 300, full: 300 },
  limits: { quick: 20, full: 30 },
  text: (count) => `${count} resets`,
  run: async (ground: Ground, count: number) => {
    const server = await ground.serve();
    server.signal("SIGSTOP");
    await inLanes(count, 1, async (index) => {
      await MANNERS.gone(server.address, { random: ground.random(index), signal: ground.signal });
    });
    const since = performance.now();
    server.signal("SIGCONT");
    await server.prove();
    const ms = performance.now() - since;
    check(ms <= SERVED_WITHIN_MS, `the next client was served after ${ms.toFixed(0)} ms only`);
    await server.finish();
    return `the next client was served after ${ms.toFixed(0)} ms`;
  },
});
