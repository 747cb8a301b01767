import { assertEquals } from "@std/assert";
import { busiestFirst, RateBook } from "../../lib/report/rate_book.ts";
import { connectionOf } from "../support/server_facts.ts";

/** The rates of a look, by connection. */
function ratesOf(book: RateBook, ...connections: ReturnType<typeof connectionOf>[]): Record<number, number[]> {
  const rated = book.take(connections);
  return Object.fromEntries(
    rated.map((
      { id, bytesInPerSecond, bytesOutPerSecond, rateMs },
    ) => [id, [bytesInPerSecond, bytesOutPerSecond, rateMs]]),
  );
}

Deno.test("RateBook: a rate is over a connection's age at first, then from one look to the next", () => {
  const book = new RateBook();
  assertEquals(ratesOf(book, connectionOf(1, { ageMs: 500, bytesIn: 100, bytesOut: 50 })), { 1: [200, 100, 500] });
  assertEquals(ratesOf(book, connectionOf(1, { ageMs: 2500, bytesIn: 4100, bytesOut: 50 })), { 1: [2000, 0, 2000] });
});

Deno.test("RateBook: each connection has its own, and one that was away is new", () => {
  const book = new RateBook();
  const early = { ageMs: 1000, bytesIn: 1000, bytesOut: 1000 };
  const late = { ageMs: 2000, bytesIn: 1500, bytesOut: 1000 };
  book.take([connectionOf(1, early), connectionOf(2, early)]);
  assertEquals(ratesOf(book, connectionOf(2, late), connectionOf(3, late)), { 2: [500, 0, 1000], 3: [750, 500, 2000] });
  assertEquals(ratesOf(book, connectionOf(1, late)), { 1: [750, 500, 2000] });
});

Deno.test("RateBook: no time is no rate", () => {
  const book = new RateBook();
  const state = { ageMs: 0, bytesIn: 10, bytesOut: 10 };
  assertEquals(ratesOf(book, connectionOf(1, state)), { 1: [0, 0, 0] });
  assertEquals(ratesOf(book, connectionOf(1, state)), { 1: [0, 0, 0] });
});

Deno.test("busiestFirst: by both directions together, the older one first among equals", () => {
  const idle = [connectionOf(4), connectionOf(3)];
  const both = connectionOf(2, { bytesInPerSecond: 60, bytesOutPerSecond: 60 });
  const up = connectionOf(1, { bytesInPerSecond: 100 });
  assertEquals(busiestFirst([...idle, up, both]).map(({ id }) => id), [2, 1, 3, 4]);
});
