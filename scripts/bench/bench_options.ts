import { flagValues } from "../flag_values.ts";
import { parseDuration } from "../../lib/core/units.ts";
import { type ClientName, CLIENTS } from "./load_client.ts";
import { PEERS } from "./peers.ts";
import { parsePoint, type Point, POINTS } from "./point.ts";
import { EMPTY_PROGRAM } from "./startup.ts";

/** What is measured, in this order. */
export const PARTS = ["throughput", "client", "memory", "startup", "scale"] as const;

/** A part of a run. */
export type PartName = (typeof PARTS)[number];

/** A server by its command line. */
export interface AlsoServer {
  /** Its short name. */
  readonly name: string;
  /** Program and arguments; `{port}` stands for the port. */
  readonly words: readonly string[];
}

/** What the command line asks for. */
export interface BenchPeersOptions {
  /** How often everything is measured. */
  readonly rounds: number;
  /** Length of one measurement of load in milliseconds. */
  readonly durationMs: number;
  /** Milliseconds of the same load before it. */
  readonly warmupMs: number;
  /** The servers, by name. */
  readonly only: readonly string[];
  /** Further servers. */
  readonly also: readonly AlsoServer[];
  /** The loads. */
  readonly points: readonly Point[];
  /** What puts load on them. */
  readonly clients: readonly ClientName[];
  /** What is measured. */
  readonly parts: readonly PartName[];
  /** Connections of the part memory; the most of the part scale. */
  readonly connections: number;
  /** Whether the result is printed as JSON. */
  readonly json: boolean;
  /** The file that gets a page with charts. */
  readonly report: string | undefined;
  /** Whether help is asked for. */
  readonly help: boolean;
}

const NAMES = PEERS.map(({ name }) => name);
const MOST_ROUNDS = 1000;
/** Linux lets a client choose among 28,232 ports unless it is told otherwise. */
const MOST_CONNECTIONS = 28_000;
const LONGEST_MS = 3_600_000;

const FLAGS = {
  rounds: { type: "string", default: "5" },
  duration: { type: "string", default: "2s" },
  warmup: { type: "string", default: "300ms" },
  only: { type: "string", default: NAMES.join(",") },
  also: { type: "string", multiple: true, default: [] as string[] },
  points: { type: "string" },
  clients: { type: "string", default: CLIENTS.join(",") },
  parts: { type: "string", default: PARTS.join(",") },
  connections: { type: "string", default: "10000" },
  report: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** What `--help` prints. */
export const HELP = `Sounder and its peers, side by side: deno task bench [options]

Starts each echo server that can be had here, puts the same load on all of them in turn, R times over, and prints
medians with least and most, and ratios to the C server taken within a round. What is missing is named, with the reason.
All of it takes about half an hour; --rounds 1, --parts and --only shorten it.

--rounds R          how often everything is measured (default 5)
--duration TIME     one measurement of load, such as 500ms or 2s (default 2s)
--warmup TIME       the same load before it, not counted (default 300ms)
--only LIST         servers: ${NAMES.join(",")} (default all)
--also NAME=COMMAND another server by its command line, split at spaces; {port} stands for the port (may be repeated)
--points LIST       loads as CONNECTIONSxSIZE, :stream for bulk (default 1x64,64x64,512x64,64x16k,8x1M:stream)
--clients LIST      what puts the load on: ${CLIENTS.join(",")} (default both)
--parts LIST        what is measured: ${PARTS.join(",")} (default all)
--connections N     idle connections of memory, and the most of scale (default 10000)
--report FILE.html  write a page with charts too
--json              print one JSON object in place of the tables
--help              print this

Exit 0; 1 if Sounder or the C server failed somewhere; 2 if an option is wrong; 130 or 143 after a signal, with what was
measured until then.`;

/**
 * Reads the arguments.
 *
 * @throws {SyntaxError} naming the option, the value and what would do.
 */
export function readOptions(args: string[]): BenchPeersOptions {
  const values = flagValues(args, FLAGS);
  return {
    rounds: wholeNumber("--rounds", values.rounds, MOST_ROUNDS),
    durationMs: duration("--duration", values.duration, 1),
    warmupMs: duration("--warmup", values.warmup, 0),
    only: chosen("--only", values.only, NAMES),
    also: alsoServers(values.also),
    points: values.points === undefined ? POINTS : pointsOf(values.points),
    clients: chosen("--clients", values.clients, CLIENTS),
    parts: chosen("--parts", values.parts, PARTS),
    connections: wholeNumber("--connections", values.connections, MOST_CONNECTIONS),
    report: values.report,
    json: values.json,
    help: values.help,
  };
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= most) return value;
  throw new SyntaxError(`${name}: bad count "${text}": use a whole number from 1 to ${most}`);
}

function duration(name: string, text: string, least: number): number {
  const ms = within(name, () => parseDuration(text));
  if (ms >= least && ms <= LONGEST_MS) return ms;
  throw new SyntaxError(`${name}: bad duration "${text}": use ${least}ms to 1h`);
}

function pointsOf(text: string): Point[] {
  return text.split(",").map((part) => within("--points", () => parsePoint(part)));
}

/** The text before what an error says is wrong: the option. */
function within<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new SyntaxError(`${name}: ${(error as Error).message}`);
  }
}

/** The names of a list, in the order of the choices. */
function chosen<T extends string>(name: string, text: string, choices: readonly T[]): T[] {
  const asked = text.split(",");
  for (const one of asked) {
    if (!(choices as readonly string[]).includes(one)) {
      throw new SyntaxError(`${name}: unknown "${one}": use ${choices.join(", ")}`);
    }
  }
  return choices.filter((choice) => asked.includes(choice));
}

function alsoServers(texts: readonly string[]): AlsoServer[] {
  const taken = [...NAMES, EMPTY_PROGRAM.name];
  return texts.map((text) => {
    const match = /^([A-Za-z][\w.-]*)=(.+)$/.exec(text);
    const words = match?.[2].trim().split(/\s+/) ?? [];
    if (!match || !words.some((word) => word.includes("{port}"))) {
      throw new SyntaxError(`--also: bad server "${text}": use NAME=COMMAND with {port} in it`);
    }
    const [, name] = match;
    if (taken.includes(name)) throw new SyntaxError(`--also: the name "${name}" is taken: use another`);
    taken.push(name);
    return { name, words };
  });
}
