/**
 * Proving that an echo is right, for a small request and a large one: the pattern of `bench`, the verifier of `send`, and
 * what the comparison alone costs.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { BytePattern } from "../../../lib/core/byte_pattern.ts";
import { EchoVerifier } from "../../../lib/core/echo_verifier.ts";

const equal = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

for (const [title, size] of [["64 B", 64], ["16 KiB", 16 * 1024]] as const) {
  const group = `verify ${title}`;
  const pattern = new BytePattern(size, equal);
  const loopOnly = new BytePattern(size);
  const sent = pattern.part(0, size);
  const came = sent.slice();
  const view = new DataView(came.buffer);

  Deno.bench({
    name: `${title}: BytePattern, as bench does`,
    group,
    baseline: true,
    fn() {
      mustBe(-1, pattern.mismatch(0, view, size));
    },
  });
  Deno.bench({
    name: `${title}: BytePattern without Buffer.compare`,
    group,
    fn() {
      mustBe(-1, loopOnly.mismatch(0, view, size));
    },
  });

  const verifier = new EchoVerifier();
  Deno.bench({
    name: `${title}: EchoVerifier, as send does (copied, then compared)`,
    group,
    fn() {
      verifier.addSent(sent);
      verifier.checkEcho(came);
    },
  });
  const counter = new EchoVerifier({ compare: false });
  Deno.bench({
    name: `${title}: EchoVerifier with --no-verify`,
    group,
    fn() {
      counter.addSent(sent);
      counter.checkEcho(came);
    },
  });

  Deno.bench({
    name: `${title}: Buffer.compare alone`,
    group,
    fn() {
      mustBe(0, Buffer.compare(sent, came));
    },
  });
  Deno.bench({
    name: `${title}: a loop, byte by byte`,
    group,
    fn() {
      let i = 0;
      while (i < size && sent[i] === came[i]) i++;
      mustBe(size, i);
    },
  });
}

/** Makes use of what was computed, so that it is computed, and tells a benchmark that measures something else. */
function mustBe(expected: number, actual: number): void {
  if (actual !== expected) throw new Error(`the comparison gave ${actual} and should have given ${expected}`);
}
