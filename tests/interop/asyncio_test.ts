/**
 * The same scenarios on CPython's asyncio and on ours: the same callbacks in the same order, the same bytes, the same
 * end; or a difference on purpose, with its reason.
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import { startOurs } from "../support/asyncio_ours.ts";
import { playScenario, type Scenario } from "../support/asyncio_scenario.ts";
import { CORNERS } from "../support/asyncio_scenarios_corners.ts";
import { ENDING } from "../support/asyncio_scenarios_ending.ts";
import { FLOW } from "../support/asyncio_scenarios_flow.ts";
import { TROUBLE } from "../support/asyncio_scenarios_trouble.ts";
import { Asyncio } from "../support/asyncio_theirs.ts";
import { noLibc } from "../support/libc.ts";
import { missingProgram, notLinux } from "../support/needs.ts";

// RST, and knowing that it has come, take Linux and FFI.
const missing = notLinux() ?? noLibc() ?? await missingProgram("python3");

Deno.test({
  name: `a transport does what asyncio's does${missing ? ` (skipped: ${missing})` : ""}`,
  ignore: missing !== undefined,
  fn: async (t) => {
    // One Python for all: it takes a third of a second to start.
    await using asyncio = new Asyncio();
    for (const scenario of [...ENDING, ...FLOW, ...TROUBLE, ...CORNERS]) {
      await t.step({
        name: `${scenario.name}${scenario.ours ? " (not the same, for a reason)" : ""}`,
        fn: () => check(scenario, asyncio),
        // Python goes on beside the steps; the test as a whole is checked.
        sanitizeOps: false,
        sanitizeResources: false,
      });
    }
  },
});

async function check(scenario: Scenario, asyncio: Asyncio): Promise<void> {
  const [theirs, ours] = await Promise.all([
    playScenario(scenario, (port, play) => asyncio.start(port, play)),
    playScenario(scenario, startOurs),
  ]);
  assertEquals(theirs, scenario.asyncio, "asyncio's");
  const { because, ...difference } = scenario.ours ?? { because: undefined };
  assertEquals(ours, { ...scenario.asyncio, ...difference }, "ours");
  if (because !== undefined) assertNotEquals(ours, theirs);
}
