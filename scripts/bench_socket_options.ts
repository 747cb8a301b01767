/**
 * What socket options cost, as ratios within one run: `deno run --allow-net --allow-ffi scripts/bench_socket_options.ts`.
 * Each pair runs alternately, so that what else the machine does falls on both; the medians are compared.
 *
 * @module
 */
import { connect, type ConnectOptions } from "../lib/net/connect.ts";
import type { Connection } from "../lib/net/connection.ts";
import { listen, type ListenOptions } from "../lib/net/listen.ts";

const ROUNDS = 15;
const EXCHANGES = 2000;
const CONNECTS = 200;

/** Milliseconds that it takes to do something. */
async function time(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Echoes of 64 bytes, one after the other, between two ends with these options. */
async function exchanges(options: Partial<ConnectOptions> & ListenOptions): Promise<number> {
  const { quickAck } = options;
  using listener = listen({ quickAck });
  const [near, far] = await Promise.all([connect({ ...listener.addr, quickAck }), listener.accept()]);
  const echo = async (connection: Connection, buffer: Uint8Array) => {
    await connection.write(buffer.subarray(0, (await connection.read(buffer))!));
  };
  const buffer = new Uint8Array(64);
  const answer = new Uint8Array(64);
  const ms = await time(async () => {
    for (let i = 0; i < EXCHANGES; i++) {
      const served = echo(far, buffer);
      await near.write(answer);
      await near.read(answer);
      await served;
    }
  });
  near.close();
  far.close();
  return ms / EXCHANGES * 1000;
}

/** Connections, accepted and closed again, one after the other. */
async function connections(client: Partial<ConnectOptions>, server: ListenOptions): Promise<number> {
  using listener = listen(server);
  const ms = await time(async () => {
    for (let i = 0; i < CONNECTS; i++) {
      const [near, far] = await Promise.all([connect({ ...listener.addr, ...client }), listener.accept()]);
      near.close();
      far.close();
    }
  });
  return ms / CONNECTS * 1000;
}

/** Runs two ways alternately and prints what they take, in microseconds, and the ratio. */
async function compare(title: string, plain: () => Promise<number>, other: () => Promise<number>): Promise<void> {
  await plain();
  await other();
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < ROUNDS; i++) {
    times[0].push(await plain());
    times[1].push(await other());
  }
  const [a, b] = times.map(median);
  console.log(
    `${title.padEnd(58)} ${a.toFixed(1).padStart(7)} µs  ${b.toFixed(1).padStart(7)} µs  x ${(b / a).toFixed(2)}`,
  );
}

if (import.meta.main) {
  const inherited: ListenOptions = { recvBuffer: 65536, keepAlive: { idle: 60_000, interval: 5000, count: 3 } };
  console.log("median of", ROUNDS, "rounds".padEnd(40), "without".padStart(20), "with".padStart(10));
  await compare(
    "an exchange of 64 bytes, quick ACK on both ends",
    () => exchanges({}),
    () => exchanges({ quickAck: true }),
  );
  await compare(
    "a connection, options set on the listener",
    () => connections({}, {}),
    () => connections({}, inherited),
  );
  await compare(
    "a connection, quick ACK set on the accepted one",
    () => connections({}, inherited),
    () => connections({}, { ...inherited, quickAck: true }),
  );
  await compare(
    "a connection, the client's options after connecting",
    () => connections({}, {}),
    () => connections({ keepAlive: inherited.keepAlive }, {}),
  );
  await compare(
    "a connection, the client's options before the SYN",
    () => connections({}, {}),
    () => connections({ recvBuffer: 65536, mss: 1400 }, {}),
  );
}
