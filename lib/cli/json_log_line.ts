/** A line of stderr with `--log-format json`: one object, whoever writes it. */
export function jsonLogLine(
  level: string,
  message: string,
  fields: Record<string, unknown> = {},
  time: Date = new Date(),
): string {
  return JSON.stringify({ time: time.toISOString(), level, message, ...fields });
}
