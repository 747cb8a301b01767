import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";
import { allEchoed, verifiedStream } from "../verified_stream.ts";

/** Streams of each process of clients. */
const STREAMS = 32;

/** Clients are killed in the middle of their streams: the server has nothing to say, and serves the others. */
export const sigkillClientCase = tortureCase({
  name: "sigkill-client",
  about: "SIGKILL of clients under load, while others are served",
  sizes: { quick: 2, full: 10 },
  limits: { quick: 25, full: 90 },
  text: (processes) => `${processes} x ${STREAMS} clients`,
  run: async (ground: Ground, processes: number) => {
    const server = await ground.serve();
    const until = new AbortController();
    const bystander = verifiedStream(server.address, {
      bytes: Infinity,
      random: ground.random("bystander"),
      writePauseMs: 1,
      until: until.signal,
      signal: ground.signal,
    });
    try {
      for (let index = 0; index < processes; index++) {
        const traffic = ground.traffic({ address: server.address, streams: STREAMS, bytes: null, timeoutMs: 60_000 });
        await traffic.moving();
        await ground.wait(ground.random(index).next() * 200);
        await server.untilOpen(STREAMS + 1);
        traffic.child.signal("SIGKILL");
        await traffic.child.end;
      }
    } finally {
      until.abort();
    }
    const echoed = allEchoed("bystanders", [await bystander]);
    const { errors } = await server.finish();
    return `${errors} of ${processes * STREAMS} ended by reset, the others by FIN; another had ${echoed} bytes right`;
  },
});
