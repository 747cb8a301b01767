import { assertEquals } from "@std/assert";
import { BYTES_IN, BYTES_OUT, ERRORS, ServerTotals } from "../../lib/echo/server_totals.ts";
import { statsOf } from "../support/server_stats.ts";
import type { TotalsOrder } from "../support/totals_worker.ts";

/** Counts a connection in, if there is room. @returns Its serial number. */
function enter(totals: ServerTotals, thread: number, most?: number): number | undefined {
  if (!totals.enter(thread, most)) return undefined;
  totals.serve(thread);
  return totals.nextId();
}

Deno.test("ServerTotals: at nought at first, and each thread's own is added", () => {
  const totals = ServerTotals.create(3);
  assertEquals(totals.stats, statsOf());
  for (const thread of [0, 1, 2]) {
    enter(totals, thread);
    totals.block(thread)[BYTES_IN] += 10 ** thread;
    totals.block(thread)[BYTES_OUT] += 2 * 10 ** thread;
    totals.block(thread)[ERRORS]++;
  }
  totals.leave(1);
  assertEquals(totals.stats, statsOf({ open: 2, total: 3, bytesIn: 111, bytesOut: 222, errors: 3 }));
});

Deno.test("ServerTotals: another view of the same memory counts on", () => {
  const totals = ServerTotals.create(2);
  const view = new ServerTotals(totals.memory);
  assertEquals([enter(totals, 0), enter(view, 1), enter(totals, 0)], [1, 2, 3]);
  view.block(1)[BYTES_IN] = 2 ** 40 + 1;
  assertEquals(totals.stats, statsOf({ open: 3, total: 3, bytesIn: 2 ** 40 + 1 }));
  assertEquals(view.stats, totals.stats);
});

Deno.test("ServerTotals: the limit is that of all threads, and a place that became free is used again", () => {
  const totals = ServerTotals.create(2);
  assertEquals([0, 1, 0, 1].map((thread) => enter(totals, thread, 3)), [1, 2, 3, undefined]);
  assertEquals(totals.stats, statsOf({ open: 3, total: 3 }));
  totals.leave(0);
  assertEquals([enter(totals, 1, 3), enter(totals, 0, 3)], [4, undefined]);
  assertEquals(totals.stats, statsOf({ open: 3, total: 4 }));
});

Deno.test("ServerTotals: what a thread had open when it died are errors, and its places are free", () => {
  const totals = ServerTotals.create(2);
  for (const thread of [0, 1, 1]) enter(totals, thread, 3);
  totals.block(1)[BYTES_IN] = 7;
  totals.bury(1);
  assertEquals(totals.stats, statsOf({ open: 1, total: 3, bytesIn: 7, errors: 2 }));
  assertEquals([0, 0, 0].map((thread) => enter(totals, thread, 3)), [4, 5, undefined]);
});

Deno.test("ServerTotals: threads at once lose no count, and no serial number is given twice", async () => {
  const totals = ServerTotals.create(4);
  const rounds = 20_000;
  const entered = await Promise.all([0, 1, 2, 3].map((thread) =>
    new Promise<number>((resolve, reject) => {
      const worker = new Worker(new URL("../support/totals_worker.ts", import.meta.url), { type: "module" });
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data }) => {
        worker.terminate();
        resolve(data);
      };
      worker.postMessage({ memory: totals.memory, thread, rounds, most: 2 } satisfies TotalsOrder);
    })
  ));
  const total = entered.reduce((sum, count) => sum + count, 0);
  assertEquals(totals.stats, statsOf({ total }));
  assertEquals([enter(totals, 0, 1), enter(totals, 1, 1)], [total + 1, undefined]);
});
