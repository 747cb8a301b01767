/**
 * The histogram beside hdr-histogram-js itself, which it is made of: what exact figures, checks and 64-bit counts cost, and
 * what other counts of that package would.
 *
 * `deno bench` in the root of the project runs every file of this folder; none needs a permission.
 *
 * @module
 */
import { PERCENTILES } from "../../../lib/measure/distribution.ts";
import { HIGHEST_US, loadHdr } from "../../../lib/measure/hdr.ts";
import { createHistogram, histogramOf } from "../../../lib/measure/histogram.ts";

const { build, encodeIntoCompressedBase64, Float64Histogram, initWebAssembly, Int32Histogram } = await import(
  "npm:hdr-histogram-js@3.0.1"
);
await initWebAssembly();

/** A power of two, so that a mask goes round: enough that no branch is foretold, few enough to stay in the cache. */
const SAMPLES = 4096;
const samplesMs = latencies(SAMPLES);
const samplesUs = samplesMs.map((ms) => Math.round(ms * 1000));

/** Latencies in milliseconds as a bench sees them: log-normal, median 0.1 ms, 1 % above 1 ms. The same in every run. */
function latencies(count: number): number[] {
  let state = 0x9e3779b9;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  // Box and Muller's normal deviates.
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return Array.from({ length: count }, () => 0.1 * Math.exp(normal()));
}

/** The package's histogram with our limits, kept by WebAssembly. */
const wasmHistogram = () =>
  build({
    useWebAssembly: true,
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
  });

const ours = await createHistogram();
/** What ours is made of. */
const float64 = new Float64Histogram(1, HIGHEST_US, 3);
const wasm = wasmHistogram();
const kinds = {
  "hdr-histogram-js, 64-bit counts (what ours is made of)": float64,
  "hdr-histogram-js, 32-bit counts": new Int32Histogram(1, HIGHEST_US, 3),
  "hdr-histogram-js, WebAssembly": wasm,
};
for (const ms of samplesMs) ours.record(ms);
for (const histogram of Object.values(kinds)) for (const us of samplesUs) histogram.recordValue(us);

let turn = 0;
Deno.bench({
  name: "Histogram.record()",
  group: "record one sample",
  baseline: true,
  fn: () => ours.record(samplesMs[turn++ & (SAMPLES - 1)]),
});
for (const [name, histogram] of Object.entries(kinds)) {
  Deno.bench({
    name,
    group: "record one sample",
    fn: () => histogram.recordValue(samplesUs[turn++ & (SAMPLES - 1)]),
  });
}

// One percentile: what a second of progress asks for, and a gate.
Deno.bench({ name: "Histogram.percentileMs()", group: "p99", baseline: true, fn: () => void ours.percentileMs(99) });
for (const [name, histogram] of Object.entries(kinds)) {
  Deno.bench({ name, group: "p99", fn: () => void histogram.getValueAtPercentile(99) });
}

// All that a result tells of a histogram, and the histogram as text: once for each at the end of a bench.
Deno.bench({
  name: "Histogram.distribution()",
  group: "to plain data",
  baseline: true,
  fn: () => void ours.distribution(),
});
Deno.bench({
  name: "hdr-histogram-js: each percentile, and encoded",
  group: "to plain data",
  fn() {
    for (const percentile of PERCENTILES) float64.getValueAtPercentile(percentile);
    encodeIntoCompressedBase64(float64);
  },
});

// What `merge` and `compare` do with each histogram of a file.
const distribution = ours.distribution();
const { decode } = await loadHdr();
Deno.bench({
  name: "histogramOf()",
  group: "from plain data",
  baseline: true,
  fn: async () => void await histogramOf(distribution),
});
Deno.bench({
  name: "hdr-histogram-js: decoded, and added to an empty one",
  group: "from plain data",
  fn: () => void decode(distribution.histogram),
});

// What a bench does with the histograms of its Workers. The sums grow from round to round: 64-bit counts can.
const total = await createHistogram();
const totalFloat64 = new Float64Histogram(1, HIGHEST_US, 3);
const totalWasm = wasmHistogram();
Deno.bench({ name: "Histogram.add()", group: "merge", baseline: true, fn: () => total.add(ours) });
Deno.bench({ name: "hdr-histogram-js, 64-bit counts", group: "merge", fn: () => totalFloat64.add(float64) });
Deno.bench({ name: "hdr-histogram-js, WebAssembly", group: "merge", fn: () => totalWasm.add(wasm) });
