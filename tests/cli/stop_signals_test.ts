import { assertEquals } from "@std/assert";
import type { CliIo, StopSignal } from "../../lib/cli/io.ts";
import { StopSignals } from "../../lib/cli/stop_signals.ts";

/** Delivers signals by hand, at times given by hand. */
function fake() {
  let listener: ((signal: StopSignal) => void) | undefined;
  let time = 0;
  const io = {
    onStopSignal: (given: (signal: StopSignal) => void) => {
      listener = given;
      return () => listener = undefined;
    },
  } as unknown as CliIo;
  const stop = new StopSignals(io, () => time);
  const seen: string[] = [];
  void stop.first.then((signal) => seen.push(`first ${signal}`));
  void stop.second.then((signal) => seen.push(`second ${signal}`));
  const deliver = async (signal: StopSignal, at: number) => {
    time = at;
    listener?.(signal);
    await Promise.resolve();
  };
  return { stop, seen, deliver, listening: () => listener !== undefined };
}

Deno.test("a signal less than 500 ms after the first is its echo; at 500 ms it is a second one", async () => {
  const { seen, deliver } = fake();
  await deliver("SIGINT", 1000);
  await deliver("SIGINT", 1001);
  await deliver("SIGTERM", 1499.9);
  assertEquals(seen, ["first SIGINT"]);
  await deliver("SIGTERM", 1500);
  assertEquals(seen, ["first SIGINT", "second SIGTERM"]);
});

Deno.test("after disposing nothing is listened to", async () => {
  const { stop, seen, deliver, listening } = fake();
  stop[Symbol.dispose]();
  assertEquals(listening(), false);
  await deliver("SIGINT", 1);
  assertEquals(seen, []);
});
