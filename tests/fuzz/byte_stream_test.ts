import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "npm:fast-check@4.10.2";
import { createEchoClient, EchoIncompleteError, EchoMismatchError } from "../../mod.ts";
import { RateLimit } from "../../lib/core/rate_limit.ts";
import { echo } from "../../lib/echo/echo.ts";
import type { EchoClient } from "../../lib/echo/echo_client.ts";
import { injectFaults } from "../../lib/echo/fault_injection.ts";
import { limitConnection } from "../../lib/echo/limited_connection.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { WrappedConnection } from "../../lib/net/wrapped_connection.ts";
import { concat, randomBytes } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { collector } from "../support/echo_streams.ts";
import { type FakeClock, fakeClock } from "../support/fake_clock.ts";
import { turn } from "../support/fault_recorder.ts";
import { anyScript, endingAt, endingReason, faultsOf, isExact, linksOf, type Script } from "./byte_stream_script.ts";

const RUNS = 300;

/** Milliseconds of silence that the client takes for a stall: longer than any shaping fault is silent. */
const TIMEOUT = 60_000;

/** Steps of the clock in which a run comes to its end: the slowest ones take some thousands. */
const MOST_STEPS = 50_000;

/** Moves the clock on until a promise settles. */
async function drive<T>(clock: FakeClock, stepMs: number, promise: Promise<T>): Promise<T> {
  let settled = false;
  const done = () => settled = true;
  promise.then(done, done);
  for (let step = 0;; step++) {
    await turn();
    if (settled) return await promise;
    if (step === MOST_STEPS) throw new Error(`it hangs: nothing came of it in ${step} steps of ${stepMs} ms`);
    clock.advance(stepMs);
  }
}

/** The client's end, and what it has read of it: what the client says is held against that. */
class Tap extends WrappedConnection {
  readonly #pieces: Uint8Array[] = [];

  override async read(p: Uint8Array): Promise<number | null> {
    const n = await this.inner.read(p);
    if (n !== null) this.#pieces.push(p.slice(0, n));
    return n;
  }

  get bytes(): Uint8Array {
    return concat(this.#pieces);
  }
}

/** Serves a connection as a server does: faults inside limits, and in the end its close. */
function serveScript(far: Connection, script: Script): { connection: Connection; ended: Promise<unknown> } {
  const { rate, ending, seed } = script;
  const injected = injectFaults(far, { faults: faultsOf(script), seed }, { id: 1, service: "echo" });
  const direction = () => ({
    rates: rate === undefined ? [] : [new RateLimit({ perSecond: rate, burst: rate / 10 })],
    slice: rate === undefined ? Infinity : Math.floor(rate / 10),
  });
  const connection = limitConnection(injected.connection, {
    received: direction(),
    sent: direction(),
    maxBytes: ending?.kind === "max bytes" ? ending.at : Infinity,
    now: () => performance.now(),
    onPause: () => {},
    onResume: () => {},
    onMaxBytes: () => {},
  });
  return { connection, ended: echo(connection).catch((error) => error).finally(() => connection.close()) };
}

/** A stream of pieces, each there after its pause. */
function slowStream(pieces: readonly { bytes: Uint8Array<ArrayBuffer>; pauseMs: number }[], endMs: number) {
  let next = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = (ms: number) => ms === 0 ? Promise.resolve() : new Promise<void>((go) => timer = setTimeout(go, ms));
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const piece = pieces[next++];
      await pause(piece?.pauseMs ?? endMs);
      if (piece) controller.enqueue(piece.bytes);
      else controller.close();
    },
    cancel: () => clearTimeout(timer),
  }, { highWaterMark: 0 });
}

/** A client in a run, and what it has been through. */
interface Run {
  readonly script: Script;
  readonly client: EchoClient;
  readonly tap: Tap;
  readonly until: <T>(promise: Promise<T>) => Promise<T>;
  /** All bytes that the script sends. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The first byte that came back otherwise than it was sent; -1 if none did. */
function firstWrong({ tap, payload }: Run): number {
  return tap.bytes.findIndex((byte, i) => byte !== payload[i]);
}

/** What was under way: the bytes from one offset to another, with FIN behind them or without. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly finSent: boolean;
}

/** Holds how something ended against what came back, and that against the script. */
function judge(run: Run, { from, to, finSent }: Span, error: unknown): void {
  const { script, tap, payload } = run;
  const came = tap.bytes;
  const wrong = script.verify ? firstWrong(run) : -1;
  checkCorruption(script, came.length, wrong);
  if (wrong >= 0) {
    assertInstanceOf(error, EchoMismatchError);
    assertEquals(error.offset, wrong - from);
    assertEquals([error.expected[0], error.actual[0]], [payload[wrong], came[wrong]]);
    return;
  }
  const end = endingAt(script);
  if (isExact(script)) assertEquals(came.length, Math.min(to, end));
  else assert(came.length <= Math.min(to, end), `${came.length} bytes came`);
  const reason = endingReason(script, finSent);
  if (came.length < to) {
    assertInstanceOf(error, EchoIncompleteError);
    assertEquals(error.reason, reason);
  } else if (end > to) assertEquals(error, undefined);
  // At the last byte the ending may come before our FIN, or with it.
  else if (error !== undefined) {
    assertInstanceOf(error, EchoIncompleteError);
    assertEquals([error.missing, error.reason], [0, reason === "stalled" ? "unfinished" : reason]);
  }
}

/** A byte that is corrupted for certain must have been found, if it came. */
function checkCorruption({ corruption, verify }: Script, came: number, wrong: number): void {
  if (!verify || corruption === undefined || corruption.rate === 0.05) return;
  assertEquals(wrong, corruption.afterBytes < came ? corruption.afterBytes : -1);
}

/** @returns Whether it went well. */
async function playExchange(run: Run, lengths: readonly number[]): Promise<boolean> {
  const { client, tap, payload, until, script } = run;
  const from = client.bytesSent;
  const messages = lengths.map((length, i) => {
    const before = from + lengths.slice(0, i).reduce((sum, length) => sum + length, 0);
    return payload.subarray(before, before + length);
  });
  const to = from + concat(messages).length;
  const echoes = await until(client.exchange(messages, { timeout: TIMEOUT, verify: script.verify }).catch((e) => e));
  const error = echoes instanceof Error ? echoes : undefined;
  judge(run, { from, to, finSent: false }, error);
  const came = tap.bytes;
  if (error instanceof EchoIncompleteError) assertEquals(error.missing, to - came.length);
  if (error !== undefined) {
    // An exchange ends with its last echo, whatever comes after it.
    assert(came.length < to || error instanceof EchoMismatchError, `${error}`);
    return false;
  }
  assertEquals([echoes.length, came.length], [messages.length, to]);
  assertSameBytes(concat(echoes), script.verify ? concat(messages) : came.subarray(from, to));
  return true;
}

async function playStream(run: Run, stream: NonNullable<Script["stream"]>): Promise<void> {
  const { client, tap, payload, until, script } = run;
  const from = client.bytesSent;
  let to = from;
  const pieces = stream.pieces.map(({ length, pauseMs }) => ({ bytes: payload.subarray(to, to += length), pauseMs }));
  const { writable, chunks } = collector();
  const { window } = stream;
  const options = { timeout: TIMEOUT, window, verify: script.verify };
  const error = await until(client.stream(slowStream(pieces, stream.endMs), writable, options).catch((e) => e));
  // All is sent, and then FIN, unless more than a window is owed.
  judge(run, { from, to, finSent: to - endingAt(script) <= window }, error);
  const passed = concat(chunks);
  assertSameBytes(passed, (script.verify ? payload : tap.bytes).subarray(from, from + passed.length));
  if (error instanceof EchoIncompleteError) {
    // What is sent while the error is on its way is not in it.
    assert(error.missing >= 0 && error.missing <= client.bytesSent - client.bytesReceived, `${error.missing} missing`);
    assertEquals(client.bytesReceived, tap.bytes.length);
  }
  if (error === undefined) assertEquals(passed.length, to - from);
}

async function playClose(run: Run): Promise<void> {
  const { client, until, script, tap } = run;
  const sent = client.bytesSent;
  const error = await until(client.close({ timeout: TIMEOUT }).catch((e) => e));
  assertEquals(tap.bytes.length, sent);
  if (endingAt(script) > sent || endingReason(script, true) === "closed") return assertEquals(error, undefined);
  assertInstanceOf(error, EchoIncompleteError);
  const reason = endingReason(script, true);
  assertEquals([error.missing, error.reason], [0, reason === "stalled" ? "unfinished" : reason]);
}

async function play(script: Script): Promise<void> {
  using clock = fakeClock();
  const [near, far] = connectionPair(linksOf(script));
  const served = serveScript(far, script);
  const tap = new Tap(near);
  const client = createEchoClient(tap);
  const until = <T>(promise: Promise<T>) => drive(clock, script.stepMs, promise);
  const payload = randomBytes(1000, script.seed);
  const run: Run = { script, client, tap, until, payload };
  let whole = true;
  for (const lengths of script.exchanges) whole &&= await playExchange(run, lengths);
  if (whole) await (script.stream ? playStream(run, script.stream) : playClose(run));
  client[Symbol.dispose]();
  // Nothing but its own kernel could tell a server that stands still of its peer.
  if (script.ending?.kind === "fault stall") served.connection.close();
  await until(served.ended);
  assertEquals(clock.timers, 0, "timers left");
}

Deno.test("what a client says of its echo is what came back, and what came back is what a model says", async () => {
  await fc.assert(fc.asyncProperty(anyScript, play), { numRuns: RUNS });
});
