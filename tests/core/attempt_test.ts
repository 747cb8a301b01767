import { assertEquals } from "@std/assert";
import { attempt } from "../../lib/core/attempt.ts";

const failure = new Error("on purpose");

Deno.test("attempt() calls, and says that it went well", () => {
  const failures: unknown[] = [];
  let calls = 0;
  assertEquals(attempt(() => ++calls, (error) => failures.push(error)), true);
  assertEquals([calls, failures], [1, []]);
});

Deno.test("attempt() tells what was thrown, whatever it is", () => {
  for (const thrown of [failure, "text", undefined, null]) {
    const failures: unknown[] = [];
    const callback = () => {
      throw thrown;
    };
    assertEquals(attempt(callback, (error) => failures.push(error)), false);
    assertEquals(failures, [thrown]);
  }
});

Deno.test("attempt() tells what a promise rejects with, later, and does not wait for it", async () => {
  const failures: unknown[] = [];
  const { promise, reject } = Promise.withResolvers<void>();
  assertEquals(attempt(() => promise, (error) => failures.push(error)), true);
  assertEquals(failures, []);
  reject(failure);
  await promise.catch(() => {});
  await undefined;
  assertEquals(failures, [failure]);
});

Deno.test("attempt() leaves a promise that resolves alone", async () => {
  const failures: unknown[] = [];
  assertEquals(attempt(() => Promise.resolve(1), (error) => failures.push(error)), true);
  await undefined;
  assertEquals(failures, []);
});
