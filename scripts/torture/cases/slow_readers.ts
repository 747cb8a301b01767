import { delay } from "../../../lib/core/delay.ts";
import { bytesText } from "../../../lib/report/bench_units.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";
import { allEchoed, verifiedStream } from "../verified_stream.ts";

interface Size {
  readonly readers: number;
  readonly silentMs: number;
}

/** Bytes that each sends: more than all socket buffers and the server's own buffer for a connection take up. */
const BYTES = 4 * 2 ** 20;
/**
 * Socket buffers at both ends (the kernel doubles it): the kernel's own would take megabytes for each before the server
 * feels that nobody reads.
 */
const SOCKET_BUFFER = 64 * 1024;
/** Bytes that the server may hold for each: the largest receive buffer. One that queues instead holds the 4 MiB. */
const HELD_PER_READER = 256 * 1024;
/** What its heap may grow by besides. */
const OTHER_BYTES = 48 * 2 ** 20;

/** Clients that send and do not read, and then read slowly. */
export const slowReadersCase = tortureCase({
  name: "slow-readers",
  about: "clients that send, read nothing for a while, and then slowly; the server's memory is watched",
  sizes: { quick: { readers: 64, silentMs: 700 }, full: { readers: 500, silentMs: 10_000 } },
  limits: { quick: 30, full: 150 },
  text: ({ readers, silentMs }: Size) => `${readers} x ${bytesText(BYTES)}, ${silentMs / 1000} s`,
  run: async (ground: Ground, { readers, silentMs }) => {
    const buffer = String(SOCKET_BUFFER);
    const server = await ground.serve({ args: ["--recv-buffer", buffer, "--send-buffer", buffer] });
    const silence = delay(silentMs, ground.signal);
    const connection = { recvBuffer: SOCKET_BUFFER, sendBuffer: SOCKET_BUFFER };
    let sentInSilence = 0;
    let isSilent = true;
    const streams = Promise.all(Array.from({ length: readers }, (_, index) =>
      verifiedStream(server.address, {
        bytes: BYTES,
        random: ground.random(index),
        readPauseMs: 2,
        beforeReading: silence,
        onSent: ({ length }) => void (isSilent && (sentInSilence += length)),
        connection,
        signal: ground.signal,
      })));
    await silence;
    isSilent = false;
    check(sentInSilence < readers * BYTES, "the server took all that was sent: it queues what nobody reads");
    const { peak } = await server.facts();
    const echoed = allEchoed("slow readers", await streams);
    const grown = Math.max(peak, (await server.facts()).peak) - server.start.memory;
    const bound = readers * HELD_PER_READER + OTHER_BYTES;
    check(grown <= bound, `the server took ${bytesText(grown)} for them, more than ${bytesText(bound)}`);
    await server.finish();
    return `${bytesText(echoed)} right in the end; at most ${bytesText(grown)} more memory (bound ${bytesText(bound)})`;
  },
});
