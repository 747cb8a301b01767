import { formatDuration } from "../../lib/core/units.ts";
import { plural } from "../../lib/report/bench_facts.ts";
import { partTables } from "./part_tables.ts";
import type { PeersResult } from "./peers_result.ts";
import { titledLines } from "./text_table.ts";
import { throughputTables } from "./throughput_tables.ts";

/** The machine, in a line. */
export function machineText({ machine }: PeersResult): string {
  return [plural(machine.cores, "core"), machine.cpu, machine.system].filter((part) => part !== "").join(", ");
}

/** When and how, in a line. */
export function runText({ startedAt, elapsedMs, options, partial }: PeersResult): string {
  const { rounds, durationMs, warmupMs } = options;
  const one = `${formatDuration(durationMs)} each after ${formatDuration(warmupMs)} of warmup`;
  const took = `${Math.round(elapsedMs / 1000)} s in all`;
  return `${startedAt.slice(0, 10)}, ${plural(rounds, "round")}, ${one}, ${took}${
    partial ? "; cut short by a signal" : ""
  }`;
}

/** A server with its version. */
export function serverText({ title, version }: PeersResult["servers"][number]): string {
  return version === "" ? title : `${title}; ${version}`;
}

/** The whole result as text. */
export function peersText(result: PeersResult): string {
  const { servers, leftOut } = result;
  const lines = [
    "Sounder and its peers, side by side: medians, least and most",
    machineText(result),
    runText(result),
    "",
  ];
  const width = Math.max(0, ...servers.map(({ name }) => name.length));
  lines.push(
    ...servers.map(({ name, title, version }) => `${name.padEnd(width)}  ${title}; ${version}`.replace(/; $/, "")),
  );
  for (const table of [...throughputTables(result), ...partTables(result)]) lines.push("", ...titledLines(table));
  if (leftOut.length > 0) lines.push("", "Left out", ...leftOut.map(({ what, why }) => `${what}: ${why}`));
  return `${lines.join("\n")}\n`;
}
