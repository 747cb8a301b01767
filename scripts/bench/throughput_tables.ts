/**
 * The tables of the part throughput, as rows of text: the same for the terminal and for the page.
 *
 * @module
 */
import { digits, NO_FIGURE, rateText, sizeText, timeText } from "../../lib/report/bench_units.ts";
import type { ClientName, Measured } from "./load_client.ts";
import type { PeersResult } from "./peers_result.ts";
import { type Point, pointText } from "./point.ts";
import { geometricMean, ratioOf, type Spread, spreadOf } from "./summary.ts";
import type { TitledTable } from "./text_table.ts";
import { findCell } from "./throughput.ts";

type Pick = (measured: Measured) => number | null;

const RATE: Pick = ({ echoesPerSecond }) => echoesPerSecond;

/** A ratio with two decimals, as `0.86`. */
export function ratioText(ratio: number | null): string {
  return ratio === null ? NO_FIGURE : ratio.toFixed(2);
}

/** Median, least and most of a ratio, as cells. */
export function ratioCells(ratio: Spread | null): string[] {
  return [ratio?.median, ratio?.min, ratio?.max].map((value) => ratioText(value ?? null));
}

/** Median, least and most of a rate, as cells. */
export function rateCells(rate: Spread | null): string[] {
  return [rate?.median, rate?.min, rate?.max].map((value) => rateText(value ?? null));
}

/** What a server measured in each round; nothing where it failed once. */
function values(result: PeersResult, point: Point, client: ClientName, server: string, pick: Pick): (number | null)[] {
  const cell = findCell(result.throughput, { point, client, server });
  if (!cell || cell.failure !== null) return [];
  return cell.rounds.map((measured) => measured && pick(measured));
}

/** The throughput of a server over the rounds. */
export function throughputOf(result: PeersResult, point: Point, client: ClientName, server: string): Spread | null {
  return spreadOf(values(result, point, client, server, RATE));
}

/** The ratio of a server's throughput to that of the base, within rounds. */
export function throughputRatio(result: PeersResult, point: Point, client: ClientName, server: string): Spread | null {
  const base = values(result, point, client, result.base, RATE);
  return ratioOf(values(result, point, client, server, RATE), base);
}

/** The clients that measured something, the yardstick first. */
export function clientsOf({ throughput }: PeersResult): ClientName[] {
  return [...new Set(throughput.map(({ client }) => client))];
}

/** Ratios by server and point, with their geometric mean. */
export function ratioTable(result: PeersResult, client: ClientName): TitledTable {
  const { points } = result.options;
  const rows = result.servers.map(({ name }) => {
    const ratios = points.map((point) => throughputRatio(result, point, client, name)?.median ?? null);
    return [name, ...ratios.map(ratioText), ratioText(geometricMean(ratios))];
  });
  return {
    title: `Throughput, ratio to ${result.base}, ${client} client`,
    head: ["server", ...points.map(pointText), "geometric mean"],
    rows,
    note: "",
  };
}

/** Figures of every server at one point. */
export function pointTable(result: PeersResult, point: Point, client: ClientName): TitledTable {
  const rows = result.servers.map(({ name }) => {
    const spread = (pick: Pick) => spreadOf(values(result, point, client, name, pick));
    const cpu = spread(({ cpuSecondsPerMillion }) => cpuSecondsPerMillion);
    const latency = point.stream ? [] : [spread(({ p50Ms }) => p50Ms), spread(({ p99Ms }) => p99Ms)];
    return [
      name,
      ...rateCells(spread(RATE)),
      ...ratioCells(throughputRatio(result, point, client, name)),
      cpu ? digits(cpu.median) : NO_FIGURE,
      ...latency.map((value) => timeText(value?.median ?? null)),
    ];
  });
  const head = ["server", "echoes/s", "min", "max", `to ${result.base}`, "min", "max", "CPU s/M"];
  return {
    title: `${pointText(point)}, ${client} client`,
    head: point.stream ? head : [...head, "p50", "p99"],
    rows,
    note: pointNote(point, client),
  };
}

function pointNote({ size, stream }: Point, client: ClientName): string {
  const echo = stream ? `An echo is ${sizeText(size)} that came back. ` : "";
  const about = client === "c" ? "" : ", about: the warmup's share is taken off";
  return `${echo}CPU s/M: seconds of the server's processor time for a million echoes${about}.`;
}

/** All tables of the part, under one client after the other. */
export function throughputTables(result: PeersResult): TitledTable[] {
  return clientsOf(result).flatMap((client) => [
    ratioTable(result, client),
    ...result.options.points.map((point) => pointTable(result, point, client)),
  ]);
}
