/**
 * The tables of the parts client, memory, start-up and scale, as rows of text: the same for the terminal and for the page.
 *
 * @module
 */
import { bytesText, countText, NO_FIGURE, percentText, rateText, timeText } from "../../lib/report/bench_units.ts";
import type { ClientRates } from "./client_speed.ts";
import type { MemoryUsed } from "./memory.ts";
import type { PeersResult } from "./peers_result.ts";
import { pointText } from "./point.ts";
import type { ScaleCell, Scaled } from "./scale.ts";
import { EMPTY_PROGRAM } from "./startup.ts";
import { geometricMean, ratioOf, spreadOf } from "./summary.ts";
import type { TitledTable } from "./text_table.ts";
import { ratioCells, ratioText } from "./throughput_tables.ts";

/** The tables of a part that was measured; none of one that was not. */
export function partTables(result: PeersResult): TitledTable[] {
  const tables = [clientTable(result), memoryTable(result), startUpTable(result), scaleTable(result)];
  return tables.filter((table) => table !== undefined);
}

/** How fast the clients are. */
export function clientTable({ client }: PeersResult): TitledTable | undefined {
  if (client.length === 0) return undefined;
  const medians: (number | null)[] = [];
  const rows = client.map(({ point, rounds }) => {
    const of = (pick: (rates: ClientRates) => number) => rounds.map((rates) => rates && pick(rates));
    const rate = (pick: (rates: ClientRates) => number) => rateText(spreadOf(of(pick))?.median ?? null);
    const ratio = ratioOf(of(({ sounder }) => sounder), of(({ c }) => c));
    const cost = spreadOf(of(({ sounder, unverified }) => 1 - sounder / unverified));
    medians.push(ratio?.median ?? null);
    return [
      pointText(point),
      rate(({ c }) => c),
      rate(({ sounder }) => sounder),
      ...ratioCells(ratio),
      rate(({ unverified }) => unverified),
      cost ? percentText(cost.median) : NO_FIGURE,
    ];
  });
  return {
    title: "Clients, one thread, against the C server",
    head: ["load", "C client/s", "sounder bench/s", "ratio", "min", "max", "--no-verify/s", "verifying costs"],
    rows,
    note: `Geometric mean of the ratios: ${ratioText(geometricMean(medians))}.`,
  };
}

/** Memory at rest. */
export function memoryTable({ memory }: PeersResult): TitledTable | undefined {
  if (memory.length === 0) return undefined;
  const rows = memory.map(({ server, connections, rounds }) => {
    const of = (pick: (used: MemoryUsed) => number) =>
      rounds.includes(null) ? null : spreadOf(rounds.map((used) => used && pick(used)));
    const each = (pick: (used: MemoryUsed) => number) => {
      const spread = of((used) => (pick(used) - used.baseline) / connections);
      return spread ? bytesText(Math.max(spread.median, 0)) : NO_FIGURE;
    };
    const baseline = of(({ baseline }) => baseline);
    return [
      server,
      baseline ? bytesText(baseline.median) : NO_FIGURE,
      countText(connections),
      each(({ silent }) => silent),
      each(({ spoken }) => spoken),
      each(({ afterBulk }) => afterBulk),
    ];
  });
  return {
    title: "Memory at rest",
    head: ["server", "at start", "connections", "each, silent", "after a 64B echo", "after 10 of 16KiB"],
    rows,
    note:
      "At start: the resident set. Each: what it has grown by, per connection, a second or more after the last byte. " +
      "Of servers with a process for each connection: the proportional set (PSS) of all.",
  };
}

/** From start to the first connect. */
export function startUpTable({ startup }: PeersResult): TitledTable | undefined {
  if (startup.length === 0) return undefined;
  const empty = startup.find(({ server }) => server === EMPTY_PROGRAM.name)?.rounds ?? [];
  const rows = startup.map(({ server, rounds }) => {
    const spread = spreadOf(rounds);
    const times = [spread?.median, spread?.min, spread?.max].map((ms) => timeText(ms ?? null));
    return [server, ...times, ...ratioCells(ratioOf(rounds, empty))];
  });
  return {
    title: "Start-up: until the first connect succeeds",
    head: ["server", "median", "min", "max", `to ${EMPTY_PROGRAM.name}`, "min", "max"],
    rows,
    note: `${EMPTY_PROGRAM.name}: a Deno program of one line that listens, started with the flags of Sounder.`,
  };
}

/** Throughput and memory from few connections to many. */
export function scaleTable({ scale, base }: PeersResult): TitledTable | undefined {
  if (scale.length === 0) return undefined;
  const servers = [...new Set(scale.map(({ server }) => server))];
  const steps = [...new Set(scale.map(({ connections }) => connections))];
  const cell = (server: string, connections: number) =>
    scale.find((one) => one.server === server && one.connections === connections)!;
  const rows = steps.map((connections) => [
    countText(connections),
    ...servers.flatMap((server) => {
      const [one, other] = [cell(server, connections), cell(base, connections) ?? cell(servers[0], connections)];
      const rate = spreadOf(scaleValues(one, ({ echoesPerSecond }) => echoesPerSecond));
      const peak = spreadOf(scaleValues(one, ({ peakBytes }) => peakBytes));
      const ratio = ratioOf(
        scaleValues(one, ({ echoesPerSecond }) => echoesPerSecond),
        scaleValues(other, ({ echoesPerSecond }) => echoesPerSecond),
      );
      const shown = [rateText(rate?.median ?? null), ratioText(ratio?.median ?? null)];
      return [...shown, peak ? bytesText(peak.median) : NO_FIGURE];
    }),
  ]);
  return {
    title: "Scale: 64B echoes, one under way on each connection",
    head: ["connections", ...servers.flatMap((server) => [`${server}/s`, `to ${base}`, "memory"])],
    rows,
    note: "Memory: the largest resident set of a server that did only this.",
  };
}

/** A figure of a cell by round; nothing where it failed once. */
export function scaleValues(
  { rounds, failure }: ScaleCell,
  pick: (scaled: Scaled) => number | null,
): (number | null)[] {
  return failure === null ? rounds.map((scaled) => scaled && pick(scaled)) : [];
}
