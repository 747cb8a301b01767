import { parseSize } from "../../lib/core/units.ts";
import { sizeText } from "../../lib/report/bench_units.ts";

/** One kind of load. */
export interface Point {
  /** Connections at once. */
  readonly connections: number;
  /** Bytes of a request, or of a write in a stream. */
  readonly size: number;
  /** Whether each connection sends and receives as much as goes through, in place of one request after the other. */
  readonly stream: boolean;
}

/** What is measured unless something else is asked: few and many connections, small and large messages, bulk. */
export const POINTS: readonly Point[] = [
  { connections: 1, size: 64, stream: false },
  { connections: 64, size: 64, stream: false },
  { connections: 512, size: 64, stream: false },
  { connections: 64, size: 16384, stream: false },
  { connections: 8, size: 1 << 20, stream: true },
];

/** A client has one port for each connection to a server: there are no more. */
const MOST_CONNECTIONS = 65_535;

/**
 * Reads a point: `64x16k` is 64 connections with requests of 16 KiB, `8x1M:stream` 8 streams with writes of 1 MiB.
 *
 * @throws {SyntaxError} if the text is no point.
 */
export function parsePoint(text: string): Point {
  const match = /^(\d+)x([^:]+)(:stream)?$/.exec(text);
  const connections = Number(match?.[1]);
  if (!match || connections < 1 || connections > MOST_CONNECTIONS) {
    throw new SyntaxError(`bad point "${text}": use CONNECTIONSxSIZE, such as 64x16k, or 8x1M:stream`);
  }
  const size = parseSize(match[2]);
  if (size < 1) throw new SyntaxError(`bad point "${text}": a request has at least one byte`);
  return { connections, size, stream: match[3] !== undefined };
}

/** A point in words: `64 x 16KiB`, `8 x 1MiB stream`. */
export function pointText({ connections, size, stream }: Point): string {
  return `${connections} x ${sizeText(size)}${stream ? " stream" : ""}`;
}
