import { addressBytes, type Cidr, parseCidr } from "./cidr.ts";
import { parseIp } from "./ip_address.ts";

/** Who may connect. Plain data, as a Worker can be given it. */
export interface AccessRules {
  /**
   * Blocks that may, as text or as {@linkcode Cidr}; nobody else may. So an empty list lets nobody in: a list that lost its
   * lines must not open the server to everybody.
   *
   * @default {undefined} Everybody who is not denied.
   */
  allow?: readonly (string | Cidr)[];
  /**
   * Blocks that may not, as text or as {@linkcode Cidr}.
   *
   * @default {undefined} Nobody.
   */
  deny?: readonly (string | Cidr)[];
}

/** The verdicts on the blocks of one prefix length, by their first bits. */
interface PrefixLevel {
  readonly prefix: number;
  readonly verdicts: Map<number | string, boolean>;
}

/**
 * Says which addresses are permitted. Of the blocks that an address is in, the one with the longest prefix decides, as in a
 * routing table (RFC 4632, section 5.1); where the same block is both allowed and denied, it is denied. In what order the
 * lists have their blocks does not matter. An address in no block is permitted if there is no `allow`.
 *
 * A lookup takes one step for each different prefix length of the address's family, however many blocks there are.
 */
export class AccessList {
  /** Longest prefix first, by the bytes of an address. */
  readonly #levels: Record<number, PrefixLevel[]> = { 4: [], 16: [] };
  readonly #otherwise: boolean;

  /**
   * Reads the blocks.
   *
   * @throws {SyntaxError} if one is no address or block.
   * @throws {RangeError} if one has a number that is too large, or bits after its prefix.
   */
  constructor(rules: AccessRules) {
    this.#otherwise = rules.allow === undefined;
    // The denied ones last: they overwrite what was allowed.
    for (const block of rules.allow ?? []) this.#add(block, true);
    for (const block of rules.deny ?? []) this.#add(block, false);
    for (const levels of Object.values(this.#levels)) levels.sort((a, b) => b.prefix - a.prefix);
  }

  /**
   * Whether a peer may connect.
   *
   * @param hostname Its IP address, as a connection's `remoteAddr` has it. One in the form `::ffff:192.0.2.7`, as listeners
   * of both families report it, is IPv4. A zone (`%eth0`) is ignored. What is no IP address is not permitted.
   */
  permits(hostname: string): boolean {
    const ip = parseIp(hostname);
    if (!ip) return false;
    const address = addressBytes(ip);
    for (const { prefix, verdicts } of this.#levels[address.length]) {
      const verdict = verdicts.get(firstBits(address, prefix));
      if (verdict !== undefined) return verdict;
    }
    return this.#otherwise;
  }

  #add(block: string | Cidr, verdict: boolean): void {
    const { bytes, prefix } = typeof block === "string" ? parseCidr(block) : block;
    const levels = this.#levels[bytes.length];
    let level = levels.find((level) => level.prefix === prefix);
    if (!level) levels.push(level = { prefix, verdicts: new Map() });
    level.verdicts.set(firstBits(bytes, prefix), verdict);
  }
}

/**
 * The first bits of an address as a key: up to 32 as a number, more as text, 16 to a character. Not as a bigint: V8 hashes
 * only the low 64 bits of those, and the addresses that end in `::1` would all meet in one place.
 */
function firstBits(address: Uint8Array, prefix: number): number | string {
  if (prefix <= 32) {
    const word = address[0] << 24 | address[1] << 16 | address[2] << 8 | address[3];
    return prefix === 0 ? 0 : word >>> 32 - prefix;
  }
  let key = "";
  for (let bit = 0; bit < prefix; bit += 16) {
    const group = address[bit >> 3] << 8 | address[(bit >> 3) + 1];
    key += String.fromCharCode(group & 0xffff0000 >> Math.min(16, prefix - bit));
  }
  return key;
}
