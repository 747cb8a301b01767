import { assertEquals } from "@std/assert";
import { formatIp, isMapped, parseIp } from "../../lib/core/ip_address.ts";

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
    assertEquals(ip?.toHex(), bytes, text);
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
