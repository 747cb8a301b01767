import "../support/libc.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ping } from "../../lib/measure/ping.ts";
import { tlsFailureOf } from "../../lib/measure/tls_facts.ts";
import { warmTls } from "../../lib/measure/warm_tls.ts";
import { tlsAcceptor } from "../../lib/net/tls_acceptor.ts";
import { inShort, pingThrough, servingPeer } from "../support/ping_peers.ts";
import { tlsEchoPeer, tlsFiles } from "../support/tls_peers.ts";

Deno.test("ping: with connect the time of the TCP handshake has nothing of that of TLS, which may be late", async () => {
  await using files = await tlsFiles();
  const acceptor = await tlsAcceptor(files.server);
  // The server begins its part of TLS when the probe counts as lost, and that of the second when the first has come late.
  const [lost, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let accepted = 0;
  await using peer = servingPeer(async (connection) => {
    await (++accepted === 1 ? lost : told).promise;
    using secured = await acceptor.accept(connection);
    await secured.read(new Uint8Array(1));
  });
  const options = { port: peer.port, connect: true, timeout: 500, tls: { caCerts: [files.authority] } };
  const startMs = performance.now();
  let lateMs = 0;
  const { samples, result } = await pingThrough({ ...options, count: 2, interval: 0 }, ({ outcome }) => {
    if (outcome === "lost") lost.resolve();
    if (outcome !== "late" || lateMs > 0) return;
    lateMs = performance.now();
    told.resolve();
  });
  const late = samples.find(({ outcome }) => outcome === "late")!;
  assertEquals([inShort(samples)[0], late.seq], ["1 lost timeout", 1]);
  const { connectMs, tlsMs } = late.phases;
  assertEquals(late.timeMs, connectMs);
  // Were the wait a part of both, they would be longer than all of it.
  assert(connectMs! + tlsMs! <= lateMs - startMs, `${connectMs} and ${tlsMs} ms of ${lateMs - startMs}`);
  assert(tlsMs! > connectMs!);
  assertEquals([result.tls?.version, result.options.tls], ["1.3", true]);
});

Deno.test("ping: what TLS came to is kept of the first connection, the times of all", async () => {
  await using files = await tlsFiles();
  await using peer = await tlsEchoPeer({ ...files.server, alpnProtocols: ["echo/1"] });
  const tls = { caCerts: [files.authority], alpnProtocols: ["echo/1"] };
  const { samples, result } = await pingThrough({ port: peer.port, count: 3, interval: 0, connect: true, tls });
  const times = samples.map(({ phases }) => phases.tlsMs!);
  const { tls: facts, tlsTime } = result;
  assertEquals([tlsTime?.minMs, tlsTime?.maxMs], [Math.min(...times), Math.max(...times)]);
  assertEquals([facts?.alpnProtocol, facts?.peer], ["echo/1", "localhost"]);
});

Deno.test("ping: a TLS option that cannot be used throws at once, a certificate that cannot as an error of the ping", async () => {
  assertThrows(() => ping({ port: 9, tls: { minVersion: "1.3", maxVersion: "1.2" } }), RangeError, "TLS");
  const run = ping({ port: 9, count: 1, tls: { caCerts: ["no certificate"] } });
  await assertRejects(
    async () => {
      for await (const _ of run);
    },
    TypeError,
    "caCerts",
  );
  const { error, transmitted } = await run.result();
  assertEquals([error?.kind, transmitted], ["failed", 0]);
});

Deno.test("warmTls(): nothing without TLS, and nothing is left open with it", async () => {
  for (const none of [undefined, false]) assertEquals(await warmTls(none), undefined);
  assertEquals(typeof await warmTls(true), "function");
  await assertRejects(() => warmTls({ caCerts: ["no certificate"] }), TypeError, "caCerts");
});

Deno.test("tlsFailureOf(): an alert and what is no TLS, but not a reset of TCP's", () => {
  const alert = Object.assign(new Error("alert"), { code: "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE" });
  const reset = Object.assign(new Error("reset"), { code: "ECONNRESET" });
  const cases: [unknown, string | undefined][] = [
    [new Deno.errors.ConnectionReset("refused", { cause: alert }), "refused"],
    [new Deno.errors.ConnectionReset("reset", { cause: reset }), undefined],
    [new Deno.errors.ConnectionReset("reset"), undefined],
    [new Deno.errors.InvalidData("TLS cannot go on"), "TLS cannot go on"],
    [alert, undefined],
    [undefined, undefined],
  ];
  for (const [error, text] of cases) assertEquals(tlsFailureOf(error), text);
});
