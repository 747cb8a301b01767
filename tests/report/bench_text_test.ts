import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mergeResults } from "../../lib/measure/merge_results.ts";
import { benchText } from "../../lib/report/bench_text.ts";
import { benchFixture, refusedFixture, streamFixture } from "../support/bench_fixture.ts";
import { distributionOf } from "../support/distribution_of.ts";

const RESET = { kind: "reset", count: 12, example: "Connection reset by peer" } as const;

Deno.test("a closed loop: summary, latency, histogram, clock", async () => {
  // 98 each of 1 to 10 ms, and 20 of 20 ms.
  const latency = await distributionOf(Array.from({ length: 1000 }, (_, at) => at < 980 ? 1 + at % 10 : 20));
  const connectTime = await distributionOf([0.5]);
  const result = await benchFixture({ seconds: 2, perSecond: 500, result: { latency, connectTime } });
  assertEquals(
    await benchText(result),
    `Bench of 127.0.0.1:9999
  50 connections, requests of 64B, closed loop, 2s after 1s of warmup

Summary:
  Duration        2.00s
  Requests        1,003
  Requests/s        502
  Sent          62.7KiB  31.3KiB/s
  Received      62.7KiB  31.3KiB/s
  Errors              0
  Connections        50
  Connect time    500µs  mean, 500µs at most

Latency:
  50%      6.00ms
  75%      8.00ms
  90%      10.0ms
  95%      10.0ms
  99%      20.0ms
  99.9%         –
  99.99%        –
  99.999%       –
  min      1.00ms
  mean     5.79ms
  stddev   3.49ms
  max      20.0ms
  samples   1,000
  –: fewer than 10 samples lie beyond

Latency histogram:
  1.00ms  to  2.73ms  196  ■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  2.73ms  to  4.45ms  196  ■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  4.45ms  to  6.18ms  196  ■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  6.18ms  to  7.91ms   98  ■■■■■■■■■■■■■■■■■■■■■■■■■
  7.91ms  to  9.64ms  196  ■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■■
  9.64ms  to  11.4ms   98  ■■■■■■■■■■■■■■■■■■■■■■■■■
  11.4ms  to  13.1ms    0
  13.1ms  to  14.8ms    0
  14.8ms  to  16.5ms    0
  16.5ms  to  18.3ms    0
  18.3ms  to  20.0ms   20  ■■■■■

Clock: resolution 100ns, one sample costs 240ns`,
  );
});

Deno.test("over TLS: version, handshake, cipher; a new connection each time includes the handshake", async () => {
  const tls = {
    version: "1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    alpnProtocol: null,
    peer: "echo.test",
    verified: true,
  } as const;
  const tlsTime = await distributionOf([1, 2, 3]);
  const options = { tls: true, churn: true };
  const text = await benchText(await benchFixture({ options, result: { tls, tlsTime } }), {
    verbose: true,
    width: 300,
  });
  assertStringIncludes(text, "closed loop, a new connection and TLS handshake for each, TLS 1.3, 10s after");
  assertMatch(text, /^ {2}TLS handshake +2\.00ms +mean, 3\.00ms at most$/m);
  assertMatch(text, /^ {2}TLS +1\.3, TLS_AES_256_GCM_SHA384$/m);
  const alpn = await benchFixture({ options, result: { tls: { ...tls, alpnProtocol: "h2" }, tlsTime } });
  assertMatch(await benchText(alpn, { verbose: true }), /^ {2}TLS +1\.3, TLS_AES_256_GCM_SHA384, ALPN h2$/m);
  // Where no handshake was made there is nothing more to say.
  const none = await benchText(await benchFixture({ options }), { verbose: true });
  assertMatch(none, /^ {2}TLS +yes$/m);
  assert(!none.includes("TLS handshake  "));
  assertMatch(await benchText(await benchFixture(), { verbose: true }), /^ {2}TLS +no$/m);
});

Deno.test("an open loop has two columns, and says how its schedule was kept", async () => {
  const text = await benchText(await benchFixture({ open: true }));
  assertMatch(text, /^ +latency \(corrected\) +service time$/m);
  // The stall is in what was waited, not in what the server took for most.
  assertMatch(text, /^ {2}99% +899ms +1\.44ms$/m);
  assertStringIncludes(text, "open loop at 2,000/s");
  assertStringIncludes(
    text,
    "Schedule:\n  20,299 requests due, 0 not sent; sent late by 205µs (median), 400µs at most",
  );
  assert(!text.includes("Fell behind"));
});

Deno.test("what the figures must not be read without comes first", async () => {
  const result = await benchFixture({ open: true, behind: true, seconds: 3.21, result: { partial: true } });
  const text = await benchText({ ...result, options: { ...result.options, durationMs: 10_000 } }, { width: 300 });
  const [partial, behind, bench] = text.split("\n");
  assertEquals(partial, "Partial: the run ended after 3.21s of 10s; every figure is of that time.");
  assertMatch(behind, /^Fell behind: of 7,823 requests that were due, 1,234 \(15\.8%\) were not sent, and the latest/);
  assertEquals(bench, "Bench of 127.0.0.1:9999");
  assert(!text.includes("Schedule:"), "said once");
});

Deno.test("without a measurement there are no figures, but the reason", async () => {
  const text = await benchText(await refusedFixture());
  assertEquals(
    text,
    `No measurement: cannot connect to 127.0.0.1:9: connection refused
Bench of 127.0.0.1:9999
  50 connections, requests of 64B, closed loop, 10s after 1s of warmup

Errors:
  refused  50  cannot connect to 127.0.0.1:9: connection refused`,
  );
});

Deno.test("a run without one whole request has no latency", async () => {
  const none = await distributionOf([]);
  const text = await benchText(await benchFixture({ perSecond: 0, errors: [RESET], result: { latency: none } }));
  assertMatch(text, /^ {2}Requests +0$/m);
  assert(!text.includes("Latency"));
  assertStringIncludes(text, "Errors:\n  reset  12  Connection reset by peer");
});

Deno.test("a stream has bytes and bits per second, no requests and no latency", async () => {
  const text = await benchText(await streamFixture("up"), { verbose: true });
  assertMatch(text, /^ {2}Sent +8\.63GiB {2}884MiB\/s \(7\.42Gbit\/s\)$/m);
  assert(!/Requests|Latency|p99|Pipeline/.test(text), text);
  assertMatch(text, /^ {2}second +errors +sent\/s +received\/s$/m);
});

Deno.test("a merged result says so, and has no percentiles by second", async () => {
  const one = await benchFixture({ seconds: 2 });
  const text = await benchText(await mergeResults([one, { ...one, partial: true }]), { verbose: true });
  assertStringIncludes(text, "Partial: of the 2 merged runs one at least ended before its time.");
  assertStringIncludes(text, "2 results merged");
  assertMatch(text, /^ {2}1 .* – +– +\S+ms$/m);
});

Deno.test("verbose adds seconds, options, environment and TCP", async () => {
  const text = await benchText(await benchFixture({ seconds: 2.5 }), { verbose: true });
  const headings = Array.from(text.matchAll(/^([A-Z].*):$/gm), ([, heading]) => heading);
  assertEquals(headings.slice(-4), ["Seconds", "Options", "Environment", "TCP at the end, as the kernel saw it"]);
  assertMatch(text, /^ {2}2\.5 +\d/m);
  assertMatch(text, /^ {2}Smoothed RTT +105µs \(median\), 80\.0µs at least, 129µs at most$/m);
  assertMatch(text, /^ {2}Segments sent again +2$/m);
  assert(!(await benchText(await benchFixture())).includes("Environment"));
});

Deno.test("TCP_INFO that was not asked for has no heading", async () => {
  assert(!(await benchText(await benchFixture({ result: { tcpInfo: [] } }), { verbose: true })).includes("TCP"));
});

Deno.test("gates are told with what they met, in their unit", async () => {
  const gates = [
    { expression: "p99>5ms", value: 1.234, hit: false },
    { expression: "rate<10k", value: 2000, hit: true },
    { expression: "errors>0", value: 0, hit: false },
    { expression: "received<1G", value: 1024, hit: true },
    { expression: "p99.999>5ms", value: null, hit: true },
  ];
  assertStringIncludes(
    await benchText(await benchFixture({ result: { gates } })),
    `Gates:
  passed  p99>5ms      1.23ms
  hit     rate<10k     2.00k/s
  passed  errors>0     0
  hit     received<1G  1.00KiB/s
  hit     p99.999>5ms  no such figure
`,
  );
});

Deno.test("what a server sent into an error does nothing to the terminal", async () => {
  const example = "\x1b[31mred\x07\u202e\nnext";
  const text = await benchText(await benchFixture({ errors: [{ kind: "mismatch", count: 1, example }] }));
  assertStringIncludes(text, "mismatch  1  \\u{1b}[31mred\\u{7}\\u{202e} next");
});

Deno.test("colours only where they are wanted, and none of them changes the text", async () => {
  const result = await benchFixture({ open: true, errors: [RESET], result: { partial: true } });
  const plain = await benchText(result), colored = await benchText(result, { color: true });
  assert(!plain.includes("\x1b"));
  assertStringIncludes(colored, "\x1b[31mreset  12\x1b[0m");
  // deno-lint-ignore no-control-regex
  const stripped = colored.replaceAll(/\x1b\[\d*m/g, "").split("\n").map((line) => line.trimEnd());
  assertEquals(stripped.join("\n"), plain);
});

for (const width of [20, 40, 79, 100]) {
  Deno.test(`no line is wider than ${width} columns`, async () => {
    const example = "a".repeat(150);
    const result = await benchFixture({
      open: true,
      behind: true,
      errors: [{ ...RESET, example }],
      result: { target: { hostname: `${"name.".repeat(30)}test`, port: 1 }, partial: true },
    });
    const lines = (await benchText(result, { verbose: true, width })).split("\n");
    const widest = lines.reduce((most, line) => Math.max(most, Array.from(line).length), 0);
    assert(widest <= width, `${widest} columns`);
    assertStringIncludes(lines.join("\n"), "…");
  });
}
