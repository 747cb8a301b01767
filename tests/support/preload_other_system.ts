/**
 * Preloaded into a program: it takes itself for one on macOS.
 *
 * @module
 */
Object.defineProperty(Deno, "build", { value: { ...Deno.build, os: "darwin" } });
