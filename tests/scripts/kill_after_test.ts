import { assertEquals } from "@std/assert";
import { killAfter } from "../../scripts/kill_after.ts";

function deno(args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
}

Deno.test("killAfter: a child that runs for too long is killed", async () => {
  await using child = deno(["eval", "setInterval(() => {}, 1000)"]);
  using limit = killAfter(child, 1);
  assertEquals([(await child.status).success, limit.reached], [false, true]);
});

Deno.test("killAfter: a child that has ended is left alone", async () => {
  await using child = deno(["--version"]);
  assertEquals((await child.status).success, true);
  const over = Promise.withResolvers<void>();
  using limit = killAfter(child, 1);
  // Timers of one delay run in the order in which they were set.
  setTimeout(over.resolve, 1);
  await over.promise;
  assertEquals(limit.reached, false);
});
