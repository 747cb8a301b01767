import { loadHtmlAssets } from "../../lib/report/html_assets.ts";
import { jsonForScript, type Markup, markup, trustedMarkup } from "../../lib/report/html_markup.ts";
import { figuresTable, rowsTable, section } from "../../lib/report/html_tables.ts";
import { headlineRows } from "./headline.ts";
import { partTables } from "./part_tables.ts";
import { type BarChart, barChart, type Curve, scaleCurves } from "./peers_charts.ts";
import type { PeersResult } from "./peers_result.ts";
import { machineText, runText, serverText } from "./peers_text.ts";
import type { TitledTable } from "./text_table.ts";
import { clientsOf, pointTable, ratioTable } from "./throughput_tables.ts";

const NOTHING = markup``;

/**
 * The result as one HTML page that needs no other file and no network, in the style of the page of `sounder bench`: bars,
 * curves, tables, and the result itself as JSON in the element `script#result`.
 */
export async function peersPage(result: PeersResult): Promise<string> {
  const [assets, script, style] = await Promise.all([
    loadHtmlAssets(),
    import("./page/peers.js", { with: { type: "text" } }),
    import("./page/peers.css", { with: { type: "text" } }),
  ]);
  const curves = scaleCurves(result);
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sounder and its peers</title>
<link rel="icon" href="data:,">
<style>${trustedMarkup(assets.chartStyle)}</style>
<style>${trustedMarkup(assets.style)}</style>
<style>${trustedMarkup(style.default)}</style>
</head>
<body>
${body(result, curves)}
<script type="application/json" id="result">${trustedMarkup(jsonForScript(result))}</script>
<script type="application/json" id="charts">${trustedMarkup(jsonForScript(curves))}</script>
<script>${trustedMarkup(assets.chartScript)}</script>
<script>${trustedMarkup(script.default)}</script>
</body>
</html>
`;
  return page.toString();
}

function body(result: PeersResult, curves: readonly Curve[]): Markup {
  const servers = result.servers.map((server) => [server.name, serverText(server)]);
  const left = result.leftOut.map(({ what, why }) => [what, why]);
  return markup`<header>
<p class="brand">Sounder bench</p>
<h1>Sounder and its peers, side by side</h1>
<p class="settings">${machineText(result)}</p>
<p class="settings">${runText(result)}</p>
</header>
<main>
${result.partial ? markup`<p class="warning" role="note">Partial: a signal cut the run short.</p>` : NOTHING}
${headline(result)}
${throughputParts(result)}
${curves.length === 0 ? NOTHING : markup`<div class="pair">${curves.map(curveFigure)}</div>`}
${partTables(result).map(tableSection)}
${left.length === 0 ? NOTHING : section("Left out", rowsTable(left, "What is not measured, and why"))}
${section("Servers", rowsTable(servers, "What was measured"))}
</main>
<footer>
<p>The whole result stands in this page as JSON, in the element <code>script#result</code>. The page loads nothing.</p>
</footer>`;
}

function headline(result: PeersResult): Markup {
  const figures = headlineRows(result).map(({ name, value, note }) =>
    markup`<div><dt>${name}</dt><dd>${value} <small>${note}</small></dd></div>`
  );
  return figures.length === 0 ? NOTHING : markup`<dl class="figures">${figures}</dl>`;
}

/** For each client the ratios, the bars of each point, and the figures behind them. */
function throughputParts(result: PeersResult): Markup[] {
  return clientsOf(result).map((client) => {
    const { title, head, rows } = ratioTable(result, client);
    const points = result.options.points.map((point) => pointTable(result, point, client));
    return markup`<h2 class="part">Throughput, ${client} client</h2>
${section(`Ratio to ${result.base}`, figuresTable({ head, rows }, title))}
<div class="pair">${result.options.points.map((point) => barFigure(barChart(result, point, client)))}</div>
<details>
<summary>Figures, ${client} client</summary>
<div class="tables">${points.map(smallTable)}</div>
</details>`;
  });
}

function barFigure({ title, bars }: BarChart): Markup {
  const rows = bars.map(({ server, length, rate, ratio }) => {
    const kind = server === "sounder" ? "ours" : "peer";
    if (!length) {
      return markup`<tr class="${kind}"><th scope="row">${server}</th><td class="bad" colspan="3">${rate}</td></tr>`;
    }
    const [median, min, max] = [length.median, length.min, length.max].map((part) => (part * 100).toFixed(2));
    return markup`<tr class="${kind}"><th scope="row">${server}</th><td class="bar"><svg viewBox="0 0 100 10"
preserveAspectRatio="none" aria-hidden="true"><rect width="${median}" height="10"/>
<line x1="${min}" x2="${max}" y1="5" y2="5"/></svg></td><td>${rate}</td><td>${ratio}</td></tr>`;
  });
  return markup`<figure>
<figcaption>${title}</figcaption>
<table class="bars"><caption>Echoes per second and ratio, ${title}</caption><tbody>
${rows}
</tbody></table>
<p class="note">Median of echoes per second, ratio; the line is from the least to the most.</p>
</figure>`;
}

function smallTable({ title, head, rows, note }: TitledTable): Markup {
  return markup`<div><h3>${title}</h3>${figuresTable({ head, rows }, title)}<p class="note">${note}</p></div>`;
}

function tableSection({ title, head, rows, note }: TitledTable): Markup {
  return section(title, markup`${figuresTable({ head, rows }, title)}<p class="note">${note}</p>`);
}

function curveFigure({ id, title }: Curve): Markup {
  return markup`<figure>
<figcaption>${title}</figcaption>
<div class="chart" id="chart-${id}" role="img" aria-label="${title}. The table of scale has the figures."></div>
<noscript><p class="note">The chart needs JavaScript. The table has its figures.</p></noscript>
</figure>`;
}
