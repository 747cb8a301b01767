import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { HeldConnections } from "../../scripts/bench/held_connections.ts";
import { cClient, type Load, measuredBy, sounderClient } from "../../scripts/bench/load_client.ts";
import { LeftOutError } from "../../scripts/bench/peer.ts";
import { compileC } from "../../scripts/bench/peers.ts";
import { freePort } from "../../scripts/bench/server.ts";
import { listen } from "../../lib/net/listen.ts";
import { serve } from "../../lib/echo/serve.ts";
import { missingProgram, notLinux, testUnless } from "../support/needs.ts";
import { benchFixture, refusedFixture, streamFixture } from "../support/bench_fixture.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const noGcc = notLinux() ?? await missingProgram("gcc");
const ECHO = { connections: 3, size: 5000, stream: false };

function load(port: number, more: Partial<Load> = {}): Load {
  return { point: ECHO, port, durationMs: 100, warmupMs: 20, signal: new AbortController().signal, ...more };
}

/** Calls a function with the C client, compiled. */
async function withC(use: (client: ReturnType<typeof cClient>) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const workshop = { folder: folder.path, signal: new AbortController().signal };
  await use(cClient(await compileC("load_epoll", workshop)));
}

/** A server of one connection after the other that answers with what `answer` makes of the bytes; null: it closes. */
function wrongServer(answer: (bytes: Uint8Array, so: number) => Uint8Array | null): { port: number } & AsyncDisposable {
  const listener = listen({ port: 0 });
  const serving = (async () => {
    for (;;) {
      const connection = await listener.accept().catch(() => null);
      if (!connection) return;
      const buffer = new Uint8Array(65536);
      try {
        for (let so = 0, n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
          const bytes = answer(buffer.slice(0, n), so);
          so += n;
          if (!bytes) break;
          await connection.write(bytes);
        }
      } catch {
        // The client has seen enough and is gone.
      } finally {
        connection.close();
      }
    }
  })();
  return {
    port: listener.addr.port,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await serving;
    },
  };
}

testUnless(
  noGcc,
  "C client: requests and streams against our server, with what it used between the two stops",
  async () => {
    await using server = serve({ port: 0 });
    await withC(async (client) => {
      const used = [1, 3];
      const cpuSeconds = () => Promise.resolve(used.shift()!);
      const echo = await client(load(server.addr.port, { cpuSeconds }));
      const { echoesPerSecond, p50Ms, p99Ms, cpuSecondsPerMillion } = echo;
      assertEquals([echoesPerSecond > 0, p50Ms! > 0, p99Ms! >= p50Ms!], [true, true, true], JSON.stringify(echo));
      // Two seconds for the echoes of about 100 ms, with those that came after it.
      const echoes = 2e6 / cpuSecondsPerMillion!;
      assertEquals([used, Number.isInteger(Number(echoes.toFixed(3))), echoes >= 3], [[], true, true], String(echoes));
      const stream = await client(load(server.addr.port, { point: { connections: 2, size: 100_000, stream: true } }));
      const { p50Ms: noMedian, cpuSecondsPerMillion: notAsked } = stream;
      assertEquals([stream.echoesPerSecond > 0, noMedian, notAsked], [true, null, null]);
    });
  },
);

const WRONG: [what: string, answer: Parameters<typeof wrongServer>[0], why: string][] = [
  ["wrong bytes", (bytes) => bytes.map((byte) => byte ^ 1), "wrong bytes came back"],
  ["a wrong byte, late", (bytes, so) => bytes.map((byte) => so > 20_000 ? byte ^ 1 : byte), "wrong bytes came back"],
  ["more than was sent", (bytes) => Uint8Array.of(...bytes, 1), "came back"],
  ["a server that closes", (bytes, so) => so > 20_000 ? null : bytes, "the server closed a connection"],
];

for (const [what, answer, why] of WRONG) {
  testUnless(noGcc, `C client: ${what}: no figure, but an error`, async () => {
    await using server = wrongServer(answer);
    const point = { ...ECHO, connections: 1 };
    await withC(async (client) => {
      await assertRejects(() => client(load(server.port, { point })), Error, why);
    });
  });
}

testUnless(noGcc, "C client: nobody there", async () => {
  await withC(async (client) => {
    await assertRejects(() => client(load(freePort())), Error, "connect: Connection refused");
  });
});

testUnless(noGcc, "C client: an abort ends it", async () => {
  await using server = serve({ port: 0 });
  await withC(async (client) => {
    const stop = new AbortController();
    const cpuSeconds = () => {
      stop.abort();
      return Promise.resolve(0);
    };
    await assertRejects(() => client(load(server.addr.port, { durationMs: 60_000, signal: stop.signal, cpuSeconds })));
  });
});

Deno.test("sounder bench as a client: against our server", async () => {
  await using server = serve({ port: 0 });
  const { echoesPerSecond, p50Ms } = await sounderClient(load(server.addr.port));
  assertEquals([echoesPerSecond > 0, p50Ms! > 0], [true, true]);
});

Deno.test("sounder bench as a client: wrong bytes are an error", async () => {
  await using server = wrongServer((bytes) => bytes.map((byte) => byte ^ 1));
  const point = { ...ECHO, connections: 1 };
  await assertRejects(() => sounderClient(load(server.port, { point })), Error, "failures, the first: mismatch: ");
});

Deno.test("measuredBy: figures of requests and of a stream, and the processor time of the measured part", async () => {
  // 10 s measured after 1 s of warmup: 10/11 of what was used is for 20,000 requests.
  const result = await benchFixture();
  assertEquals(measuredBy(result, 1, 3.2), {
    echoesPerSecond: result.rates.requestsPerSecond,
    p50Ms: result.latency.percentilesMs.p50,
    p99Ms: result.latency.percentilesMs.p99,
    cpuSecondsPerMillion: (3.2 - 1) / (result.totals.requests * 11 / 10) * 1e6,
  });
  assertEquals(measuredBy(result, null, 3).cpuSecondsPerMillion, null);
  const stream = await streamFixture();
  const { echoesPerSecond } = measuredBy(stream, null, null);
  assertEquals(echoesPerSecond, stream.rates.receivedBytesPerSecond / stream.options.sizeBytes);
});

Deno.test("measuredBy: a result with a failure is no measurement", async () => {
  const errors = [{ kind: "mismatch", count: 2, example: "byte 7" }] as const;
  const failed = await benchFixture({ errors: [...errors] });
  assertThrows(() => measuredBy(failed, null, null), Error, "2 failures, the first: mismatch: byte 7");
  const refused = await refusedFixture();
  assertThrows(() => measuredBy(refused, null, null), Error);
  const partial = await benchFixture({ result: { partial: true } });
  assertThrows(() => measuredBy(partial, null, null), Error, "the client ended before its time");
});

Deno.test("held connections: open, speak, and notice a wrong echo", async () => {
  const { signal } = new AbortController();
  await using server = serve({ port: 0 });
  using held = new HeldConnections();
  await held.open(server.addr.port, 100, signal);
  assertEquals(held.count, 100);
  await held.echo(64, 1, signal);
  await held.echo(16384, 3, signal);
  await using wrong = wrongServer((bytes) => bytes.map((byte) => byte ^ 1));
  using others = new HeldConnections();
  await others.open(wrong.port, 1, signal);
  await assertRejects(() => others.echo(64, 1, signal), Error, "it sent other bytes back than it got");
  await assertRejects(() => held.open(server.addr.port, 1, AbortSignal.abort()), DOMException);
});

testUnless(noGcc, "compileC: what gcc says is why a server is left out", async () => {
  await using folder = await temporaryFolder();
  const workshop = { folder: folder.path, signal: new AbortController().signal };
  await assertRejects(() => compileC("no_such_file", workshop), LeftOutError, "gcc failed: ");
});
