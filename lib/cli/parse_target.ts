import { type Address, parseAddress } from "../core/address.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads the address of a server to connect to.
 *
 * @throws {UsageError} if it is none, or has port 0.
 */
export function parseTarget(operand: string): Address {
  let target: Address;
  try {
    target = parseAddress(operand);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
  if (target.port === 0) {
    throw new UsageError(`bad address "${operand}": port 0 cannot be connected to, use 1 to 65535`);
  }
  return target;
}
