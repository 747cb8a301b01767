import type { ServeEndpoint, ServeOptions } from "./echo_server.ts";
import { type FaultPlan, planFaults } from "./fault_plan.ts";
import { checkLimits } from "./serve_limits.ts";
import { type ServiceName, services } from "./service.ts";

/** The grace of a shutdown where none is given, in milliseconds. */
export const DEFAULT_GRACE = 5000;

/**
 * Checks what `listen()` does not.
 *
 * @throws {TypeError} if a service has no such name, or options contradict each other.
 * @throws {RangeError} if a number is out of range.
 * @throws {SyntaxError} if an entry of an access list is no address or network.
 */
export function checkServeOptions(options: ServeOptions): void {
  const { endpoints, tls, grace = 0 } = options;
  for (const { service } of endpointsOf(options)) {
    if (!Object.hasOwn(services, service)) {
      throw new TypeError(`cannot serve "${service}": use one of ${Object.keys(services).join(", ")}`);
    }
  }
  checkLimits(options);
  checkGrace(grace);
  if (endpoints === undefined) return;
  if (endpoints.length === 0) throw new TypeError("cannot serve no endpoints: give one, or leave the option out");
  const both = (["hostname", "port", "service"] as const).find((name) => options[name] !== undefined);
  if (both) throw new TypeError(`cannot serve endpoints and a ${both} beside them: give each endpoint its own`);
  const secured = endpoints.some(({ tls }) => tls);
  if (secured && tls === undefined) throw new TypeError("cannot speak TLS without a certificate: give the option tls");
  if (!secured && tls !== undefined) {
    throw new TypeError("the option tls is for no endpoint: give one of them tls: true");
  }
}

/** @throws {RangeError} if it is no time. */
export function checkGrace(grace: number): void {
  if (!(grace >= 0)) throw new RangeError(`cannot shut down with a grace of ${grace} ms: it must be 0 or more`);
}

/**
 * What faults to inject; `undefined` for none.
 *
 * @throws {TypeError} if a fault has no such kind, or acts on none of the services, or there is a seed and no fault.
 * @throws {RangeError} if a value or the seed is out of range.
 * @throws {Deno.errors.NotSupported} if RST cannot be sent on this system.
 * @throws {Deno.errors.NotCapable} if that needs `--allow-ffi`.
 */
export function faultPlanOf(options: ServeOptions): FaultPlan | undefined {
  const { faults = [], faultSeed } = options;
  if (faults.length > 0) return planFaults(faults, { seed: faultSeed, services: servicesOf(options) });
  if (faultSeed !== undefined) throw new TypeError(`cannot draw from seed ${faultSeed}: there are no faults`);
}

function servicesOf(options: ServeOptions): ServiceName[] {
  return endpointsOf(options).map(({ service }) => service);
}

/** An endpoint with its defaults put in. */
export interface FullEndpoint extends ServeEndpoint {
  /** See {@linkcode ServeEndpoint.service}. */
  readonly service: ServiceName;
  /** See {@linkcode ServeEndpoint.tls}. */
  readonly tls: boolean;
}

/** Where to listen, and what to do there. */
export function endpointsOf({ endpoints, hostname, port, service, tls }: ServeOptions): readonly FullEndpoint[] {
  return (endpoints ?? [{ hostname, port, service, tls: tls !== undefined }])
    .map((endpoint) => ({ ...endpoint, service: endpoint.service ?? "echo", tls: endpoint.tls ?? false }));
}
