import { assertEquals, assertRejects } from "@std/assert";
import { connectionPair, discard } from "../../mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { PAIRS, readAll } from "../support/echo_wire.ts";

for (const [name, makePair] of Object.entries(PAIRS)) {
  Deno.test(`discard() over ${name} takes everything, sends nothing, and answers FIN with FIN`, async () => {
    const [client, server] = await makePair();
    let received = 0;
    const served = discard(server, {
      received: (bytes) => received += bytes.length,
      sent: () => {
        throw new Error("discard() sent something");
      },
    });
    await client.write(randomBytes(600));
    await client.closeWrite();
    assertEquals((await readAll(client)).length, 0);
    await served;
    assertEquals(received, 600);
    client.close();
    server.close();
  });
}

Deno.test("discard() takes 64 MiB from a caller that never reads", async () => {
  const [client, server] = await PAIRS.TCP();
  let received = 0;
  const served = discard(server, { received: (bytes) => received += bytes.length, sent: () => {} });
  const piece = new Uint8Array(1024 * 1024);
  for (let i = 0; i < 64; i++) await client.write(piece);
  await client.closeWrite();
  await served;
  assertEquals(received, 64 * 1024 * 1024);
  client.close();
  server.close();
});

Deno.test("discard() rejects with ConnectionReset when the caller resets", async () => {
  const [client, server] = connectionPair();
  const served = discard(server);
  client.abort();
  await assertRejects(() => served, Deno.errors.ConnectionReset);
  server.close();
});
