import { connectEcho } from "../../../lib/echo/connect_echo.ts";
import type { EchoClient } from "../../../lib/echo/echo_client.ts";
import { bytesText } from "../../../lib/report/bench_units.ts";
import { machine } from "../../bench/machine.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { inLanes } from "../lanes.ts";
import { tortureCase } from "../torture_case.ts";
import { PATIENCE_MS } from "../verified_stream.ts";

/** Connections that are made, or speak, at the same time: less than any backlog. */
const LANES = 128;
/** Descriptors that a process has beside its connections. */
const OTHER_DESCRIPTORS = 200;
/**
 * Bytes that the server may take for a connection that has spoken, and besides: 26 MiB for 2,000 and 109 MiB for 10,000
 * were measured, most of it garbage that V8 has not collected yet. A buffer of 64 KiB kept for each breaks the bound
 * (144 MiB for 2,000).
 */
const BYTES_PER_CONNECTION = 12 * 1024;
const OTHER_BYTES = 48 * 1024 * 1024;

/** All at once: each connects, speaks, is silent among the others, and speaks again. */
export const connectionsCase = tortureCase({
  name: "connections",
  about: "concurrent connections, each of which speaks twice",
  sizes: { quick: 2_000, full: 10_000 },
  limits: { quick: 20, full: 90 },
  text: (count) => `${count} connections`,
  missing: async (count) => {
    const { descriptors } = await machine();
    const needed = count + OTHER_DESCRIPTORS;
    if (descriptors === null || descriptors >= needed) return undefined;
    return `${needed} descriptors are needed and a process may have ${descriptors} here (ulimit -n)`;
  },
  run: async (ground: Ground, count: number) => {
    const server = await ground.serve();
    const clients: EchoClient[] = [];
    const limits = { timeout: PATIENCE_MS, signal: ground.signal };
    using _ = { [Symbol.dispose]: () => clients.forEach((client) => client[Symbol.dispose]()) };
    const speak = (index: number) => clients[index].exchange([`${index} of ${count}\n`], limits);
    await inLanes(count, LANES, async (index) => {
      clients[index] = await connectEcho({ ...server.address, connectTimeout: PATIENCE_MS, signal: ground.signal });
      await speak(index);
    });
    await server.untilOpen(count);
    await inLanes(count, LANES, async (index) => void await speak(index));
    const { peak } = await server.facts();
    const grown = peak - server.start.memory;
    const bound = count * BYTES_PER_CONNECTION + OTHER_BYTES;
    check(grown <= bound, `the server took ${bytesText(grown)} for them, more than ${bytesText(bound)}`);
    await inLanes(count, LANES, async (index) => void await clients[index].close(limits));
    await server.finish();
    return `${2 * count} echoes right; at most ${bytesText(grown)} more memory (bound ${bytesText(bound)})`;
  },
});
