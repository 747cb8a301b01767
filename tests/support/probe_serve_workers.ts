/**
 * A program that takes itself for one on another system, and prints what came of serving in threads there. Run with the
 * system's name and the number of its processors as its arguments.
 *
 * @module
 */
const [os, processors] = Deno.args;
Object.defineProperty(Deno, "build", { value: { ...Deno.build, os } });
Object.defineProperty(navigator, "hardwareConcurrency", { value: Number(processors) });
const { serve } = await import("../../mod.ts");

for (const workers of [1, 2, "auto"] as const) {
  try {
    await using server = serve({ workers });
    await server.ready;
    console.log(workers, "served");
  } catch (error) {
    const { name, message } = error as Error;
    console.log(workers, `${name}: ${message}`);
  }
}
