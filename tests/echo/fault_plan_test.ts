import { assert, assertEquals, assertNotEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import type { Fault } from "../../lib/echo/fault.ts";
import { injectFaults } from "../../lib/echo/fault_injection.ts";
import { drawFaults, type FaultPlan, planFaults } from "../../lib/echo/fault_plan.ts";
import {
  bandwidth,
  corrupt,
  delay,
  earlyFin,
  limit,
  refuse,
  reset,
  slice,
  stall,
  truncate,
} from "../../lib/echo/faults.ts";
import { randomBytes } from "../support/bytes.ts";
import { readExactly } from "../support/echo_wire.ts";
import { noReset } from "../support/libc.ts";
import { testUnless } from "../support/needs.ts";

/** The kinds that a connection draws. */
const kinds = (plan: FaultPlan, id: number) => drawFaults(plan, id).map(({ fault }) => fault.kind);

/** The connections of the first so many that draw a fault of a kind. */
function hit(plan: FaultPlan, kind: Fault["kind"], count = 10_000): Set<number> {
  return new Set(Array.from({ length: count }, (_, id) => id + 1).filter((id) => kinds(plan, id).includes(kind)));
}

Deno.test("drawFaults(): all connections draw a share of 1, in the order given, and none a share of 0", () => {
  const plan = planFaults([delay({ ms: 1 }), corrupt({ share: 0 }), stall()], { seed: 1 });
  for (let id = 1; id < 1000; id++) assertEquals(kinds(plan, id), ["delay", "stall"]);
});

Deno.test("drawFaults(): about the share of connections draws a fault, each fault for itself", () => {
  const plan = planFaults([delay({ ms: 1, share: 0.2 }), stall({ share: 0.2 }), corrupt({ share: 0.01 })], { seed: 3 });
  const [delayed, stalled, corrupted] = [hit(plan, "delay"), hit(plan, "stall"), hit(plan, "corrupt")];
  // Five standard deviations of a count of a binomial distribution; the same draws at each run.
  const near = (count: number, share: number) => {
    const slack = 5 * Math.sqrt(10_000 * share * (1 - share));
    assert(Math.abs(count - 10_000 * share) < slack, `${count} of 10000, not ${share * 10_000}`);
  };
  near(delayed.size, 0.2);
  near(stalled.size, 0.2);
  near(corrupted.size, 0.01);
  near(delayed.intersection(stalled).size, 0.04);
});

Deno.test("drawFaults(): a connection draws the same whatever other connections do; another seed draws others", () => {
  const faults = [delay({ ms: 1, share: 0.5 })];
  const plan = planFaults(faults, { seed: 7 });
  const once = hit(plan, "delay", 200);
  assertEquals(kinds(planFaults(faults, { seed: 7 }), 150), once.has(150) ? ["delay"] : []);
  assertEquals(hit(structuredClone(plan), "delay", 200), once, "as another thread draws it");
  assertNotEquals(hit(planFaults(faults, { seed: 8 }), "delay", 200), once);
});

Deno.test("planFaults(): plain data with every value, and a seed of its own where none is given", () => {
  const { faults, seed } = planFaults([{ kind: "delay", ms: 5 } as Fault]);
  assertEquals(faults, [delay({ ms: 5 })]);
  assertEquals(planFaults(faults, { seed }), { faults, seed });
  assertEquals(planFaults([], { seed: 2 ** 53 - 1 }), { faults: [], seed: 2 ** 53 - 1 });
});

Deno.test("planFaults() refuses a wrong seed, fault or value, naming it", () => {
  for (const seed of [-1, 0.5, NaN, 2 ** 53, "7" as never]) {
    assertThrows(
      () => planFaults([], { seed }),
      RangeError,
      `cannot draw faults from seed ${seed}: use a whole number from 0`,
    );
  }
  assertThrows(() => planFaults([{ kind: "lag" } as never]), TypeError, 'cannot inject a fault "lag": use delay');
  assertThrows(() => planFaults([{ ...delay({ ms: 1 }), ms: -1 }]), RangeError, "cannot inject delay with ms -1");
});

Deno.test("planFaults() refuses a fault that acts on none of the services", () => {
  for (const fault of [delay({ ms: 1 }), slice({ bytes: 1 }), truncate(), corrupt()]) {
    const message =
      `cannot inject ${fault.kind} into discard, which sends nothing: use bandwidth, stall, early-fin, limit`;
    assertThrows(() => planFaults([fault], { services: ["discard", "discard"] }), TypeError, message);
    planFaults([fault], { services: ["discard", "chargen"] });
    planFaults([fault], { services: ["echo"] });
  }
  planFaults([bandwidth({ bytesPerSecond: 1 }), stall(), earlyFin(), limit()], { services: ["discard"] });
});

Deno.test({
  name: "planFaults() refuses a RST that cannot be sent",
  permissions: { ffi: false },
  fn() {
    const [error, remedy] = Deno.build.os === "linux"
      ? [Deno.errors.NotCapable, "run Deno with --allow-ffi, or use limit or early-fin"]
      : [Deno.errors.NotSupported, "use limit or early-fin"];
    assertThrows(() => planFaults([reset()]), error, "cannot inject reset");
    assertThrows(() => planFaults([refuse()]), error, remedy);
    planFaults([limit()]);
  },
});

testUnless(noReset(), "planFaults() lets a RST pass where one can be sent", () => {
  planFaults([reset(), refuse()], { services: ["discard"] });
});

Deno.test("injectFaults() gives the connection itself back where no fault is drawn", () => {
  const [connection] = connectionPair();
  const plan = planFaults([stall({ share: 0 })], { seed: 1 });
  const injection = injectFaults(connection, plan, { id: 1, service: "echo" });
  assertStrictEquals(injection.connection, connection);
  assertEquals([injection.faults, injection.bytesSent], [[], undefined]);
});

/** What the peer of a connection gets of some bytes. */
async function received(plan: FaultPlan, id: number, bytes: Uint8Array): Promise<Uint8Array> {
  const [near, far] = connectionPair();
  using connection = injectFaults(near, plan, { id, service: "echo" }).connection;
  using _far = far;
  const [got] = await Promise.all([readExactly(far, bytes.length), connection.write(bytes)]);
  return got;
}

Deno.test("injectFaults(): the same seed and connection give the same bytes, another seed or connection others", async () => {
  const bytes = randomBytes(20_000);
  const faults = [corrupt({ rate: 0.01 }), corrupt({ rate: 0.01 })];
  const [plan, other] = [planFaults(faults, { seed: 7 }), planFaults(faults, { seed: 8 })];
  const first = await received(plan, 1, bytes);
  assertNotEquals(await received(plan, 2, bytes), first);
  assertNotEquals(await received(other, 1, bytes), first);
  assertEquals(await received(plan, 1, bytes), first);
  // The two are not one and the same, which would undo itself.
  const changed = first.filter((byte, i) => byte !== bytes[i]).length;
  assert(changed > 300 && changed < 500, `${changed} bytes changed`);
});
