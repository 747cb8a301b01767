import { escapeUnseen, shorten } from "../core/quote.ts";
import { type BenchResult, RESULT_SCHEMA } from "./bench_result.ts";
import schema from "./result_schema.json" with { type: "json" };
import { type Schema, schemaError, shown } from "./schema_error.ts";

/**
 * Reads the result of a bench as `--json` prints it. Members that this version does not know are kept; the histograms are
 * read later, by `mergeResults()`.
 *
 * @param text The JSON.
 * @param name What the text is called in errors, such as its file.
 * @throws {SyntaxError} if it is no JSON.
 * @throws {TypeError} if it is no result of a bench, or of another schema: in one line, with the member that is wrong.
 */
export function readResult(text: string, name: string): BenchResult {
  const value = parse(text, name);
  if (typeof value !== "object" || value === null || !("schema" in value) || !("command" in value)) {
    throw new TypeError(`${name}: is no result of sounder: use what "sounder bench --json" prints`);
  }
  if (value.command !== "bench") {
    const command = typeof value.command === "string" ? shorten(value.command) : "something else";
    throw new TypeError(`${name}: is a result of ${command}: use what "sounder bench --json" prints`);
  }
  if (value.schema !== RESULT_SCHEMA) {
    throw new TypeError(
      `${name}: has schema ${shown(value.schema)}, this version reads ${RESULT_SCHEMA}: ` +
        "use the version of sounder that wrote it",
    );
  }
  const defs: Record<string, Schema> = schema.$defs;
  const error = schemaError(value, defs.BenchResult, "", defs);
  if (error !== undefined) throw new TypeError(`${name}: is no whole result of a bench: ${error}`);
  return value as BenchResult;
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = text.trim() === "" ? "it is empty" : escapeUnseen((cause as Error).message);
    throw new SyntaxError(`${name}: is no JSON: ${why}`, { cause });
  }
}
