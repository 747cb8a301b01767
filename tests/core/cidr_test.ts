import { assertEquals, assertThrows } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { formatCidr, parseCidr } from "../../lib/core/cidr.ts";
import { formatIp } from "../../lib/core/ip_address.ts";

const BLOCKS: [text: string, hex: string, prefix: number, canonical?: string][] = [
  ["192.0.2.0/24", "c0000200", 24],
  ["192.0.2.7/32", "c0000207", 32],
  ["192.0.2.7", "c0000207", 32, "192.0.2.7/32"],
  ["192.0.2.128/25", "c0000280", 25],
  ["0.0.0.0/0", "00000000", 0],
  ["128.0.0.0/1", "80000000", 1],
  ["0.0.0.0", "00000000", 32, "0.0.0.0/32"],
  ["255.255.255.255/32", "ffffffff", 32],
  ["2001:db8::/32", "20010db8" + "00".repeat(12), 32],
  ["2001:DB8:0::/33", "20010db8" + "00".repeat(12), 33, "2001:db8::/33"],
  ["[2001:db8::]/32", "20010db8" + "00".repeat(12), 32, "2001:db8::/32"],
  ["::1", "00".repeat(15) + "01", 128, "::1/128"],
  ["[::1]", "00".repeat(15) + "01", 128, "::1/128"],
  ["::/0", "00".repeat(16), 0],
  ["fe80::/10", "fe80" + "00".repeat(14), 10],
  ["64:ff9b::192.0.2.0/120", "0064ff9b0000000000000000c0000200", 120, "64:ff9b::c000:200/120"],
  // An IPv4 address in IPv6's form is IPv4.
  ["::ffff:192.0.2.0/120", "c0000200", 24, "192.0.2.0/24"],
  ["::ffff:c000:200/120", "c0000200", 24, "192.0.2.0/24"],
  ["::ffff:192.0.2.7", "c0000207", 32, "192.0.2.7/32"],
  ["[::ffff:192.0.2.7]", "c0000207", 32, "192.0.2.7/32"],
  ["::ffff:0:0/96", "00000000", 0, "0.0.0.0/0"],
  ["::ffff:128.0.0.0/97", "80000000", 1, "128.0.0.0/1"],
  // One bit less, and it is not: the block has other addresses of IPv6 in it.
  ["::fffe:0:0/95", "00000000000000000000fffe00000000", 95],
];

Deno.test("parseCidr() reads addresses and blocks of both families", () => {
  for (const [text, hex, prefix, canonical = text] of BLOCKS) {
    const block = parseCidr(text);
    assertEquals([block.bytes.toHex(), block.prefix], [hex, prefix], text);
    assertEquals(formatCidr(block), canonical, text);
    assertEquals(parseCidr(canonical), block, text);
  }
});

const FORMS = "write an address or a block, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32";
const NAMES = "host names are not looked up: write their addresses";
const ZONE = "a zone has no place here: write the address without it, such as fe80::1";
const PORT = "a port has no place here: write the address alone";
const OCTAL = "some read leading zeros as octal: write each octet without them";
const FOUR = "write all four octets, such as 10.0.0.0/8";

const NO_BLOCKS: [remedy: string, texts: string[]][] = [
  [FORMS, ["", "/8", " 192.0.2.7", "192.0.2.7 ", "*", "10.0.0.*", "192.0.2.1-192.0.2.9", "1.2.3.4.5", "-1.2.3.4"]],
  [FORMS, [
    "::g",
    "1:2:3",
    ":::",
    "[::1",
    "::1]",
    "[192.0.2.7]",
    "[]",
    "[::1]x",
    "::ffff:1.2.3.256",
    "1:2:3:4:5:6:7:8:9",
  ]],
  [NAMES, ["localhost", "example.com", "example.com/24", "host:80", "_x", "0x7f.0.0.1", "any"]],
  [ZONE, ["fe80::1%eth0", "fe80::1%2/64", "fe80::%1/64", "[fe80::1%eth0]", "192.0.2.7%1"]],
  [PORT, ["192.0.2.7:80", "[::1]:80", "192.0.2.0:80/24"]],
  [OCTAL, ["010.0.0.1", "10.0.0.01", "10.00.0.1", "10.0.0.08/32", "::ffff:010.0.0.1", "::ffff:10.0.0.01/128"]],
  [FOUR, ["10", "10/8", "10.1/16", "10.1.2/24", "10.", "192.168.1."]],
];

Deno.test("parseCidr() refuses what is no address, and says what it takes it for", () => {
  for (const [remedy, texts] of NO_BLOCKS) {
    for (const text of texts) {
      const { message } = assertThrows(() => parseCidr(text), SyntaxError, undefined, text);
      assertEquals(message, `bad CIDR "${text}": ${remedy}`);
    }
  }
});

Deno.test("parseCidr() refuses a prefix that is none", () => {
  for (const prefix of ["", "-1", "+8", "08", "00", "8.0", "1e1", " 8", "8 ", "8/8", "x", "255.255.255.0", "٨"]) {
    for (const [address, most] of [["10.0.0.0", 32], ["2001:db8::", 128]] as const) {
      const line = `bad prefix in "${address}/${prefix}": use a whole number of bits from 0 to ${most}`;
      assertEquals(assertThrows(() => parseCidr(`${address}/${prefix}`), SyntaxError).message, line);
    }
  }
});

const OUT_OF_RANGE: [text: string, message: string][] = [
  ["0.0.0.0/33", 'bad prefix in "0.0.0.0/33": use a whole number of bits from 0 to 32'],
  ["::/129", 'bad prefix in "::/129": use a whole number of bits from 0 to 128'],
  [
    "0.0.0.0/99999999999999999999",
    'bad prefix in "0.0.0.0/99999999999999999999": use a whole number of bits from 0 to 32',
  ],
  ["256.0.0.1", 'bad CIDR "256.0.0.1": an octet is at most 255'],
  ["10.0.0.1000/8", 'bad CIDR "10.0.0.1000/8": an octet is at most 255'],
  ["192.0.2.7/24", "write 192.0.2.0/24, or 192.0.2.7 for the one address"],
  ["192.0.2.1/31", "write 192.0.2.0/31, or 192.0.2.1 for the one address"],
  ["128.0.0.0/0", "write 0.0.0.0/0, or 128.0.0.0 for the one address"],
  ["2001:db8::1/32", "write 2001:db8::/32, or 2001:db8::1 for the one address"],
  ["2001:db8::1/127", "write 2001:db8::/127, or 2001:db8::1 for the one address"],
  ["::ffff:192.0.2.7/120", "write 192.0.2.0/24, or 192.0.2.7 for the one address"],
  ["::ffff:0.0.0.0/95", "the prefix of an IPv4 address in IPv6 form is 96 to 128: write 0.0.0.0 and a prefix up to 32"],
  [
    "::ffff:192.0.2.0/24",
    "the prefix of an IPv4 address in IPv6 form is 96 to 128: write 192.0.2.0 and a prefix up to 32",
  ],
];

Deno.test("parseCidr() refuses numbers that are too large, and bits after the prefix", () => {
  for (const [text, message] of OUT_OF_RANGE) {
    assertThrows(() => parseCidr(text), RangeError, message);
    assertThrows(() => parseCidr(text), RangeError, `"${text}"`);
  }
});

Deno.test("parseCidr() quotes a wrong value in one line that one can read", () => {
  const long = assertThrows(() => parseCidr("x".repeat(1_000_000)), SyntaxError).message;
  assertEquals(long, `bad CIDR "${"x".repeat(64)}…": ${NAMES}`);
  const wild = assertThrows(() => parseCidr("a\n\u001b[2J"), SyntaxError).message;
  assertEquals(wild, `bad CIDR "a\\n\\u001b[2J": ${NAMES}`);
});

/** Any address, of 4 or 16 bytes. */
const address = fc.constantFrom(4, 16).chain((size) => fc.uint8Array({ minLength: size, maxLength: size }));

/** The text of an address, IPv4 dotted. */
function textOf(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join(".") : formatIp(bytes);
}

/** The bits of an address as digits. */
function bitsOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

Deno.test("parseCidr() takes an address with a prefix if no bit is set after it, and else names the block that it is in", () => {
  fc.assert(fc.property(address, fc.integer({ min: 0, max: 128 }), (bytes, any) => {
    fc.pre(!/^0{80}1{16}/.test(bitsOf(bytes))); // mapped: see the tables
    const prefix = any % (8 * bytes.length + 1);
    const rest = bitsOf(bytes).slice(prefix);
    const text = `${textOf(bytes)}/${prefix}`;
    if (!rest.includes("1")) {
      assertEquals(parseCidr(text), { bytes, prefix });
      assertEquals(formatCidr({ bytes, prefix }), text);
      return;
    }
    const { message } = assertThrows(() => parseCidr(text), RangeError);
    const [, block, one] = /: write (\S+), or (\S+) for the one address$/.exec(message)!;
    assertEquals(parseCidr(one), { bytes, prefix: 8 * bytes.length });
    const around = parseCidr(block);
    assertEquals(around.prefix, prefix);
    assertEquals(bitsOf(around.bytes), bitsOf(bytes).slice(0, prefix) + "0".repeat(rest.length));
  }));
});

Deno.test("parseCidr() reads any text or throws an error of its own, in one line", () => {
  const part = fc.constantFrom(
    "0",
    "1",
    "9",
    "25",
    "255",
    "256",
    ".",
    ":",
    "::",
    "/",
    "[",
    "]",
    "%",
    "f",
    "ffff",
    " ",
    "\n",
    "-",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 14 }).map((parts) => parts.join("")), (text) => {
      try {
        const block = parseCidr(text);
        assertEquals(parseCidr(formatCidr(block)), block);
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
        assertEquals(/^bad (CIDR|prefix in) ".*": .*$/.test(error.message), true, error.message);
      }
    }),
    { numRuns: 2000 },
  );
});
