import type { Counts, ServerFacts } from "./server_facts.ts";

/** The media type of what {@linkcode prometheusText} makes. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** One line: its labels, and its value. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** What is measured under one name. */
interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/**
 * A server's statistics in the text format of Prometheus, version 0.0.4. Times are in seconds and sizes in bytes, as its
 * conventions have it; a name that ends with `_total` counts from the start of the server and never falls.
 */
export function prometheusText(facts: ServerFacts): string {
  return metricsOf(facts).map(metricText).join("");
}

function metricsOf(facts: ServerFacts): Metric[] {
  const { version, endpoints, stats, startedAt, stopping, residentBytes } = facts;
  const bound = endpoints.map(({ addr, service, tls }): Sample => [
    { address: addr.hostname, port: String(addr.port), service, tls: String(tls) },
    1,
  ]);
  return [
    gauge("sounder_build_info", "Always 1; the label is Sounder's version.", [[{ version }, 1]]),
    gauge("sounder_endpoint_info", "Always 1; an address bound, and what is done there.", bound),
    gauge("sounder_start_time_seconds", "When the server began to serve, since 1970.", startedAt / 1000),
    gauge("sounder_stopping", "1 once the end of the server has begun, else 0.", Number(stopping)),
    gauge("sounder_connections_open", "Connections open now.", stats.open),
    counter("sounder_connections_total", "Connections served, those open included.", stats.total),
    counter(
      "sounder_connections_refused_total",
      "Connections closed as soon as accepted, by reason; not among those served.",
      by("reason", stats.refusedBy),
    ),
    counter("sounder_connections_ended_total", "Connections ended by a limit, by limit.", by("limit", stats.endedBy)),
    counter("sounder_rate_limit_pauses_total", "Times that a rate limit made a connection wait.", stats.pauses),
    counter("sounder_connections_faulted_total", "Connections into which a fault was injected.", stats.faulted),
    counter("sounder_received_bytes_total", "Bytes received.", stats.bytesIn),
    counter("sounder_sent_bytes_total", "Bytes sent.", stats.bytesOut),
    counter(
      "sounder_errors_total",
      "Connections ended by reset, timeout or error, and failed tries to accept one.",
      stats.errors,
    ),
    // The name that every exporter gives it.
    gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.", residentBytes),
  ];
}

function gauge(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { name, type: "gauge", help, samples: typeof value === "number" ? [[{}, value]] : value };
}

function counter(name: string, help: string, value: number | readonly Sample[]): Metric {
  return { ...gauge(name, help, value), type: "counter" };
}

/** One sample for each reason: `maxPerHost` becomes `max_per_host`. */
function by(label: string, counts: Counts): Sample[] {
  return Object.entries(counts).map(([reason, count]) => [
    { [label]: reason.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) },
    count,
  ]);
}

function metricText({ name, type, help, samples }: Metric): string {
  const lines = samples.map(([labels, value]) => `${name}${labelsText(labels)} ${value}\n`);
  return `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
