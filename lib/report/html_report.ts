import type { BenchResult } from "../measure/bench_result.ts";
import { targetText } from "./bench_facts.ts";
import { hashSource } from "./hash_source.ts";
import { type HtmlAssets, loadHtmlAssets } from "./html_assets.ts";
import { type Chart, chartsOf } from "./html_charts.ts";
import { jsonForScript, markup, trustedMarkup } from "./html_markup.ts";
import { pageBody } from "./html_page.ts";

/**
 * The result of a bench as one HTML page that needs no other file and no network: figures, charts, tables, and the result
 * itself as JSON in the element `script#result`. Without JavaScript everything but the charts can be read.
 *
 * @throws {RangeError} if a distribution of the result holds no histogram.
 *
 * @example
 * ```ts ignore
 * await Deno.writeTextFile("out.html", await htmlReport(result));
 * ```
 */
export async function htmlReport(result: BenchResult): Promise<string> {
  const [assets, charts] = await Promise.all([loadHtmlAssets(), chartsOf(result)]);
  const policy = await contentPolicy(assets);
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Sounder ${result.environment.sounder}">
<title>Sounder bench of ${targetText(result)}</title>
<link rel="icon" href="data:,">
<style>${trustedMarkup(assets.chartStyle)}</style>
<style>${trustedMarkup(assets.style)}</style>
</head>
<body>
${pageBody(result, charts)}
<script type="application/json" id="result">${trustedMarkup(jsonForScript(result))}</script>
<script type="application/json" id="charts">${trustedMarkup(jsonForScript(charts.map(drawn)))}</script>
<script>${trustedMarkup(assets.chartScript)}</script>
<script>${trustedMarkup(assets.script)}</script>
</body>
</html>
`;
  return page.toString();
}

/** What the page's script needs of a chart. */
function drawn({ id, xUnit, yUnit, x, series }: Chart): Pick<Chart, "id" | "xUnit" | "yUnit" | "x" | "series"> {
  return { id, xUnit, yUnit, x, series };
}

/** Forbids the page everything but the scripts and styles that stand in it: a browser then fetches nothing, come what may. */
async function contentPolicy({ chartScript, chartStyle, script, style }: HtmlAssets): Promise<string> {
  const sources = async (...texts: string[]) => (await Promise.all(texts.map(hashSource))).join(" ");
  return [
    "default-src 'none'",
    `script-src ${await sources(chartScript, script)}`,
    `style-src ${await sources(chartStyle, style)}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
