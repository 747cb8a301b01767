/**
 * Network namespaces: a network of the test's own, with hosts that are dead, unreachable or forbidden. Needs root.
 *
 * @module
 */
import { missingProgram, notLinux } from "./needs.ts";

/** A network namespace with a loopback, which is all its network until a test adds to it. */
export interface Netns extends AsyncDisposable {
  readonly name: string;
  /** Runs `ip` with these arguments, split at blanks, inside. */
  ip(args: string): Promise<void>;
  /** Sets a kernel parameter inside, such as `net.ipv4.tcp_syn_retries`. */
  sysctl(name: string, value: number): Promise<void>;
  /** Runs a script of `nft` inside, such as a table with its chains; resolves to what it prints. */
  nft(script: string): Promise<string>;
  /** Gives the names that programs inside look up first, as lines of /etc/hosts. */
  setHosts(lines: string): Promise<void>;
  /** A command that runs inside. */
  command(program: string, args: string[], options?: Deno.CommandOptions): Deno.Command;
}

/** What is missing to make namespaces; undefined if nothing is. */
export async function noNetns(): Promise<string | undefined> {
  const missing = notLinux() ?? await missingProgram("ip");
  if (missing) return missing;
  const name = freshName();
  try {
    await run(["ip", "netns", "add", name]);
    await run(["ip", "netns", "del", name]);
  } catch {
    return "network namespaces need root";
  }
}

/** Makes a namespace; disposing of it removes it, with whatever still runs inside cut off. */
export async function makeNetns(): Promise<Netns> {
  const name = freshName();
  const hosts = `/etc/netns/${name}`;
  await run(["ip", "netns", "add", name]);
  await run(["ip", "-n", name, "link", "set", "lo", "up"]);
  return {
    name,
    ip: async (args) => void await run(["ip", "-n", name, ...args.split(" ")]),
    sysctl: async (key, value) =>
      void await run(["ip", "netns", "exec", name, "sysctl", "-q", "-w", `${key}=${value}`]),
    nft: (script) => run(["ip", "netns", "exec", name, "nft", script]),
    async setHosts(lines) {
      // `ip netns exec` mounts what it finds there over /etc.
      await Deno.mkdir(hosts, { recursive: true });
      await Deno.writeTextFile(`${hosts}/hosts`, lines);
    },
    command: (program, args, options) =>
      new Deno.Command("ip", { ...options, args: ["netns", "exec", name, program, ...args] }),
    async [Symbol.asyncDispose]() {
      await Deno.remove(hosts, { recursive: true }).catch(() => {});
      await Deno.remove("/etc/netns").catch(() => {}); // if it is empty
      await run(["ip", "netns", "del", name]);
    },
  };
}

/** Two namespaces with a cable between them, the device `wire` at each end. */
export interface WiredPair extends AsyncDisposable {
  readonly client: Netns;
  readonly server: Netns;
}

/** The addresses of a {@linkcode WiredPair}. */
export const WIRE = { client: "10.55.0.1", server: "10.55.0.2", client6: "fd55::1", server6: "fd55::2" };

/** What is missing to make a wired pair and to listen in; undefined if nothing is. */
export async function noWire(): Promise<string | undefined> {
  return await missingProgram("nft", "tcpdump", "tshark", "bash") ?? await noNetns();
}

/** Makes two namespaces and their cable; disposing of it removes all three. */
export async function makeWiredPair(): Promise<WiredPair> {
  const client = await makeNetns();
  const server = await makeNetns();
  const pair = {
    client,
    server,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
  try {
    await addCable(pair, "wire", 55);
  } catch (error) {
    await pair[Symbol.asyncDispose]();
    throw error;
  }
  return pair;
}

/** Lays one more cable between the two, with the networks 10.N.0.0/24 and fdN::/64: the client is 1, the server 2. */
export async function addCable({ client, server }: WiredPair, device: string, network: number): Promise<void> {
  await client.ip(`link add ${device} type veth peer name ${device} netns ${server.name}`);
  for (const [netns, host] of [[client, 1], [server, 2]] as const) {
    // Segments as they would be on a wire: else a capture shows those that a network card would cut up.
    await netns.ip(`link set ${device} gso_max_segs 1`);
    await netns.ip(`addr add 10.${network}.0.${host}/24 dev ${device}`);
    await netns.ip(`addr add fd${network}::${host}/64 dev ${device} nodad`);
    await netns.ip(`link set ${device} up`);
  }
}

/** Drops all TCP that arrives in a namespace, and tells nobody: as if its end of the cable were cut. */
export async function dropArriving(netns: Netns): Promise<void> {
  await netns.nft("table inet cut { chain input { type filter hook input priority 0; meta l4proto tcp drop; }; }");
}

/** Cuts a cable for both. */
export async function cutCable({ client, server }: WiredPair): Promise<void> {
  await Promise.all([dropArriving(client), dropArriving(server)]);
}

function freshName(): string {
  return `sounder-${crypto.randomUUID().slice(0, 8)}`;
}

async function run([program, ...args]: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null", detached: true }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout);
}
