import { unlessAborted } from "../core/unless_aborted.ts";
import { parseIp } from "../socket/sockaddr.ts";
import { interleave } from "./happy_eyeballs.ts";

/**
 * The addresses of a host name, in the order in which to try them; of an IP address, itself.
 *
 * @throws {URIError} if it cannot be a host name.
 * @throws {Deno.errors.NotCapable} without the net permission.
 */
export async function resolveHost(hostname: string, signal: AbortSignal): Promise<string[]> {
  if (parseIp(hostname)) return [hostname];
  // What Deno itself says of such a name.
  if (hostname === "" || /[\s/?#@\\[\]:]/.test(hostname)) throw new URIError(`invalid host name "${hostname}"`);
  const { lookup } = await import("node:dns/promises");
  try {
    signal.throwIfAborted();
    const found = await unlessAborted(lookup(hostname, { all: true }), signal);
    if (found.length === 0) throw new URIError(`host name "${hostname}" has no address`);
    return interleave(found.map(({ address }) => address));
  } catch (error) {
    // How node:dns tells of a missing permission.
    if ((error as { code?: string }).code !== "EPERM") throw error;
    throw new Deno.errors.NotCapable(`to look "${hostname}" up it must be allowed without a port`, { cause: error });
  }
}
