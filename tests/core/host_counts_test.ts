import { assertEquals, assertThrows } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { HostCounts } from "../../lib/core/host_counts.ts";
import { askWorkers } from "../support/ask_workers.ts";
import type { HostCountsAnswer, HostCountsOrder } from "../support/host_counts_worker.ts";

Deno.test("HostCounts: each host has its own count, up to what it may have", () => {
  const counts = HostCounts.create();
  assertEquals([1, 2, 3].map(() => counts.enter("192.0.2.7", 2)), [true, true, false]);
  assertEquals([counts.count("192.0.2.7"), counts.count("192.0.2.8")], [2, 0]);
  assertEquals([counts.enter("192.0.2.8", 2), counts.enter("192.0.2.7", 3), counts.enter("192.0.2.9", 0)], [
    true,
    true,
    false,
  ]);
  counts.leave("192.0.2.7");
  counts.leave("192.0.2.7");
  assertEquals([counts.enter("192.0.2.7", 2), counts.enter("192.0.2.7", 2)], [true, false]);
  for (let i = 0; i < 1000; i++) assertEquals(counts.enter("203.0.113.1", Infinity), true);
  assertEquals(counts.count("203.0.113.1"), 1000);
});

const SAME: [hosts: string[], why: string][] = [
  [
    ["192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207", "::FFFF:C000:0207"],
    "an IPv4 address, as any listener reports it",
  ],
  [["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:DB8::"], "an IPv6 network of 64 bits"],
  [["fe80::1", "fe80::1%eth0", "fe80::1%2"], "a link-local address on any link"],
  [["64:ff9b::192.0.2.7", "64:ff9b::c000:207"], "an IPv4 host behind a translator"],
];

const APART: [one: string, other: string][] = [
  ["192.0.2.7", "192.0.2.8"],
  ["192.0.2.7", "::c000:207"],
  ["2001:db8::1", "2001:db8:0:1::1"],
  ["2001:db8::1", "2001:db9::1"],
  ["fe80::1", "fe80::2"],
  ["febf::1", "febf::2"],
  ["64:ff9b::192.0.2.7", "64:ff9b::192.0.2.8"],
  ["64:ff9b::192.0.2.7", "192.0.2.7"],
];

Deno.test("HostCounts: what is one host, and what is two", () => {
  for (const [hosts, why] of SAME) {
    const counts = HostCounts.create(16);
    for (const host of hosts) assertEquals(counts.enter(host, hosts.length), true, why);
    for (const host of hosts) {
      assertEquals([counts.enter(host, hosts.length), counts.count(host)], [false, hosts.length], why);
    }
  }
  for (const pair of APART) {
    const counts = HostCounts.create(16);
    for (const host of pair) assertEquals([counts.enter(host, 1), counts.enter(host, 1)], [true, false], pair.join());
  }
  // Just beyond the exceptions, networks count as such.
  const counts = HostCounts.create(16);
  const networks = ["fec0::", "fe7f::", "64:ff9b:1::", "64:ff9b:0:0:1::", "::"];
  for (const network of networks) {
    assertEquals([counts.enter(network, 1), counts.count(network + "2")], [true, 1], network);
  }
});

Deno.test("HostCounts: a host that was not counted in cannot be counted out", () => {
  const counts = HostCounts.create();
  const line = "cannot count out a connection of 192.0.2.7: none was counted in";
  assertEquals(assertThrows(() => counts.leave("192.0.2.7"), Error).message, line);
  counts.enter("192.0.2.7", 1);
  counts.leave("192.0.2.7");
  assertThrows(() => counts.leave("192.0.2.7"), Error, line);
  assertEquals(counts.count("192.0.2.7"), 0);
});

Deno.test("HostCounts: what is no address has no count, and no size but a whole number of hosts", () => {
  const counts = HostCounts.create();
  for (
    const call of [() => counts.enter("localhost", 1), () => counts.leave("localhost"), () => counts.count("localhost")]
  ) {
    assertThrows(call, TypeError, 'cannot count the connections of "localhost": it is no IP address');
  }
  for (const hosts of [0, -1, 1.5, NaN, 2 ** 24 + 1, Infinity]) {
    assertThrows(() => HostCounts.create(hosts), RangeError, `${hosts} hosts: use a whole number from 1 to 16777216`);
  }
});

Deno.test("HostCounts: a full table lets no other host in, until one has gone", () => {
  for (const [asked, hosts] of [[1, 1], [2, 2], [3, 4], [64, 64], [65, 128]]) {
    const counts = HostCounts.create(asked);
    const host = (i: number) => `10.0.${i >> 8}.${i & 255}`;
    for (let i = 0; i < hosts; i++) assertEquals(counts.enter(host(i), 2), true, `${i} of ${hosts}`);
    assertEquals([counts.enter(host(hosts), 2), counts.count(host(hosts))], [false, 0]);
    // Those that are in it still are counted.
    assertEquals([counts.enter(host(0), 2), counts.enter(host(0), 2)], [true, false]);
    counts.leave(host(0));
    counts.leave(host(0));
    assertEquals([counts.enter(host(hosts), 2), counts.enter(host(hosts + 1), 2)], [true, false]);
  }
});

Deno.test("HostCounts: another view of the same memory counts on", () => {
  const counts = HostCounts.create(100);
  const view = new HostCounts(counts.memory);
  assertEquals([counts.enter("::1", 2), view.enter("::1", 2), counts.enter("::1", 2)], [true, true, false]);
  view.leave("::1");
  assertEquals([counts.count("::1"), view.count("::1")], [1, 1]);
});

Deno.test("HostCounts: a thread that was ended in the middle of it is an error in the others, not a hang", () => {
  const { memory } = HostCounts.create();
  const counts = new HostCounts(memory, 2);
  // What it leaves behind: the lock, the first word.
  new Int32Array(memory)[0] = 1;
  for (const call of [() => counts.enter("::1", 1), () => counts.leave("::1"), () => counts.count("::1")]) {
    assertThrows(call, Error, "cannot get a lock within 2 ms");
  }
});

Deno.test("HostCounts: each table has hashes of its own", () => {
  const hashes = () => new Int32Array(HostCounts.create().memory).slice(16, 16 + 4096);
  const [one, other] = [hashes(), hashes()];
  const same = one.reduce((sum, word, i) => sum + (word === other[i] ? 1 : 0), 0);
  // Two random words are the same once in 2^32.
  assertEquals(same < 10 && new Set(one).size > 4000, true);
});

/** A table in which all hosts begin at few slots, or at one: what is in it lies in clusters, also round its end. */
function withPoorHash(hosts: number, bits: number, offset: number): HostCounts {
  const counts = HostCounts.create(hosts);
  const words = new Int32Array(counts.memory);
  for (let i = 16; i < 16 + 4096; i++) words[i] &= bits;
  // The first byte of all of these hosts is 10, of IPv4, or 0x20: one word that all have in common moves them all.
  for (let byte = 0; byte < 256; byte++) words[16 + byte] += offset;
  return counts;
}

/** Names of eight hosts, some with several: the second is the one that the model knows. */
const NAMES: [name: string, host: string][] = [
  ...Array.from({ length: 8 }, (_, i): [string, string] => [`10.0.0.${i}`, `10.0.0.${i}`]),
  ["::ffff:10.0.0.3", "10.0.0.3"],
  ["2001:db8::1", "2001:db8::"],
  ["2001:db8::2", "2001:db8::"],
  ["2001:db8:0:1::", "2001:db8:0:1::"],
];

Deno.test("HostCounts counts as a Map does, with any hash, to the last slot", () => {
  const calls = fc.array(
    fc.record({
      name: fc.constantFrom(...NAMES),
      call: fc.constantFrom("enter", "leave", "leave"),
      most: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 80 },
  );
  const hash = fc.constantFrom([0, 0], [0, 7], [0, 14], [1, 15], [3, 6], [7, 3], [-1, 0]);
  fc.assert(
    fc.property(calls, fc.constantFrom(1, 2, 4, 8, 16), hash, (calls, hosts, [bits, offset]) => {
      const counts = withPoorHash(hosts, bits, offset);
      const model = new Map<string, number>();
      for (const { name: [name, host], call, most } of calls) {
        const before = model.get(host) ?? 0;
        if (call === "enter") {
          const may = before < most && (before > 0 || model.size < hosts);
          assertEquals(counts.enter(name, most), may);
          if (may) model.set(host, before + 1);
        } else if (before === 0) {
          assertThrows(() => counts.leave(name), Error, "none was counted in");
        } else {
          counts.leave(name);
          if (before === 1) model.delete(host);
          else model.set(host, before - 1);
        }
        for (const [name, host] of NAMES) assertEquals(counts.count(name), model.get(host) ?? 0, name);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("HostCounts: threads at once lose no count, and no host ever has more than it may have", async () => {
  // As many hosts as the table has room for, so that clusters form and go.
  const hosts = Array.from({ length: 64 }, (_, i) => i % 2 ? `10.0.0.${i}` : `2001:db8:0:${i.toString(16)}::1`);
  const hammer = async (order: Pick<HostCountsOrder, "rounds" | "most" | "keepsEvery">) => {
    const { memory } = withPoorHash(64, 15, 0);
    const threads = { arrived: new Int32Array(new SharedArrayBuffer(4)), threads: 4 };
    const orders = Array(4).fill({ ...threads, ...order, memory, hosts });
    const answers = await askWorkers<HostCountsOrder, HostCountsAnswer>("host_counts_worker.ts", orders);
    assertEquals(answers.map(({ tooMany }) => tooMany), [0, 0, 0, 0]);
    return { counts: new HostCounts(memory), answers };
  };
  // Each thread has one at a time, and keeps one of every third host: of eight places there is always one.
  const roomy = await hammer({ rounds: 300, most: 8, keepsEvery: 3 });
  assertEquals(roomy.answers.map(({ entered }) => entered), [0, 0, 0, 0].map(() => hosts.length * 300));
  assertEquals(hosts.map((host) => roomy.counts.count(host)), hosts.map((_, i) => i % 3 === 0 ? 4 : 0));
  // Here there is not; all are counted out at the end.
  const narrow = await hammer({ rounds: 300, most: 2, keepsEvery: 0 });
  assertEquals(hosts.map((host) => narrow.counts.count(host)), hosts.map(() => 0));
  assertEquals(hosts.map((host) => narrow.counts.enter(host, 1)), hosts.map(() => true));
});
