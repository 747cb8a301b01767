import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { environment } from "../../lib/measure/environment.ts";

Deno.test("environment(): what runs here", async () => {
  const { clockResolutionUs, sampleCostUs, ...rest } = await environment();
  assertEquals([typeof clockResolutionUs, typeof sampleCostUs], ["number", "number"]);
  assertEquals(rest, {
    os: Deno.build.os,
    target: Deno.build.target,
    cpus: navigator.hardwareConcurrency,
    deno: Deno.version.deno,
    sounder: config.version,
  });
});
