import { assertEquals } from "@std/assert";
import type { CloseReason } from "../../mod.ts";
import type { WatchedServer } from "./echo_server.ts";
import { until } from "./echo_wire.ts";

/** Waits for the first connection to end, and fails unless it did so for that reason, without an error. */
export async function assertEnds({ server, summaries }: WatchedServer, reason: CloseReason): Promise<void> {
  await until(() => summaries.length === 1);
  assertEquals([summaries[0].reason, summaries[0].error], [reason, undefined]);
  assertEquals([server.stats.open, server.stats.errors], [0, 0]);
}
