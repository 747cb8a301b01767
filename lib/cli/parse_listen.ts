import { type Address, parseAddress } from "../core/address.ts";
import { quote } from "../core/quote.ts";
import type { FullEndpoint } from "../echo/serve_options.ts";
import { SERVICES } from "./option_table.ts";

/**
 * Reads what `--listen` is given: `ADDR:PORT[=SERVICE][+tls]`, the service echo where it is left out, the address as
 * {@linkcode parseAddress} takes it.
 *
 * @throws {SyntaxError} if it is none of that.
 * @throws {RangeError} if the port is not between 0 and 65535.
 */
export function parseListen(text: string): FullEndpoint & Address {
  const [, address, service = "echo", plus] = /^([^=+]*)(?:=([^+]*))?(?:\+(.*))?$/s.exec(text) ?? [];
  const bad = (remedy: string) => new SyntaxError(`bad endpoint ${quote(text)}: ${remedy}`);
  if (address === undefined || address === "") throw bad("write ADDR:PORT=SERVICE, such as 127.0.0.1:9=discard");
  if (!isService(service)) throw bad(`there is no service ${quote(service)}: use ${SERVICES.join(", ")}`);
  if (plus !== undefined && plus !== "tls") {
    throw bad(`nothing is known of ${quote("+" + plus)}: use +tls, or leave it out`);
  }
  return { ...parseAddress(address), service, tls: plus !== undefined };
}

function isService(name: string): name is FullEndpoint["service"] {
  return (SERVICES as readonly string[]).includes(name);
}
