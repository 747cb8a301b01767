import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { ATTEMPT_DELAY, interleave, raceAddresses } from "../../lib/net/happy_eyeballs.ts";
import { type FakeClock, fakeClock, microtasks } from "../support/fake_clock.ts";

/** A race whose attempts end when the test says so, by their address. */
class Race {
  /** Attempts in the order they were begun, with the time since the race began. */
  readonly began: [address: string, atMs: number][] = [];
  /** Addresses whose attempt was told to give up. */
  readonly givenUp: string[] = [];
  /** Connections that came too late. */
  readonly discarded: string[] = [];
  readonly given = new AbortController();
  readonly result: Promise<string>;
  /** What the result has come to; undefined while it has not. */
  outcome: string | undefined;
  /** Whether an attempt that is told to give up does so; else only when the test settles it. */
  readonly #obedient: boolean;
  readonly #attempts = new Map<string, PromiseWithResolvers<string>>();

  constructor(clock: FakeClock, addresses: string[], { obedient = true } = {}) {
    this.#obedient = obedient;
    const start = clock.now;
    const attempt = (address: string, signal: AbortSignal) => {
      this.began.push([address, clock.now - start]);
      return this.#attempt(address, signal);
    };
    const discard = (late: string) => void this.discarded.push(late);
    this.result = raceAddresses(addresses, attempt, discard, this.given.signal);
    this.result.then((value) => this.outcome = value, (error) => this.outcome = `${error}`);
  }

  /** Ends an attempt, and lets everybody hear of it. */
  async end(address: string, error?: Error): Promise<void> {
    const attempt = this.#attempts.get(address)!;
    if (error) attempt.reject(error);
    else attempt.resolve(address);
    await microtasks();
  }

  #attempt(address: string, signal: AbortSignal): Promise<string> {
    const attempt = Promise.withResolvers<string>();
    this.#attempts.set(address, attempt);
    const onAbort = () => {
      this.givenUp.push(address);
      if (this.#obedient) attempt.reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    return attempt.promise;
  }
}

/** Moves the time on, and lets everybody hear of it. */
async function advance(clock: FakeClock, ms: number): Promise<void> {
  clock.advance(ms);
  await microtasks();
}

Deno.test("interleave(): the families in turn, IPv6 first, each in its own order", () => {
  const cases: [from: string[], to: string[]][] = [
    [[], []],
    [["1"], ["1"]],
    [["::1"], ["::1"]],
    [["1", "2", "::1", "::2"], ["::1", "1", "::2", "2"]],
    [["1", "2", "3", "::1"], ["::1", "1", "2", "3"]],
    [["1", "::1", "::2", "::3"], ["::1", "1", "::2", "::3"]],
  ];
  for (const [from, to] of cases) assertEquals(interleave(from), to);
});

Deno.test("raceAddresses(): one address has all the time, and no timer", async () => {
  using clock = fakeClock();
  const race = new Race(clock, ["a"]);
  await advance(clock, 3_600_000);
  assertEquals([race.began, race.outcome, clock.timersSet], [[["a", 0]], undefined, 0]);
  await race.end("a");
  assertEquals([race.outcome, race.discarded], ["a", []]);
});

Deno.test("raceAddresses(): the next address is tried after 250 ms, and not before", async () => {
  using clock = fakeClock();
  assertEquals(ATTEMPT_DELAY, 250);
  const race = new Race(clock, ["a", "b", "c"]);
  await advance(clock, 249);
  assertEquals(race.began, [["a", 0]]);
  await advance(clock, 1);
  await advance(clock, 250);
  await advance(clock, 60_000);
  assertEquals(race.began, [["a", 0], ["b", 250], ["c", 500]]);
  assertEquals([race.givenUp, race.outcome, clock.timers], [[], undefined, 0], "all three are still tried");
  await race.end("b");
  assertEquals([race.outcome, race.givenUp], ["b", ["a", "b", "c"]]);
});

Deno.test("raceAddresses(): the next address is tried at once when one fails", async () => {
  using clock = fakeClock();
  const race = new Race(clock, ["a", "b", "c"]);
  await advance(clock, 100);
  await race.end("a", new Error("refused"));
  assertEquals(race.began, [["a", 0], ["b", 100]]);
  // From then on the 250 ms begin anew.
  await advance(clock, 249);
  assertEquals(race.began.length, 2);
  await advance(clock, 1);
  assertEquals(race.began, [["a", 0], ["b", 100], ["c", 350]]);
  await race.end("c");
  assertEquals([race.outcome, clock.timers], ["c", 0]);
});

Deno.test("raceAddresses(): an attempt that is not the latest fails or wins: that counts at once as well", async () => {
  using clock = fakeClock();
  const failing = new Race(clock, ["a", "b", "c"]);
  await advance(clock, 250);
  await advance(clock, 10);
  await failing.end("a", new Error("refused"));
  assertEquals(failing.began, [["a", 0], ["b", 250], ["c", 260]]);
  await failing.end("b");
  const winning = new Race(clock, ["a", "b", "c"]);
  await advance(clock, 250);
  await advance(clock, 10);
  await winning.end("a");
  assertEquals([winning.outcome, winning.began.length, winning.givenUp, clock.timers], ["a", 2, ["a", "b"], 0]);
});

Deno.test("raceAddresses(): when one has won, no other is begun", async () => {
  using clock = fakeClock();
  const race = new Race(clock, ["a", "b"]);
  await advance(clock, 249);
  await race.end("a");
  await advance(clock, 1000);
  assertEquals([race.outcome, race.began, clock.timers], ["a", [["a", 0]], 0]);
});

Deno.test("raceAddresses(): who succeeds after the winner is discarded before the race is over", async () => {
  using clock = fakeClock();
  const race = new Race(clock, ["a", "b", "c"], { obedient: false });
  await advance(clock, 250);
  await advance(clock, 250);
  await race.end("b");
  assertEquals([race.outcome, race.givenUp], [undefined, ["a", "b", "c"]], "it waits until the others have closed");
  await race.end("a");
  await race.end("c", new Error("refused"));
  assertEquals([race.outcome, race.discarded], ["b", ["a"]]);
});

Deno.test("raceAddresses(): of two that succeed at the same time one is discarded", async () => {
  using clock = fakeClock();
  const race = new Race(clock, ["a", "b"]);
  await advance(clock, 250);
  await Promise.all([race.end("b"), race.end("a")]);
  assertEquals([race.outcome, race.discarded], ["b", ["a"]]);
});

Deno.test("raceAddresses(): all fail: the last failure is told, when there is none left", async () => {
  using clock = fakeClock();
  const race = new Race(clock, ["a", "b", "c"]);
  await advance(clock, 250);
  const [a, b, c] = ["a", "b", "c"].map((address) => new Error(`${address} is dead`));
  await race.end("b", b);
  await race.end("c", c);
  assertEquals([race.outcome, race.began.length], [undefined, 3], "the first is still tried");
  await race.end("a", a);
  assertStrictEquals(await assertRejects(() => race.result), a);
  assertEquals(clock.timers, 0);
});

Deno.test("raceAddresses(): an abort gives up what is under way, begins nothing, and is told with its reason", async () => {
  for (const waitMs of [0, 100, 250, 600]) {
    using clock = fakeClock();
    const race = new Race(clock, ["a", "b", "c"]);
    await advance(clock, Math.min(waitMs, 250));
    await advance(clock, Math.max(0, waitMs - 250));
    const begun = race.began.length;
    const reason = new Error("enough");
    race.given.abort(reason);
    await microtasks();
    assertStrictEquals(await assertRejects(() => race.result), reason);
    assertEquals([race.began.length, race.givenUp.length, clock.timers], [begun, begun, 0], `after ${waitMs} ms`);
  }
});

Deno.test("raceAddresses(): the reason of an abort is told whatever its attempts say of it", async () => {
  using clock = fakeClock();
  const race = new Race(clock, ["a"], { obedient: false });
  const reason = new Error("enough");
  race.given.abort(reason);
  await race.end("a", new Error("shut down"));
  assertStrictEquals(await assertRejects(() => race.result), reason);
});

Deno.test("raceAddresses(): an abort after the winner takes nothing back", async () => {
  using clock = fakeClock();
  const race = new Race(clock, ["a", "b"], { obedient: false });
  await advance(clock, 250);
  await race.end("b");
  race.given.abort();
  await race.end("a", new Error("gave up"));
  assertEquals([race.outcome, race.discarded], ["b", []]);
});

Deno.test("raceAddresses(): who succeeds in spite of the abort has won: it is not lost, nor left open", async () => {
  using clock = fakeClock();
  const race = new Race(clock, ["a"], { obedient: false });
  race.given.abort(new Error("enough"));
  await race.end("a");
  assertEquals([race.outcome, race.discarded], ["a", []]);
});

Deno.test("raceAddresses() of none is an error", async () => {
  using clock = fakeClock();
  const race = new Race(clock, []);
  assertInstanceOf(await assertRejects(() => race.result), Error);
  assertEquals(clock.timersSet, 0);
});
