import type { BenchResult } from "../measure/bench_result.ts";
import { scheduleText, settingsText, targetText, warningsOf } from "./bench_facts.ts";
import { gateValueText } from "./bench_gates.ts";
import { environmentRows, latencyTable, optionRows, secondsTable, summaryRows, tcpInfoRows } from "./bench_rows.ts";
import { countText } from "./bench_units.ts";
import type { Chart } from "./html_charts.ts";
import { headlineFigures } from "./html_headline.ts";
import { type Markup, markup } from "./html_markup.ts";
import { figuresTable, headedTable, rowsTable, section } from "./html_tables.ts";

const NOTHING = markup``;

/** What stands in the body of the page: everything can be read without its script, but for the charts. */
export function pageBody(result: BenchResult, charts: readonly Chart[]): Markup {
  const chart = (id: string) => charts.filter((one) => one.id === id).map(figure);
  return markup`<header>
<p class="brand">Sounder bench</p>
<h1>${targetText(result)}</h1>
<p class="settings">${settingsText(result)}</p>
<p class="settings"><time datetime="${result.startedAt}">${startText(result.startedAt)}</time></p>
</header>
<main>
${warningsOf(result).map(({ kind, text }) => markup`<p class="warning ${kind}" role="note">${text}</p>`)}
${result.error ? NOTHING : headlineFigures(result)}
${latencySection(result, chart("percentiles"))}
${chart("throughput")}
${chart("latency")}
${errorSection(result)}
${secondsSection(result)}
${sheets(result)}
</main>
<footer>
<p>The whole result stands in this page as JSON, in the element <code>script#result</code>. The page loads nothing.</p>
</footer>`;
}

/** A time to the second, in UTC whatever the reader's zone, so that two readers see the same. */
function startText(iso: string): string {
  return iso.replace(/^(.{10})T(.{8}).*$/, "$1 $2 UTC");
}

function figure({ id, title, description, note }: Chart): Markup {
  return markup`<figure>
<figcaption>${title}</figcaption>
<div class="chart" id="chart-${id}" role="img" aria-label="${description}"></div>
${note === "" ? NOTHING : markup`<p class="note">${note}</p>`}
<noscript><p class="note">The chart needs JavaScript. The tables have its figures.</p></noscript>
</figure>`;
}

function latencySection(result: BenchResult, chart: readonly Markup[]): Markup {
  const { latency, serviceTime } = result;
  if (latency.count === 0) return NOTHING;
  const corrected = serviceTime ? " Corrected: from when a request was due. Service time: from when it was sent." : "";
  const table = markup`${figuresTable(latencyTable(result), "Latency: percentiles, mean and extremes")}
<p class="note">–: fewer than 10 samples lie beyond.${corrected}</p>`;
  return markup`<div class="beside">
${chart}
${section("Latency", table)}
</div>`;
}

function errorSection({ errors }: BenchResult): Markup {
  if (errors.length === 0) return NOTHING;
  const rows = errors.map(({ kind, count, example }) =>
    markup`<tr><th scope="row">${kind}</th><td>${countText(count)}</td><td class="words">${example}</td></tr>`
  );
  return section("Errors", headedTable(["kind", "count", "the first of them"], rows, "Failures by kind"));
}

function secondsSection(result: BenchResult): Markup {
  if (result.series.length === 0) return NOTHING;
  return markup`<details>
<summary>Second by second</summary>
${figuresTable(secondsTable(result), "Second by second")}
</details>`;
}

/** The small tables. */
function sheets(result: BenchResult): Markup {
  const { schedule, error } = result;
  const tcp = tcpInfoRows(result);
  return markup`<div class="sheets">
${gateSection(result)}
${error ? NOTHING : section("Totals", rowsTable(summaryRows(result), "Sums over the measured time"))}
${schedule ? section("Schedule", markup`<p>${scheduleText(schedule)}</p>`) : NOTHING}
${tcp.length === 0 ? NOTHING : section("TCP", rowsTable(tcp, "What the kernel knew of the connections at the end"))}
${section("Options", rowsTable(optionRows(result), "What was asked"))}
${section("Environment", rowsTable(environmentRows(result), "What it was measured with"))}
</div>`;
}

function gateSection({ gates }: BenchResult): Markup {
  if (gates.length === 0) return NOTHING;
  const rows = gates.map((gate) => {
    const verdict = gate.hit ? markup`<td class="bad">hit</td>` : markup`<td class="good">passed</td>`;
    const measured = gateValueText(gate, "bench");
    return markup`<tr><th scope="row"><code>${gate.expression}</code></th><td>${measured}</td>${verdict}</tr>`;
  });
  const caption = "Conditions under which the run counts as failed";
  return section("Gates", headedTable(["fails if", "measured", "verdict"], rows, caption));
}
