/**
 * The schedule of an open loop: when a request is due, how many are, and what it costs to tell the lanes.
 *
 * @module
 */
import { Lane } from "../../../lib/measure/lane.ts";
import { OpenSchedule } from "../../../lib/measure/open_schedule.ts";
import { createPacer } from "../../../lib/measure/pacer.ts";

/** A rate whose requests do not fall on whole doubles. */
const RATE = 30_000;
const CONNECTIONS = 64;
const pacer = createPacer({ ratePerSecond: RATE, connections: CONNECTIONS, connection: 7 });

/** What was computed last: used, so that it is computed. */
let last = 0;
let turn = 0;

Deno.bench({
  name: "Pacer.dueAt()",
  group: "one question",
  baseline: true,
  fn() {
    last += pacer.dueAt(turn++ & 0xffff);
  },
});
Deno.bench({
  name: "Pacer.dueBy()",
  group: "one question",
  fn() {
    last += pacer.dueBy((turn++ & 0xffff) * 0.37);
  },
});
Deno.bench({
  name: "Pacer.dueBefore()",
  group: "one question",
  fn() {
    last += pacer.dueBefore((turn++ & 0xffff) * 0.37);
  },
});

/** Requests of one round: a tenth of a second at that rate. */
const REQUESTS = RATE / 10;
const ROUND_MS = (REQUESTS * 1000) / RATE;

const lanes = Array.from({ length: CONNECTIONS }, (_, connection) => {
  const lane = new Lane(connection, createPacer({ ratePerSecond: RATE, connections: CONNECTIONS, connection }));
  lane.wake = () => void last++;
  return lane;
});

Deno.bench({
  name: `OpenSchedule: ${REQUESTS} requests released over ${CONNECTIONS} lanes`,
  group: "a tenth of a second of schedule",
  baseline: true,
  async fn(b) {
    const schedule = await OpenSchedule.create(lanes);
    // It began so long ago that all is due at once, and then ends: no timer is set.
    const origin = performance.now() - 2 * ROUND_MS;
    schedule.endAt(origin + ROUND_MS);
    last = 0;
    b.start();
    schedule.start(origin);
    b.end();
    if (last !== REQUESTS) throw new Error(`${last} of ${REQUESTS} requests were released`);
  },
});
Deno.bench({
  name: "a loop over dueAt() for as many",
  group: "a tenth of a second of schedule",
  fn() {
    last = 0;
    for (let i = 0; i < REQUESTS; i++) {
      const lane = lanes[i % CONNECTIONS];
      if (lane.dueAt(Math.floor(i / CONNECTIONS), 0) < Infinity) lane.wake();
    }
  },
});
