import { formatAddress } from "../core/address.ts";
import { SocketOptionError } from "../socket/socket_option_error.ts";
import { isLookupFailure } from "./is_lookup_failure.ts";

/** The same class of error, with a message that names the address. */
export function listenErrorOf(error: unknown, hostname: string, port: number): Error {
  if (error instanceof SocketOptionError) return error;
  const say = (reason: string): [string, ErrorOptions] => [
    `cannot listen on ${formatAddress({ hostname, port })}: ${reason}`,
    { cause: error },
  ];
  if (error instanceof Deno.errors.NotCapable) return new Deno.errors.NotCapable(...say("net permission is missing"));
  if (error instanceof Deno.errors.AddrInUse) {
    return new Deno.errors.AddrInUse(...say("another socket listens there (address in use)"));
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return new Deno.errors.AddrNotAvailable(...say("this machine does not have that address"));
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new Deno.errors.PermissionDenied(...say(`port ${port} ${(DENIED[Deno.build.os] ?? DENIED.linux)(port)}`));
  }
  const { message } = error as { message?: string };
  if (error instanceof URIError || isLookupFailure(error)) {
    return new Deno.errors.NotFound(...say("host name not found"));
  }
  return new Error(...say(message ?? String(error)));
}

/** Why a port may not be bound, and what would do. On Windows everybody may bind every port, but for those set aside. */
const DENIED: Readonly<Record<string, (port: number) => string>> = {
  linux: (port) =>
    `needs a privilege (ports below 1024 do): use a higher one, or sysctl net.ipv4.ip_unprivileged_port_start=${port}, ` +
    `or setcap cap_net_bind_service=+ep on the program`,
  darwin: () => "needs a privilege (ports below 1024 do): use a higher one",
  windows: () => "is held for another program, or reserved (netsh interface ipv4 show excludedportrange protocol=tcp)",
};
