import { assert, assertEquals } from "@std/assert";
import { untilQuiet } from "../../lib/echo/until_quiet.ts";

Deno.test("it returns after three looks without anything new", async () => {
  let looks = 0;
  await untilQuiet(() => {
    looks++;
    return 7;
  }, 60_000);
  assert(looks >= 4, `${looks} looks`);
});

Deno.test("while the count grows it goes on, to the limit", async () => {
  let count = 0;
  const since = performance.now();
  await untilQuiet(() => count++, 100);
  assert(performance.now() - since >= 100);
  assert(count > 3);
});

Deno.test("a look that comes late shows nothing: the loop was busy", async () => {
  let looks = 0;
  await untilQuiet(() => {
    looks++;
    // The first three looks each keep the loop busy for longer than two looks take.
    const until = performance.now() + (looks <= 3 ? 30 : 0);
    while (performance.now() < until);
    return 0;
  }, 60_000);
  assert(looks >= 4, `${looks} looks`);
  assertEquals(Number.isInteger(looks), true);
});
