import { assertEquals, assertRejects } from "@std/assert";
import { createHistogram, histogramOf } from "../../lib/measure/histogram.ts";
import { loadHdr } from "../../lib/measure/hdr.ts";
import { seededRandom } from "../support/bytes.ts";

Deno.test("histogramOf() gives the distribution back, bit by bit, through JSON", async () => {
  const random = seededRandom(3);
  for (const count of [0, 1, 2, 5000]) {
    const histogram = await createHistogram();
    for (let sample = 0; sample < count; sample++) histogram.record(random(1e9) / 7e5);
    const distribution = histogram.distribution();
    const back = await histogramOf(JSON.parse(JSON.stringify(distribution)));
    assertEquals(back.distribution(), distribution);
    assertEquals(back.curve(), histogram.curve());
    assertEquals(back.buckets(9), histogram.buckets(9));
  }
});

Deno.test("A distribution's histogram is one that the library reads itself", async () => {
  const { decodeFromCompressedBase64 } = await import("npm:hdr-histogram-js@3.0.1");
  const histogram = await createHistogram();
  for (const ms of [0.0004, 0.05, 0.05, 1.234, 20]) histogram.record(ms);
  const read = decodeFromCompressedBase64(histogram.distribution().histogram);
  assertEquals([read.totalCount, read.minNonZeroValue, read.numberOfSignificantValueDigits], [5, 1, 3]);
  assertEquals([20, 60, 80, 100].map((p) => read.getValueAtPercentile(p)), [1, 50, 1234, 20_015]);
});

/** What HdrHistogram for Python 0.10.3 wrote of 1, 50, 50, 1234, 20000, 1000500, 60000000 and 3600000000. */
const OF_AN_HOUR = "HISTFAAAADJ4nJNpmSzMwMAAwiDADKUZQcS1yUsY7D9ABZjiWfYKMc11YPobxdQexzQ9jgkA2ygJ5w==";
/** The same, where up to 24 hours would have had a place. */
const OF_A_DAY = "HISTFAAAADN4nJNpmSzMwMAAwiDADKUZgVhE9noCg/0HqABTPMteIaa5Dkx/o5ja45imxzEBAMeFCUI=";
/** And 2 hours. */
const OF_TWO_HOURS = "HISTFAAAADZ4nJNpmSzMwMAgxgABzFCaEYhFZK8nMNh/gAowxbPsFWKa68D0N4qpPY5pehzTX34mAOcHClM=";

Deno.test("hdr: reads what another HdrHistogram wrote, of other limits too", async () => {
  const hdr = await loadHdr();
  const values = [1, 50, 50, 1234, 20_000, 1_000_500, 60_000_000, 3_600_000_000];
  const counts = hdr.empty();
  for (const value of values) counts.recordValue(value);
  for (const text of [OF_AN_HOUR, OF_A_DAY]) {
    const read = hdr.decode(text);
    assertEquals(read.totalCount, values.length);
    for (const value of values) {
      const index = counts.countsArrayIndex(value);
      assertEquals(read.getCountAtIndex(index), counts.getCountAtIndex(index), `${value} µs`);
    }
  }
});

Deno.test("hdr, histogramOf(): refuse what is no histogram, in one line", async () => {
  const hdr = await loadHdr();
  const histogram = await createHistogram();
  for (const ms of [1, 2, 3]) histogram.record(ms);
  const good = histogram.distribution();
  const flipped = good.histogram.slice(0, 20) + "AAAA" + good.histogram.slice(24);
  for (const text of ["", "HIST", "not base64!", "AAAAAAAA", good.histogram.slice(0, 30), flipped, OF_TWO_HOURS]) {
    const error = await assertRejects(
      () => histogramOf({ ...good, histogram: text }),
      RangeError,
      "cannot read the histogram: it is not a compressed HdrHistogram",
    );
    assertEquals(error.message.includes("\n"), false);
  }
  const { histogram: none } = (await createHistogram()).distribution();
  await assertRejects(
    () => histogramOf({ ...good, histogram: none }),
    RangeError,
    "it has 0 samples and should have 3",
  );
  await assertRejects(() => histogramOf({ ...good, meanMs: null }), RangeError, "mean, stddev and max must be given");
  assertEquals(hdr.decode(good.histogram).totalCount, 3);
});
