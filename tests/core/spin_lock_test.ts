import { assertEquals, assertThrows } from "@std/assert";
import { SpinLock } from "../../lib/core/spin_lock.ts";

Deno.test("SpinLock: it is held during the work and free after it, whatever that throws", () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const lock = new SpinLock(words, 1);
  const held = lock.hold(() => words.slice());
  assertEquals([held[0], held[1], words[0], words[1]], [0, 1, 0, 0]);
  const failure = assertThrows(() =>
    lock.hold(() => {
      throw new RangeError("on purpose");
    }), RangeError);
  assertEquals([failure.message, words[1]], ["on purpose", 0]);
});

Deno.test("SpinLock: one that does not become free is an error, not a hang, and no work is done", () => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const holder = new SpinLock(words, 0);
  const other = new SpinLock(words, 0, 3);
  let done = 0;
  holder.hold(() => {
    const line = "cannot get a lock within 3 ms: the thread that has it was ended while it had it";
    assertEquals(assertThrows(() => other.hold(() => done++), Error).message, line);
    // The one that did not get it does not free it either.
    assertEquals(words[0], 1);
  });
  assertEquals(done, 0);
  assertEquals(other.hold(() => "free"), "free");
});
