/** A folder that goes away with everything in it. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Its path, without links. */
  readonly path: string;
  /** Its URL, with a slash at the end. */
  readonly url: URL;
}

/** Makes a folder with these files in it, by path from there. */
export async function temporaryFolder(files: Record<string, string> = {}): Promise<TemporaryFolder> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "sounder_test_" }));
  const slashes = path.replaceAll("\\", "/");
  const url = new URL(`file://${slashes.startsWith("/") ? "" : "/"}${slashes}/`);
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(new URL(".", new URL(name, url)), { recursive: true });
    await Deno.writeTextFile(new URL(name, url), text);
  }
  return { path, url, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
