import { formatIp, type IpBytes, isMapped, parseIp } from "./ip_address.ts";
import { quote } from "./quote.ts";

/** A block of IP addresses that have their first bits in common (RFC 4632; for IPv6 RFC 4291, section 2.3). */
export interface Cidr {
  /** The first address of the block: 4 bytes for IPv4, 16 for IPv6. */
  readonly bytes: Uint8Array;
  /** How many bits its addresses have in common: 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly prefix: number;
}

/** Bits of an IPv6 address before the IPv4 address that it may carry (RFC 4291, section 2.5.5.2). */
const MAPPED_PREFIX = 96;

const FORMS = "write an address or a block, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32";

/**
 * Reads a block of addresses, `192.0.2.0/24` or `2001:db8::/32`, or a single address as a block of one. An IPv6 address may
 * stand in brackets. An IPv4 address in IPv6's form is IPv4: `::ffff:192.0.2.0/120` is `192.0.2.0/24`, and its prefix has at
 * least the 96 bits that make it one. `::/0` is all of IPv6 and none of IPv4.
 *
 * @throws {SyntaxError} if the text is none: a host name, a zone or port, an octet with leading zeros (which some read as
 * octal), fewer than four octets, a netmask.
 * @throws {RangeError} if an octet or the prefix is too large, or the address has bits after its prefix.
 */
export function parseCidr(text: string): Cidr {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const isBracketed = address.startsWith("[") && address.endsWith("]") && address.includes(":");
  const bare = isBracketed ? address.slice(1, -1) : address;
  const ip = bare.includes("%") || hasLeadingZero(bare) ? undefined : parseIp(bare);
  if (!ip) throw badAddress(text, bare);
  const isLong = bare.includes(":");
  const isMappedForm = isLong && isMapped(ip);
  const prefix = parsePrefix(text, slash < 0 ? undefined : text.slice(slash + 1), isLong ? 128 : 32);
  if (isMappedForm && prefix < MAPPED_PREFIX) {
    const remedy = `write ${formatIp(ip)} and a prefix up to 32`;
    throw new RangeError(`bad CIDR ${quote(text)}: the prefix of an IPv4 address in IPv6 form is 96 to 128: ${remedy}`);
  }
  const block = { bytes: addressBytes(ip), prefix: isMappedForm ? prefix - MAPPED_PREFIX : prefix };
  const first = firstAddress(block);
  if (first) {
    const remedy = `write ${formatCidr(first)}, or ${formatIp(ip)} for the one address`;
    throw new RangeError(`bad CIDR ${quote(text)}: the address has bits after its prefix: ${remedy}`);
  }
  return block;
}

/** The text of a block, `192.0.2.0/24`; of a single address too with its prefix, `192.0.2.7/32`. */
export function formatCidr({ bytes, prefix }: Cidr): string {
  return `${bytes.length === 4 ? bytes.join(".") : formatIp(bytes)}/${prefix}`;
}

/** The bytes of an address that blocks are compared with: 4 for IPv4, also where it is mapped, and 16 for IPv6. */
export function addressBytes(ip: IpBytes): Uint8Array {
  return isMapped(ip) ? ip.subarray(12) : ip;
}

/** The block with its own first address, where that is not the one it has. */
function firstAddress({ bytes, prefix }: Cidr): Cidr | undefined {
  const bitsOf = (index: number) => Math.min(8, Math.max(0, prefix - 8 * index));
  for (let index = prefix >> 3; index < bytes.length; index++) {
    if ((bytes[index] & 0xff >> bitsOf(index)) === 0) continue;
    return { bytes: bytes.map((byte, i) => byte & 0xff00 >> bitsOf(i)), prefix };
  }
}

/** Whether an octet begins with a zero it does not need: inet_aton() reads 010 as 8, others as 10. */
function hasLeadingZero(address: string): boolean {
  return address.includes(".") && /(^|[.:])0\d+(\.|$)/.test(address);
}

function parsePrefix(text: string, prefix: string | undefined, most: number): number {
  if (prefix === undefined) return most;
  const remedy = `bad prefix in ${quote(text)}: use a whole number of bits from 0 to ${most}`;
  if (!/^(0|[1-9]\d*)$/.test(prefix)) throw new SyntaxError(remedy);
  if (Number(prefix) > most) throw new RangeError(remedy);
  return Number(prefix);
}

/** What is wrong with what is no address. */
function badAddress(text: string, address: string): Error {
  const bad = (remedy: string) => new SyntaxError(`bad CIDR ${quote(text)}: ${remedy}`);
  if (/%/.test(address)) return bad("a zone has no place here: write the address without it, such as fe80::1");
  if (hasLeadingZero(address)) return bad("some read leading zeros as octal: write each octet without them");
  if (/^(\d+\.){3}\d+$/.test(address)) return new RangeError(`bad CIDR ${quote(text)}: an octet is at most 255`);
  if (/^\d+(\.\d+){0,2}\.?$/.test(address)) return bad("write all four octets, such as 10.0.0.0/8");
  if (/^(\d+\.\d+\.\d+\.\d+|\[[^\]]*\]):\d+$/.test(address)) {
    return bad("a port has no place here: write the address alone");
  }
  const name = /^([^:]*)(:\d+)?$/.exec(address)?.[1] ?? "";
  if (/[a-z_]/i.test(name)) return bad("host names are not looked up: write their addresses");
  return bad(FORMS);
}
