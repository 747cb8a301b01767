import { assertEquals, assertRejects } from "@std/assert";
import { IntervalQueue } from "../../lib/measure/interval_queue.ts";

Deno.test("IntervalQueue: all values, to whoever comes early, late, or twice", async () => {
  const queue = new IntervalQueue<number>();
  const early = Array.fromAsync(queue);
  queue.add(1);
  queue.add(2);
  const middle = Array.fromAsync(queue);
  queue.end();
  assertEquals([await early, await middle, await Array.fromAsync(queue)], [[1, 2], [1, 2], [1, 2]]);
});

Deno.test("IntervalQueue: an error comes after the values", async () => {
  const queue = new IntervalQueue<number>();
  const seen: number[] = [];
  queue.add(1);
  queue.end(new RangeError("end"));
  await assertRejects(async () => {
    for await (const value of queue) seen.push(value);
  }, RangeError);
  assertEquals(seen, [1]);
});
