import { assert, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { WriteQueue } from "../../lib/transport/write_queue.ts";
import { concat, randomBytes, seededRandom } from "../support/bytes.ts";

const KIB = 1024;

/** Takes out everything, piece by piece. */
function drain(queue: WriteQueue): number[] {
  const lengths: number[] = [];
  while (queue.size > 0) {
    lengths.push(queue.peek().length);
    queue.drop(lengths.at(-1)!);
  }
  return lengths;
}

Deno.test("random pushes and drops give what a plain array gives", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seededRandom(seed);
    const queue = new WriteQueue();
    let model = new Uint8Array();
    for (let step = 0; step < 60; step++) {
      if (random(5) < 3) {
        const bytes = randomBytes([0, 1, 10, 1000, 65535, 65536, 65537, 150_000][random(8)], seed * 100 + step);
        queue.push(bytes);
        model = concat([model, bytes]);
      } else if (queue.size > 0) {
        const next = queue.peek();
        assert(next.length >= 1 && next.length <= 64 * KIB, `seed ${seed}: ${next.length} bytes to go out`);
        // Less than the whole piece too, though the transport never does.
        const bytes = random(2) ? next.length : 1 + random(next.length);
        assert(Buffer.compare(next, model.subarray(0, next.length)) === 0, `seed ${seed}, step ${step}`);
        queue.drop(bytes);
        model = model.slice(bytes);
      }
      assertEquals(queue.size, model.length, `seed ${seed}, step ${step}`);
    }
  }
});

Deno.test("small chunks go out as one, up to 64 KiB; large ones in pieces", () => {
  const table: [pushed: number[], out: number[]][] = [
    [[1], [1]],
    [[1, 2, 3], [6]],
    [[64 * KIB], [64 * KIB]],
    [[64 * KIB + 1], [64 * KIB, 1]],
    [[200 * KIB], [64 * KIB, 64 * KIB, 64 * KIB, 8 * KIB]],
    [[64 * KIB - 1, 1, 1], [64 * KIB, 1]],
    [[64 * KIB - 1, 2], [64 * KIB, 1]],
    [[65 * KIB, 1, 2], [64 * KIB, KIB + 3]],
    [[0, 70 * KIB, 0], [64 * KIB, 6 * KIB]],
  ];
  for (const [pushed, out] of table) {
    const queue = new WriteQueue();
    for (const length of pushed) queue.push(new Uint8Array(length));
    assertEquals(drain(queue), out, `${pushed}`);
  }
});

Deno.test("push() makes a copy, of a Node Buffer too", () => {
  const queue = new WriteQueue();
  const [plain, node] = [randomBytes(10), Buffer.from(randomBytes(10, 2))];
  queue.push(plain);
  queue.push(node);
  plain.fill(0);
  node.fill(0);
  assertEquals(queue.peek(), concat([randomBytes(10), randomBytes(10, 2)]));
});

Deno.test("peek() gives the same until drop(); clear() leaves nothing", () => {
  const queue = new WriteQueue();
  queue.push(randomBytes(10, 1));
  assertEquals(queue.peek(), queue.peek());
  queue.drop(4);
  assertEquals(queue.peek(), randomBytes(10, 1).subarray(4));
  queue.clear();
  assertEquals(queue.size, 0);
  queue.push(randomBytes(10, 2));
  assertEquals(queue.peek(), randomBytes(10, 2));
  assertNotEquals(queue.peek(), randomBytes(10, 1));
});

/** Collects garbage, which Deno hides. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

Deno.test("what has gone is not kept, though its place in the queue still is", () => {
  const queue = new WriteQueue();
  collectGarbage();
  const { external } = Deno.memoryUsage();
  for (let i = 0; i < 64; i++) queue.push(new Uint8Array(KIB * KIB));
  // More than the large ones, so that they do not make up half of the queue when they have gone.
  for (let i = 0; i < 100; i++) queue.push(new Uint8Array(1));
  while (queue.size > 100) queue.drop(Math.min(queue.peek().length, queue.size - 100));
  collectGarbage();
  assertLess(Deno.memoryUsage().external - external, 8 * KIB * KIB);
  assertEquals(queue.size, 100);
});

Deno.test("a queue that is empty keeps little for the next write", () => {
  collectGarbage();
  const { external } = Deno.memoryUsage();
  const queues = Array.from({ length: 100 }, () => new WriteQueue());
  for (const queue of queues) {
    queue.push(new Uint8Array(64 * KIB));
    queue.drop(64 * KIB);
  }
  collectGarbage();
  assertLess(Deno.memoryUsage().external - external, 100 * 8 * KIB);
  assertEquals(queues.every(({ size }) => size === 0), true);
});

Deno.test("a queue that never runs empty does not grow, or slow down", () => {
  const queue = new WriteQueue();
  const byte = new Uint8Array(1);
  for (let i = 0; i < 1000; i++) queue.push(byte);
  collectGarbage();
  const [since, { heapUsed }] = [performance.now(), Deno.memoryUsage()];
  for (let i = 0; i < 1_000_000; i++) {
    queue.push(byte);
    queue.drop(1);
  }
  collectGarbage();
  // A million places would be 8 MB.
  assertLess(Deno.memoryUsage().heapUsed - heapUsed, 4_000_000);
  assertEquals(queue.size, 1000);
  // Moving up the rest after each drop would take a minute.
  assertLess(performance.now() - since, 10_000);
});
