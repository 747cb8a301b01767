import { formatDuration } from "../core/units.ts";
import type { BenchResult } from "../measure/bench_result.ts";
import { plural } from "./bench_facts.ts";
import { bitRateText, bytesText, countText, rateText, timeText } from "./bench_units.ts";
import { type Markup, markup } from "./html_markup.ts";

interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

/** The figures that a reader looks for first, each with what it must be seen beside. */
export function headlineFigures(result: BenchResult): Markup {
  const figures = figuresOf(result).map(({ name, value, note }) =>
    markup`<div><dt>${name}</dt><dd>${value} <small>${note}</small></dd></div>`
  );
  return markup`<dl class="figures">
${figures}
</dl>`;
}

function figuresOf(result: BenchResult): Figure[] {
  const { totals, rates, latency, options, elapsedMs } = result;
  const errors: Figure = {
    name: "Errors",
    value: countText(totals.errors),
    note: plural(options.connections, "connection"),
  };
  if (options.mode === "stream") {
    const flow = (name: string, bytes: number, perSecond: number): Figure => (
      { name, value: `${bytesText(perSecond)}/s`, note: `${bitRateText(perSecond)}, ${bytesText(bytes)} in all` }
    );
    return [
      ...(options.direction === "down" ? [] : [flow("Sent", totals.bytesSent, rates.sentBytesPerSecond)]),
      ...(options.direction === "up" ? [] : [flow("Received", totals.bytesReceived, rates.receivedBytesPerSecond)]),
      { name: "Measured", value: timeText(elapsedMs), note: `of ${formatDuration(options.durationMs)}` },
      errors,
    ];
  }
  const asked = options.ratePerSecond === null ? "" : `of ${countText(options.ratePerSecond)} asked, `;
  return [
    {
      name: "Requests/s",
      value: rateText(rates.requestsPerSecond),
      note: `${asked}${plural(totals.requests, "request")}`,
    },
    { name: "Median latency", value: timeText(latency.percentilesMs.p50), note: `mean ${timeText(latency.meanMs)}` },
    {
      name: "p99 latency",
      value: timeText(latency.percentilesMs.p99),
      note: `p90 ${timeText(latency.percentilesMs.p90)}`,
    },
    { name: "Longest", value: timeText(latency.maxMs), note: `p99.9 ${timeText(latency.percentilesMs["p99.9"])}` },
    errors,
  ];
}
