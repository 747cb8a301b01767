import type { SettingMoment } from "./settings.ts";

/** The words for when, and on which socket, an option is set. */
export const MOMENT_WORDS: Readonly<Record<SettingMoment, string>> = {
  inherited: "on the listener, inherited",
  listener: "on the listener",
  accepted: "on each accepted connection",
  listen: "by listen()",
  syn: "before the SYN",
  connected: "after connecting",
  bind: "by bind(), before the SYN",
  now: "on the socket, now",
};
