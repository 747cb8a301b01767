import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { inLanes } from "../lanes.ts";
import { MANNERS } from "../manners.ts";
import { tortureCase } from "../torture_case.ts";
import { allEchoed, verifiedStream } from "../verified_stream.ts";

/** Connections that are reset at the same time. */
const LANES = 32;
/** Streams that go on meanwhile. */
const BYSTANDERS = 4;

/** Peers that reset at random moments, while others are served. */
export const rstCase = tortureCase({
  name: "rst",
  about: "RST at random moments of an exchange, while others are served",
  sizes: { quick: 1_000, full: 10_000 },
  limits: { quick: 20, full: 120 },
  text: (count) => `${count} resets`,
  run: async (ground: Ground, count: number) => {
    const server = await ground.serve();
    const until = new AbortController();
    const bystanders = Array.from({ length: BYSTANDERS }, (_, index) =>
      verifiedStream(server.address, {
        bytes: Infinity,
        random: ground.random("bystander", index),
        writePauseMs: 1,
        until: until.signal,
        signal: ground.signal,
      }));
    try {
      await inLanes(count, LANES, async (index) => {
        await MANNERS.resetting(server.address, { random: ground.random(index), signal: ground.signal });
      });
    } finally {
      until.abort();
    }
    const echoed = allEchoed("bystanders", await Promise.all(bystanders));
    const { errors } = await server.finish();
    // Not each: some were closed by FIN, with all that was sent, before their RST.
    check(errors > count / 2, `only ${errors} of ${count} connections ended by reset: the case proves nothing`);
    return `${errors} seen by the server as resets; ${BYSTANDERS} others had ${echoed} bytes right`;
  },
});
