import { assert, assertEquals, assertLess } from "@std/assert";
import { createHash } from "node:crypto";
import { spawnCli } from "../support/cli.ts";
import { watch, type WatchedProcess } from "../support/interop_process.ts";
import { peakMemory, sendEndlessly, serving } from "../support/interop_sounder.ts";
import { randomBytes } from "../support/bytes.ts";
import { MIB } from "../support/interop_transfer.ts";
import { notPosix, testUnless } from "../support/needs.ts";

/** Windows has neither /proc nor ps. */
const missing = notPosix();

/** What Deno itself may hold beside what the program must keep: 50 to 70 MiB, and garbage not yet collected. */
const DENO = 120 * MIB;

/** The most that was measured while a process ran. */
async function peakUntilEnd({ process }: WatchedProcess): Promise<number> {
  let peak = 0;
  let ended = false;
  void process.status.then(() => ended = true);
  while (!ended) {
    try {
      peak = Math.max(peak, await peakMemory(process.pid));
    } catch {
      // It ended between the two.
    }
  }
  return peak;
}

testUnless(missing, "send and serve: 256 MiB go through at constant memory and come back as they were", async () => {
  const total = 256 * MIB;
  await using server = await serving();
  const client = spawnCli(["send", `127.0.0.1:${server.port}`]);
  await using watched = watch(client, { stdout: false });
  const [sent, received] = [createHash("sha256"), createHash("sha256")];
  const writer = client.stdin.getWriter();
  const write = async () => {
    // An odd length: pieces end at every offset of the buffers they pass through.
    const piece = randomBytes(MIB + 1);
    for (let left = total; left > 0; left -= piece.length) {
      const part = piece.subarray(0, left);
      sent.update(part);
      await writer.write(part);
    }
  };
  const written = write();
  let length = 0;
  let peaks: number[] = [];
  for await (const part of client.stdout) {
    received.update(part);
    length += part.length;
    if (length < total) continue;
    await written;
    peaks = await Promise.all([peakMemory(client.pid), peakMemory(server.process.pid)]);
    await writer.close();
  }
  assertEquals([(await watched.end()).code, length], [0, total]);
  assertEquals(received.digest("hex"), sent.digest("hex"));
  // The server keeps one buffer of 64 KiB; the client what is on its way, which this reader does not let grow.
  assertLess(peaks[0], DENO + 64 * MIB);
  assertLess(peaks[1], DENO);
});

testUnless(
  missing,
  "send: to a server that echoes nothing, it sends as much as --window and keeps no more",
  async () => {
    await using server = await serving(["--service", "discard"]);
    // Long enough that the window fills on a busy machine: the silence counts from the first byte owed.
    await using client = sendEndlessly(server.port, ["--window", "64M", "--timeout", "5s"]);
    const peak = await peakUntilEnd(client);
    const { code, stdout, stderr } = await client.end();
    assertEquals({ code, stdout, stderr }, {
      code: 1,
      stdout: "",
      stderr: "sounder: peer has echoed 0 of 67108864 bytes: no more came for 5000 ms\n",
    });
    assertLess(peak, DENO + 64 * MIB);
    assertLess(await peakMemory(server.process.pid), DENO);
  },
);

testUnless(missing, "send: while its stdout is read slowly, neither it nor the server grows", async () => {
  await using server = await serving();
  await using client = sendEndlessly(server.port, ["--window", "8M"], { stdout: false });
  const output = client.process.stdout.getReader({ mode: "byob" });
  let received = 0;
  let peaks: number[] = [];
  // Measuring twice for each 64 KiB is what makes the reader slow: unhindered, hundreds of MiB would pass meanwhile.
  for (let reads = 0; reads < 200; reads++) {
    const { value } = await output.read(new Uint8Array(64 * 1024));
    received += value?.length ?? 0;
    peaks = await Promise.all([peakMemory(client.process.pid), peakMemory(server.process.pid)]);
  }
  assert(received > 0);
  assertLess(peaks[0], DENO + 8 * MIB);
  assertLess(peaks[1], DENO);
  // Nor does the slow reader count as a silent server, nor keep the client from ending.
  const { code, stderr } = await client.stop("SIGINT");
  await output.cancel();
  assertEquals([code, stderr], [130, "sounder: cut short by SIGINT\n"]);
});
