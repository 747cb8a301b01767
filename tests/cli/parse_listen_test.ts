import { assertEquals, assertThrows } from "@std/assert";
import { parseListen } from "../../lib/cli/parse_listen.ts";

Deno.test("parseListen: address, service and tls, each but the first with a default", () => {
  const cases: [string, string, number, string, boolean][] = [
    ["127.0.0.1:7=echo", "127.0.0.1", 7, "echo", false],
    [":9=discard", "127.0.0.1", 9, "discard", false],
    ["[::]:19=chargen", "::", 19, "chargen", false],
    ["0.0.0.0:9999=echo+tls", "0.0.0.0", 9999, "echo", true],
    [":8443+tls", "127.0.0.1", 8443, "echo", true],
    ["9998", "127.0.0.1", 9998, "echo", false],
    ["localhost", "localhost", 9999, "echo", false],
    [":0", "127.0.0.1", 0, "echo", false],
  ];
  for (const [text, hostname, port, service, tls] of cases) {
    assertEquals(parseListen(text) as unknown, { hostname, port, service, tls }, text);
  }
});

Deno.test("parseListen: what is none is told in one line, with what would do", () => {
  const cases: [string, string][] = [
    ["", 'bad endpoint "": write ADDR:PORT=SERVICE, such as 127.0.0.1:9=discard'],
    ["=echo", 'bad endpoint "=echo": write ADDR:PORT=SERVICE, such as 127.0.0.1:9=discard'],
    [":7=telnet", 'bad endpoint ":7=telnet": there is no service "telnet": use echo, discard, chargen'],
    [":7=", 'bad endpoint ":7=": there is no service "": use echo, discard, chargen'],
    [":7=echo+ssl", 'bad endpoint ":7=echo+ssl": nothing is known of "+ssl": use +tls, or leave it out'],
    [":7+", 'bad endpoint ":7+": nothing is known of "+": use +tls, or leave it out'],
    [":7=echo+tls+tls", 'bad endpoint ":7=echo+tls+tls": nothing is known of "+tls+tls": use +tls, or leave it out'],
    [":70000=echo", 'bad port "70000": use a whole number from 0 to 65535'],
    ["::1:7", 'bad address "::1:7": put an IPv6 address in brackets: [::1]:9999'],
  ];
  for (const [text, message] of cases) assertThrows(() => parseListen(text), Error, message);
});
