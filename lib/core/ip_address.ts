/** An IP address as 16 bytes: an IPv4 address as IPv6 has it, `::ffff:192.0.2.7` (RFC 4291, section 2.5.5.2). */
export type IpBytes = Uint8Array;

/**
 * Reads an IP address, with a zone as `fe80::1%2` or without.
 *
 * @returns undefined for what is none, such as a host name.
 */
export function parseIp(text: string): IpBytes | undefined {
  const bytes = new Uint8Array(16);
  if (!text.includes(":")) {
    const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
    if (!parts || parts.some((part) => part > 255)) return undefined;
    bytes.set([0xff, 0xff, ...parts], 10);
    return bytes;
  }
  const bare = text.replace(/%.*$/, "");
  // The URL parser would take "::1]/x" as well.
  if (!/^[\da-f:.]+$/i.test(bare) || !URL.canParse(`http://[${bare}]/`)) return undefined;
  // The URL parser writes every form alike: hexadecimal groups, at most one "::".
  const [head, tail] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split("::");
  const groups = (part: string | undefined) => part ? part.split(":").map((group) => parseInt(group, 16)) : [];
  const before = groups(head);
  const after = groups(tail);
  const all = [...before, ...new Array(8 - before.length - after.length).fill(0), ...after];
  all.forEach((group, i) => bytes.set([group >> 8, group & 255], 2 * i));
  return bytes;
}

/** The text of an IP address: dotted for IPv4 (also where it is mapped), else hexadecimal groups. */
export function formatIp(ip: IpBytes): string {
  const groups = Array.from({ length: 8 }, (_, i) => ip[2 * i] << 8 | ip[2 * i + 1]);
  if (isMapped(ip)) return ip.subarray(12).join(".");
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(":")}]/`).hostname.slice(1, -1);
}

/** Whether it is an IPv4 address. */
export function isMapped(ip: IpBytes): boolean {
  return ip.subarray(0, 10).every((byte) => byte === 0) && ip[10] === 0xff && ip[11] === 0xff;
}
