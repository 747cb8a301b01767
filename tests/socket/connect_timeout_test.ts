import { assertEquals } from "@std/assert";
import { connectSchedule, synAckTimeoutByFormulaMs } from "../../lib/socket/connect_timeout.ts";

Deno.test("connectSchedule() gives up when the kernel does", () => {
  // Those with a kernel's number were counted on the wire, the rest follows from net/ipv4/tcp_timer.c by hand.
  const table: [linearTimeouts: number, retries: number, syns: number, seconds: number][] = [
    [0, 1, 2, 3], // 6.18
    [0, 2, 3, 7], // 6.18
    [0, 3, 4, 15],
    [0, 5, 6, 63],
    [0, 6, 7, 127], // tcp(7)
    // From here on the timeouts are as long as they get.
    [0, 7, 8, 247],
    [0, 8, 9, 367],
    [1, 1, 3, 4], // 6.18
    [1, 2, 4, 8], // 6.18
    [1, 3, 5, 16], // 6.18
    [2, 1, 3, 3], // 6.18
    [4, 1, 3, 3], // 6.18
    [4, 2, 6, 7], // 6.18
    [4, 3, 8, 19], // 6.18
    [4, 4, 9, 35],
    [4, 6, 11, 131],
    [4, 7, 12, 251],
    // Linear timeouts only: the time that the doubled ones would have taken ends it.
    [127, 1, 3, 3], // 6.18
    [127, 2, 7, 7], // 6.18
    [127, 3, 15, 15],
  ];
  for (const [linearTimeouts, retries, syns, seconds] of table) {
    const label = `linear ${linearTimeouts}, retries ${retries}`;
    assertEquals(connectSchedule({ retries, linearTimeouts }), { syns, timeoutMs: seconds * 1000 }, label);
  }
});

Deno.test("connectSchedule() knows the first and the longest timeout", () => {
  const table: [options: Partial<Parameters<typeof connectSchedule>[0]>, retries: number, syns: number, ms: number][] =
    [
      [{ initialRtoMs: 200 }, 2, 3, 1400],
      [{ initialRtoMs: 3000 }, 2, 3, 21_000], // before RFC 6298
      [{ maxRtoMs: 4000 }, 2, 3, 7000],
      [{ maxRtoMs: 4000 }, 3, 4, 11_000], // 6.18
      [{ maxRtoMs: 3999 }, 2, 3, 6999],
      [{ maxRtoMs: 1000 }, 3, 4, 4000], // 6.18
      [{ maxRtoMs: 2000, linearTimeouts: 2 }, 3, 5, 7000], // 6.18
      [{ maxRtoMs: undefined }, 6, 7, 127_000],
    ];
  for (const [options, retries, syns, timeoutMs] of table) {
    const label = `${JSON.stringify(options)}, retries ${retries}`;
    assertEquals(connectSchedule({ retries, linearTimeouts: 0, ...options }), { syns, timeoutMs }, label);
  }
});

Deno.test("synAckTimeoutByFormulaMs() is 2^(retries + 1) - 1 seconds", () => {
  const table: [retries: number, ms: number][] = [[0, 1000], [1, 3000], [2, 7000], [5, 63_000], [6, 127_000]];
  for (const [retries, ms] of table) assertEquals(synAckTimeoutByFormulaMs(retries), ms, `${retries}`);
});
