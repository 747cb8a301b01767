import { bytesText, timeText } from "../../lib/report/bench_units.ts";
import type { ClientName } from "./load_client.ts";
import type { PeersResult } from "./peers_result.ts";
import { EMPTY_PROGRAM } from "./startup.ts";
import { geometricMean, ratioOf, type Spread, spreadOf } from "./summary.ts";
import { clientsOf, ratioText, throughputRatio } from "./throughput_tables.ts";

/** A figure that a reader looks for first. */
export interface Headline {
  /** What it is. */
  readonly name: string;
  /** It in words. */
  readonly value: string;
  /** What it must be seen beside. */
  readonly note: string;
}

/** The figures of Sounder that a reader looks for first, of the parts that were measured. */
export function headlineRows(result: PeersResult): Headline[] {
  const rows = [throughput(result), memory(result), startUp(result), client(result)];
  return rows.filter((row) => row !== undefined);
}

/** The geometric mean over all points of a server's ratio to the base; null if one is missing. */
export function meanRatio(result: PeersResult, client: ClientName, server: string): number | null {
  return geometricMean(
    result.options.points.map((point) => throughputRatio(result, point, client, server)?.median ?? null),
  );
}

function throughput(result: PeersResult): Headline | undefined {
  const [client] = clientsOf(result);
  const mean = client && meanRatio(result, client, "sounder");
  if (!mean || result.base === "sounder") return undefined;
  return { name: `Throughput to ${result.base}`, value: ratioText(mean), note: `geometric mean, ${client} client` };
}

function memory({ memory }: PeersResult): Headline | undefined {
  const ours = memory.find(({ server }) => server === "sounder");
  const spread = ours &&
    spreadOf(ours.rounds.map((used) => used && (used.spoken - used.baseline) / ours.connections));
  if (!ours || !spread) return undefined;
  return {
    name: "Memory per connection",
    value: bytesText(spread.median),
    note: `idle after an echo, of ${ours.connections.toLocaleString("en")}`,
  };
}

function startUp({ startup }: PeersResult): Headline | undefined {
  const rounds = (name: string) => startup.find(({ server }) => server === name)?.rounds ?? [];
  const [time, ratio] = [spreadOf(rounds("sounder")), ratioOf(rounds("sounder"), rounds(EMPTY_PROGRAM.name))];
  if (!time || !ratio) return undefined;
  return {
    name: "Start-up",
    value: timeText(time.median),
    note: `${ratioText(ratio.median)} of an empty Deno program`,
  };
}

function client({ client }: PeersResult): Headline | undefined {
  const ratios = client.map(({ rounds }): Spread | null =>
    ratioOf(rounds.map((rates) => rates && rates.sounder), rounds.map((rates) => rates && rates.c))
  );
  const mean = geometricMean(ratios.map((ratio) => ratio?.median ?? null));
  if (mean === null) return undefined;
  return { name: "Client to C client", value: ratioText(mean), note: "sounder bench, geometric mean" };
}
