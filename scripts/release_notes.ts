/**
 * Prints what the changelog says of this version, as the notes of its release: `deno run --allow-read
 * scripts/release_notes.ts v0.1.0`. The tag must be that of deno.json's version, and the changelog must have it; else exit 1.
 *
 * @module
 */
import config from "../deno.json" with { type: "json" };

/**
 * The notes for the release of a tag.
 *
 * @param tag The tag; `v` and the version.
 * @param version The version in deno.json.
 * @param changelog A changelog in the format of Keep a Changelog.
 * @returns The text below the version's heading, each paragraph and list item in one line, as release pages show every line
 * break.
 * @throws {RangeError} If the tag is not the version's, or the changelog says nothing of it.
 */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`) {
    throw new RangeError(`cannot release ${JSON.stringify(tag)}: deno.json has version ${version}, so tag v${version}`);
  }
  const lines = changelog.replaceAll("\r\n", "\n").split("\n");
  const start = lines.findIndex((line) => line === `## [${version}]` || line.startsWith(`## [${version}] - `));
  if (start < 0) {
    throw new RangeError(`cannot release ${tag}: CHANGELOG.md has no heading "## [${version}] - DATE"; add it`);
  }
  const rest = lines.slice(start + 1);
  // The next version, or the link definitions that such a file may end with.
  const end = rest.findIndex((line) => line.startsWith("## ") || /^\[[^\]]+\]: /.test(line));
  const notes = unwrap(end < 0 ? rest : rest.slice(0, end)).trim();
  if (!notes) {
    throw new RangeError(`cannot release ${tag}: CHANGELOG.md says nothing below "## [${version}]"; fill it in`);
  }
  return `${notes}\n`;
}

/** Joins the lines of each paragraph and list item; leaves headings and code blocks alone. */
function unwrap(lines: string[]): string {
  const joined: string[] = [];
  let inCode = false;
  for (const line of lines) {
    const fence = /^\s*```/.test(line);
    const begins = inCode || fence || /^\s*(?:$|[-*+] |\d+\. |[#>|])/.test(line);
    const before = joined.at(-1);
    if (begins || !before || /^(?:#|\s*```)/.test(before)) joined.push(line);
    else joined[joined.length - 1] = `${before} ${line.trimStart()}`;
    if (fence) inCode = !inCode;
  }
  return joined.join("\n");
}

if (import.meta.main) {
  const [tag = ""] = Deno.args;
  try {
    const changelog = await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url));
    await Deno.stdout.write(new TextEncoder().encode(releaseNotes(tag, config.version, changelog)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`release_notes: ${error.message}`);
    Deno.exit(1);
  }
}
