import { assertEquals } from "@std/assert";
import { OutageBook } from "../../lib/measure/ping_outages.ts";

/** What a book says after replies and losses, given as `r TIME` and `l SENT`. */
function outagesOf(...events: string[]): [startMs: number, endMs: number | null, lost: number][] {
  const book = new OutageBook();
  for (const event of events) {
    const [what, ms] = event.split(" ");
    if (what === "r") book.reply(Number(ms));
    else book.lost(Number(ms), 1_000_000 + Number(ms));
  }
  return book.outages.map(({ startMs, startDate, endMs, lost }) => {
    assertEquals(startDate, 1_000_000 + startMs);
    return [startMs, endMs, lost];
  });
}

Deno.test("OutageBook: from when the first lost probe was sent to the next reply", () => {
  assertEquals(outagesOf(), []);
  assertEquals(outagesOf("r 1", "r 2"), []);
  assertEquals(outagesOf("r 1", "l 1000", "l 2000", "r 3001", "r 4001"), [[1000, 3001, 2]]);
  assertEquals(outagesOf("l 0", "l 1000"), [[0, null, 2]]);
  assertEquals(outagesOf("l 0", "r 1001", "l 2000", "r 3001", "l 4000"), [[0, 1001, 1], [2000, 3001, 1], [
    4000,
    null,
    1,
  ]]);
});

Deno.test("OutageBook: a loss that is known only when later probes were answered has ended by then", () => {
  // Sent at 1000, its time limit over at 2000; the one sent at 1500 was answered at 1501.
  assertEquals(outagesOf("r 500", "r 1501", "l 1000"), [[1000, 1501, 1]]);
  // Two such losses are one outage.
  assertEquals(outagesOf("r 1501", "l 1000", "l 1200", "r 2500"), [[1000, 1501, 2]]);
  // One sent after that reply is another.
  assertEquals(outagesOf("r 1501", "l 1000", "l 1600", "r 2500"), [[1000, 1501, 1], [1600, 2500, 1]]);
});
