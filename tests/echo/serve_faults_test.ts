import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  connect,
  connectionPair,
  corrupt,
  createEchoClient,
  delay,
  limit,
  refuse,
  reset,
  serve,
  type ServedConnectionSummary,
  startTls,
  truncate,
} from "../../mod.ts";
import { certificateAuthority } from "../support/certificates.ts";
import { randomBytes } from "../support/bytes.ts";
import { serveWatched } from "../support/echo_server.ts";
import { readAll, readExactly, until } from "../support/echo_wire.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { advanceUntil } from "../support/fault_recorder.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";

const BYTES = randomBytes(20_000);

/** What 30 connections, one after the other, get back, and which of them had a fault. */
async function runs(faultSeed: number | undefined, workers = 1): Promise<{ echoes: Uint8Array[]; faulty: number[] }> {
  const summaries: ServedConnectionSummary[] = [];
  const faults = [corrupt({ rate: 0.01, share: 0.5 }), truncate({ afterBytes: 100, share: 0.2 })];
  await using server = serve({ faults, faultSeed, workers, onClose: (summary) => void summaries.push(summary) });
  await server.ready;
  const echoes = [];
  for (let i = 1; i <= 30; i++) {
    using client = await connect(server.addr);
    const [echo] = await Promise.all([readAll(client), client.write(BYTES).then(() => client.closeWrite())]);
    echoes.push(echo);
    await until(() => summaries.length === i);
  }
  const faulty = summaries.filter(({ faults }) => faults).map(({ id }) => id).sort((a, b) => a - b);
  assertEquals(server.stats.faulted, faulty.length);
  assertEquals(server.stats.bytesOut, echoes.reduce((sum, { length }) => sum + length, 0));
  return { echoes, faulty };
}

Deno.test("faults: the same seed gives the same connections the same faults, to the byte; another one others", async () => {
  const first = await runs(7);
  assert(first.faulty.length > 5 && first.faulty.length < 30);
  assertEquals(await runs(7), first);
  const other = await runs(8);
  assert(
    JSON.stringify(other.faulty) !== JSON.stringify(first.faulty) || String(other.echoes) !== String(first.echoes),
  );
});

testUnless(notLinux(), "faults: with workers the same, whichever thread serves", async () => {
  assertEquals(await runs(7, 3), await runs(7));
});

testUnless(notLinux() ?? noLibc(), "faults: what ends by one is told apart from what a peer does", async () => {
  for (const fault of [limit({ afterBytes: 10 }), reset({ afterBytes: 10 })]) {
    await using watched = serveWatched({ faults: [fault] });
    using client = await watched.connect();
    await client.write(randomBytes(50));
    assertEquals(await readExactly(client, 10), randomBytes(50).slice(0, 10));
    await until(() => watched.summaries.length === 1);
    const [{ reason, error, faults, bytesOut }] = watched.summaries;
    assertEquals([reason, error, faults, bytesOut], ["fault", undefined, [fault], 10]);
    const { faulted, errors, open } = watched.server.stats;
    assertEquals([faulted, errors, open, watched.errors], [1, 0, 0, []]);
  }
});

Deno.test("faults: without a seed the one that was drawn is told, and repeats the run", async () => {
  await using server = serve({ faults: [delay({ ms: 1 })] });
  assert(Number.isSafeInteger(server.faultSeed) && server.faultSeed! >= 0);
  await using plain = serve();
  assertEquals([plain.faultSeed, plain.stats.faulted], [undefined, 0]);
});

Deno.test("faults: what a shutdown finds held back is no loss", async () => {
  using clock = fakeClock();
  await using server = serve({ faults: [delay({ ms: 60_000 })] });
  using client = await connect(server.addr);
  await client.write(randomBytes(10));
  await until(() => server.stats.bytesIn === 10);
  const since = clock.now;
  const report = await advanceUntil(clock, server.shutdown(0));
  assertEquals(report.unechoedBytes, 0);
  assert(clock.now - since < 20_000, "the delay is not waited for without end");
});

Deno.test("faults: wrong ones are refused before anything is bound", () => {
  assertThrows(() => serve({ faultSeed: 3 }), TypeError, "cannot draw from seed 3: there are no faults");
  assertThrows(() => serve({ faults: [delay({ ms: 1 })], faultSeed: -1 }), RangeError, "seed -1");
  assertThrows(
    () => serve({ faults: [delay({ ms: 1 })], service: "discard" }),
    TypeError,
    "cannot inject delay into discard",
  );
});

testUnless(notLinux() ?? noLibc(), "faults: onConnection is not called for a connection that is refused", async () => {
  await using watched = serveWatched({ faults: [refuse()], onConnection: (connection) => connection.close() });
  using _client = await connect(watched.server.addr).catch(() => connectionPair()[0]);
  await until(() => watched.summaries.length === 1);
  assertEquals([watched.events, watched.server.stats.errors], [["close 1 fault"], 0]);
});

Deno.test("faults: over TLS, too, they go by the order of accept", async () => {
  const authority = await certificateAuthority();
  const ids: [number, number][] = [];
  await using server = serve({
    tls: await authority.issue(),
    onConnection: ({ remoteAddr }, { id }) => void ids.push([remoteAddr.port, id]),
  });
  await server.ready;
  const plain = [];
  for (let i = 1; i <= 4; i++) {
    plain.push(await connect(server.addr));
    await until(() => server.stats.open === i);
  }
  // The last one to be accepted is the first one to be done with its handshake.
  for (const connection of [...plain].reverse()) {
    const client = await startTls(connection, { caCerts: [authority.cert], serverName: "localhost" });
    await createEchoClient(client).exchange(["x"]);
    client.close();
  }
  const accepted = plain.map(({ localAddr }) => localAddr.port);
  assertEquals(ids, [...accepted.entries()].map(([i, port]) => [port, i + 1] as [number, number]).reverse());
});
