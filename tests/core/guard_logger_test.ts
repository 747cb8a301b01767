import { assertEquals } from "@std/assert";
import { guardLogger } from "../../lib/core/guard_logger.ts";
import type { Logger } from "../../lib/core/logger.ts";

Deno.test("what a logger throws, or rejects with, is told and goes no further", async () => {
  const failing: Logger = {
    debug: () => {
      throw new Error("debug");
    },
    info: () => {},
    // TypeScript takes an async method where `void` is asked for.
    warn: () => Promise.reject(new Error("warn")),
    error: (message) => {
      throw new Error(message());
    },
  };
  const told: unknown[] = [];
  const guarded = guardLogger(failing, (error) => told.push((error as Error).message));
  for (const level of ["debug", "info", "warn", "error"] as const) guarded[level](() => "error");
  assertEquals(told, ["debug", "error"]);
  await Promise.resolve();
  assertEquals(told, ["debug", "error", "warn"]);
});
