/**
 * Services on connections with faults, and a client that talks to them.
 *
 * @module
 */
import { Random } from "../../lib/core/random.ts";
import type { Fault } from "../../lib/echo/fault.ts";
import { type FaultDirection, FaultyConnection } from "../../lib/echo/faulty_connection.ts";
import { type ServiceName, services } from "../../lib/echo/service.ts";
import type { Connection } from "../../lib/net/connection.ts";

/** A connection with faults, which draw the same at each run. */
export function faulty(connection: Connection, faults: readonly Fault[], direction: FaultDirection = "sent") {
  return new FaultyConnection(connection, faults.map((fault, i) => ({ fault, random: new Random(i) })), direction);
}

/** A service on a connection with faults, as a server runs it. */
export function serveFaulty(service: ServiceName, connection: Connection, ...faults: Fault[]) {
  const server = faulty(connection, faults, service === "discard" ? "received" : "sent");
  const ended = services[service](server).then(() => "finished", (error) => error).finally(() => server.close());
  return { server, ended };
}

/** What a peer gets that sends and reads at once: the bytes, and how they ended. */
export async function talk(client: Connection, bytes: Uint8Array): Promise<{ got: Uint8Array; end: string }> {
  const sending = client.write(bytes).then(() => client.closeWrite()).catch((error) => error.name as string);
  const pieces: number[] = [];
  const buffer = new Uint8Array(5000);
  let end = "FIN";
  try {
    for (let n = await client.read(buffer); n !== null; n = await client.read(buffer)) {
      pieces.push(...buffer.subarray(0, n));
    }
  } catch (error) {
    end = (error as Error).name;
  }
  client.close();
  // A socket tells a RST once: to the read or to the write.
  const told = await sending;
  return { got: new Uint8Array(pieces), end: told === "ConnectionReset" ? told : end };
}
