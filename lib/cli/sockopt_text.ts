import { formatDuration } from "../core/units.ts";
import { connectSchedule, synAckTimeoutByFormulaMs } from "../socket/connect_timeout.ts";
import type { OptionSupport } from "../socket/option_support.ts";
import { showValue } from "../socket/set_option.ts";
import { SYSTEM_LIMIT_NAMES, type SystemLimits } from "../socket/system_limits.ts";
import { wrap } from "./wrap.ts";

/** What `sounder sockopt` tells. */
export interface SockoptReport {
  /** The system, as Deno calls it. */
  readonly platform: string;
  /** Whether the C library was asked. */
  readonly ffi: boolean;
  /** Each option. */
  readonly support: readonly OptionSupport[];
  /** The system's limits. */
  readonly limits: SystemLimits;
}

const NEEDS_FFI = "unknown (needs --allow-ffi)";
const WIDTH = 120;

/** The report as text, at most 120 columns wide. */
export function sockoptText(report: SockoptReport): string {
  const heading = ["option", "supported", "set", "kernel default"];
  return [
    `Socket options on ${report.platform}`,
    "",
    ...table([{ cells: heading }, ...report.support.map((support) => optionRow(support, report))]),
    "",
    ...limitLines(report),
  ].join("\n");
}

/** A row of a table, and what is said below it. */
interface TableRow {
  readonly cells: readonly string[];
  readonly note?: string;
}

function optionRow(
  { row, supported, reason, how, kernelDefault, note }: OptionSupport,
  report: SockoptReport,
): TableRow {
  const unread = report.ffi || report.platform === "windows" ? "-" : NEEDS_FFI;
  // What listen() and bind() get as an argument has no default of the kernel's; nor has what is not there.
  const hasNone = row.name === "backlog" || row.type === "address" || supported === false;
  const shown = row.type === "bytes" ? `${kernelDefault} bytes` : showValue(row, kernelDefault);
  return {
    cells: [
      row.flags.map(({ name }) => `--${name}`).join(", ").replace("--keepalive, --no-keepalive", "--[no-]keepalive"),
      supported ? "yes" : reason ?? "no",
      how,
      kernelDefault !== undefined ? shown : hasNone ? "-" : unread,
    ],
    note,
  };
}

function limitLines(report: SockoptReport): string[] {
  if (report.platform !== "linux") return [`System limits: not on ${report.platform}`];
  const rowsOf = (rows: readonly string[][]) => table(rows.map((cells) => ({ cells })));
  const derived = timeoutRows(report);
  return [
    "System limits",
    "",
    ...rowsOf(limitRows(report)),
    "",
    "Timeouts that follow from them",
    "",
    ...rowsOf(derived),
  ];
}

function limitRows(report: SockoptReport): string[][] {
  const { limits } = report;
  return SYSTEM_LIMIT_NAMES.map(([name, parameter]) => [
    parameter,
    limits[name] === undefined ? unreadLimit(report) : showLimit(name, limits),
  ]);
}

function unreadLimit({ ffi }: SockoptReport): string {
  return ffi ? "not on this kernel" : NEEDS_FFI;
}

function showLimit(name: keyof SystemLimits, limits: SystemLimits): string {
  const value = limits[name];
  switch (name) {
    case "receiveBuffer":
    case "sendBuffer": {
      const { minBytes, defaultBytes, maxBytes } = limits[name]!;
      return `${minBytes} to ${maxBytes} bytes, ${defaultBytes} at first`;
    }
    case "notSentLowatBytes":
      return value === 2 ** 32 - 1 ? `${value} bytes, which is no limit` : `${value} bytes`;
    case "fastOpen": {
      const { bits, client, server } = limits.fastOpen!;
      return `${bits}: ${client ? "on" : "off"} for clients, ${server ? "on" : "off"} for servers`;
    }
    case "localPorts":
      return `${limits.localPorts!.first} to ${limits.localPorts!.last}`;
  }
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "boolean") return value ? "on" : "off";
  if (name.endsWith("Ms")) return formatDuration(Number(value));
  return name.endsWith("Bytes") ? `${value} bytes` : String(value);
}

/** How long the kernel tries to connect, and how long a server waits for a handshake's end. */
function timeoutRows(report: SockoptReport): string[][] {
  const { synRetries, synLinearTimeouts: linearTimeouts = 0, synAckRetries, maxRtoMs } = report.limits;
  const schedule = (retries: number) => {
    const { syns, timeoutMs } = connectSchedule({ retries, linearTimeouts, maxRtoMs });
    return `${formatDuration(timeoutMs)} (${syns} SYNs)`;
  };
  const few = [1, 2, 3];
  return [
    [
      "connect timeout",
      synRetries === undefined
        ? unreadLimit(report)
        : `${schedule(synRetries)}, by tcp_syn_retries and tcp_syn_linear_timeouts`,
    ],
    [
      `with --syn-retries ${few.join(", ")}`,
      synRetries === undefined ? unreadLimit(report) : few.map((retries) => schedule(retries)).join(", "),
    ],
    [
      "get_tcp_server_max_connect_timeout()",
      synAckRetries === undefined
        ? unreadLimit(report)
        : `${
          formatDuration(synAckTimeoutByFormulaMs(synAckRetries))
        }, the value of the formula 2^(tcp_synack_retries + 1) - 1`,
    ],
  ];
}

/** The cells in columns. A last cell or a note that is too long goes on below. */
function table(rows: readonly TableRow[]): string[] {
  const widths = rows[0].cells.map((_, i) => Math.max(...rows.map(({ cells }) => cells[i].length)));
  return rows.flatMap(({ cells, note }) => {
    const start = cells.slice(0, -1).map((cell, i) => cell.padEnd(widths[i]) + "  ").join("");
    const [first, ...more] = wrap(cells.at(-1)!, WIDTH - start.length);
    const indent = " ".repeat(start.length);
    const below = note === undefined ? [] : wrap(note, WIDTH - 4).map((line) => `    ${line}`);
    return [(start + first).trimEnd(), ...more.map((line) => indent + line), ...below];
  });
}
