/**
 * The echo service, which is a loop over a Connection, beside an echo by Protocol: `deno run --allow-net
 * scripts/bench_transport.ts`. Both run alternately in one process, with the same client, whose part of the time is in both:
 * the ratio of the servers alone is larger than what is printed.
 *
 * @module
 */
import { connect } from "../lib/net/connect.ts";
import { serve } from "../lib/echo/serve.ts";
import type { Address } from "../lib/core/address.ts";
import type { BufferedProtocol, Protocol } from "../lib/transport/protocol.ts";
import { createServer } from "../lib/transport/create_server.ts";
import type { Transport } from "../lib/transport/transport.ts";

const ROUNDS = 9;

/** An echo by callbacks. */
function echoProtocol(): Protocol {
  let transport: Transport;
  return {
    connectionMade: (made) => void (transport = made),
    dataReceived: (data) => transport.write(data),
    pauseWriting: () => transport.pauseReading(),
    resumeWriting: () => transport.resumeReading(),
  };
}

/** The same with a buffer of its own. */
function bufferedEchoProtocol(): BufferedProtocol {
  const buffer = new Uint8Array(64 * 1024);
  let transport: Transport;
  return {
    connectionMade: (made) => void (transport = made),
    getBuffer: () => buffer,
    bufferUpdated: (bytes) => transport.write(buffer.subarray(0, bytes)),
    pauseWriting: () => transport.pauseReading(),
    resumeWriting: () => transport.resumeReading(),
  };
}

/** Milliseconds for messages of a size, echoed one after the other on several connections at once. */
async function exchanges(address: Address, connections: number, size: number, count: number): Promise<number> {
  const clients = await Promise.all(Array.from({ length: connections }, () => connect(address)));
  const since = performance.now();
  await Promise.all(clients.map(async (client) => {
    const message = new Uint8Array(size);
    const echo = new Uint8Array(size);
    for (let i = 0; i < count; i++) {
      await client.write(message);
      for (let got = 0; got < size;) got += (await client.read(echo))!;
    }
  }));
  const ms = performance.now() - since;
  for (const client of clients) client.close();
  return ms;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

if (import.meta.main) {
  await using loop = serve({ port: 0 });
  await using callbacks = createServer(echoProtocol, { port: 0 });
  await using buffered = createServer(bufferedEchoProtocol, { port: 0 });
  const servers = { "serve()": loop.addr, Protocol: callbacks.addresses[0], BufferedProtocol: buffered.addresses[0] };
  for (const [connections, size, count] of [[1, 64, 5000], [64, 64, 200], [64, 16384, 50], [4, 1 << 20, 30]]) {
    const times = Object.fromEntries(Object.keys(servers).map((name) => [name, [] as number[]]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, address] of Object.entries(servers)) {
        times[name].push(await exchanges(address, connections, size, count));
      }
    }
    const base = median(times["serve()"]);
    const shown = Object.entries(times).map(([name, all]) => `${name} x ${(median(all) / base).toFixed(2)}`);
    console.log(`${connections} connections, ${size} bytes: ${base.toFixed(0)} ms; ${shown.join(", ")}`);
  }
}
