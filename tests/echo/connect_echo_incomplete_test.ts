import { assertEquals, assertInstanceOf, assertLess, assertRejects } from "@std/assert";
import {
  connect,
  type Connection,
  connectionPair,
  createEchoClient,
  type EchoClient,
  EchoIncompleteError,
} from "../../mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { type FakeClock, fakeClock } from "../support/fake_clock.ts";
import { listenResetting, PAIRS, readExactly, turns } from "../support/echo_wire.ts";

const LIMIT = 500;

for (const kind of ["TCP", "a pair"]) {
  for (const [length, echoed] of [[12, 9], [12, 0], [1, 0], [100_000, 99_999]]) {
    Deno.test(`exchange() over ${kind} tells that the peer closed after ${echoed} of ${length} bytes`, async () => {
      const [near, far] = await PAIRS[kind]();
      const client = createEchoClient(near);
      const answering = (async () => {
        await far.write((await readExactly(far, length)).subarray(0, echoed));
        await far.closeWrite();
      })();
      const message = `peer has echoed ${echoed} of ${length} bytes: it closed the connection`;
      const error = await assertRejects(() => client.exchange([randomBytes(length)]), EchoIncompleteError, message);
      assertEquals([error.reason, error.missing], ["closed", length - echoed]);
      assertEquals([client.bytesSent, client.bytesReceived], [length, echoed]);
      await assertRejects(() => client.exchange(["x"]), Deno.errors.BadResource);
      await answering;
      far.close();
    });
  }
}

Deno.test("exchange() tells that the peer reset, and what it had echoed before", async () => {
  const [near, far] = connectionPair();
  const client = createEchoClient(near);
  const answering = (async () => {
    await far.write((await readExactly(far, 10)).subarray(0, 4));
    far.abort();
  })();
  const message = "peer has echoed 4 of 10 bytes: it reset the connection";
  const error = await assertRejects(() => client.exchange(["0123456789"]), EchoIncompleteError, message);
  assertEquals([error.reason, error.missing], ["reset", 6]);
  assertInstanceOf(error.cause, Deno.errors.ConnectionReset);
  await answering;
});

for (const length of [1, 64 * 1024 * 1024]) {
  Deno.test(`exchange() of ${length} bytes over TCP tells that the peer reset, whether a read or a write is told`, async () => {
    await using server = await listenResetting();
    for (let round = 0; round < 10; round++) {
      const client = createEchoClient(await connect({ port: server.port }));
      const error = await assertRejects(() => client.exchange([new Uint8Array(length)]), EchoIncompleteError);
      assertEquals([error.reason, error.missing], ["reset", length]);
      assertInstanceOf(error.cause, Deno.errors.ConnectionReset);
    }
  });
}

/** Runs a test with a client, its peer, and a clock that stands still. */
function stallTest(name: string, test: (client: EchoClient, far: Connection, time: FakeClock) => Promise<void>) {
  Deno.test(name, async () => {
    using time = fakeClock();
    const [near, far] = connectionPair();
    using client = createEchoClient(near);
    await test(client, far, time);
    far.close();
    assertEquals(time.timers, 0);
  });
}

/** Whether it is still pending after everything that can happen has happened. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  promise.then(() => pending = false, () => pending = false);
  await turns();
  return pending;
}

stallTest("exchange() gives up when no echo comes for the timeout, and not before", async (client, far, time) => {
  const running = client.exchange(["0123456789"], { timeout: LIMIT });
  running.catch(() => {});
  await far.write((await readExactly(far, 10)).subarray(0, 3));
  await turns();
  time.advance(LIMIT - 1);
  assertEquals(await isPending(running), true);
  time.advance(1);
  const message = "peer has echoed 3 of 10 bytes: no more came for 500 ms";
  const error = await assertRejects(() => running, EchoIncompleteError, message);
  assertEquals([error.reason, error.missing], ["stalled", 7]);
  await assertRejects(() => client.exchange(["x"]), Deno.errors.BadResource);
});

stallTest("exchange() counts the timeout anew with each byte that comes", async (client, far, time) => {
  const running = client.exchange(["0123456789"], { timeout: LIMIT });
  const bytes = await readExactly(far, 10);
  for (let i = 0; i < 10; i++) {
    time.advance(LIMIT - 1);
    await turns();
    await far.write(bytes.subarray(i, i + 1));
    await turns();
  }
  await running;
});

stallTest("exchange() gives up when the peer does not even read", async (client, far, time) => {
  const running = client.exchange([new Uint8Array(1_000_000)], { timeout: LIMIT });
  running.catch(() => {});
  assertEquals(await isPending(running), true);
  assertLess(client.bytesSent, 1_000_000);
  time.advance(LIMIT);
  const error = await assertRejects(() => running, EchoIncompleteError, "peer has echoed 0 of 1000000 bytes");
  assertEquals([error.reason, error.missing], ["stalled", 1_000_000]);
  // What was in the buffer may still be read; then comes the RST.
  await assertRejects(() => readExactly(far, 1_000_000), Deno.errors.ConnectionReset);
});

stallTest("exchange() of nothing does not wait for anything", async (client, _far, time) => {
  assertEquals(await client.exchange([], { timeout: LIMIT }), []);
  assertEquals(await client.exchange([""], { timeout: LIMIT }), [new Uint8Array()]);
  assertEquals(time.timers, 0);
});

stallTest("between two exchanges no time is counted", async (client, far, time) => {
  for (let i = 0; i < 3; i++) {
    const running = client.exchange(["x"], { timeout: LIMIT });
    await far.write(await readExactly(far, 1));
    await running;
    time.advance(100 * LIMIT);
    await turns();
  }
});

stallTest("close() waits for the peer's FIN, and is unfinished without it", async (client, far, time) => {
  const closing = client.close({ timeout: LIMIT });
  closing.catch(() => {});
  assertEquals(await far.read(new Uint8Array(1)), null);
  time.advance(LIMIT - 1);
  assertEquals(await isPending(closing), true);
  time.advance(1);
  const message = "peer did not send its FIN within 500 ms of ours";
  const error = await assertRejects(() => closing, EchoIncompleteError, message);
  assertEquals([error.reason, error.missing], ["unfinished", 0]);
  await client.close();
});

stallTest("close() without a timeout waits for the peer's FIN as long as it takes", async (client, far, time) => {
  const closing = client.close();
  time.advance(1e9);
  assertEquals(await isPending(closing), true);
  await far.closeWrite();
  await closing;
});

stallTest("close() takes a signal", async (client, _far) => {
  const controller = new AbortController();
  const closing = client.close({ signal: controller.signal });
  await turns();
  controller.abort(new Error("enough"));
  await assertRejects(() => closing, Error, "enough");
});

Deno.test("close() tells that the peer reset instead of sending FIN", async () => {
  const [near, far] = connectionPair();
  const client = createEchoClient(near);
  const closing = client.close();
  far.abort();
  const error = await assertRejects(() => closing, EchoIncompleteError);
  assertEquals([error.reason, error.missing], ["reset", 0]);
});

Deno.test("disposing of the client ends an exchange at once", async () => {
  const [near, far] = connectionPair();
  const client = createEchoClient(near);
  const running = client.exchange(["x"]);
  running.catch(() => {});
  await turns();
  client[Symbol.dispose]();
  await assertRejects(() => running, Deno.errors.Interrupted);
  far.close();
});
