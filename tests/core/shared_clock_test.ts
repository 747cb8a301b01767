import { assert, assertEquals } from "@std/assert";
import { sharedClock } from "../../lib/core/shared_clock.ts";
import { askWorkers } from "../support/ask_workers.ts";

Deno.test("sharedClock(): without an origin, the thread's own time", () => {
  const now = sharedClock();
  const times = [performance.now(), now(), performance.now(), now()];
  assertEquals(times.toSorted((a, b) => a - b), times);
});

Deno.test("sharedClock(): by the origin of a thread that started earlier it is later", () => {
  const now = sharedClock(performance.timeOrigin - 1e6);
  const before = performance.now();
  const time = now();
  assert(before + 1e6 <= time && time <= performance.now() + 1e6, `${time}`);
});

Deno.test("sharedClock(): what a Worker reads between two readings here lies between them", async () => {
  const now = sharedClock();
  // The resolution of `timeOrigin`, rounded once in each thread; all else is a matter of cause and effect.
  const resolution = 2 * 2 ** -12;
  for (let round = 0; round < 3; round++) {
    const before = now();
    const [there] = await askWorkers<number, number>("shared_clock_worker.ts", [performance.timeOrigin]);
    const after = now();
    assert(before - resolution <= there && there <= after + resolution, `${before} ${there} ${after}`);
  }
});
