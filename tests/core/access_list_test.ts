import { assertEquals, assertThrows } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { AccessList, type AccessRules } from "../../lib/core/access_list.ts";
import { type Cidr, formatCidr, parseCidr } from "../../lib/core/cidr.ts";
import { formatIp } from "../../lib/core/ip_address.ts";

const CASES: [name: string, rules: AccessRules, permitted: string[], refused: string[]][] = [
  ["no list: every address", {}, ["192.0.2.7", "::1", "::ffff:192.0.2.7"], []],
  ["only allow: nobody else", { allow: ["192.0.2.0/24"] }, ["192.0.2.0", "192.0.2.255"], [
    "192.0.1.255",
    "192.0.3.0",
    "::1",
  ]],
  ["only deny: everybody else", { deny: ["192.0.2.0/24"] }, ["192.0.1.255", "192.0.3.0", "::1"], [
    "192.0.2.0",
    "192.0.2.255",
  ]],
  ["allow without an entry: nobody", { allow: [] }, [], ["192.0.2.7", "::1"]],
  ["deny without an entry: everybody", { deny: [] }, ["192.0.2.7", "::1"], []],
  ["the longest prefix decides", { allow: ["10.0.0.0/8", "10.1.2.3"], deny: ["10.1.0.0/16"] }, [
    "10.0.255.255",
    "10.2.0.0",
    "10.1.2.3",
  ], ["10.1.0.0", "10.1.2.4", "10.1.255.255", "11.0.0.0"]],
  ["the longest prefix decides, be it the denied one", { allow: ["10.1.0.0/16"], deny: ["10.0.0.0/8", "10.1.2.3"] }, [
    "10.1.2.2",
  ], ["10.0.0.1", "10.1.2.3", "11.0.0.0"]],
  ["the same block: denied", { allow: ["10.0.0.0/8", "11.0.0.0/8"], deny: ["10.0.0.0/8"] }, ["11.0.0.1"], ["10.0.0.1"]],
  ["the same block in IPv6's form: denied", { allow: ["10.0.0.0/8"], deny: ["::ffff:10.0.0.0/104"] }, [], ["10.0.0.1"]],
  ["both allow and deny: all else is denied", { allow: ["10.0.0.0/8"], deny: ["192.0.2.0/24"] }, ["10.0.0.1"], [
    "192.0.2.7",
    "203.0.113.1",
    "::1",
  ]],
  ["all of IPv6 is none of IPv4", { allow: ["::/0"] }, ["::", "2001:db8::1", "ffff::1"], [
    "192.0.2.7",
    "::ffff:192.0.2.7",
  ]],
  ["all of IPv4 is none of IPv6", { deny: ["0.0.0.0/0"] }, ["::", "::ffff", "::1:192.0.2.7"], [
    "0.0.0.0",
    "192.0.2.7",
    "::ffff:192.0.2.7",
  ]],
  ["a mapped peer is IPv4", { allow: ["192.0.2.7"] }, [
    "192.0.2.7",
    "::ffff:192.0.2.7",
    "::ffff:c000:207",
    "::FFFF:C000:0207",
  ], ["::192.0.2.7", "::ffff:c000:208"]],
  ["a mapped block is IPv4", { allow: ["::ffff:192.0.2.0/120"] }, ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.3.0"]],
  ["IPv6 in every form", { allow: ["2001:DB8::/33"] }, ["2001:db8::7", "2001:db8:0:0:0:0:0:7", "2001:db8:7fff::"], [
    "2001:db8:8000::",
    "2001:db7:ffff::",
  ]],
  ["a zone is passed over", { allow: ["fe80::/10"] }, ["fe80::1", "fe80::1%eth0", "fe80::1%2", "febf::1%lo"], [
    "fec0::1",
    "fec0::1%eth0",
  ]],
  ["what is no address is not permitted", {}, [], ["", "localhost", "192.0.2.256", "[::1]", "/run/socket"]],
  ["blocks already read", { allow: [parseCidr("192.0.2.0/24"), "::1"] }, ["192.0.2.7", "::1"], ["192.0.3.7", "::2"]],
];

for (const [name, rules, permitted, refused] of CASES) {
  Deno.test(`AccessList: ${name}`, () => {
    const list = new AccessList(rules);
    for (const hostname of permitted) assertEquals(list.permits(hostname), true, hostname);
    for (const hostname of refused) assertEquals(list.permits(hostname), false, hostname);
  });
}

Deno.test("AccessList: the rules can be sent to a Worker", () => {
  const rules: AccessRules = { allow: ["10.0.0.0/8", parseCidr("2001:db8::/32")], deny: ["10.0.0.1"] };
  const list = new AccessList(structuredClone(rules));
  assertEquals(["10.0.0.2", "2001:db8::1", "10.0.0.1", "::1"].map((peer) => list.permits(peer)), [
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("AccessList: a wrong entry is named", () => {
  assertThrows(() => new AccessList({ allow: ["10.0.0.0/8", "localhost"] }), SyntaxError, '"localhost"');
  assertThrows(() => new AccessList({ deny: ["10.0.0.1/8"] }), RangeError, "write 10.0.0.0/8, or 10.0.0.1");
});

/** Few different bytes, so that blocks lie in one another. */
const byte = fc.constantFrom(0, 1, 0x80, 0xff);
const address = fc.constantFrom(4, 16).chain((size) =>
  fc.array(byte, { minLength: size, maxLength: size }).map((bytes) => Uint8Array.from(bytes))
);

/** The bits of an address as digits. */
function bitsOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
}

const block: fc.Arbitrary<Cidr> = fc.tuple(address, fc.nat(128)).map(([bytes, any]) => {
  const prefix = any % (8 * bytes.length + 1);
  return { prefix, bytes: bytes.map((byte, i) => byte & ~(0xff >> Math.min(8, Math.max(0, prefix - 8 * i)))) };
});

/** An IPv6 address in the form of IPv4 is not one of IPv6 here. */
const isIpv6Proper = (bytes: Uint8Array) => bytes.length === 4 || !/^0{80}1{16}/.test(bitsOf(bytes));

/** The verdict in the words of the contract: all blocks around the address, the longest first, the denied ones first. */
function model(allow: Cidr[] | undefined, deny: Cidr[] | undefined, peer: Uint8Array): boolean {
  const around = [
    ...(deny ?? []).map((block) => ({ ...block, verdict: false })),
    ...(allow ?? []).map((block) => ({ ...block, verdict: true })),
  ]
    .filter(({ bytes, prefix }) =>
      bytes.length === peer.length && bitsOf(bytes).slice(0, prefix) === bitsOf(peer).slice(0, prefix)
    )
    .toSorted((a, b) => b.prefix - a.prefix);
  return around.length > 0 ? around[0].verdict : allow === undefined;
}

Deno.test("AccessList judges as the longest of all blocks around the address, whatever the lists", () => {
  const blocks = fc.option(fc.array(block.filter(({ bytes }) => isIpv6Proper(bytes)), { maxLength: 12 }), {
    nil: undefined,
  });
  const peers = fc.array(address.filter(isIpv6Proper), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(blocks, blocks, peers, fc.boolean(), (allow, deny, strangers, asText) => {
      const given = (blocks: Cidr[] | undefined) => asText ? blocks?.map(formatCidr) : blocks;
      const list = new AccessList({ allow: given(allow), deny: given(deny) });
      // The first address of each block is a neighbour that some are meant for.
      for (const peer of [...strangers, ...[...allow ?? [], ...deny ?? []].map(({ bytes }) => bytes)]) {
        const expected = model(allow, deny, peer);
        const hostname = peer.length === 4 ? peer.join(".") : formatIp(peer);
        assertEquals(list.permits(hostname), expected, hostname);
        if (peer.length === 4) assertEquals(list.permits(`::ffff:${hostname}`), expected, `::ffff:${hostname}`);
      }
    }),
    { numRuns: 500 },
  );
});
