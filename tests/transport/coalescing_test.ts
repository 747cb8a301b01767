import { assertEquals } from "@std/assert";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { createTransport } from "../../lib/transport/create_transport.ts";
import { concat, randomBytes } from "../support/bytes.ts";
import { ManualConnection } from "../support/transport_manual.ts";
import { Recorder, turns } from "../support/transport_recorder.ts";

const KIB = 1024;

function begin() {
  const connection = new ManualConnection();
  const recorder = new Recorder();
  return { connection, recorder, transport: createTransport(connection, recorder) };
}

Deno.test("what is written in one turn goes out in one write, and no sooner than the turn is over", async () => {
  const { connection, transport } = begin();
  for (let i = 1; i <= 100; i++) transport.write(randomBytes(i, i));
  transport.writeLines([randomBytes(10), randomBytes(20)]);
  assertEquals(connection.calls, []);
  await turns();
  assertEquals(connection.calls, ["write 5080"]);
  const pieces = Array.from({ length: 100 }, (_, i) => randomBytes(i + 1, i + 1));
  assertEquals(connection.written, [concat([...pieces, randomBytes(10), randomBytes(20)])]);
  await connection.release();
  assertEquals([connection.calls, transport.getWriteBufferSize()], [["write 5080"], 0]);
});

Deno.test("what is written while a write is under way goes out in one write after it", async () => {
  const { connection, transport } = begin();
  transport.write(randomBytes(1));
  await turns();
  for (let i = 0; i < 10; i++) {
    transport.write(randomBytes(10));
    await turns(1);
  }
  assertEquals([connection.calls, transport.getWriteBufferSize()], [["write 1"], 101]);
  await connection.release();
  assertEquals([connection.calls, transport.getWriteBufferSize()], [["write 1", "write 100"], 100]);
  await connection.release();
  assertEquals([connection.mostWrites, transport.getWriteBufferSize()], [1, 0]);
});

Deno.test("large writes go out in pieces of 64 KiB, one at a time; then FIN", async () => {
  const { connection, transport } = begin();
  transport.write(new Uint8Array(150 * KIB));
  transport.writeEof();
  await turns();
  for (let i = 0; i < 4; i++) await connection.release();
  // Writing is paused: the piece before the last ends at the low-water mark, where it is to be resumed.
  const pieces = [64 * KIB, 64 * KIB, 6 * KIB, 16 * KIB].map((length) => `write ${length}`);
  assertEquals([connection.calls, connection.mostWrites], [[...pieces, "closeWrite"], 1]);
});

for (const [left, resumes] of [[20, true], [21, false]] as const) {
  Deno.test(`low 20: with ${left} bytes left resumeWriting() is ${resumes ? "" : "not "}called`, async () => {
    const { connection, recorder, transport } = begin();
    transport.setWriteBufferLimits({ high: 100, low: 20 });
    transport.write(new Uint8Array(64 * KIB));
    transport.write(new Uint8Array(left));
    await turns();
    assertEquals(recorder.events, ["made", "pause"]);
    await connection.release();
    assertEquals(transport.getWriteBufferSize(), left);
    assertEquals(recorder.events, resumes ? ["made", "pause", "resume"] : ["made", "pause"]);
    await connection.release();
    assertEquals(recorder.events, ["made", "pause", "resume"]);
  });
}

Deno.test("close() closes when the last byte is out; abort() at once", async () => {
  for (const how of ["close", "abort"] as const) {
    const { connection, recorder, transport } = begin();
    transport.write(randomBytes(5));
    await turns();
    transport[how]();
    await turns();
    if (how === "close") {
      assertEquals([connection.calls, recorder.events], [["write 5"], ["made"]]);
      await connection.release();
    }
    assertEquals([connection.calls, recorder.events], [["write 5", how], ["made", "lost"]]);
  }
});

Deno.test("a connection that cannot be closed any more does no harm", async () => {
  const [near, far] = connectionPair();
  using _far = far;
  const broken = Object.assign(Object.create(near), {
    abort() {
      near.abort();
      throw new Deno.errors.BadResource("closed already");
    },
    read: (p: Uint8Array) => near.read(p),
    remoteAddr: near.remoteAddr,
  });
  const recorder = new Recorder();
  createTransport(broken, recorder).abort();
  assertEquals(await recorder.ended(), null);
});
