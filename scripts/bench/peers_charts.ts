/**
 * The curves and bars of the page, as plain data.
 *
 * @module
 */
import { rateText } from "../../lib/report/bench_units.ts";
import type { ClientName } from "./load_client.ts";
import { scaleValues } from "./part_tables.ts";
import type { PeersResult } from "./peers_result.ts";
import { type Point, pointText } from "./point.ts";
import type { Scaled } from "./scale.ts";
import { type Spread, spreadOf } from "./summary.ts";
import { findCell } from "./throughput.ts";
import { ratioText, throughputOf, throughputRatio } from "./throughput_tables.ts";

/** A curve over the number of connections. */
export interface Curve {
  /** The element that it is drawn in. */
  readonly id: string;
  /** What it shows. */
  readonly title: string;
  /** What y is. */
  readonly yUnit: "perSecond" | "bytes";
  /** Connections, rising. */
  readonly x: readonly number[];
  /** One line for each server; null where there is no figure. */
  readonly series: readonly { readonly label: string; readonly color: string; readonly values: (number | null)[] }[];
}

/** Names of colours in the style sheet: `--chart-…`. */
const COLORS = ["first", "second", "third", "bad"];

/** Throughput and memory by the number of connections; none where that was not measured. */
export function scaleCurves(result: PeersResult): Curve[] {
  if (result.scale.length === 0) return [];
  const x = [...new Set(result.scale.map(({ connections }) => connections))];
  const servers = [...new Set(result.scale.map(({ server }) => server))];
  const series = (pick: (scaled: Scaled) => number | null) =>
    servers.map((label, at) => {
      const cell = (connections: number) =>
        result.scale.find((one) => one.server === label && one.connections === connections)!;
      const values = x.map((connections) => spreadOf(scaleValues(cell(connections), pick))?.median ?? null);
      return { label, color: COLORS[at % COLORS.length], values };
    });
  return [
    {
      id: "scale-rate",
      title: "Echoes of 64 bytes per second, by connections",
      yUnit: "perSecond",
      x,
      series: series(({ echoesPerSecond }) => echoesPerSecond),
    },
    {
      id: "scale-memory",
      title: "Largest resident set, by connections",
      yUnit: "bytes",
      x,
      series: series(({ peakBytes }) => peakBytes),
    },
  ];
}

/** The bar of one server. */
export interface Bar {
  /** Its name. */
  readonly server: string;
  /** The rate, as part of the longest of all. */
  readonly length: Spread | null;
  /** The rate in words; why there is none. */
  readonly rate: string;
  /** The ratio to the base in words. */
  readonly ratio: string;
}

/** Bars at one point. */
export interface BarChart {
  /** What it shows. */
  readonly title: string;
  /** The bars, the longest first, those without a figure last. */
  readonly bars: readonly Bar[];
}

/** The servers at one point under one client, side by side. */
export function barChart(result: PeersResult, point: Point, client: ClientName): BarChart {
  const rates = result.servers.map(({ name }) => ({ name, rate: throughputOf(result, point, client, name) }));
  const longest = Math.max(...rates.map(({ rate }) => rate?.max ?? 0));
  rates.sort((a, b) => (b.rate?.median ?? 0) - (a.rate?.median ?? 0));
  const bars = rates.map(({ name, rate }): Bar => {
    if (!rate) {
      const failure = findCell(result.throughput, { point, client, server: name })?.failure;
      return { server: name, length: null, rate: failure ?? "not measured", ratio: "" };
    }
    const length = { median: rate.median / longest, min: rate.min / longest, max: rate.max / longest };
    const ratio = ratioText(throughputRatio(result, point, client, name)?.median ?? null);
    return { server: name, length, rate: rateText(rate.median), ratio };
  });
  return { title: pointText(point), bars };
}
