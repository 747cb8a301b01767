import { htmlReport } from "../report/html_report.ts";
import type { BenchResult } from "../measure/bench_result.ts";
import { readResult } from "../measure/read_result.ts";
import { fileError } from "./file_error.ts";
import { orUsage } from "./usage_error.ts";
import { writeWhole } from "./write_whole.ts";

/**
 * Reads the results in files.
 *
 * @throws {UsageError} if one cannot be read, or is none.
 */
export async function readResults(paths: readonly string[]): Promise<BenchResult[]> {
  return await Promise.all(paths.map(async (path) => {
    const text = await Deno.readTextFile(path).catch((cause) => {
      throw fileError("read", path, cause, "--allow-read");
    });
    return orUsage(() => readResult(text, path));
  }));
}

/** A file that a report is to go to. */
export interface ReportFile extends AsyncDisposable {
  /** Writes the page in the place of whatever the file had. */
  write(result: BenchResult): Promise<void>;
}

/**
 * Opens the file for a report, before the work whose result goes into it. A file that was not there goes away again if it
 * gets no page.
 *
 * @throws {UsageError} if it cannot be written to.
 */
export async function openReport(path: string): Promise<ReportFile> {
  const { file, isNew } = await openOrCreate(path).catch((cause) => {
    throw fileError("write", path, cause, "--allow-write");
  });
  let written = false;
  return {
    write: async (result) => {
      const page = new TextEncoder().encode(await htmlReport(result));
      await file.truncate();
      await writeWhole(file, page);
      written = true;
    },
    [Symbol.asyncDispose]: async () => {
      file.close();
      if (isNew && !written) await Deno.remove(path);
    },
  };
}

/** Opens a file to write to, which may be there, and tells whether it is new. */
async function openOrCreate(path: string): Promise<{ file: Deno.FsFile; isNew: boolean }> {
  try {
    return { file: await Deno.open(path, { write: true, createNew: true }), isNew: true };
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return { file: await Deno.open(path, { write: true, create: true }), isNew: false };
  }
}
