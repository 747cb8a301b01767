import { mayOpenLibc, openLibc } from "../socket/libc.ts";
import { connectSchedule, synAckTimeoutByFormulaMs } from "../socket/connect_timeout.ts";
import { jsonUnit } from "../socket/json_name.ts";
import { type OptionSupport, optionSupport } from "../socket/option_support.ts";
import { SYSTEM_LIMIT_NAMES, type SystemLimits, systemLimits } from "../socket/system_limits.ts";
import type { CommandContext } from "./command_context.ts";
import { EXIT } from "./describe_error.ts";
import { type SockoptReport, sockoptText } from "./sockopt_text.ts";
import { UsageError } from "./usage_error.ts";

/** `sounder sockopt`: what this machine makes of each socket option, and the system's limits around them. */
export async function sockoptCommand(context: CommandContext): Promise<number> {
  const { options, operands, print, printJson } = context;
  if (operands.length > 0) {
    throw new UsageError(`sockopt takes no argument "${operands[0]}": it takes options only`);
  }
  const report = inspect();
  if (options.json) await printJson(sockoptJson(report));
  else await print(sockoptText(report));
  return EXIT.ok;
}

/** Reads what is to be told; opens the C library where that is allowed. */
function inspect(): SockoptReport {
  const libc = mayOpenLibc() ? openLibc() : undefined;
  const limits = libc ? systemLimits(libc) : {};
  return { platform: Deno.build.os, ffi: libc !== undefined, support: optionSupport(libc, limits), limits };
}

/** The object of `--json`: null is what cannot be read, or is not there. */
function sockoptJson({ platform, ffi, support, limits }: SockoptReport): Record<string, unknown> {
  return {
    command: "sockopt",
    platform,
    ffi,
    options: Object.fromEntries(support.map((entry) => [entry.option, optionJson(entry)])),
    limits: {
      ...Object.fromEntries(SYSTEM_LIMIT_NAMES.map(([name]) => [name, limits[name] ?? null])),
      ...timeoutsOf(limits),
    },
  };
}

function optionJson({ row, supported, reason, how, kernelDefault, note }: OptionSupport): Record<string, unknown> {
  return {
    flags: row.flags.map((flag) => `--${flag.name}`),
    supported: supported ?? null,
    reason: reason ?? null,
    how,
    [`kernelDefault${jsonUnit(row)}`]: kernelDefault ?? null,
    note: note ?? null,
  };
}

/** What follows from the limits: how long the kernel tries to connect, and how long a server's handshake may take. */
function timeoutsOf({ synRetries, synLinearTimeouts, synAckRetries, maxRtoMs }: SystemLimits): Record<string, unknown> {
  return {
    connectTimeout: synRetries === undefined
      ? null
      : connectSchedule({ retries: synRetries, linearTimeouts: synLinearTimeouts ?? 0, maxRtoMs }),
    synAckTimeoutByFormulaMs: synAckRetries === undefined ? null : synAckTimeoutByFormulaMs(synAckRetries),
  };
}
