import type { OptionValues } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";

/**
 * What `--keepalive` and `--no-keepalive` ask for.
 *
 * @throws {UsageError} if both are given.
 */
export function keepAliveOption(options: OptionValues, byDefault: boolean): boolean {
  if (options.keepalive && options["no-keepalive"]) {
    throw new UsageError("--keepalive and --no-keepalive exclude each other: give one of them");
  }
  return options.keepalive || (byDefault && !options["no-keepalive"]);
}
