import type { Row, Table } from "./bench_rows.ts";
import { type Markup, markup } from "./html_markup.ts";

/** A part of the page under a heading. */
export function section(title: string, content: Markup): Markup {
  return markup`<section>
<h2>${title}</h2>
${content}
</section>`;
}

/** A table of names and values. */
export function rowsTable(rows: readonly Row[], caption: string): Markup {
  return markup`<table class="rows">
<caption>${caption}</caption>
<tbody>
${rows.map(tableRow)}
</tbody>
</table>`;
}

/** A table of figures under heads; it scrolls by itself where the page is narrow. */
export function figuresTable({ head, rows }: Table, caption: string): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
${headedTable(head, rows.map(tableRow), caption)}
</div>`;
}

/** A table under heads, of rows that are made already. */
export function headedTable(head: Row, rows: readonly Markup[], caption: string): Markup {
  const heads = head.map((name) => name === "" ? markup`<td></td>` : markup`<th scope="col">${name}</th>`);
  return markup`<table class="grid">
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${rows}
</tbody>
</table>`;
}

function tableRow([name, ...cells]: Row): Markup {
  return markup`<tr><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`;
}
