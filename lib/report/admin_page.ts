import { hashSource } from "./hash_source.ts";
import { type Markup, markup, trustedMarkup } from "./html_markup.ts";

/** A page, and the Content-Security-Policy that it is to be served with. */
export interface AdminPage {
  /** The page. */
  readonly html: string;
  /** Lets the browser run what stands in the page, and ask its own server, and nothing else. */
  readonly policy: string;
}

/**
 * The page that shows a running server: connections and throughput, drawn anew each second from what `/stats` and
 * `/connections` of the same server answer. It loads nothing else, so that it works where there is no network but the one
 * to the server.
 */
export function adminPage(): Promise<AdminPage> {
  return made ??= makePage();
}

/** It is the same for all who ask. */
let made: Promise<AdminPage> | undefined;

async function makePage(): Promise<AdminPage> {
  // Text imports, so that a compiled binary and the package hold them; the colours are those of the report of bench.
  const [shared, own, script] = await Promise.all([
    import("./html/report.css", { with: { type: "text" } }),
    import("./html/admin.css", { with: { type: "text" } }),
    import("./html/admin.js", { with: { type: "text" } }),
  ]);
  const style = shared.default + own.default;
  const policy = [
    "default-src 'none'",
    `script-src ${await hashSource(script.default)}`,
    `style-src ${await hashSource(style)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  const html = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sounder</title>
<link rel="icon" href="data:,">
<style>${trustedMarkup(style)}</style>
</head>
<body>
${BODY}
<script>${trustedMarkup(script.default)}</script>
</body>
</html>
`;
  return { html: html.toString(), policy };
}

/** A figure of the head line: its id is the one that the script fills. */
function headFigure(id: string, label: string): Markup {
  return markup`<div><dt>${label}</dt><dd><span id="${id}">–</span><small id="${id}-note"></small></dd></div>`;
}

/** A chart over time; the script draws into the `svg` and writes the latest values into the legend. */
function chart(id: string, title: string, lines: readonly (readonly [name: string, label: string])[]): Markup {
  const keys = lines.map(([name, label]) =>
    markup`<span class="key ${name}">${label} <b id="${id}-${name}">–</b></span>`
  );
  return markup`<figure>
<figcaption>${title}</figcaption>
<svg class="live" id="${id}" role="img" aria-label="${title}"></svg>
<p class="legend">${keys}</p>
</figure>`;
}

const HEADINGS = ["Peer", "Service", "State", "Age", "Received", "Sent", "In/s", "Out/s"];

const BODY = markup`<header>
<p class="brand">Sounder serve</p>
<h1 id="endpoints">–</h1>
<p class="settings"><span id="status" role="status">asking the server …</span> <span id="uptime"></span></p>
</header>
<main>
<noscript><p class="warning" role="note">This page needs JavaScript. Its figures are at /stats and /connections.</p></noscript>
<dl class="figures">
${[
  headFigure("open", "Open connections"),
  headFigure("in", "Received"),
  headFigure("out", "Sent"),
  headFigure("refused", "Refused"),
  headFigure("errors", "Errors"),
]}
</dl>
${chart("throughput", "Throughput", [["first", "received"], ["second", "sent"]])}
${chart("connections", "Open connections", [["first", "open"]])}
<section>
<h2>Busiest connections</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Busiest connections">
<table class="grid">
<caption>The connections that most bytes go through, the busiest first</caption>
<thead><tr>${HEADINGS.map((heading) => markup`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody id="rows"></tbody>
</table>
</div>
<p class="note" id="shown"></p>
</section>
</main>
<footer>
<p>Also here: <a href="/connections">/connections</a> and <a href="/stats">/stats</a> (JSON), <a href="/metrics">/metrics</a>
(Prometheus), <a href="/healthz">/healthz</a>.</p>
</footer>`;
