import { assertEquals } from "@std/assert";
import type { PingPhases, PingResult, PingSample } from "../../lib/measure/ping_result.ts";
import { pingLine, type PingLineOptions, pingSummary } from "../../lib/report/ping_text.ts";
import { fullPing } from "../support/result_fixtures.ts";

const NO_PHASES: PingPhases = { lookupMs: null, connectMs: null, tlsMs: null, firstByteMs: null, echoMs: null };

function sample(changes: Partial<PingSample> = {}): PingSample {
  return {
    seq: 1,
    outcome: "reply",
    sentAt: "2026-11-21T04:59:50.570Z",
    address: "127.0.0.1",
    timeMs: 0.123,
    phases: { ...NO_PHASES, firstByteMs: 0.1, echoMs: 0.123 },
    loss: null,
    message: null,
    offset: null,
    tcpInfo: null,
    ...changes,
  };
}

const lost = (message: string, changes: Partial<PingSample> = {}) =>
  sample({ seq: 3, outcome: "lost", timeMs: null, phases: NO_PHASES, loss: "timeout", message, ...changes });

const OPTIONS: PingLineOptions = { target: { hostname: "localhost", port: 9999 }, sizeBytes: 64, verbose: false };

function line(one: PingSample, options: Partial<PingLineOptions> = {}): string {
  return pingLine(one, { ...OPTIONS, ...options });
}

Deno.test("pingLine: replies, losses and late echoes", () => {
  assertEquals(line(sample()), "64 bytes from 127.0.0.1:9999: seq=1 time=0.123 ms");
  assertEquals(line(sample({ address: "::1" })), "64 bytes from [::1]:9999: seq=1 time=0.123 ms");
  assertEquals(line(sample(), { sizeBytes: 1 }), "1 byte from 127.0.0.1:9999: seq=1 time=0.123 ms");
  assertEquals(line(lost("no echo within 1s")), "seq=3 lost: no echo within 1s");
  assertEquals(line(sample({ seq: 3, outcome: "late", timeMs: 1240.4 })), "seq=3 late time=1240 ms");
  assertEquals(line(sample(), { sizeBytes: undefined }), "connected to 127.0.0.1:9999: seq=1 time=0.123 ms");
});

Deno.test("pingLine: the decimals of a time are those of Linux ping", () => {
  const cases: [number, string][] = [
    [0.0123, "0.012"],
    [0.9994, "0.999"],
    [1, "1.00"],
    [9.994, "9.99"],
    [10, "10.0"],
    [99.94, "99.9"],
    [100, "100"],
    [1240.4, "1240"],
  ];
  for (const [timeMs, text] of cases) {
    assertEquals(line(sample({ timeMs })), `64 bytes from 127.0.0.1:9999: seq=1 time=${text} ms`);
  }
});

Deno.test("pingLine: a connection after the first is told", () => {
  const phases = { ...NO_PHASES, connectMs: 0.21, firstByteMs: 0.1, echoMs: 0.123 };
  assertEquals(line(sample({ phases })), "64 bytes from 127.0.0.1:9999: seq=1 time=0.123 ms");
  assertEquals(
    line(sample({ seq: 7, phases })),
    "64 bytes from 127.0.0.1:9999: seq=7 time=0.123 ms (new connection, made in 0.210 ms)",
  );
  // Where each probe has its own, that is no news.
  const handshake = { ...NO_PHASES, connectMs: 0.123 };
  assertEquals(
    line(sample({ seq: 7, phases: handshake }), { sizeBytes: undefined }),
    "connected to 127.0.0.1:9999: seq=7 time=0.123 ms",
  );
});

Deno.test("pingLine: a TLS handshake is told after the time, which keeps its form", () => {
  const connect = { sizeBytes: undefined };
  const handshakes = { ...NO_PHASES, connectMs: 0.123, tlsMs: 1.2345 };
  assertEquals(
    line(sample({ phases: handshakes }), connect),
    "connected to 127.0.0.1:9999: seq=1 time=0.123 ms tls=1.23 ms",
  );
  assertEquals(
    line(sample({ phases: handshakes, outcome: "late", timeMs: 0.123 }), connect),
    "seq=1 late time=0.123 ms tls=1.23 ms",
  );
  const phases = { ...handshakes, connectMs: 0.21, firstByteMs: 0.1, echoMs: 0.123 };
  assertEquals(
    line(sample({ seq: 7, phases })),
    "64 bytes from 127.0.0.1:9999: seq=7 time=0.123 ms tls=1.23 ms (new connection, made in 0.210 ms)",
  );
});

Deno.test("pingLine: verbose has the phases, and what the kernel knows", () => {
  const phases = { lookupMs: 12.34, connectMs: 0.21, tlsMs: 2.5, firstByteMs: 0.1, echoMs: 0.123 };
  const tcpInfo = {
    state: "ESTABLISHED",
    rttUs: 45,
    rttVarianceUs: 12,
    totalRetransmittedSegments: 2,
  } as const;
  const verbose = { verbose: true };
  assertEquals(
    line(sample({ phases, tcpInfo }), verbose),
    "64 bytes from 127.0.0.1:9999: seq=1 time=0.123 ms tls=2.50 ms (lookup 12.3 ms, connect 0.210 ms, TLS 2.50 ms, " +
      "first byte 0.100 ms, echo 0.123 ms; kernel rtt 0.045 ms ±0.012 ms, 2 retransmitted)",
  );
  assertEquals(
    line(sample({ tcpInfo: { state: "ESTABLISHED", rttUs: 45 } }), verbose),
    "64 bytes from 127.0.0.1:9999: seq=1 time=0.123 ms (first byte 0.100 ms, echo 0.123 ms; kernel rtt 0.045 ms)",
  );
  assertEquals(
    line(lost("no echo within 1s", { tcpInfo }), verbose),
    "seq=3 lost: no echo within 1s (kernel rtt 0.045 ms ±0.012 ms, 2 retransmitted)",
  );
  assertEquals(line(lost("no echo within 1s"), verbose), "seq=3 lost: no echo within 1s");
});

Deno.test("pingLine: what a peer sent does nothing to a terminal", () => {
  assertEquals(line(lost("odd \x1b[31m\nname")), "seq=3 lost: odd \\u{1b}[31m name");
});

async function summary(changes: Partial<PingResult>): Promise<string[]> {
  const plain = { losses: [], outages: [], reconnects: 0, late: 0, gates: [], error: null, rtt: null, tlsTime: null };
  const target = { hostname: "127.0.0.1", port: 9999, address: "127.0.0.1" };
  return pingSummary(await fullPing({ ...plain, target, ...changes }));
}

const RTT: NonNullable<PingResult["rtt"]> = {
  minMs: 0.098,
  avgMs: 0.11,
  maxMs: 0.131,
  mdevMs: 0.012,
  medianMs: 0.1095,
  p90Ms: null,
  p99Ms: null,
  jitterMs: 0.02,
};

Deno.test("pingSummary: Linux ping's lines and one more", async () => {
  assertEquals(await summary({ transmitted: 5, received: 5, loss: 0, elapsedMs: 4004.2, rtt: RTT }), [
    "",
    "--- 127.0.0.1:9999 ping statistics ---",
    "5 packets transmitted, 5 received, 0% packet loss, time 4004ms",
    "rtt min/avg/max/mdev = 0.098/0.110/0.131/0.012 ms",
    "rtt median/p90/p99/jitter = 0.110/–/–/0.020 ms",
  ]);
  const told = { ...RTT, p90Ms: 0.12, p99Ms: 0.13 };
  assertEquals((await summary({ rtt: told })).at(-1), "rtt median/p90/p99/jitter = 0.110/0.120/0.130/0.020 ms");
});

Deno.test("pingSummary: the TLS handshakes have a line of their own", async () => {
  const tlsTime = { ...RTT, minMs: 1.5, avgMs: 2, maxMs: 2.5, mdevMs: 0.5 };
  const lines = await summary({ rtt: RTT, tlsTime, reconnects: 1 });
  assertEquals(lines.slice(-3), [
    "rtt median/p90/p99/jitter = 0.110/–/–/0.020 ms",
    "tls min/avg/max/mdev = 1.500/2.000/2.500/0.500 ms",
    "1 reconnect",
  ]);
});

Deno.test("pingSummary: losses, late echoes, and no time without a reply", async () => {
  const counts = { transmitted: 3, received: 2, loss: 1 / 3, late: 1, elapsedMs: 2000 };
  assertEquals(
    (await summary(counts))[2],
    "3 packets transmitted, 2 received, +1 late, 33.3333% packet loss, time 2000ms",
  );
  assertEquals(await summary({ transmitted: 2, received: 0, loss: 1, elapsedMs: 1000 }), [
    "",
    "--- 127.0.0.1:9999 ping statistics ---",
    "2 packets transmitted, 0 received, 100% packet loss, time 1000ms",
  ]);
});

Deno.test("pingSummary: outages, the last ten, reconnects and gates", async () => {
  const startedAt = "2026-11-21T04:59:50.570Z";
  const over = { startedAt, durationMs: 1503.4, lost: 3 };
  const gates = [{ expression: "loss>5%", value: 20, hit: true }, { expression: "p99>5ms", value: 1, hit: false }];
  const lines = await summary({
    outages: [over, { startedAt, durationMs: null, lost: 1 }],
    reconnects: 2,
    gates,
    losses: [
      { kind: "timeout", count: 3, example: "no echo within 1s" },
      { kind: "refused", count: 1, example: "cannot connect" },
    ],
  });
  assertEquals(lines.slice(3), [
    "3 lost (timeout): no echo within 1s",
    "1 lost (refused): cannot connect",
    `outage from ${startedAt}: 1.503 s, 3 lost`,
    `outage from ${startedAt}: not over at the end, 1 lost`,
    "2 reconnects",
    "Gates:",
    "  hit     loss>5%  20.0%",
    "  passed  p99>5ms  1.00ms",
  ]);
  const many = await summary({ outages: Array(12).fill(over), reconnects: 1 });
  assertEquals([many[3], many.length, many.at(-1)], ["2 earlier outages, not listed", 3 + 1 + 10 + 1, "1 reconnect"]);
});
