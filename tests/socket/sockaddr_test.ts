import { assertEquals, assertThrows } from "@std/assert";
import {
  decodeSockaddr,
  encodeSockaddr,
  formatIp,
  isMapped,
  parseIp,
  SOCKADDR_LENGTH,
  socketFamily,
} from "../../lib/socket/sockaddr.ts";

/** An address as hexadecimal digits. */
function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes?.toHex();
}

const MAPPED = "00000000000000000000ffff";

const ADDRESSES: [text: string, bytes: string, canonical?: string][] = [
  ["127.0.0.1", MAPPED + "7f000001"],
  ["0.0.0.0", MAPPED + "00000000"],
  ["255.255.255.255", MAPPED + "ffffffff"],
  ["::", "00".repeat(16)],
  ["::1", "00".repeat(15) + "01"],
  ["1::", "0001" + "00".repeat(14)],
  ["2001:db8::7", "20010db8000000000000000000000007"],
  ["2001:DB8:0:0:0:0:0:7", "20010db8000000000000000000000007", "2001:db8::7"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["1:2:3:4:5:6:7::", "00010002000300040005000600070000", "1:2:3:4:5:6:7:0"],
  ["::ffff:192.0.2.7", MAPPED + "c0000207", "192.0.2.7"],
  ["::ffff:c000:207", MAPPED + "c0000207", "192.0.2.7"],
  ["64:ff9b::192.0.2.7", "0064ff9b0000000000000000c0000207", "64:ff9b::c000:207"],
  ["fe80::1%eth0", "fe800000000000000000000000000001", "fe80::1"],
  ["fe80::1%2", "fe800000000000000000000000000001", "fe80::1"],
];

Deno.test("an IP address is read in every form, and written in one", () => {
  for (const [text, bytes, canonical = text] of ADDRESSES) {
    const ip = parseIp(text);
    assertEquals(hex(ip), bytes, text);
    assertEquals(formatIp(ip!), canonical, text);
    assertEquals(isMapped(ip!), bytes.startsWith(MAPPED), text);
  }
});

Deno.test("what is no IP address is none", () => {
  const texts = [
    "",
    "localhost",
    "127.0.0.256",
    "127.0.0",
    "127.0.0.1.1",
    "1234.0.0.1",
    " 127.0.0.1",
    "127.0.0.1:80",
    "0x7f.0.0.1",
    ":",
    ":::",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "12345::",
    "g::1",
    "[::1]",
    "::1 ",
    "::\t1",
    // The URL parser would find an address in these.
    "::1]/x",
    "::1]#y",
    "a@[::1",
    "::ffff:1.2.3.256",
  ];
  for (const text of texts) assertEquals(parseIp(text), undefined, text);
});

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
