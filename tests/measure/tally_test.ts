import { assertEquals } from "@std/assert";
import { createHistogram } from "../../lib/measure/histogram.ts";
import { Tally } from "../../lib/measure/tally.ts";

/** A tally; of an open loop or over TLS on demand. */
async function tallyOf({ open = false, tls = false } = {}): Promise<Tally> {
  const [interval, latency, connectTime, spare] = await Promise.all(Array.from({ length: 4 }, createHistogram));
  const tlsTime = tls ? await createHistogram() : undefined;
  const [serviceTime, delay] = open ? await Promise.all([createHistogram(), createHistogram()]) : [];
  return new Tally({ latency, serviceTime, delay, connectTime, tlsTime }, [interval, spare]);
}

Deno.test("Tally: a request counts from the one that was due when the warmup was over", async () => {
  const tally = await tallyOf();
  tally.completed(10, 10, 20);
  tally.bytesSent = tally.bytesReceived = 64;
  tally.begin(100);
  tally.completed(99.9, 99.9, 130);
  tally.completed(100, 100, 107);
  const { startMs, endMs, requests, bytesSent, bytesReceived } = tally.takeInterval(1100);
  assertEquals([startMs, endMs, requests, bytesSent, bytesReceived], [0, 1000, 1, 0, 0]);
  const { latency, serviceTime, delay } = tally.histograms;
  assertEquals([latency.count, latency.maxMs, serviceTime, delay], [1, 7, undefined, undefined]);
});

Deno.test("Tally: in an open loop latency counts from when a request was due, service time from when it was sent", async () => {
  const tally = await tallyOf({ open: true });
  tally.begin(100);
  // Sent within the measured time, but due before: it is no part of it.
  tally.completed(99, 150, 160);
  tally.completed(110, 150, 152);
  tally.takeInterval(1100);
  const { latency, serviceTime, delay } = tally.histograms;
  assertEquals([latency.count, latency.maxMs], [1, 42]);
  assertEquals([serviceTime?.count, serviceTime?.maxMs, delay?.count, delay?.maxMs], [1, 2, 1, 40]);
});

Deno.test("Tally: each interval has its own figures, the histogram all of them", async () => {
  const tally = await tallyOf();
  tally.begin(0);
  tally.completed(0, 0, 5);
  tally.failed("reset", "first");
  const first = tally.takeInterval(1000);
  assertEquals([first.requests, first.errors, first.latency.maxMs], [1, 1, 5]);
  tally.completed(1000, 1000, 1003);
  tally.completed(1003, 1003, 1006);
  const second = tally.takeInterval(2000);
  assertEquals([second.startMs, second.endMs, second.requests, second.errors], [1000, 2000, 2, 0]);
  assertEquals([second.latency.count, second.latency.maxMs], [2, 3]);
  assertEquals([tally.histograms.latency.count, tally.histograms.latency.maxMs], [3, 5]);
});

Deno.test("Tally: failures of the warmup stay among the kinds, with the first one's words", async () => {
  const tally = await tallyOf();
  tally.failed("refused", "one");
  tally.begin(100);
  tally.failed("refused", "two");
  tally.failed("short", "three");
  assertEquals(tally.errorKinds(), [{ kind: "refused", count: 2, example: "one" }, {
    kind: "short",
    count: 1,
    example: "three",
  }]);
  assertEquals(tally.takeInterval(200).errors, 2);
});

Deno.test("Tally: the TLS handshake is told apart from connecting, and what the first one came to is kept", async () => {
  const plain = await tallyOf();
  plain.connected(5, undefined);
  assertEquals([plain.connections, plain.histograms.connectTime.maxMs, plain.tls], [1, 5, undefined]);
  const tally = await tallyOf({ tls: true });
  const facts = { version: "1.3", cipher: "one", peer: "echo.test", verified: true } as const;
  const info = { ...facts, alpnProtocol: undefined, handshakeMs: 4 };
  tally.connected(5, info);
  tally.connected(10, { ...info, cipher: "two", handshakeMs: 8 });
  const { connectTime, tlsTime } = tally.histograms;
  assertEquals([tally.connections, connectTime.minMs, connectTime.maxMs], [2, 1, 2]);
  assertEquals([tlsTime?.count, tlsTime?.minMs, tlsTime?.maxMs], [2, 4, 8]);
  assertEquals(tally.tls, { ...facts, alpnProtocol: null });
});

Deno.test("Tally: what was counted ends with the last request or byte, and not before the last interval", async () => {
  const tally = await tallyOf();
  tally.begin(100);
  assertEquals(tally.countedUntil, 100);
  tally.completed(99, 99, 150);
  assertEquals(tally.countedUntil, 100);
  tally.completed(100, 100, 160);
  assertEquals(tally.countedUntil, 160);
  tally.moved(170);
  assertEquals(tally.countedUntil, 170);
  tally.takeInterval(1100);
  assertEquals(tally.countedUntil, 1100);
});
