/** What goes into every page as it is. */
export interface HtmlAssets {
  /** uPlot, a script that defines `uPlot`. */
  readonly chartScript: string;
  /** uPlot's style sheet. */
  readonly chartStyle: string;
  /** The page's own script. */
  readonly script: string;
  /** The page's own style sheet. */
  readonly style: string;
}

/** Named apart, as in lib/measure/hdr.ts: Deno would fetch at every start what stands in `import()` itself. */
const CHARTS = "npm:uplot@1.6.32";

/**
 * Loads the scripts and style sheets of the page. They are text imports, so that a compiled binary and the package hold them,
 * and loaded only here: a program that makes no page neither reads nor fetches them.
 */
export async function loadHtmlAssets(): Promise<HtmlAssets> {
  // A file of a package can be had as text only once the package is there.
  await import(CHARTS);
  const [chartScript, chartStyle, script, style] = await Promise.all([
    import(`${CHARTS}/dist/uPlot.iife.min.js`, { with: { type: "text" } }),
    import(`${CHARTS}/dist/uPlot.min.css`, { with: { type: "text" } }),
    import("./html/report.js", { with: { type: "text" } }),
    import("./html/report.css", { with: { type: "text" } }),
  ]);
  return {
    chartScript: chartScript.default,
    chartStyle: chartStyle.default,
    script: script.default,
    style: style.default,
  };
}
