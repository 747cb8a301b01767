import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { formatIp } from "../../lib/core/ip_address.ts";
import type { SocketPlatform } from "../../lib/socket/option_row.ts";
import { parseTcpInfo } from "../../lib/socket/parse_tcp_info.ts";
import { decodeSockaddr, encodeSockaddr, SOCKADDR_LENGTH } from "../../lib/socket/sockaddr.ts";
import { TCP_INFO_LAYOUTS } from "../../lib/socket/tcp_info_layout.ts";

const RUNS = 1000;

const platform = fc.constantFrom<SocketPlatform>("linux", "darwin", "windows");

/** Bytes as a kernel may give them: as many as its version has, in a buffer that has others before and after. */
function kernelBytes(longest: number): fc.Arbitrary<Uint8Array> {
  const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 10, 255));
  return fc.tuple(fc.array(byte, { maxLength: longest, size: "max" }), fc.nat(7)).map(([bytes, before]) => {
    const around = new Uint8Array(bytes.length + 16).fill(0xa5);
    around.set(bytes, before);
    return around.subarray(before, before + bytes.length);
  });
}

Deno.test("parseTcpInfo() gives any bytes whole members or none, and the same with what lies beyond them cut off", () => {
  const property = fc.property(kernelBytes(400), platform, fc.nat(400), (bytes, platform, end) => {
    const info = parseTcpInfo(bytes, platform);
    const known = platform !== "windows" && TCP_INFO_LAYOUTS[platform].states[bytes[0]];
    assertEquals(info?.state, known || undefined);
    if (info === undefined) return;
    for (const [name, value] of Object.entries(info)) {
      if (typeof value === "number") assert(value >= 0 && value <= 2 ** 64, `${name} is ${value}`);
    }
    // A kernel that gives fewer bytes gives fewer members, and those the same.
    const shorter = parseTcpInfo(bytes.subarray(0, 1 + end), platform);
    assertEquals({ ...info, ...shorter }, info);
    // JSON keeps all of it: nothing in it is undefined, or no number.
    assertEquals(JSON.parse(JSON.stringify(info)), info);
  });
  fc.assert(property, { numRuns: RUNS });
});

Deno.test("decodeSockaddr() gives any bytes an address or nothing, and reads what encodeSockaddr() writes", () => {
  const bytes = fc.uint8Array({ minLength: SOCKADDR_LENGTH, maxLength: SOCKADDR_LENGTH });
  const family = fc.constantFrom(undefined, 2, 10, 23, 30);
  fc.assert(
    fc.property(bytes, family, platform, fc.boolean(), (bytes, family, platform, isDarwin) => {
      if (family !== undefined) bytes.set(isDarwin ? [SOCKADDR_LENGTH, family] : [family, 0]);
      const end = decodeSockaddr(bytes, platform);
      if (end === undefined) return;
      assertEquals(end.ip.length, 16);
      assert(Number.isInteger(end.port) && end.port >= 0 && end.port <= 65535);
      const address = { hostname: formatIp(end.ip), port: end.port };
      assertEquals(decodeSockaddr(encodeSockaddr(address, platform), platform), end);
    }),
    { numRuns: RUNS },
  );
});
