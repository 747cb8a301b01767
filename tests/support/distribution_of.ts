import type { Distribution } from "../../lib/measure/distribution.ts";
import { createHistogram } from "../../lib/measure/histogram.ts";

/** The distribution of these times. */
export async function distributionOf(times: Iterable<number>): Promise<Distribution> {
  const histogram = await createHistogram();
  for (const ms of times) histogram.record(ms);
  return histogram.distribution();
}
