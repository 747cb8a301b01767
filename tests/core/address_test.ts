import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { formatAddress, parseAddress, parseHostname, parsePort } from "../../lib/core/address.ts";

const LOCAL = "127.0.0.1";

const ADDRESSES: [text: string, hostname: string, port: number][] = [
  ["127.0.0.1:9999", LOCAL, 9999],
  ["localhost:9999", "localhost", 9999],
  ["[::1]:9999", "::1", 9999],
  ["[::]:0", "::", 0],
  ["[fe80::1%eth0]:1", "fe80::1%eth0", 1],
  ["[::ffff:127.0.0.1]:80", "::ffff:127.0.0.1", 80],
  [":9999", LOCAL, 9999],
  [":0", LOCAL, 0],
  ["0", LOCAL, 0],
  ["9999", LOCAL, 9999],
  ["65535", LOCAL, 65535],
  ["host:65535", "host", 65535],
  ["localhost", "localhost", 9999],
  ["10.0.0.1", "10.0.0.1", 9999],
  ["[::1]", "::1", 9999],
  ["_echo._tcp.example.com:7", "_echo._tcp.example.com", 7],
  ["xn--bcher-kva.example:7", "xn--bcher-kva.example", 7],
];

Deno.test("parseAddress() reads host and port, either of them, and IPv6 in brackets", () => {
  for (const [text, hostname, port] of ADDRESSES) assertEquals(parseAddress(text), { hostname, port }, text);
});

Deno.test("parseAddress() takes what is missing from its options", () => {
  const options = { defaultHostname: "::1", defaultPort: 7 };
  assertEquals(parseAddress(":80", options), { hostname: "::1", port: 80 });
  assertEquals(parseAddress("80", options), { hostname: "::1", port: 80 });
  assertEquals(parseAddress("host", options), { hostname: "host", port: 7 });
  assertEquals(parseAddress("[::2]", options), { hostname: "::2", port: 7 });
});

const FORMS = "write HOST:PORT, [IPV6]:PORT, :PORT or PORT";
const BRACKETS = "put an IPv6 address in brackets: [::1]:9999";
const PORTS = "use a whole number from 0 to 65535";
const HOSTS = "use a host name or an IP address";
const IPV6 = "write it as ::1 or fe80::1%eth0";

const BAD_ADDRESSES: [text: string, error: new (message: string) => Error, value: string, remedy: string][] = [
  ["", SyntaxError, '""', FORMS],
  [":", SyntaxError, '":"', FORMS],
  ["host:", SyntaxError, '"host:"', FORMS],
  ["[::1]:", SyntaxError, '"[::1]:"', FORMS],
  ["a:b:c", SyntaxError, '"a:b:c"', FORMS],
  ["http://x:1", SyntaxError, '"http://x:1"', FORMS],
  ["http://x", SyntaxError, '"http://x"', FORMS],
  ["[::1", SyntaxError, '"[::1"', FORMS],
  ["::1]", SyntaxError, '"::1]"', FORMS],
  ["[]:1", SyntaxError, '"[]:1"', FORMS],
  ["[::1]9999", SyntaxError, '"[::1]9999"', FORMS],
  ["::1", SyntaxError, '"::1"', BRACKETS],
  ["::1:9999", SyntaxError, '"::1:9999"', BRACKETS],
  ["fe80::1%eth0:9999", SyntaxError, '"fe80::1%eth0:9999"', FORMS],
  ["2001:db8::1", SyntaxError, '"2001:db8::1"', BRACKETS],
  ["a b:1", SyntaxError, '"a b"', HOSTS],
  [" :1", SyntaxError, '" "', HOSTS],
  ["-x:1", SyntaxError, '"-x"', HOSTS],
  ["ho\nst:1", SyntaxError, '"ho\\nst"', HOSTS],
  ["[127.0.0.1]:1", SyntaxError, '"[127.0.0.1]:1"', IPV6],
  ["[host]:1", SyntaxError, '"[host]:1"', IPV6],
  ["[:::1]:1", SyntaxError, '"[:::1]:1"', IPV6],
  ["a:b", RangeError, '"b"', PORTS],
  ["host:70000", RangeError, '"70000"', PORTS],
  ["host:65536", RangeError, '"65536"', PORTS],
  ["host:-1", RangeError, '"-1"', PORTS],
  ["host: 1", RangeError, '" 1"', PORTS],
  ["65536", RangeError, '"65536"', PORTS],
];

Deno.test("parseAddress() refuses the rest, naming the value and what would do", () => {
  for (const [text, error, value, remedy] of BAD_ADDRESSES) {
    const { message } = assertThrows(() => parseAddress(text), error, undefined, text);
    assertStringIncludes(message, `${value}: ${remedy}`);
  }
});

Deno.test("formatAddress() is what parseAddress() reads", () => {
  assertEquals(formatAddress({ hostname: "::1", port: 80 }), "[::1]:80");
  assertEquals(formatAddress({ hostname: "host", port: 0 }), "host:0");
  for (const [, hostname, port] of ADDRESSES) {
    assertEquals(parseAddress(formatAddress({ hostname, port })), { hostname, port });
  }
});

Deno.test("parsePort() takes 0 to 65535 in decimal", () => {
  for (const [text, port] of [["0", 0], ["1", 1], ["65535", 65535], ["007", 7]] as const) {
    assertEquals(parsePort(text), port);
  }
  for (const text of ["", " ", "-1", "+1", "65536", "1.5", "1e3", "0x10", "http", "99999999999999999999", "٣"]) {
    assertThrows(() => parsePort(text), RangeError, `bad port "${text}": ${PORTS}`);
  }
});

Deno.test("parseHostname() takes names and addresses, IPv6 with and without brackets", () => {
  for (const text of ["localhost", "a", "a.b-c.d", "_x", "127.0.0.1", "::", "::1", "fe80::1%eth0", "example.com."]) {
    assertEquals(parseHostname(text), text);
  }
  assertEquals(parseHostname("[::1]"), "::1");
  for (const text of ["", " ", "-a", ".", "a b", "a/b", "[a]", "[127.0.0.1]", "[]", "[::1", "é", "a\n", "a:1", ":1"]) {
    const { message } = assertThrows(() => parseHostname(text), SyntaxError, undefined, text);
    assertStringIncludes(message, JSON.stringify(text));
  }
});

Deno.test("parseHostname() takes names and zones as long as there are any", () => {
  const name = `${"a".repeat(63)}.`.repeat(4);
  for (const text of [name.slice(0, 253), `${name.slice(0, 253)}.`, `fe80::1%${"a".repeat(15)}`]) parseHostname(text);
  for (const text of [`${name.slice(0, 253)}aa`, `fe80::1%${"a".repeat(16)}`, `${"::".repeat(50_000)}x`]) {
    assertThrows(() => parseHostname(text), SyntaxError, `"${text.slice(0, 24)}`);
  }
});
