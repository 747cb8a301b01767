import { assert, assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import { EchoVerifier, firstDifference } from "../../lib/core/echo_verifier.ts";
import { EchoMismatchError } from "../../lib/core/errors.ts";
import { randomBytes, seededRandom } from "../support/bytes.ts";

const SEGMENT = 65536;

/** What `run` does to the constructor of segments: how many of them it makes. */
function countSegments(run: () => void): number {
  const original = globalThis.Uint8Array;
  let made = 0;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args, newTarget) {
      if (args[0] === SEGMENT) made++;
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    run();
  } finally {
    globalThis.Uint8Array = original;
  }
  return made;
}

function mismatch(run: () => void): EchoMismatchError {
  return assertThrows(run, EchoMismatchError);
}

Deno.test("EchoVerifier agrees with a plain count over a random script of pieces", () => {
  const stream = randomBytes(24 * 1024 * 1024);
  for (const seed of [1, 2, 3]) {
    const random = seededRandom(seed);
    const size = () => random(3) === 0 ? 1 + random(200 * 1024) : 1 + random(2000);
    const verifier = new EchoVerifier();
    let [sent, echoed] = [0, 0];
    for (let step = 0; step < 600; step++) {
      if (random(2) === 0) {
        const piece = stream.subarray(sent, sent + size());
        // What was sent is copied: the caller's buffer is its own again.
        const mine = piece.slice();
        verifier.addSent(mine);
        mine.fill(0);
        sent += piece.length;
      } else {
        const end = Math.min(sent, echoed + size());
        verifier.checkEcho(stream.subarray(echoed, end));
        echoed = end;
      }
      assertEquals([verifier.sent, verifier.echoed, verifier.owed], [sent, echoed, sent - echoed]);
    }
    verifier.checkEcho(stream.subarray(echoed, sent));
    assertEquals(verifier.owed, 0);
  }
});

Deno.test("EchoVerifier names the offset of a wrong byte, on each side of every segment border", () => {
  const sent = randomBytes(3 * SEGMENT);
  for (const at of [0, 1, 65534, 65535, 65536, 65537, 131071, 131072, 131073, sent.length - 1]) {
    for (const piece of [sent.length, SEGMENT, 65535, 1000]) {
      const verifier = new EchoVerifier();
      verifier.addSent(sent);
      const back = sent.slice();
      back[at] ^= 0x80;
      const error = mismatch(() => {
        for (let done = 0; done < back.length; done += piece) verifier.checkEcho(back.subarray(done, done + piece));
      });
      assertEquals(error.offset, at);
      assert(error.actual.length >= 1 && error.actual.length <= 16);
      assertEquals(error.expected, sent.slice(at, at + error.expected.length));
      assertEquals(error.actual, back.slice(at, at + error.actual.length));
      assertEquals(verifier.echoed, at, "what came before the wrong byte was right");
    }
  }
});

Deno.test("EchoVerifier counts offsets from the one it is given", () => {
  const verifier = new EchoVerifier({ offset: 100 });
  verifier.addSent(new Uint8Array([1, 2, 3]));
  assertEquals(mismatch(() => verifier.checkEcho(new Uint8Array([1, 9]))).offset, 101);
  const longer = new EchoVerifier({ offset: 100 });
  assertEquals(mismatch(() => longer.checkEcho(new Uint8Array([1]))).offset, 100);
});

Deno.test("EchoVerifier refuses a byte that nobody sent", () => {
  for (const compare of [true, false]) {
    for (const length of [0, 1, 65535, 65536, 65537]) {
      const sent = randomBytes(length);
      const verifier = new EchoVerifier({ compare });
      verifier.addSent(sent);
      const back = new Uint8Array(length + 40);
      back.set(sent);
      const error = mismatch(() => verifier.checkEcho(back));
      assertEquals([error.offset, error.expected.length, error.actual.length], [length, 0, 16]);
      assertEquals([verifier.echoed, verifier.owed], [length, 0]);
    }
  }
});

Deno.test("EchoVerifier without comparing counts only, and keeps nothing", () => {
  const made = countSegments(() => {
    const verifier = new EchoVerifier({ compare: false });
    verifier.addSent(new Uint8Array(100_000));
    verifier.checkEcho(new Uint8Array(70_000).fill(1));
    assertEquals([verifier.sent, verifier.echoed, verifier.owed], [100_000, 70_000, 30_000]);
  });
  assertEquals(made, 0);
});

Deno.test("EchoVerifier uses its segments again: memory is that of the bytes owed", () => {
  const piece = randomBytes(1000);
  const pingPong = countSegments(() => {
    const verifier = new EchoVerifier();
    for (let i = 0; i < 10_000; i++) {
      verifier.addSent(piece);
      verifier.checkEcho(piece);
    }
  });
  assertEquals(pingPong, 1);

  const window = randomBytes(SEGMENT + 1000);
  const stream = countSegments(() => {
    const verifier = new EchoVerifier();
    verifier.addSent(window);
    for (let i = 0; i < 500; i++) {
      verifier.addSent(window);
      verifier.checkEcho(window);
    }
    verifier.checkEcho(window);
  });
  // Owed are at most 2 * (SEGMENT + 1000) bytes, four segments. Of those that fall free one is kept, so that a new one is
  // made only where two were needed at once: each time the borders have shifted by a whole segment, 500 * 1000 / SEGMENT.
  assertLessOrEqual(stream, 4 + Math.ceil(500 * 1000 / SEGMENT));
});

Deno.test("EchoVerifier does nothing with nothing", () => {
  const verifier = new EchoVerifier();
  verifier.addSent(new Uint8Array());
  verifier.checkEcho(new Uint8Array());
  assertEquals([verifier.sent, verifier.echoed, verifier.owed], [0, 0, 0]);
});

Deno.test("firstDifference() finds it at every position of every length, aligned or not", () => {
  const ground = randomBytes(64);
  for (let length = 0; length <= 40; length++) {
    for (let shift = 0; shift < 4; shift++) {
      const a = ground.subarray(shift, shift + length);
      const copy = new Uint8Array(64);
      const b = copy.subarray(3 - shift, 3 - shift + length);
      b.set(a);
      assertEquals(firstDifference(a, b), -1);
      for (let at = 0; at < length; at++) {
        b[at] ^= 1;
        // What follows the first difference does not matter.
        if (at + 1 < length) b[length - 1] ^= 0xff;
        assertEquals(firstDifference(a, b), at, `length ${length}, shift ${shift}`);
        b.set(a);
      }
    }
  }
});
