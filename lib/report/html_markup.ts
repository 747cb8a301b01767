/** What may stand between tags: text is escaped, markup is not. */
export type Content = string | number | Markup | readonly Markup[];

/** Markup, which only {@linkcode markup} and {@linkcode trustedMarkup} make: nothing from a result becomes any by accident. */
export interface Markup {
  /** The markup. */
  toString(): string;
}

class MarkupText implements Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** A template whose values are escaped, unless they are markup: ``markup`<td>${example}</td>` ``. */
export function markup(strings: TemplateStringsArray, ...values: Content[]): Markup {
  return new MarkupText(strings.reduce((all, part, at) => all + contentText(values[at - 1]) + part));
}

/** Text that is not escaped: the page's own styles and scripts, and JSON that {@linkcode jsonForScript} wrote. */
export function trustedMarkup(text: string): Markup {
  return new MarkupText(text);
}

function contentText(content: Content): string {
  if (content instanceof MarkupText) return content.toString();
  if (Array.isArray(content)) return content.map(contentText).join("\n");
  return escapeHtml(String(content));
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A text as HTML that shows it, in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (found) => ESCAPES[found]);
}

/** A value as JSON that no HTML parser takes for the end of the script it stands in. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
