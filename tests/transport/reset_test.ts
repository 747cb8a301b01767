import { assertEquals, assertInstanceOf } from "@std/assert";
import { connect, createTransport, listen } from "../../mod.ts";
import { noReset } from "../support/libc.ts";
import { testUnless } from "../support/needs.ts";

const MIB = 1024 * 1024;

for (const then of ["close", "pauseReading"] as const) {
  testUnless(noReset(), `a RST while more is written than fits, after ${then}(), is told as a reset`, async () => {
    using listener = listen();
    const lost = Promise.withResolvers<Error | null>();
    const [near, far] = await Promise.all([connect(listener.addr), listener.accept()]);
    const transport = createTransport(near, { connectionLost: lost.resolve });
    transport.write(new Uint8Array(16 * MIB));
    transport[then]();
    // It has begun to go out; the rest waits for a peer that does not read.
    assertEquals(await far.read(new Uint8Array(1)), 1);
    far.abort();
    // A socket tells of it once: reading may have heard of it first, and writing of a broken pipe only.
    assertInstanceOf(await lost.promise, Deno.errors.ConnectionReset);
  });
}

Deno.test("many small writes take the memory of their bytes", async () => {
  using listener = listen();
  const lost = Promise.withResolvers<Error | null>();
  const [near, far] = await Promise.all([connect(listener.addr), listener.accept()]);
  const transport = createTransport(near, { connectionLost: lost.resolve });
  transport.pauseReading();
  const one = new Uint8Array(1);
  const before = Deno.memoryUsage();
  for (let i = 0; i < 400_000; i++) transport.write(one);
  const after = Deno.memoryUsage();
  assertEquals(transport.getWriteBufferSize(), 400_000);
  // An object each would be 40 MB and more; what the garbage collector leaves lying about is some.
  const grown = after.heapUsed + after.external - before.heapUsed - before.external;
  assertEquals(grown < 25 * MIB, true, `${grown} bytes`);
  transport.abort();
  await lost.promise;
  far.close();
});
