/**
 * Makes a clock that the threads of a program have in common: milliseconds since the start of the thread whose
 * `performance.timeOrigin` is given. It never goes back within a thread, whatever is done to the time of day.
 *
 * Between threads it agrees to about a microsecond (`timeOrigin` has a resolution of a quarter of one), unless the time of
 * day was set between the start of the one and the start of the other: then they differ by that much, for good.
 *
 * @param origin Of the thread that the others go by; it hands it to them. By default the own.
 */
export function sharedClock(origin: number = performance.timeOrigin): () => number {
  const ahead = performance.timeOrigin - origin;
  return () => performance.now() + ahead;
}
