import { ConnectError, EchoIncompleteError } from "../../../lib/core/errors.ts";
import { connect } from "../../../lib/net/connect.ts";
import { check } from "../check.ts";
import type { Child } from "../child.ts";
import type { Ground } from "../ground.ts";
import { randomBytes } from "../manners.ts";
import { tortureCase } from "../torture_case.ts";
import { verifiedStream } from "../verified_stream.ts";

/** Clients of a round: one of them is the program `send`. */
const CLIENTS = 33;
/** Bytes that `send` gets at a time, again and again. */
const PIECE = 64 * 1024;
/** What `send` says of it, which is all that it says; where it is owed nothing in that moment, it says so. */
const SAID =
  /^sounder: peer has echoed (?:\d+ of \d+ bytes:|all of \d+ bytes, but) it (?:reset|closed) the connection\n$/;

/** The server is killed: each client says that it closed or reset, and the next one that it is refused. */
export const sigkillServerCase = tortureCase({
  name: "sigkill-server",
  about: "SIGKILL of the server under load: what the clients say",
  sizes: { quick: 2, full: 10 },
  limits: { quick: 25, full: 90 },
  text: (rounds) => `${rounds} x ${CLIENTS} clients`,
  run: async (ground: Ground, rounds: number) => {
    const reasons: Record<string, number> = {};
    for (let round = 0; round < rounds; round++) await killOnce(ground, round, reasons);
    const said = Object.entries(reasons).map(([reason, count]) => `${count} "${reason}"`).join(", ");
    return `${said}; then "refused"; send: exit 1, one line`;
  },
});

async function killOnce(ground: Ground, round: number, reasons: Record<string, number>): Promise<void> {
  const server = await ground.serve();
  const { signal } = ground;
  const streams = Array.from({ length: CLIENTS - 1 }, (_, index) =>
    verifiedStream(server.address, {
      bytes: Infinity,
      random: ground.random(round, index),
      // Some are silent, or owed nothing, in the very moment.
      writePauseMs: index,
      signal,
    }));
  const send = ground.run(["send", `127.0.0.1:${server.address.port}`, "--json"], { stdin: true });
  const { ended } = await feed(send, ground);
  await server.untilOpen(CLIENTS);
  await ground.wait(ground.random(round).next() * 200);
  server.signal("SIGKILL");
  for (const { error, sent, echoed } of await Promise.all(streams)) {
    const told = error instanceof EchoIncompleteError && ["closed", "reset"].includes(error.reason);
    check(told, `a client of a killed server says: ${error?.message ?? "nothing"}`);
    check(error.missing === sent - echoed, `a client misses ${error.missing} bytes of ${sent}, but has ${echoed}`);
    reasons[error.reason] = (reasons[error.reason] ?? 0) + 1;
  }
  const { code, stdout, stderr } = await send.end;
  await ended;
  check(code === 1 && SAID.test(stderr), `send ended with exit code ${code} and said: ${stderr}`);
  const { verified, error: { kind } } = JSON.parse(stdout);
  check(!verified && ["closed", "reset"].includes(kind), `send --json says: ${stdout}`);
  const refused = await connect({ ...server.address, signal }).then((made) => made.close(), (error) => error);
  const isRefused = refused instanceof ConnectError && refused.kind === "refused";
  check(isRefused, `a connect to a killed server says: ${refused?.message ?? "nothing"}`);
}

/** Gives `send` bytes until it has ended. Resolves once it has taken the first. */
async function feed(send: Child, ground: Ground): Promise<{ ended: Promise<void> }> {
  const writer = send.stdin!.getWriter();
  const bytes = randomBytes(ground.random("send"), PIECE);
  await writer.write(bytes);
  const feeding = async () => {
    try {
      while (true) await writer.write(bytes);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
  const ended = feeding();
  // A failure is told by whoever waits for it.
  ended.catch(() => {});
  return { ended };
}
