import { assert, assertEquals } from "@std/assert";
import { WriteShare } from "../../lib/net/write_share.ts";

const KIB = 1024;

Deno.test("a write goes to the engine in pieces of 48 KiB, the last one as large as it is", () => {
  const share = new WriteShare();
  assertEquals([100_000, 50_848, 1696].map((left) => share.take(left)), [48 * KIB, 48 * KIB, 1696]);
  share.release();
});

Deno.test("of writes that do not get out 32 MiB are under way in a thread: beyond that pieces are small", () => {
  const shares = Array.from({ length: 5000 }, () => new WriteShare());
  const taken = shares.map((share) => share.take(100_000));
  const large = taken.filter((bytes) => bytes === 48 * KIB).length;
  assertEquals(large, Math.floor(32 * KIB / 48));
  assertEquals(new Set(taken.slice(large)), new Set([4 * KIB]));
  // The small ones count, too: with all of them under way one large one less is not enough.
  shares[0].release();
  assertEquals(shares[0].take(100_000), 4 * KIB);
  for (const share of shares) share.release();
  for (const share of shares) share.release();
  assertEquals(shares.map((share) => share.take(100_000)), taken);
  assertEquals(shares[4999].take(10), 10);
  for (const share of shares) share.release();
  assert(shares[4999].take(100_000) === 48 * KIB);
  shares[4999].release();
});
