import { isMapped, parseIp } from "./ip_address.ts";

/** Whether an IP address is one that only this machine reaches: 127.0.0.0/8 or ::1 (RFC 6890). A name is not. */
export function isLoopback(hostname: string): boolean {
  const ip = parseIp(hostname);
  if (!ip) return false;
  return isMapped(ip) ? ip[12] === 127 : ip.every((byte, i) => byte === (i === 15 ? 1 : 0));
}
