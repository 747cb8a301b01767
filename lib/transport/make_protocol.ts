import type { BufferedProtocol, Protocol } from "./protocol.ts";

/**
 * Has a factory make a protocol.
 *
 * @throws {TypeError} if it makes none, and what the factory throws.
 */
export function makeProtocol<P extends Protocol | BufferedProtocol>(factory: () => P): P {
  const protocol = factory();
  checkProtocol(protocol);
  return protocol;
}

/**
 * Checks what JavaScript may pass for a protocol: all its members are optional, so that anything would do, and nothing come.
 *
 * @throws {TypeError} if it is none.
 */
export function checkProtocol(protocol: unknown): void {
  if (protocol instanceof Promise) {
    // Its rejection would end the process.
    protocol.catch(() => {});
    throw new TypeError("cannot use a promise as a protocol: make the factory no async function");
  }
  if (typeof protocol !== "object" || protocol === null) {
    throw new TypeError(`cannot use ${protocol} as a protocol: it must be an object with its callbacks`);
  }
  if ("getBuffer" in protocol && !("bufferUpdated" in protocol)) {
    throw new TypeError("cannot use a protocol that has getBuffer() and no bufferUpdated()");
  }
}
