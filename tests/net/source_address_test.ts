import { assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { forbiddenSource, parseSource, reachableFrom, sourceOf, unboundSource } from "../../lib/net/source_address.ts";
import { SocketOptionError } from "../../lib/socket/socket_option_error.ts";
import { settingsOf } from "../../lib/socket/settings.ts";

Deno.test("parseSource() reads an address of either family, with a port or without", () => {
  const cases: [text: string, hostname: string, port: number][] = [
    ["192.0.2.7", "192.0.2.7", 0],
    ["192.0.2.7:4000", "192.0.2.7", 4000],
    ["192.0.2.7:0", "192.0.2.7", 0],
    ["0.0.0.0:65535", "0.0.0.0", 65535],
    ["::", "::", 0],
    ["::1", "::1", 0],
    ["[::1]", "::1", 0],
    ["[::1]:4000", "::1", 4000],
    ["2001:db8::4000", "2001:db8::4000", 0],
    ["::ffff:192.0.2.7", "::ffff:192.0.2.7", 0],
    ["fe80::1%eth0", "fe80::1%eth0", 0],
  ];
  for (const [text, hostname, port] of cases) assertEquals(parseSource(text), { hostname, port }, text);
});

Deno.test("parseSource() refuses what is no address of a machine, and says what is", () => {
  const wrong = [
    ...["", "localhost", "eth0", "4000", ":4000", "192.0.2", "192.0.2.256", "192.0.2.7:65536", "192.0.2.7:x", "[::1"],
    ...["::1:x", "192.0.2.7 ", "224.0.0.1", "239.255.255.255:7", "ff02::1", "[ff02::1]:7", "::ffff:224.0.0.1"],
  ];
  for (const text of wrong) {
    const { message } = assertThrows(() => parseSource(text), TypeError);
    assertEquals(message, `bad source "${text}": use an IP address of this machine, such as 192.0.2.7 or [::1]:4000`);
  }
  // On both sides of the multicast addresses.
  for (const text of ["223.255.255.255", "240.0.0.1", "fe00::1"]) parseSource(text);
});

Deno.test("sourceOf() finds the source among the settings", () => {
  assertEquals(sourceOf(settingsOf({ noDelay: true, source: "[::1]:7" }, "connect")), { hostname: "::1", port: 7 });
  assertEquals(sourceOf(settingsOf({ noDelay: true }, "connect")), undefined);
  assertThrows(() => sourceOf(settingsOf({ source: "localhost" }, "connect")), TypeError, 'bad source "localhost"');
});

Deno.test("reachableFrom() keeps the addresses of the source's family, in their order", () => {
  const addresses = ["::1", "192.0.2.1", "::2", "192.0.2.2"];
  const from = (hostname: string) => reachableFrom(addresses, { hostname, port: 0 }, "host.test");
  assertEquals(reachableFrom(addresses, undefined, "host.test"), addresses);
  assertEquals([from("192.0.2.7"), from("::7")], [["192.0.2.1", "192.0.2.2"], ["::1", "::2"]]);
  for (const [left, source, family] of [["::1", "192.0.2.7", "IPv4"], ["192.0.2.1", "::7", "IPv6"]]) {
    const error = assertThrows(
      () => reachableFrom([left], { hostname: source, port: 4000 }, "host.test"),
      SocketOptionError,
    );
    const shown = source.includes(":") ? `[${source}]:4000` : `${source}:4000`;
    assertEquals(error.message, `cannot connect from ${shown}: host.test has no ${family} address`);
    assertEquals([error.option, error.kind], ["source", "rejected"]);
  }
});

Deno.test("a source that cannot be bound is an error of that option, with the reason and what would do", () => {
  const source = { hostname: "192.0.2.7", port: 4000 };
  const reasons: [code: string | undefined, reason: string][] = [
    ["EADDRNOTAVAIL", "this machine does not have that address"],
    ["EADDRINUSE", "its port is in use there, leave the port out"],
    ["EACCES", "its port needs a privilege (ports below 1024 do)"],
    ["EMFILE", "it cannot be bound (EMFILE)"],
    [undefined, "it cannot be bound (Error: out of luck)"],
  ];
  const cause = new Error("out of luck");
  for (const [code, reason] of reasons) {
    const error = unboundSource(source, code, cause);
    assertInstanceOf(error, SocketOptionError);
    assertEquals([error.option, error.kind], ["source", "rejected"]);
    assertEquals(error.message, `cannot connect from 192.0.2.7:4000: ${reason}`);
    assertStrictEquals(error.cause, cause);
  }
  // A port that was left out is not shown.
  const noPort = unboundSource({ hostname: "::7", port: 0 }, "EADDRNOTAVAIL", cause);
  assertEquals(noPort.message, "cannot connect from ::7: this machine does not have that address");
});

Deno.test("a source without the net permission for it says which one, and the way round", () => {
  const cause = new Deno.errors.NotCapable("no net access");
  const error = forbiddenSource({ hostname: "192.0.2.7", port: 0 }, cause);
  assertEquals([error.option, error.kind], ["source", "permission"]);
  const remedy = "allow net access to it (--allow-net=192.0.2.7:0), or run Deno with --allow-ffi";
  assertEquals(error.message, `cannot connect from 192.0.2.7: ${remedy}`);
  assertStrictEquals(error.cause, cause);
});
