/**
 * Checks that a Worker can be started: its module has to be read, where it is a file and not part of a compiled binary.
 *
 * @param module The module's URL.
 * @param remedy What to do where it may not be read.
 * @throws {Deno.errors.NotCapable} without the permission; Deno itself would tell only the Worker's error handler.
 */
export function checkWorkerModule(module: URL, remedy: string): void {
  if (module.protocol !== "file:" || Deno.build.standalone) return;
  if (Deno.permissions.querySync({ name: "read", path: module }).state === "granted") return;
  throw new Deno.errors.NotCapable(`cannot start Workers: their module may not be read: ${remedy}`);
}
