import { GROWING } from "../flatness.ts";
import type { Ground } from "../ground.ts";
import { inLanes } from "../lanes.ts";
import { type MannerName, MANNERS } from "../manners.ts";
import { requireFlat } from "../memory_watch.ts";
import { tortureCase } from "../torture_case.ts";

/** Connections that live at the same time: less than any backlog. */
const LANES = 64;
/** Readings of the memory. */
const READINGS = 40;
const NAMES = Object.keys(MANNERS) as MannerName[];

/** Connections that come and go, in every manner. */
export const churnCase = tortureCase({
  name: "churn",
  about: "connections that come and go: echo and FIN, echo and RST, FIN or RST at once, deaf ones",
  sizes: { quick: 4_000, full: 50_000 },
  limits: { quick: 25, full: 240 },
  text: (count) => `${count} connections`,
  run: async (ground: Ground, count: number) => {
    const server = await ground.serve();
    const memory: number[] = [];
    let ended = 0;
    const counts = Object.fromEntries(NAMES.map((name) => [name, 0]));
    await inLanes(count, LANES, async (index) => {
      const random = ground.random(index);
      const name = NAMES[random.whole(0, NAMES.length - 1)];
      await MANNERS[name](server.address, { random, signal: ground.signal });
      counts[name]++;
      if (++ended % Math.floor(count / READINGS) === 0) memory.push((await server.facts()).memory);
    });
    const growth = requireFlat(memory, GROWING);
    await server.finish();
    return `${NAMES.map((name) => `${counts[name]} ${name}`).join(", ")}; descriptors back; ${growth}`;
  },
});
