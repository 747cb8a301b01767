/**
 * The number of the slot in which the next probe is due. Slot `n` begins `n` intervals after the first probe, however late
 * any probe was sent: the schedule does not drift. Slots that have passed meanwhile are left out, not made up for.
 *
 * @param slot The slot of the probe sent last.
 * @param elapsedMs Time since slot 0.
 */
export function nextSlot(slot: number, elapsedMs: number, intervalMs: number): number {
  return Math.max(slot + 1, Math.ceil(elapsedMs / intervalMs));
}

/** When a slot begins: milliseconds since slot 0. */
export function slotStart(slot: number, intervalMs: number): number {
  return slot * intervalMs;
}
