import { connectEcho } from "../../../lib/echo/connect_echo.ts";
import { EchoIncompleteError } from "../../../lib/core/errors.ts";
import type { EchoClient } from "../../../lib/echo/echo_client.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import type { SeededRandom } from "../seeded_random.ts";
import { tortureCase } from "../torture_case.ts";
import type { TorturedServer } from "../tortured_server.ts";
import { allEchoed, PATIENCE_MS, verifiedStream } from "../verified_stream.ts";

/** Streams of each kind in a round. */
const STREAMS = 16;
/** Bytes of a stream that ends by itself. */
const BYTES = 4 * 2 ** 20;
/** Clients that wait to be accepted when the signal comes. */
const LATE = 16;
/** Milliseconds after the first echoes, at most, when the signal comes. */
const LATEST_MS = 200;
/** Grace of a server whose clients do not come to an end. */
const SHORT_GRACE = "300ms";
/**
 * Socket buffers at both ends of a stream without end: what is under way at the server's FIN has to arrive within the
 * second that the server waits then, on a busy machine too. The kernel's own would hold megabytes for each.
 */
const SOCKET_BUFFER = 64 * 1024;

/** The end of a server in the middle of its work, again and again. */
export const sigtermCase = tortureCase({
  name: "sigterm",
  about: "SIGTERM under load: not one byte that was received is lost",
  sizes: { quick: 2, full: 20 },
  limits: { quick: 30, full: 180 },
  text: (rounds) => `${rounds} x ${2 * STREAMS + LATE} clients`,
  run: async (ground: Ground, rounds: number) => {
    let bytes = 0;
    let late = 0;
    for (let round = 0; round < rounds; round++) {
      bytes += await untilClientsEnd(ground, round);
      const { echoed, lateBytes } = await untilGraceIsOver(ground, round);
      bytes += echoed;
      late += lateBytes;
    }
    return `${bytes} bytes received, as many returned; ${late} came after the server's FIN`;
  },
});

/** Streams that end, among them such as have just come: all is returned, whatever was under way. */
async function untilClientsEnd(ground: Ground, round: number): Promise<number> {
  const server = await ground.serve({ args: ["--grace", "60s"] });
  const { signal } = ground;
  const streams = Array.from({ length: STREAMS }, (_, index) =>
    verifiedStream(server.address, {
      bytes: BYTES,
      random: ground.random(round, index),
      writePauseMs: 10,
      signal,
    }));
  await ground.wait(ground.random(round).next() * LATEST_MS);
  // It finds them in its queue, with what they have sent, when it goes on, at the same time as the signal.
  server.signal("SIGSTOP");
  const late = await Promise.all(
    Array.from({ length: LATE }, () => connectEcho({ ...server.address, connectTimeout: PATIENCE_MS, signal })),
  );
  using _ = { [Symbol.dispose]: () => late.forEach((client) => client[Symbol.dispose]()) };
  const exchanges = Promise.all(late.map((client, index) => exchange(client, `late ${index}\n`, signal)));
  server.signal("SIGTERM");
  server.signal("SIGCONT");
  const [ofStreams, ofLate] = await Promise.all([Promise.all(streams), exchanges]);
  const echoed = allEchoed("streams", ofStreams) + ofLate.reduce((sum, bytes) => sum + bytes, 0);
  await accountFor(server, echoed);
  return echoed;
}

/** One message, and an end in order. Returns the bytes that came back. */
async function exchange(client: EchoClient, message: string, signal: AbortSignal): Promise<number> {
  const limits = { timeout: PATIENCE_MS, signal };
  await client.exchange([message], limits);
  await client.close(limits);
  return client.bytesReceived;
}

/**
 * Clients that never end, with a message or with as much as fits under way: what the server received before its FIN is
 * returned, and arrives.
 */
async function untilGraceIsOver(ground: Ground, round: number): Promise<{ echoed: number; lateBytes: number }> {
  const buffer = String(SOCKET_BUFFER);
  const server = await ground.serve({
    args: ["--grace", SHORT_GRACE, "--recv-buffer", buffer, "--send-buffer", buffer],
  });
  const { signal } = ground;
  const streams = Promise.all(Array.from({ length: STREAMS }, (_, index) => {
    const random = ground.random(round, "endless", index);
    return index % 2 === 0 ? messagesUntilCut(server, random, signal) : streamUntilCut(server, random, signal);
  }));
  // A failure is told below.
  streams.catch(() => {});
  await ground.wait(ground.random(round, "grace").next() * LATEST_MS);
  server.signal("SIGTERM");
  const echoed = (await streams).reduce((sum, bytes) => sum + bytes, 0);
  const lateBytes = await accountFor(server, echoed);
  return { echoed, lateBytes };
}

/**
 * Sends messages, each when the echo of the one before has come, until the server ends that. Returns what came back.
 */
async function messagesUntilCut(
  { address }: TorturedServer,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<number> {
  using client = await connectEcho({ ...address, connectTimeout: PATIENCE_MS, signal });
  try {
    while (true) await client.exchange([new Uint8Array(random.size(1, 65536))], { timeout: PATIENCE_MS, signal });
  } catch (error) {
    requireCut(error);
  }
  return client.bytesReceived;
}

/** Sends as much as the connection takes until the server ends that. Returns what came back. */
async function streamUntilCut({ address }: TorturedServer, random: SeededRandom, signal: AbortSignal): Promise<number> {
  const { echoed, error } = await verifiedStream(address, {
    bytes: Infinity,
    random,
    signal,
    connection: { recvBuffer: SOCKET_BUFFER, sendBuffer: SOCKET_BUFFER },
  });
  requireCut(error);
  return echoed;
}

/** Throws what is not the end that a server makes of a connection. */
function requireCut(error: unknown): void {
  if (!(error instanceof EchoIncompleteError && ["closed", "reset"].includes(error.reason))) throw error;
}

/** Holds the server's account against the clients'. Returns the bytes that came too late. */
async function accountFor(server: TorturedServer, echoed: number): Promise<number> {
  const { stopped: { bytesIn, bytesOut, lateBytes } } = await server.stopped();
  const returned = bytesOut - server.provedBytes;
  check(returned === echoed, `the server returned ${returned} bytes, of which ${echoed} arrived`);
  check(bytesIn === bytesOut + lateBytes, `the server received ${bytesIn} bytes and returned ${bytesOut}`);
  return lateBytes;
}
