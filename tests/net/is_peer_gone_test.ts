import { assertEquals } from "@std/assert";
import { isPeerGone, isPeerReset } from "../../lib/net/is_peer_gone.ts";

Deno.test("isPeerReset() and isPeerGone() tell what a peer does from what is wrong here", () => {
  const { BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, TimedOut } = Deno.errors;
  for (const error of [new BrokenPipe(""), new ConnectionAborted(""), new ConnectionReset(""), new NotConnected("")]) {
    assertEquals([isPeerReset(error), isPeerGone(error)], [true, true], error.name);
  }
  assertEquals([isPeerReset(new TimedOut("")), isPeerGone(new TimedOut(""))], [false, true]);
  const { BadResource, Interrupted, NotCapable } = Deno.errors;
  for (const error of [new BadResource(""), new Interrupted(""), new NotCapable(""), new Error(""), "reset", null]) {
    assertEquals([isPeerReset(error), isPeerGone(error)], [false, false], String(error));
  }
});
