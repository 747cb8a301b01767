import type { Address } from "../core/address.ts";
import type { PlannedSetting } from "./planned_setting.ts";
import type { SocketOptionReport } from "./report_option.ts";
import { descriptorFinder } from "./descriptor.ts";
import { libcPlatform, openLibc } from "./libc.ts";
import { readOption } from "./set_option.ts";
import { socketOptionRow } from "./options.ts";

/** A connected socket: a `Connection`, or a `Deno.TcpConn` of your own. */
export interface ConnectedSocket {
  /** This end's address. */
  readonly localAddr: Address;
  /** The peer's address. */
  readonly remoteAddr: Address;
}

/** A socket that listens: a `Listener`, or a `Deno.TcpListener` of your own. */
export interface ListeningSocket {
  /** The address bound. */
  readonly addr: Address;
}

/** What has socket options: a `Connection`, a `Listener`, or one of Deno's own. */
export type SocketTarget = ConnectedSocket | ListeningSocket;

/** The method by which this library's own connections and listeners tell their descriptor; undefined once closed. */
export const DESCRIPTOR = Symbol("sounder.descriptor");

/** The method by which they are told of options that were set on them since they were made. */
export const OPTIONS_SET = Symbol("sounder.optionsSet");

/** What has these methods. */
export interface HasDescriptor {
  /** The descriptor; undefined if it is closed, or is no socket. */
  [DESCRIPTOR](): number | undefined;
  /** Takes note of settings, and of what became of them. */
  [OPTIONS_SET](planned: readonly PlannedSetting[], reports: readonly SocketOptionReport[]): void;
}

/**
 * Whether a target listens.
 *
 * @throws {TypeError} if it is no target at all.
 */
export function isListener(target: SocketTarget): target is ListeningSocket {
  const { addr, localAddr, remoteAddr } = (target ?? {}) as Partial<
    Record<"addr" | "localAddr" | "remoteAddr", unknown>
  >;
  if (typeof addr === "object") return true;
  if (typeof localAddr === "object" && typeof remoteAddr === "object") return false;
  throw new TypeError("cannot find the socket of what is neither a connection nor a listener");
}

/**
 * The descriptor of a target; undefined if it is closed, or cannot be told.
 *
 * @throws {Deno.errors.NotCapable} without `--allow-ffi`.
 * @throws {Deno.errors.NotSupported} on a system whose C library Sounder does not use.
 */
export function descriptorOf(target: SocketTarget): number | undefined {
  openLibc(); // throws where it may not
  const own = (target as Partial<HasDescriptor>)[DESCRIPTOR];
  if (own) return own.call(target);
  if (isListener(target)) return descriptorFinder().listener(target);
  const fd = descriptorFinder().connection(target);
  return fd !== undefined && isStillOpen(target, fd) ? fd : undefined;
}

/**
 * Whether a connection of Deno's is open: where it was closed, another one may have its addresses by now. Deno tells only
 * when it is asked to do something, so it is asked to leave TCP_NODELAY as it is.
 */
function isStillOpen(conn: ConnectedSocket & { setNoDelay?: (noDelay: boolean) => void }, fd: number): boolean {
  const row = socketOptionRow("noDelay");
  const platform = libcPlatform() ?? "linux";
  const noDelay = readOption(openLibc(), fd, row.constants[platform]!.any);
  if (typeof conn.setNoDelay !== "function" || typeof noDelay !== "boolean") return true;
  try {
    conn.setNoDelay(noDelay);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.BadResource);
  }
}

/**
 * The descriptor of a target, for a function that is about to do something with it.
 *
 * @param what What is to be done, such as `read the options`.
 * @throws {Deno.errors.NotCapable} without `--allow-ffi`.
 * @throws {Deno.errors.NotSupported} on a system whose C library Sounder does not use.
 * @throws {Deno.errors.BadResource} if the target is closed, or its descriptor cannot be told.
 */
export function requireDescriptor(target: SocketTarget, what: string): number {
  const fd = descriptorOf(target);
  if (fd !== undefined) return fd;
  throw new Deno.errors.BadResource(
    isListener(target)
      ? `cannot ${what} of a listener: it is closed, or shares its port with others in this process`
      : `cannot ${what} of a connection: it is closed or reset, or no TCP connection`,
  );
}
