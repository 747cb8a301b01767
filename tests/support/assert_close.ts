import { assert } from "@std/assert";

/** Fails unless two numbers differ by no more than so much. */
export function assertClose(actual: number | null, expected: number, tolerance: number): void {
  const close = actual !== null && Math.abs(actual - expected) <= tolerance;
  assert(close, `${actual} is not within ${tolerance} of ${expected}`);
}
