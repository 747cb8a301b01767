import { formatAddress } from "../core/address.ts";
import { bytesText, countText } from "./bench_units.ts";
import type { RatedConnection, ServerFacts } from "./server_facts.ts";
import { ageText, reasonsText, type ServerRates } from "./server_text.ts";

/** What {@linkcode topText} shows. */
export interface TopState {
  /** The server. */
  readonly facts: ServerFacts;
  /** How fast bytes go through it. */
  readonly rates: ServerRates;
  /** Connections, in the order in which they are shown. */
  readonly connections: readonly RatedConnection[];
  /** Connections open, those not in `connections` included. */
  readonly total: number;
  /** The latest lines of the log, the last one last. */
  readonly log: readonly string[];
}

/** The terminal that it is for. */
export interface TopTerminal {
  /** Characters of a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
  /** Whether the heading of the table is in reverse video. */
  readonly color: boolean;
}

/** A column of the table. */
interface Column {
  readonly heading: string;
  /** Text is on the left of its column, figures are on its right. */
  readonly isText?: boolean;
  /** Which columns go first where there is no room: those with the highest number; 0 stays. */
  readonly goes: number;
  readonly cell: (connection: RatedConnection) => string;
}

const COLUMNS: readonly Column[] = [
  { heading: "PEER", isText: true, goes: 0, cell: ({ remoteAddr }) => formatAddress(remoteAddr) },
  { heading: "SERVICE", isText: true, goes: 4, cell: ({ service, tls }) => tls ? `${service}+tls` : service },
  { heading: "STATE", isText: true, goes: 5, cell: ({ state }) => state },
  { heading: "AGE", goes: 2, cell: ({ ageMs }) => ageText(ageMs) },
  { heading: "RECEIVED", goes: 3, cell: ({ bytesIn }) => bytesText(bytesIn) },
  { heading: "SENT", goes: 3, cell: ({ bytesOut }) => bytesText(bytesOut) },
  { heading: "IN/S", goes: 1, cell: ({ bytesInPerSecond }) => `${bytesText(bytesInPerSecond)}/s` },
  { heading: "OUT/S", goes: 1, cell: ({ bytesOutPerSecond }) => `${bytesText(bytesOutPerSecond)}/s` },
];

/** Columns with figures are as wide as the longest of them, so that they stay where they are: `1023KiB/s`. */
const FIGURE_WIDTH = 9;
const GAP = 2;
/** Lines of the log that are shown, where there is room for them beside this many connections. */
const LOG_LINES = 4;
const FEWEST_ROWS = 5;
/** Reverse video, and back (ECMA-48: SGR). */
const REVERSE = "\x1b[7m";
const NORMAL = "\x1b[0m";

/**
 * A server and its connections, as lines that fill a terminal and do not exceed it. Where it is narrow, columns of the table
 * go; where it is low, first lines of the log, then connections.
 */
export function topText(state: TopState, { columns, rows, color }: TopTerminal): string[] {
  const head = headLines(state);
  const room = rows - head.length - 1;
  const logged = Math.max(0, Math.min(state.log.length, LOG_LINES, room - FEWEST_ROWS - 2));
  const lines = [...head, "", ...tableLines(state, columns, Math.max(0, logged > 0 ? room - logged - 1 : room))];
  if (logged > 0) {
    while (lines.length < rows - logged) lines.push("");
    lines.push(...state.log.slice(-logged).map((line) => line.replaceAll(/\p{Cc}/gu, "?")));
  }
  const cut = lines.slice(0, rows).map((line) => line.slice(0, columns).trimEnd());
  const heading = head.length + 1;
  if (color && state.total > 0 && cut.length > heading) cut[heading] = REVERSE + cut[heading].padEnd(columns) + NORMAL;
  return cut;
}

function headLines({ facts, rates }: TopState): string[] {
  const { version, uptimeMs, stopping, endpoints, stats } = facts;
  const where = endpoints.map(({ addr, service, tls }) => `${formatAddress(addr)} (${service}${tls ? "+tls" : ""})`);
  const inAll = (perSecond: number, bytes: number) => `${bytesText(perSecond)}/s, ${bytesText(bytes)} in all`;
  return [
    `sounder ${version}  up ${ageText(uptimeMs)}${stopping ? "  STOPPING" : ""}  ${where.join(", ")}`,
    `open ${countText(stats.open)}  served ${countText(stats.total)}  errors ${countText(stats.errors)}  ` +
    `refused ${countText(stats.refused)}${reasonsText(stats.refusedBy)}`,
    `in ${inAll(rates.bytesInPerSecond, stats.bytesIn)}  out ${inAll(rates.bytesOutPerSecond, stats.bytesOut)}`,
  ];
}

/** Heading, connections and, where not all are shown, how many there are more. */
function tableLines({ connections, total }: TopState, width: number, room: number): string[] {
  if (total === 0) return room > 0 ? ["no connection is open"] : [];
  const fits = total <= room - 1;
  const shown = connections.slice(0, Math.max(0, fits ? room - 1 : room - 2));
  const table = fitting(shown, width);
  const row = (cellOf: (column: Column) => string) =>
    table.map(({ column, wide }) => column.isText ? cellOf(column).padEnd(wide) : cellOf(column).padStart(wide))
      .join(" ".repeat(GAP));
  const lines = [row(({ heading }) => heading), ...shown.map((one) => row(({ cell }) => cell(one)))];
  const rest = total - shown.length;
  if (rest > 0) lines.push(`… and ${countText(rest)} more`);
  return lines.slice(0, room);
}

/** The columns that a width has room for, and how wide each is. */
function fitting(shown: readonly RatedConnection[], width: number): { column: Column; wide: number }[] {
  let table = COLUMNS.map((column) => ({ column, wide: widthOf(column, shown) }));
  const total = () => table.reduce((sum, { wide }) => sum + wide + GAP, -GAP);
  while (total() > width) {
    const last = Math.max(...table.map(({ column }) => column.goes));
    if (last === 0) break;
    table = table.filter(({ column }) => column.goes < last);
  }
  return table;
}

function widthOf({ heading, isText, cell }: Column, shown: readonly RatedConnection[]): number {
  const cells = shown.map((one) => cell(one).length);
  return Math.max(heading.length, isText ? 0 : FIGURE_WIDTH, ...cells);
}
