import { assertEquals, assertThrows } from "@std/assert";
import { decodeSockaddr, encodeSockaddr, SOCKADDR_LENGTH, socketFamily } from "../../lib/socket/sockaddr.ts";

/** An address as hexadecimal digits. */
function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes?.toHex();
}

const MAPPED = "00000000000000000000ffff";

const ADDRESSES: [text: string, bytes: string][] = [
  ["127.0.0.1", MAPPED + "7f000001"],
  ["255.255.255.255", MAPPED + "ffffffff"],
  ["::", "00".repeat(16)],
  ["2001:db8::7", "20010db8000000000000000000000007"],
  ["::ffff:192.0.2.7", MAPPED + "c0000207"],
  ["fe80::1%eth0", "fe800000000000000000000000000001"],
];

Deno.test("IPv4 as Linux has it: the family in the host's byte order, the port in the network's", () => {
  const bytes = encodeSockaddr({ hostname: "192.0.2.7", port: 0x1234 }, "linux");
  assertEquals(hex(bytes), "0200" + "1234" + "c0000207" + "00".repeat(8));
});

Deno.test("IPv4 as macOS has it: the length and the family, a byte each", () => {
  const bytes = encodeSockaddr({ hostname: "192.0.2.7", port: 0x1234 }, "darwin");
  assertEquals(hex(bytes), "1002" + "1234" + "c0000207" + "00".repeat(8));
});

Deno.test("IPv6 as Linux and macOS have it, with the zone", () => {
  const address = { hostname: "fe80::1%eth1", port: 443 };
  const rest = "01bb" + "00000000" + "fe800000000000000000000000000001" + "03000000";
  assertEquals(hex(encodeSockaddr(address, "linux", 3)), "0a00" + rest);
  assertEquals(hex(encodeSockaddr(address, "darwin", 3)), "1c1e" + rest);
});

Deno.test("a mapped address makes an IPv6 socket address", () => {
  const bytes = encodeSockaddr({ hostname: "::ffff:127.0.0.1", port: 7 }, "linux");
  assertEquals(bytes.length, SOCKADDR_LENGTH);
  assertEquals(hex(bytes.subarray(8, 24)), MAPPED + "7f000001");
  assertEquals(socketFamily("::ffff:127.0.0.1", "linux"), 10);
});

Deno.test("families have the numbers of the system", () => {
  assertEquals(socketFamily("127.0.0.1", "linux"), 2);
  assertEquals(socketFamily("127.0.0.1", "darwin"), 2);
  assertEquals(socketFamily("::1", "linux"), 10);
  assertEquals(socketFamily("::1", "darwin"), 30);
});

Deno.test("a socket address is read back as it was written", () => {
  for (const platform of ["linux", "darwin"] as const) {
    for (const [hostname, bytes] of ADDRESSES) {
      for (const port of [0, 1, 255, 256, 65535]) {
        const address = new Uint8Array(SOCKADDR_LENGTH).fill(0xee);
        address.set(encodeSockaddr({ hostname, port }, platform));
        const { ip, port: read } = decodeSockaddr(address, platform)!;
        assertEquals([hex(ip), read], [bytes, port], `${platform} ${hostname}`);
      }
    }
  }
});

Deno.test("a socket address that is no IP address is none", () => {
  const unix = new Uint8Array(SOCKADDR_LENGTH);
  unix[0] = 1;
  assertEquals(decodeSockaddr(unix, "linux"), undefined);
  // The same bytes on the other system: the family does not stand in the same place.
  assertEquals(decodeSockaddr(encodeSockaddr({ hostname: "::1", port: 1 }, "linux"), "darwin"), undefined);
  assertEquals(decodeSockaddr(encodeSockaddr({ hostname: "::1", port: 1 }, "darwin"), "linux"), undefined);
});

Deno.test("a host name cannot be a socket address", () => {
  assertThrows(() => encodeSockaddr({ hostname: "localhost", port: 1 }, "linux"), TypeError, '"localhost"');
});
