import { assertEquals } from "@std/assert";
import { CallbackGuard } from "../../lib/echo/callback_guard.ts";
import { ServerLog } from "../../lib/echo/server_log.ts";
import { RecordingLogger } from "../support/echo_recording_logger.ts";
import { turns } from "../support/echo_wire.ts";

function makeGuard(onError?: (error: unknown) => void) {
  const logger = new RecordingLogger(false);
  const told: unknown[] = [];
  const guard = new CallbackGuard((error) => {
    told.push(error);
    return onError?.(error);
  }, new ServerLog(logger));
  return { guard, told, logged: () => logger.texts("error") };
}

Deno.test("CallbackGuard.call() says whether the callback returned, and reports nothing then", () => {
  const { guard, told, logged } = makeGuard();
  let calls = 0;
  assertEquals(guard.call(() => calls++), true);
  assertEquals([calls, told, logged()], [1, [], []]);
});

Deno.test("CallbackGuard.call() logs and tells what is thrown, whatever it is", () => {
  for (const thrown of [new Error("boom"), "boom"]) {
    const { guard, told, logged } = makeGuard();
    assertEquals(
      guard.call(() => {
        throw thrown;
      }),
      false,
    );
    assertEquals([told, logged()], [[thrown], ["boom"]]);
  }
});

Deno.test("CallbackGuard.call() does not wait for a promise, and reports its rejection later", async () => {
  const { guard, told, logged } = makeGuard();
  const { promise, reject } = Promise.withResolvers<void>();
  assertEquals(guard.call(() => promise), true);
  const error = new Error("boom");
  reject(error);
  await turns(1);
  assertEquals([told, logged()], [[error], ["boom"]]);
});

Deno.test("CallbackGuard: an onError that throws is told of once and logged twice", () => {
  const { guard, told, logged } = makeGuard(() => {
    throw new Error("onError, too");
  });
  guard.report(new Error("boom"));
  assertEquals([told.length, logged()], [1, ["boom", "onError, too"]]);
});

Deno.test("CallbackGuard: an onError that rejects is told of once and logged twice", async () => {
  const { guard, told, logged } = makeGuard(() => Promise.reject(new Error("onError, too")));
  guard.report(new Error("boom"));
  await turns(1);
  assertEquals([told.length, logged()], [1, ["boom", "onError, too"]]);
});

Deno.test("CallbackGuard.tell() logs nothing itself", () => {
  const { guard, told, logged } = makeGuard();
  guard.tell("accept failed");
  assertEquals([told, logged()], [["accept failed"], []]);
});

Deno.test("CallbackGuard without onError logs", () => {
  const logger = new RecordingLogger(false);
  new CallbackGuard(undefined, new ServerLog(logger)).report(new Error("boom"));
  assertEquals(logger.texts("error"), ["boom"]);
});
