import { assert, assertEquals, assertRejects } from "@std/assert";
import { chargen, connectionPair, listen } from "../../mod.ts";
import { connectResettable, PAIRS, readExactly, tcpPair } from "../support/echo_wire.ts";

/** The printable characters of ASCII in their order, typed and not computed. */
const PRINTABLE = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

/** The line with this number, from 0: 72 characters of the ring that begins one further in each line. */
function line(number: number): string {
  const turned = PRINTABLE.slice(number % 95) + PRINTABLE.slice(0, number % 95);
  return turned.slice(0, 72) + "\r\n";
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, number) => line(number)).join("");
}

Deno.test("the lines this file expects are those of RFC 864's example", () => {
  assertEquals(PRINTABLE.length, 95);
  assertEquals(line(0), " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n");
  assertEquals(line(1), "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n");
  assertEquals(line(24), "89:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~ \r\n");
});

for (const [name, makePair] of Object.entries(PAIRS)) {
  Deno.test(`chargen() over ${name} sends the pattern and ends quietly when the caller closes`, async () => {
    const [client, server] = await makePair();
    const served = chargen(server);
    assertEquals(new TextDecoder().decode(await readExactly(client, 3 * 74)), lines(3));
    client.close();
    await served;
    server.close();
  });
}

Deno.test("chargen() goes on with the pattern where one write ends and the next begins", async () => {
  const [client, server] = await tcpPair();
  const served = chargen(server);
  const count = 4000;
  const text = new TextDecoder().decode(await readExactly(client, count * 74));
  assertEquals(text === lines(count), true);
  client.close();
  await served;
  server.close();
});

Deno.test("chargen() goes on after the caller's FIN, and throws away what came before it", async () => {
  for (const [client, server] of [await tcpPair(), connectionPair()]) {
    let received = 0;
    let sent = 0;
    const served = chargen(server, {
      received: (bytes) => received += bytes.length,
      sent: (bytes) => sent += bytes.length,
    });
    await client.write(new Uint8Array(500));
    await client.closeWrite();
    // More than all buffers hold: some of it was written after the FIN was seen.
    const count = 200_000;
    const last = (await readExactly(client, count * 74)).subarray(-74);
    assertEquals(new TextDecoder().decode(last), line(count - 1));
    assertEquals(received, 500);
    client.close();
    await served;
    assertEquals(sent >= (count - 1000) * 74, true);
    server.close();
  }
});

Deno.test("chargen() ends quietly when the caller sends RST", async () => {
  using listener = listen({ port: 0 });
  const [client, server] = await Promise.all([connectResettable(listener.addr.port), listener.accept()]);
  const served = chargen(server);
  await client.reset();
  await served;
  server.close();
  const [near, far] = connectionPair();
  const alsoServed = chargen(far);
  near.abort();
  await alsoServed;
});

Deno.test("chargen() rejects when its own end is closed under it", async () => {
  const [client, server] = connectionPair();
  const served = chargen(server);
  await readExactly(client, 74);
  server.close();
  const error = await assertRejects(() => served, Error);
  assert(error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource, error.name);
  client.close();
});

Deno.test("chargen() waits for the caller's FIN when its own write side is closed", async () => {
  const [client, server] = connectionPair({ back: { bufferSize: 1_000_000 } });
  let ended = false;
  const served = chargen(server).then(() => ended = true);
  await readExactly(client, 74);
  const reading = (async () => {
    const buffer = new Uint8Array(65536);
    while (await client.read(buffer) !== null) { /* until the FIN of the other end */ }
  })();
  await server.closeWrite();
  await reading;
  assertEquals(ended, false);
  await client.closeWrite();
  await served;
  assertEquals(ended, true);
});
