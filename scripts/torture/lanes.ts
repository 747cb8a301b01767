/**
 * Does it for 0 to count - 1, so many at once. Where one throws, no more are begun, and it throws that when all are
 * over.
 */
export async function inLanes(count: number, atOnce: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    try {
      while (next < count) await work(next++);
    } catch (error) {
      next = count;
      throw error;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, count) }, lane));
  for (const one of lanes) if (one.status === "rejected") throw one.reason;
}
