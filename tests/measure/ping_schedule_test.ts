import { assertEquals } from "@std/assert";
import { nextSlot, slotStart } from "../../lib/measure/ping_schedule.ts";

Deno.test("nextSlot: the one after, however late the last one was; what has passed is left out", () => {
  const cases: [slot: number, elapsedMs: number, next: number][] = [
    [0, 0, 1],
    [0, 0.4, 1],
    [0, 999, 1],
    // Late, but within its interval: the schedule does not drift.
    [1, 1400, 2],
    [1, 1999.9, 2],
    // The next slot begins now: it is taken.
    [1, 2000, 2],
    [1, 2000.1, 3],
    [1, 5500, 6],
    // A timer that fired early does not make a slot twice.
    [3, 2999.8, 4],
  ];
  for (const [slot, elapsedMs, next] of cases) {
    assertEquals(nextSlot(slot, elapsedMs, 1000), next, `${slot} ${elapsedMs}`);
  }
});

Deno.test("slots: none is left out while each probe is sent within its own, and none drifts", () => {
  for (const intervalMs of [0.1, 1, 3.3, 1000]) {
    let slot = 0;
    for (let i = 0; i < 1000; i++) slot = nextSlot(slot, slotStart(slot, intervalMs) + intervalMs / 4, intervalMs);
    assertEquals([slot, slotStart(1e6, intervalMs)], [1000, 1e6 * intervalMs]);
  }
});
