import { assert, assertEquals } from "@std/assert";
import { measureClock } from "../../lib/measure/clock.ts";

Deno.test("measureClock(): figures above nothing, to the nanosecond", async () => {
  const { resolutionUs, sampleCostUs } = await measureClock();
  for (const us of [resolutionUs, sampleCostUs]) {
    assert(us > 0 && us < Infinity, `${us} µs`);
    assertEquals(us, Number(us.toFixed(3)));
  }
});
