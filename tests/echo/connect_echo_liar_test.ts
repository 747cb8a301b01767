import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { type Connection, createEchoClient, EchoMismatchError } from "../../mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { utf8 } from "../support/echo_bytes.ts";
import { PAIRS, readExactly } from "../support/echo_wire.ts";

const QUOTED = 16;

/** Plays the server: takes `length` bytes, and writes what `lie` makes of them. */
async function answer(server: Connection, length: number, lie: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  const bytes = await readExactly(server, length);
  await server.write(lie(bytes)).catch(() => {});
}

const flipAt = (k: number) => (bytes: Uint8Array) => bytes.map((byte, i) => i === k ? byte ^ 0x20 : byte);

/** What a peer may do wrong to a message of LENGTH bytes. */
const LENGTH = 200_000;
const LIES: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  "flips the first byte": flipAt(0),
  "flips byte 1": flipAt(1),
  "flips byte 65535": flipAt(65_535),
  "flips byte 65536": flipAt(65_536),
  "flips byte 123456": flipAt(123_456),
  "flips the last byte": flipAt(LENGTH - 1),
  "leaves a byte out": (bytes) => new Uint8Array([...bytes.subarray(0, 1000), ...bytes.subarray(1001), 0]),
  "repeats a block": (bytes) => new Uint8Array([...bytes.subarray(0, 4096), ...bytes.subarray(0, LENGTH - 4096)]),
  "swaps two blocks": (bytes) =>
    new Uint8Array([
      ...bytes.subarray(0, 5000),
      ...bytes.subarray(6000, 7000),
      ...bytes.subarray(5000, 6000),
      ...bytes.subarray(7000),
    ]),
  "sends zeros": (bytes) => new Uint8Array(bytes.length),
};

for (const kind of ["TCP", "a pair"]) {
  for (const [name, lie] of Object.entries(LIES)) {
    Deno.test(`exchange() over ${kind} finds a peer that ${name}`, async () => {
      const [near, far] = await PAIRS[kind]();
      const client = createEchoClient(near);
      const sent = randomBytes(LENGTH);
      const lied = lie(sent);
      const offset = sent.findIndex((byte, i) => byte !== lied[i]);
      const answering = answer(far, LENGTH, lie);
      const error = await assertRejects(
        () => client.exchange([sent]),
        EchoMismatchError,
        `differs at byte ${offset}: `,
      );
      assertEquals(error.offset, offset);
      checkQuote(error.expected, sent.subarray(offset));
      checkQuote(error.actual, lied.subarray(offset));
      assertEquals([client.bytesSent, client.bytesReceived], [LENGTH, offset]);
      await assertRejects(() => client.exchange(["x"]), Deno.errors.BadResource);
      await answering;
      far.close();
    });
  }
}

/** The beginning of the bytes: 16 of them, or fewer where a read ended. */
function checkQuote(quote: Uint8Array, bytes: Uint8Array): void {
  assert(quote.length >= 1 && quote.length <= QUOTED, `${quote.length} bytes quoted`);
  assertEquals(quote, bytes.slice(0, quote.length));
}

for (const kind of ["TCP", "a pair"]) {
  Deno.test(`exchange() over ${kind} counts the offset from the exchange's first byte, across messages`, async () => {
    const [near, far] = await PAIRS[kind]();
    const client = createEchoClient(near);
    const honest = answer(far, 100, (bytes) => bytes);
    await client.exchange(["x".repeat(100)]);
    await honest;
    const lying = answer(far, 30, flipAt(25));
    const error = await assertRejects(() => client.exchange(["a".repeat(20), "b".repeat(10)]), EchoMismatchError);
    assertEquals([error.offset, error.expected, error.actual], [25, utf8("bbbbb"), utf8("Bbbbb")]);
    assertEquals(error.message, 'echo differs at byte 25: expected "bbbbb", got "Bbbbb"');
    await lying;
    far.close();
  });

  Deno.test(`exchange() over ${kind} finds bytes beyond what was sent, in the same read`, async () => {
    const [near, far] = await PAIRS[kind]();
    const client = createEchoClient(near);
    const answering = answer(far, 5, (bytes) => new Uint8Array([...bytes, 0x21, 0x0a]));
    const error = await assertRejects(() => client.exchange(["hello"]), EchoMismatchError);
    assertEquals([error.offset, error.expected, error.actual], [5, new Uint8Array(), utf8("!\n")]);
    assertEquals(error.message, 'echo is longer than what was sent: after byte 5 came "!\\n"');
    await answering;
    far.close();
  });

  Deno.test(`close() over ${kind} finds bytes that came after the last exchange`, async () => {
    const [near, far] = await PAIRS[kind]();
    const client = createEchoClient(near);
    const answering = answer(far, 5, (bytes) => bytes);
    await client.exchange(["hello"]);
    await answering;
    await far.write(utf8("more"));
    await far.closeWrite();
    const error = await client.close().catch((error) => error);
    assertInstanceOf(error, EchoMismatchError);
    assertEquals([error.offset, error.expected, error.actual], [5, new Uint8Array(), utf8("more")]);
    await client.close();
    far.close();
  });

  Deno.test(`the next exchange over ${kind} finds bytes that came after the last one`, async () => {
    const [near, far] = await PAIRS[kind]();
    const client = createEchoClient(near);
    const answering = answer(far, 5, (bytes) => bytes);
    await client.exchange(["hello"]);
    await answering;
    await far.write(utf8("?"));
    await assertRejects(() => client.exchange(["x"]), EchoMismatchError);
    far.close();
  });
}

Deno.test("verify: false lets wrong bytes pass, and counts them: one too many is still found", async () => {
  const [near, far] = await PAIRS.TCP();
  const client = createEchoClient(near);
  const answering = answer(far, 5, () => utf8("HELLO"));
  assertEquals(await client.exchange(["hello"], { verify: false }), [utf8("HELLO")]);
  await answering;
  const lying = answer(far, 1, () => utf8("yy"));
  const error = await assertRejects(() => client.exchange(["x"], { verify: false }), EchoMismatchError, "longer");
  assertEquals(error.offset, 1);
  await lying;
  far.close();
});
