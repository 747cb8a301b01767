import { type Address, formatAddress } from "../core/address.ts";

/**
 * Checks the permission to connect: FFI passes by Deno's own check, and node:net fails it where nobody can catch it. As
 * with Deno's, who may connect to a name may connect to its addresses, but for those that are denied.
 *
 * @param addresses Those of the name.
 * @throws {Deno.errors.NotCapable} without it.
 */
export function checkNetPermission({ hostname, port }: Address, addresses: readonly string[] = []): void {
  const mayConnect = mayConnectTo({ hostname, port });
  const refused = mayConnect
    ? addresses.find((address) => stateOf({ hostname: address, port }) === "denied")
    : hostname;
  if (refused === undefined) return;
  throw new Deno.errors.NotCapable(`no net access to "${formatAddress({ hostname: refused, port })}"`);
}

/** Whether connecting to an address is granted; to be asked for it counts as no. */
export function mayConnectTo(address: Address): boolean {
  return stateOf(address) === "granted";
}

/** What Deno says of an address; a link-local one's zone is no part of it. */
function stateOf({ hostname, port }: Address): Deno.PermissionState {
  const host = formatAddress({ hostname: hostname.replace(/%.*$/, ""), port });
  return Deno.permissions.querySync({ name: "net", host }).state;
}
