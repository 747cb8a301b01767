import type { OptionSpec } from "./option_table.ts";

/** What an option does, with its default: as help, completions and manual page say it. */
export function optionSummary(spec: OptionSpec): string {
  return spec.default === undefined ? spec.help : `${spec.help} (default: ${spec.default})`;
}
