import { assertEquals, assertStrictEquals } from "@std/assert";
import { ConnectionBook, MOST_LOOKED, MOST_LOOKED_CLOSELY } from "../../lib/cli/connection_book.ts";
import { FakeServer } from "../support/fake_server.ts";

Deno.test("a look is shared for 500 ms, by those who ask at once and those who ask after it", async () => {
  let time = 0;
  const server = new FakeServer(3);
  const book = new ConnectionBook(server, () => time);
  const [first, second] = await Promise.all([book.look(), book.look()]);
  assertStrictEquals(first, second);
  time = 499.9;
  assertStrictEquals(await book.look(), first);
  assertEquals(server.asked, [{ limit: MOST_LOOKED }]);
  time = 500;
  assertEquals((await book.look()).connections.map(({ id, rateMs }) => [id, rateMs]), [[1, 0], [2, 0], [3, 0]]);
  assertEquals(server.asked.length, 2);
});

Deno.test("the kernel is asked about the oldest connections only; all are told", async () => {
  const server = new FakeServer(MOST_LOOKED_CLOSELY + 1);
  const { connections, total } = await new ConnectionBook(server).lookClosely();
  assertEquals(server.asked, [{ limit: MOST_LOOKED_CLOSELY, tcpInfo: true }, { limit: MOST_LOOKED }]);
  assertEquals([connections.length, total], [MOST_LOOKED_CLOSELY + 1, MOST_LOOKED_CLOSELY + 1]);
  assertEquals(connections.slice(-2).map(({ tcpInfo }) => tcpInfo?.rttUs), [MOST_LOOKED_CLOSELY - 1, undefined]);
});

Deno.test("of more connections than are looked at, the total is told", async () => {
  const { connections, total } = await new ConnectionBook(new FakeServer(MOST_LOOKED + 5)).look();
  assertEquals([connections.length, total], [MOST_LOOKED, MOST_LOOKED + 5]);
});
