import { assertEquals, assertInstanceOf, assertLessOrEqual } from "@std/assert";
import {
  connectionPair,
  createEchoClient,
  echo,
  type EchoClient,
  EchoIncompleteError,
  type MemoryLinkOptions,
} from "../../mod.ts";
import { concat, type Random, randomBytes, seededRandom } from "../support/bytes.ts";
import { assertSameBytes, cut } from "../support/echo_bytes.ts";
import { collector, readableOf } from "../support/echo_streams.ts";

const RUNS = 200;

/** What a run does: exchanges, and at the end a stream or a plain close; what the echo's way back does to it. */
interface Script {
  forth: MemoryLinkOptions;
  back: MemoryLinkOptions;
  exchanges: Uint8Array<ArrayBuffer>[][];
  stream: Uint8Array<ArrayBuffer>[] | undefined;
  window: number;
  /** Where the way back ends, and how; never if `at` is beyond everything. */
  fault: { at: number; reason: "closed" | "reset" } | undefined;
}

function makeScript(random: Random): Script {
  const link = (): MemoryLinkOptions => ({
    bufferSize: 1 + random(random(2) === 0 ? 20 : 100_000),
    maxChunk: random(2) === 0 ? undefined : 1 + random(50),
    delay: random(20) === 0 ? 1 : undefined,
  });
  // A link that carries a few bytes at a time, or late, gets little to carry.
  const [forth, back] = [link(), link()];
  const slow = forth.delay || back.delay;
  const message = () => randomBytes(random(random(4) === 0 && !slow ? 20_000 : 40), 1 + random(1e9));
  const messages = () => Array.from({ length: random(6) }, message);
  const exchanges = Array.from({ length: random(5) }, messages);
  const stream = random(2) === 0 ? undefined : cut(concat(messages()), random, 3000);
  const total = concat([...exchanges.flat(), ...stream ?? []]).length;
  const fault = random(3) > 0
    ? undefined
    : { at: random(total + 2), reason: random(2) ? "closed" as const : "reset" as const };
  if (fault?.reason === "closed") back.truncateAfter = fault.at;
  if (fault?.reason === "reset") back.resetAfter = fault.at;
  return { forth, back, exchanges, stream, window: 1 + random(random(2) ? 10 : 100_000), fault };
}

/** Plays the script and holds every result against what the bytes sent and the fault say it must be. */
async function play(script: Script): Promise<void> {
  const [near, far] = connectionPair({ forth: script.forth, back: script.back });
  const served = echo(far).catch(() => {}).finally(() => far.close());
  const client = createEchoClient(near);
  const broken = await playExchanges(client, script) || (script.stream && await playStream(client, script));
  // The end of the way back is found by closing, too: a truncation after the last byte is a FIN like another.
  if (!broken && !script.stream && script.fault?.reason !== "reset") await client.close();
  client[Symbol.dispose]();
  await served;
}

/** Returns whether the connection broke, as it must where the fault is. */
async function playExchanges(client: EchoClient, { exchanges, fault }: Script): Promise<boolean> {
  let before = 0;
  for (const messages of exchanges) {
    const total = concat(messages).length;
    const left = (fault?.at ?? Infinity) - before;
    const result = await client.exchange(messages).catch((error) => error);
    if (total > left) {
      assertInstanceOf(result, EchoIncompleteError);
      assertEquals([result.reason, result.missing], [fault?.reason, total - left]);
      assertEquals(client.bytesReceived, before + left);
      return true;
    }
    assertEquals(result.length, messages.length);
    messages.forEach((message, i) => assertSameBytes(result[i], message));
    before += total;
    assertEquals([client.bytesSent, client.bytesReceived], [before, before]);
  }
  return false;
}

async function playStream(client: EchoClient, { stream = [], fault, window }: Script): Promise<boolean> {
  const sent = concat(stream);
  const before = client.bytesReceived;
  const left = (fault?.at ?? Infinity) - before;
  const { writable, chunks } = collector();
  const result = await client.stream(readableOf(stream), writable, { window }).catch((error) => error);
  const received = concat(chunks);
  assertSameBytes(received, sent.subarray(0, Math.min(left, sent.length)));
  // Exactly at the end of the stream the fault may come before or after the end has been seen.
  if (left === sent.length) return result !== undefined;
  if (left > sent.length) {
    assertEquals(result, undefined);
    return false;
  }
  assertInstanceOf(result, EchoIncompleteError);
  assertEquals(result.reason, fault?.reason);
  assertLessOrEqual(result.missing, Math.min(window, sent.length - left));
  return true;
}

for (const block of [0, 1, 2, 3]) {
  Deno.test(`exchanges and streams over a pair do what a model says (block ${block} of ${RUNS / 4} runs)`, async () => {
    for (let run = 0; run < RUNS / 4; run++) {
      const seed = 1000 * block + run;
      const script = makeScript(seededRandom(seed));
      await play(script).catch((error) => {
        throw new Error(`seed ${seed}: ${JSON.stringify({ ...script, exchanges: 0, stream: 0 })}`, { cause: error });
      });
    }
  });
}
