import { libcPlatform, mayOpenLibc, openLibc } from "./libc.ts";
import { MOMENT_WORDS } from "./moment_words.ts";
import { reportOf, reportSettings, type SocketOptionReport } from "./report_option.ts";
import { setOption } from "./set_option.ts";
import type { SocketSetting } from "./settings.ts";
import { socketKind } from "./socket_kind.ts";

/** A setting, and the words that say how it is set. */
export interface PlannedSetting {
  /** The setting. */
  readonly setting: SocketSetting;
  /** When, and on which socket. */
  readonly how: string;
}

/**
 * Adds the words to settings.
 *
 * @param words Other words than usual for a moment.
 */
export function planSettings(
  settings: readonly SocketSetting[],
  words: Partial<typeof MOMENT_WORDS> = {},
): PlannedSetting[] {
  return settings.map((setting) => ({ setting, how: howOf(setting, { ...MOMENT_WORDS, ...words }) }));
}

function howOf({ option, row, value, moment }: SocketSetting, words: typeof MOMENT_WORDS): string {
  if (!row && moment === "inherited") return "on the listener, and on each connection that does not inherit it";
  if (option === "reuseAddress" && value === false) return "tried without it first, then cleared on the listener";
  const again = option === "quickAck" && value === true && moment !== "now" ? ", again after each read" : "";
  return words[moment] + again;
}

/**
 * Sets settings on a descriptor.
 *
 * @throws {SocketOptionError} at the first that the kernel does not take.
 */
export function setSettings(fd: number, settings: readonly PlannedSetting[]): void {
  const libc = openLibc();
  const kind = socketKind(libc, fd);
  for (const { setting } of settings) setOption(libc, fd, setting, kind);
}

/** Reads back what became of settings on a descriptor. */
export function readSettings(fd: number, settings: readonly PlannedSetting[]): SocketOptionReport[] {
  const libc = openLibc();
  return reportSettings(libc, fd, settings, socketKind(libc, fd));
}

/** The settings after more was set: the later ones take the place of earlier ones of the same options. */
export function replaceSettings(
  earlier: readonly PlannedSetting[],
  later: readonly PlannedSetting[],
): { kept: readonly PlannedSetting[]; all: readonly PlannedSetting[] } {
  const options = new Set(later.map(({ setting }) => setting.option));
  const kept = earlier.filter(({ setting }) => !options.has(setting.option));
  return { kept, all: [...kept, ...later] };
}

/** The note where a socket was closed before its options were read. */
export const NEVER_READ = "not read before the socket was closed";

/**
 * Reads back what became of settings, where that can be done.
 *
 * @param fd Gives undefined where the socket is closed, or cannot be told from others.
 * @param last What was read before; told where nothing can be read any more.
 * @param otherwise What to say where nothing was.
 */
export function reportPlanned(
  fd: () => number | undefined,
  settings: readonly PlannedSetting[],
  last?: readonly SocketOptionReport[],
  otherwise = NEVER_READ,
): readonly SocketOptionReport[] {
  if (settings.length === 0) return [];
  const unread = (note: string) => settings.map(({ setting, how }) => reportOf(setting, undefined, how, note));
  if (libcPlatform() === undefined) return unread(`cannot be read back on ${Deno.build.os}`);
  if (!mayOpenLibc()) return unread("not read back (needs --allow-ffi)");
  const descriptor = fd();
  if (descriptor === undefined) return last ?? unread(otherwise);
  return readSettings(descriptor, settings);
}
