/**
 * What `deno compile` says of its failure, in a line: the last of the causes that it lists, else its error.
 *
 * @param output What it wrote to stderr, without colors.
 */
export function failureOfDeno(output: string): string {
  const causes = Array.from(output.matchAll(/^\s+\d+: (.+)$/gm), ([, cause]) => cause).filter((one) =>
    one !== "<unknown>"
  );
  const error = /^error: (.+)$/m.exec(output)?.[1];
  return causes.at(-1) ?? error ?? (output.trim().split("\n").at(-1) || "deno compile said nothing");
}

/** Whether it was the runtime that could not be had: it was to be downloaded, and what followed is no binary. */
export function isRuntimeMissing(output: string): boolean {
  return /Setting up base binary/.test(output);
}
