import { EchoIncompleteError } from "../../../lib/core/errors.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";
import { allEchoed, verifiedStream } from "../verified_stream.ts";

interface Size {
  readonly streams: number;
  readonly stoppedMs: number;
}

/** Milliseconds after which the impatient give up. */
const IMPATIENCE_MS = 500;

/** A half-open server: the impatient say that it has stalled, the patient lose nothing. */
export const stoppedServerCase = tortureCase({
  name: "stopped-server",
  about: "SIGSTOP of the server under load, and SIGCONT",
  sizes: { quick: { streams: 16, stoppedMs: 1_000 }, full: { streams: 128, stoppedMs: 8_000 } },
  limits: { quick: 25, full: 90 },
  text: ({ streams, stoppedMs }: Size) => `2 x ${streams} streams, ${stoppedMs / 1000} s`,
  run: async (ground: Ground, { streams, stoppedMs }) => {
    const server = await ground.serve();
    const until = new AbortController();
    let waiting = 2 * streams;
    const moving = Promise.withResolvers<void>();
    const start = (name: string, timeoutMs?: number) =>
      Array.from({ length: streams }, (_, index) => {
        let isFirst = true;
        return verifiedStream(server.address, {
          bytes: Infinity,
          random: ground.random(name, index),
          writePauseMs: 1,
          timeoutMs,
          until: until.signal,
          signal: ground.signal,
          onEcho: () => {
            if (isFirst && --waiting === 0) moving.resolve();
            isFirst = false;
          },
        });
      });
    const patient = start("patient");
    const impatient = start("impatient", IMPATIENCE_MS);
    try {
      // An impatient one may fail before the server is stopped, on a machine that is busy: then it never moves.
      await Promise.race([moving.promise, ground.wait(5_000)]);
      server.signal("SIGSTOP");
      await ground.wait(stoppedMs);
    } finally {
      server.signal("SIGCONT");
      until.abort();
    }
    const gaveUp = await Promise.all(impatient);
    const other = gaveUp.find(({ error }) => !(error instanceof EchoIncompleteError && error.reason === "stalled"));
    check(other === undefined, `an impatient client did not say "stalled" but ${other?.error?.message ?? "nothing"}`);
    const echoed = allEchoed("patient streams", await Promise.all(patient));
    await server.finish();
    return `${streams} impatient clients said "stalled"; the others had ${echoed} bytes right`;
  },
});
