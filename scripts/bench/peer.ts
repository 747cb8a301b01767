/** A program and its arguments. */
export interface ServerCommand {
  /** Its name or path. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Variables added to its environment. */
  readonly env?: Record<string, string>;
}

/** An echo server that can be started. */
export interface Peer {
  /** Its short name, as in `--only`. */
  readonly name: string;
  /** What it is, with what must be known beside its figures. */
  readonly title: string;
  /** Of what it is made, by number. */
  readonly version: string;
  /** Whether it has a process for each connection. */
  readonly forks: boolean;
  /** What starts it on a port of 127.0.0.1. */
  command(port: number): ServerCommand;
}

/** Something that is not measured. */
export interface LeftOut {
  /** A server, a part, or a server in a part of it. */
  readonly what: string;
  /** The reason. */
  readonly why: string;
  /** The name of the server that was tried and failed; null where it was not tried. */
  readonly failed: string | null;
}

/** A server that cannot be had here; the message says why. */
export class LeftOutError extends Error {
  override readonly name = "LeftOutError";
}
