import { assert, assertEquals } from "@std/assert";
import { EchoIncompleteError, EchoMismatchError } from "../../lib/core/errors.ts";
import { createEchoClient } from "../../lib/echo/connect_echo.ts";
import { echo } from "../../lib/echo/echo.ts";
import type { EchoClient } from "../../lib/echo/echo_client.ts";
import { injectFaults } from "../../lib/echo/fault_injection.ts";
import { planFaults } from "../../lib/echo/fault_plan.ts";
import { parseFault } from "../../lib/echo/parse_fault.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { randomBytes } from "../support/bytes.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { advanceUntil } from "../support/fault_recorder.ts";

const bytes = randomBytes(100_000);
const TIMEOUT = 1000;

/** What a client says that sends messages and waits for their echo, and then for FIN. */
async function exchange(client: EchoClient): Promise<void> {
  await client.exchange([bytes], { timeout: TIMEOUT });
  await client.close({ timeout: TIMEOUT });
}

/** What a client says that sends a stream, FIN at its end, and reads what comes. */
async function stream(client: EchoClient): Promise<void> {
  await client.stream(new Blob([bytes]).stream(), new WritableStream(), { timeout: TIMEOUT });
}

/** The outcome in few words: `good`, or the kind of the error and the offset. */
async function said(fault: string, use: (client: EchoClient) => Promise<void>): Promise<string> {
  using clock = fakeClock();
  const [near, far] = connectionPair();
  const plan = planFaults([parseFault(fault)], { seed: 1 });
  const { connection } = injectFaults(far, plan, { id: 1, service: "echo" });
  const served = echo(connection).catch(() => {}).finally(() => connection.close());
  const client = createEchoClient(near);
  const outcome = use(client).then(() => "good", (error: unknown) => {
    if (error instanceof EchoMismatchError) return `differs at ${error.offset}`;
    assert(error instanceof EchoIncompleteError, `${error}`);
    return `${error.reason} at ${client.bytesReceived}, ${error.missing} missing`;
  });
  const words = await advanceUntil(clock, outcome);
  client[Symbol.dispose]();
  connection.close();
  await served;
  assertEquals(clock.timers, 0);
  return words;
}

const TABLE: [fault: string, exchange: string, stream: string][] = [
  ["delay=900ms,50ms", "good", "good"],
  ["delay=1100ms,50ms", "stalled at 0, 100000 missing", "stalled at 0, 100000 missing"],
  ["bandwidth=20k", "good", "good"],
  ["slice=1000,900ms", "good", "good"],
  ["stall@777", "stalled at 777, 99223 missing", "stalled at 777, 99223 missing"],
  ["stall=900ms@777", "good", "good"],
  ["stall=1100ms@777", "stalled at 777, 99223 missing", "stalled at 777, 99223 missing"],
  ["stall@100000", "unfinished at 100000, 0 missing", "unfinished at 100000, 0 missing"],
  // Whoever waits for the rest before FIN waits in vain; whoever sends FIN gets the server's.
  ["truncate@777", "stalled at 777, 99223 missing", "closed at 777, 99223 missing"],
  ["truncate@99999", "stalled at 99999, 1 missing", "closed at 99999, 1 missing"],
  ["early-fin@777", "closed at 777, 99223 missing", "closed at 777, 99223 missing"],
  ["early-fin@99999", "closed at 99999, 1 missing", "closed at 99999, 1 missing"],
  ["limit@777", "closed at 777, 99223 missing", "closed at 777, 99223 missing"],
  ["limit", "closed at 0, 100000 missing", "closed at 0, 100000 missing"],
  ["corrupt@777", "differs at 777", "differs at 777"],
  ["corrupt=0.1%@777", "differs at 964", "differs at 964"],
  ["reset@777", "reset at 777, 99223 missing", "reset at 777, 99223 missing"],
  ["reset", "reset at 0, 100000 missing", "reset at 0, 100000 missing"],
  // The stream had not begun to send.
  ["refuse", "reset at 0, 100000 missing", "reset at 0, 0 missing"],
];

for (const [fault, inExchange, inStream] of TABLE) {
  Deno.test(`a client under ${fault}: ${inExchange}`, async () => {
    assertEquals(await said(fault, exchange), inExchange);
    assertEquals(await said(fault, stream), inStream);
  });
}
