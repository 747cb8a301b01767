import type { AlsoServer, BenchPeersOptions } from "./bench_options.ts";
import { cClient, type ClientName, type LoadClient, sounderClient } from "./load_client.ts";
import { type LeftOut, LeftOutError, type Peer } from "./peer.ts";
import { compileC, PEERS, type Workshop } from "./peers.ts";

/** What can be had on this machine of what was asked for. */
export interface Prepared {
  /** The servers. */
  readonly peers: Peer[];
  /** The clients. */
  readonly clients: Map<ClientName, LoadClient>;
  /** What cannot, and why. */
  readonly leftOut: LeftOut[];
}

/** Compiles what is to be compiled, and asks every program for its version. */
export async function prepare(options: BenchPeersOptions, workshop: Workshop): Promise<Prepared> {
  const leftOut: LeftOut[] = [];
  const peers: Peer[] = [];
  const clients = new Map<ClientName, LoadClient>();
  const orLeftOut = async <T>(what: string, make: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await make();
    } catch (error) {
      workshop.signal.throwIfAborted();
      if (!(error instanceof LeftOutError)) throw error;
      leftOut.push({ what, why: error.message, failed: null });
    }
  };
  for (const kind of PEERS.filter(({ name }) => options.only.includes(name))) {
    const made = await orLeftOut(kind.name, () => kind.prepare(workshop));
    if (made) peers.push({ ...kind, ...made });
  }
  peers.push(...options.also.map(alsoPeer));
  if (options.clients.includes("c")) {
    const program = await orLeftOut("the C client", () => compileC("load_epoll", workshop));
    if (program) clients.set("c", cClient(program));
  }
  if (options.clients.includes("sounder") || clients.size === 0) clients.set("sounder", sounderClient);
  return { peers, clients, leftOut };
}

function alsoPeer({ name, words }: AlsoServer): Peer {
  const command = (port: number) => {
    const [program, ...args] = words.map((word) => word.replaceAll("{port}", String(port)));
    return { program, args };
  };
  return { name, title: words.join(" "), version: "", forks: false, command };
}
