import { assertEquals, assertStringIncludes } from "@std/assert";
import { prometheusText } from "../../lib/report/prometheus.ts";
import { testUnless } from "../support/needs.ts";
import { factsOf } from "../support/server_facts.ts";
import { statsOf } from "../support/server_stats.ts";

const FACTS = factsOf({
  version: 'a "b" \\ c\nd',
  endpoints: [
    { addr: { hostname: "::1", port: 7 }, service: "echo", tls: false },
    { addr: { hostname: "127.0.0.1", port: 9999 }, service: "discard", tls: true },
  ],
  stats: statsOf(
    {
      open: 2,
      total: 10,
      bytesIn: 2 ** 40,
      bytesOut: 5,
      errors: 1,
      pauses: 6,
      endedBy: { idle: 1, lifetime: 0, bytes: 2 },
    },
    { maxPerHost: 3, access: 1 },
  ),
  stopping: true,
});

/** Prints what the parser of Prometheus's own client library reads, as JSON. */
const PARSE = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families as families
print(json.dumps([[f.type, f.documentation != "", [[s.name, s.labels, s.value] for s in f.samples]]
                  for f in families(sys.stdin.read())]))
`;

async function python(code: string, stdin: string): Promise<{ success: boolean; text: string }> {
  try {
    const child = new Deno.Command("python3", { args: ["-c", code], stdin: "piped", stdout: "piped", stderr: "null" })
      .spawn();
    const [{ success, stdout }] = await Promise.all([
      child.output(),
      new Blob([stdin]).stream().pipeTo(child.stdin),
    ]);
    return { success, text: new TextDecoder().decode(stdout) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { success: false, text: "" };
    throw error;
  }
}

const { success } = await python("import sys, prometheus_client.parser; sys.stdin.read()", "");

Deno.test("prometheusText: a HELP and a TYPE before the samples of each name, and a line end after the last", () => {
  const text = prometheusText(FACTS);
  assertStringIncludes(
    text,
    `# HELP sounder_connections_refused_total Connections closed as soon as accepted, by reason; not among those served.
# TYPE sounder_connections_refused_total counter
sounder_connections_refused_total{reason="access"} 1
sounder_connections_refused_total{reason="max_connections"} 0
sounder_connections_refused_total{reason="max_per_host"} 3
`,
  );
  assertEquals(text.at(-1), "\n");
  for (const line of text.trimEnd().split("\n").filter((line) => !line.startsWith("#"))) {
    const [name] = line.split(/[{ ]/, 1);
    assertStringIncludes(text, `# HELP ${name} `);
    assertStringIncludes(text, `# TYPE ${name} ${name.endsWith("_total") ? "counter" : "gauge"}\n`);
  }
});

Deno.test("prometheusText escapes labels", () => {
  assertStringIncludes(prometheusText(FACTS), `sounder_build_info{version="a \\"b\\" \\\\ c\\nd"} 1\n`);
});

testUnless(
  success ? undefined : "no prometheus_client for python3 here",
  "Prometheus's own parser reads it",
  async () => {
    const parsed = await python(PARSE, prometheusText(FACTS));
    const families = JSON.parse(parsed.text) as [string, boolean, [string, Record<string, string>, number][]][];
    for (const [type, documented] of families) {
      assertEquals([["counter", "gauge"].includes(type), documented], [
        true,
        true,
      ]);
    }
    const samples = families.flatMap(([, , samples]) => samples).map(([name, labels, value]) =>
      [`${name}${Object.keys(labels).length > 0 ? JSON.stringify(labels) : ""}`, value] as const
    );
    assertEquals(Object.fromEntries(samples), {
      'sounder_build_info{"version":"a \\"b\\" \\\\ c\\nd"}': 1,
      'sounder_endpoint_info{"address":"::1","port":"7","service":"echo","tls":"false"}': 1,
      'sounder_endpoint_info{"address":"127.0.0.1","port":"9999","service":"discard","tls":"true"}': 1,
      sounder_start_time_seconds: 1_700_000_000.25,
      sounder_stopping: 1,
      sounder_connections_faulted_total: 0,
      sounder_connections_open: 2,
      sounder_connections_total: 10,
      'sounder_connections_refused_total{"reason":"access"}': 1,
      'sounder_connections_refused_total{"reason":"max_connections"}': 0,
      'sounder_connections_refused_total{"reason":"max_per_host"}': 3,
      'sounder_connections_refused_total{"reason":"accept_rate"}': 0,
      'sounder_connections_refused_total{"reason":"handshake"}': 0,
      'sounder_connections_ended_total{"limit":"idle"}': 1,
      'sounder_connections_ended_total{"limit":"lifetime"}': 0,
      'sounder_connections_ended_total{"limit":"bytes"}': 2,
      sounder_rate_limit_pauses_total: 6,
      sounder_received_bytes_total: 2 ** 40,
      sounder_sent_bytes_total: 5,
      sounder_errors_total: 1,
      process_resident_memory_bytes: 50_000_000,
    });
  },
);
