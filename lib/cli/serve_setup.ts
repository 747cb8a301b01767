import type { AccessRules } from "../core/access_list.ts";
import { parseCidr } from "../core/cidr.ts";
import type { ServeOptions, ServeReload } from "../echo/echo_server.ts";
import { planFaults } from "../echo/fault_plan.ts";
import { parseFault } from "../echo/parse_fault.ts";
import { readAccessFile } from "./access_file.ts";
import type { CommandContext } from "./command_context.ts";
import type { OptionValues } from "./option_table.ts";
import { parseListen } from "./parse_listen.ts";
import { serveSocketOptions } from "./socket_option_flags.ts";
import { readTlsServer } from "./tls_files.ts";
import { orUsage, UsageError } from "./usage_error.ts";

/**
 * What the options of `serve` ask for, the files that they name read.
 *
 * @throws {UsageError} if a value or a file is wrong, or options contradict each other.
 */
export async function serveSetup(context: CommandContext): Promise<ServeOptions> {
  const { options, given, logger } = context;
  const tls = await readTlsServer(options);
  if (given.has("tls-handshake-timeout") && !tls) {
    throw new UsageError("--tls-handshake-timeout needs a server that speaks TLS: give --tls-cert and --tls-key");
  }
  return {
    ...readEndpoints(context, tls !== undefined),
    ...serveSocketOptions(options),
    ...await readAccess(options),
    tls,
    idleTimeout: options["idle-timeout"],
    maxLifetime: options["max-lifetime"],
    maxBytes: options["max-bytes"],
    maxConnections: options["max-connections"],
    maxPerHost: options["max-per-host"],
    acceptRate: options["accept-rate"],
    rateLimit: options["rate-limit"],
    rateLimitTotal: options["rate-limit-total"],
    ...readFaults(context),
    workers: options.workers,
    grace: options.grace,
    logger,
  };
}

/** Whether a reload has something to read. */
export function canReload(options: OptionValues): boolean {
  return options["tls-cert"] !== undefined || options["allow-file"].length + options["deny-file"].length > 0;
}

/**
 * Reads the files again.
 *
 * @throws {UsageError} if one is wrong now.
 */
export async function readReload(options: OptionValues): Promise<ServeReload> {
  const tls = await readTlsServer(options);
  return { ...(tls && { tls }), access: await readAccess(options) };
}

function readFaults({ options }: CommandContext): Pick<ServeOptions, "faults" | "faultSeed"> {
  const { fault: texts, "fault-seed": faultSeed } = options;
  const faults = texts.map((text) => orUsage(() => parseFault(text), "--fault: "));
  if (faultSeed !== undefined && faults.length === 0) {
    throw new UsageError(`--fault-seed ${faultSeed} is of no use alone: give a --fault, too`);
  }
  // What goes wrong with them as a whole is told here, with the name of the option.
  const services = options.listen.length > 0
    ? options.listen.map((text) => parseListen(text).service)
    : [options.service];
  if (faults.length > 0) orUsage(() => planFaults(faults, { seed: faultSeed, services }), "--fault: ");
  return { faults, faultSeed };
}

/** Where to listen: `--listen`, or `--host`, `--port` and `--service`. */
function readEndpoints({ options, given }: CommandContext, hasTls: boolean): ServeOptions {
  const { host: hostname, port, service, listen } = options;
  if (listen.length === 0) return { hostname, port, service };
  const other = (["host", "port", "service"] as const).find((name) => given.has(name));
  if (other) throw new UsageError(`--${other} and --listen exclude each other: write it as --listen ADDR:PORT=SERVICE`);
  const endpoints = listen.map((text) => orUsage(() => parseListen(text), "--listen: "));
  const secured = listen.find((_, i) => endpoints[i].tls);
  if (secured && !hasTls) {
    throw new UsageError(`--listen ${secured} needs a certificate: give --tls-cert and --tls-key`);
  }
  if (!secured && hasTls) {
    throw new UsageError("--tls-cert is for no address: add +tls to a --listen, such as :9999=echo+tls");
  }
  return { endpoints };
}

async function readAccess(options: OptionValues): Promise<AccessRules & Pick<ServeOptions, "allow" | "deny">> {
  const read = async (name: "allow" | "deny") => {
    const files = options[`${name}-file`];
    for (const text of options[name]) orUsage(() => parseCidr(text), `--${name}: `);
    const lists = await Promise.all(files.map((file) => readAccessFile(file)));
    return [...options[name], ...lists.flat()];
  };
  const [allow, deny] = [await read("allow"), await read("deny")];
  // An --allow-file without a line lets nobody in.
  const allows = options.allow.length + options["allow-file"].length > 0;
  return { ...(allows && { allow }), ...(deny.length > 0 && { deny }) };
}
