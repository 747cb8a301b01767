import { formatAddress } from "../core/address.ts";
import type { TlsServerOptions } from "../net/tls_options.ts";
import type { ServeOptions, ServeReload } from "../echo/echo_server.ts";
import type { ServiceName } from "../echo/service.ts";
import type { CommandContext } from "./command_context.ts";
import type { OptionValues } from "./option_table.ts";
import { serveSocketOptions } from "./socket_option_flags.ts";
import { orUsage, UsageError } from "./usage_error.ts";

/**
 * What the options of `serve` ask for, the files that they name read.
 *
 * @throws {UsageError} if a value or a file is wrong, or options contradict each other.
 */
export async function serveSetup(context: CommandContext): Promise<ServeOptions> {
  const { options, logger } = context;
  const tls = await readTls(context);
  const endpoints = await readEndpoints(context, tls !== undefined);
  return {
    ...endpoints,
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
    ...await readFaults(options, servicesOf(endpoints)),
    workers: options.workers,
    grace: options.grace,
    logger,
  };
}

/** What a reload reads again, in words. */
export function reloadable(options: OptionValues): string[] {
  return [
    ...(options["tls-cert"] === undefined ? [] : ["certificates"]),
    ...(options["allow-file"].length + options["deny-file"].length === 0 ? [] : ["access lists"]),
  ];
}

/**
 * Reads the files again.
 *
 * @throws {UsageError} if one is wrong now.
 */
export async function readReload(context: CommandContext): Promise<ServeReload> {
  const { options } = context;
  const tls = await readTls(context);
  return { ...(tls && { tls }), access: await readAccess(options) };
}

async function readTls({ options, given }: CommandContext): Promise<TlsServerOptions | undefined> {
  if (![...given].some((name) => name.startsWith("tls-"))) return undefined;
  const { readTlsServer } = await import("./tls_files.ts");
  const tls = await readTlsServer(options);
  if (tls === undefined) {
    throw new UsageError("--tls-handshake-timeout needs a server that speaks TLS: give --tls-cert and --tls-key");
  }
  // What the engine finds wrong, such as a key that is too short, is told before anything is bound.
  const { tlsAcceptor } = await import("../net/tls_acceptor.ts");
  const acceptor = await tlsAcceptor(tls).catch((error) => error);
  if (acceptor instanceof Error) {
    orUsage(() => {
      throw acceptor;
    }, `--tls-cert ${options["tls-cert"]}: `);
  }
  return tls;
}

async function readFaults(
  { fault: texts, "fault-seed": faultSeed }: OptionValues,
  services: readonly ServiceName[],
): Promise<Pick<ServeOptions, "faults" | "faultSeed">> {
  if (texts.length === 0) {
    if (faultSeed === undefined) return {};
    throw new UsageError(`--fault-seed ${faultSeed} is of no use alone: give a --fault, too`);
  }
  const { parseFault } = await import("../echo/parse_fault.ts");
  const { planFaults } = await import("../echo/fault_plan.ts");
  const faults = texts.map((text) => orUsage(() => parseFault(text), "--fault: "));
  // What is wrong with them as a whole is told here, with the name of the option.
  orUsage(() => planFaults(faults, { seed: faultSeed, services }), "--fault: ");
  return { faults, faultSeed };
}

function servicesOf({ endpoints, service = "echo" }: ServeOptions): ServiceName[] {
  return endpoints?.map((endpoint) => endpoint.service ?? "echo") ?? [service];
}

/** Where to listen: `--listen`, or `--host`, `--port` and `--service`. */
async function readEndpoints({ options, given }: CommandContext, hasTls: boolean): Promise<ServeOptions> {
  const { host: hostname, port, service, listen } = options;
  if (listen.length === 0) return { hostname, port, service };
  const other = (["host", "port", "service"] as const).find((name) => given.has(name));
  if (other) throw new UsageError(`--${other} and --listen exclude each other: write it as --listen ADDR:PORT=SERVICE`);
  const { parseListen } = await import("./parse_listen.ts");
  const endpoints = listen.map((text) => orUsage(() => parseListen(text), "--listen: "));
  const seen = endpoints.map(({ hostname, port }) => port === 0 ? undefined : formatAddress({ hostname, port }));
  const twice = seen.find((address, i) => address !== undefined && seen.indexOf(address) < i);
  if (twice) throw new UsageError(`--listen ${twice} is given twice: leave one out, or give it another port`);
  const secured = listen.find((_, i) => endpoints[i].tls);
  if (secured && !hasTls) {
    throw new UsageError(`--listen ${secured} needs a certificate: give --tls-cert and --tls-key`);
  }
  if (!secured && hasTls) {
    throw new UsageError("--tls-cert is for no address: add +tls to a --listen, such as :9999=echo+tls");
  }
  return { endpoints };
}

async function readAccess(options: OptionValues): Promise<Pick<ServeOptions, "allow" | "deny">> {
  const isGiven = (name: "allow" | "deny") => options[name].length + options[`${name}-file`].length > 0;
  if (!isGiven("allow") && !isGiven("deny")) return {};
  const { parseCidr } = await import("../core/cidr.ts");
  const { readAccessFile } = await import("./access_file.ts");
  const read = async (name: "allow" | "deny") => {
    for (const text of options[name]) orUsage(() => parseCidr(text), `--${name}: `);
    const lists = await Promise.all(options[`${name}-file`].map((file) => readAccessFile(file)));
    return [...options[name], ...lists.flat()];
  };
  // An --allow-file without a line lets nobody in.
  return {
    ...(isGiven("allow") && { allow: await read("allow") }),
    ...(isGiven("deny") && { deny: await read("deny") }),
  };
}
