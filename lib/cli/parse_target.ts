import { type Address, parseAddress } from "../core/address.ts";
import { quote } from "../core/quote.ts";
import { orUsage, UsageError } from "./usage_error.ts";

/**
 * Reads the address of a server to connect to.
 *
 * @throws {UsageError} if it is none, or has port 0.
 */
export function parseTarget(operand: string): Address {
  const target = orUsage(() => parseAddress(operand));
  if (target.port === 0) {
    throw new UsageError(`bad address ${quote(operand)}: port 0 cannot be connected to, use 1 to 65535`);
  }
  return target;
}
