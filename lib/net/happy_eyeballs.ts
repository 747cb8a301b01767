import { delay } from "../core/delay.ts";

/** Milliseconds before the next address is tried beside the one under way (RFC 8305, section 5). */
export const ATTEMPT_DELAY = 250;

/**
 * Orders addresses as RFC 8305 (Happy Eyeballs) says: the families in turn, IPv6 first.
 */
export function interleave(addresses: readonly string[]): string[] {
  const ipv6 = addresses.filter((address) => address.includes(":"));
  const ipv4 = addresses.filter((address) => !address.includes(":"));
  const longer = Math.max(ipv6.length, ipv4.length);
  return Array.from({ length: longer }, (_, i) => [ipv6[i], ipv4[i]]).flat().filter((address) => address !== undefined);
}

/**
 * Tries addresses one after the other, the next as soon as one has failed or 250 ms have passed, and takes the first that
 * succeeds; the others are given up.
 *
 * @param attempt Makes one connection; its signal is aborted when another has won.
 * @param discard What to do with one that succeeds too late.
 * @throws What the last failed attempt threw, where all fail; the signal's reason where it is aborted.
 */
export async function raceAddresses<T>(
  addresses: readonly string[],
  attempt: (address: string, signal: AbortSignal) => Promise<T>,
  discard: (late: T) => void,
  signal: AbortSignal,
): Promise<T> {
  const lost = new AbortController();
  const either = AbortSignal.any([signal, lost.signal]);
  const attempts: Promise<T>[] = [];
  const underWay = new Set<Promise<void>>();
  let won: { value: T } | undefined;
  let failure: unknown = new TypeError("there is no address to connect to");
  for (const address of addresses) {
    const attempted = attempt(address, either);
    attempts.push(attempted);
    const settled: Promise<void> = attempted.then((value) => {
      if (won) discard(value);
      else won = { value };
    }, (error) => {
      failure = error;
    }).then(() => void underWay.delete(settled));
    underWay.add(settled);
    // The last one is waited for below.
    if (attempts.length < addresses.length) {
      const waited = new AbortController();
      await Promise.race([...underWay, delay(ATTEMPT_DELAY, waited.signal)]);
      waited.abort();
    }
    if (won || signal.aborted) break;
  }
  try {
    if (!won) await Promise.any(attempts).catch(() => {});
  } finally {
    lost.abort();
    // Whoever was given up closes its socket before this call is over.
    await Promise.allSettled(attempts);
  }
  if (won) return won.value;
  signal.throwIfAborted();
  throw failure;
}
