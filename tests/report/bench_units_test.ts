import { assertEquals } from "@std/assert";
import {
  bitRateText,
  bytesText,
  countText,
  percentText,
  rateText,
  sizeText,
  timeText,
} from "../../lib/report/bench_units.ts";

function table<T>(name: string, format: (value: T) => string, rows: [T, string][]): void {
  Deno.test(`${name}: ${rows.map(([, text]) => text).join(" ")}`, () => {
    for (const [value, text] of rows) assertEquals(format(value), text, String(value));
  });
}

table("times", timeText, [
  [null, "–"],
  [0, "0s"],
  [0.00024, "240ns"],
  [0.000999, "999ns"],
  [0.0009999, "1.00µs"],
  [0.001, "1.00µs"],
  [0.98, "980µs"],
  [0.9994, "999µs"],
  [0.9999, "1.00ms"],
  [12.5, "12.5ms"],
  [999.4, "999ms"],
  [999.9, "1.00s"],
  [1250, "1.25s"],
  [3_600_000, "3600s"],
]);

table("rates", rateText, [
  [null, "–"],
  [0, "0"],
  [523, "523"],
  [0.5, "0.500"],
  [99.96, "100"],
  [999.9, "1.00k"],
  [52310, "52.3k"],
  [999_950, "1.00M"],
  [1.2e9, "1.20G"],
]);

table("bit rates", bitRateText, [
  [0, "0bit/s"],
  [125, "1.00kbit/s"],
  [1.176e9, "9.41Gbit/s"],
]);

table("bytes", bytesText, [
  [0, "0B"],
  [1023, "1023B"],
  [1024, "1.00KiB"],
  [1023.4 * 1024, "1023KiB"],
  [1023.9 * 1024, "1.00MiB"],
  [3.19 * 1024 ** 2, "3.19MiB"],
  [2 ** 60, "1024PiB"],
]);

table("sizes", sizeText, [
  [0, "0B"],
  [64, "64B"],
  [1500, "1,500B"],
  [65536, "64KiB"],
  [1536 * 1024, "1,536KiB"],
  [2 ** 20, "1MiB"],
]);

table("counts", countText, [
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [523104, "523,104"],
  [1234567, "1,234,567"],
  [1234.5678, "1,234.5678"],
]);

table("shares", percentText, [
  [0, "0%"],
  [0.0005, "0.0500%"],
  [0.125, "12.5%"],
  [1, "100%"],
]);
