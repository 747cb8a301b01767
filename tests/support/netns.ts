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
    ip: (args) => run(["ip", "-n", name, ...args.split(" ")]),
    sysctl: (key, value) => run(["ip", "netns", "exec", name, "sysctl", "-q", "-w", `${key}=${value}`]),
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

function freshName(): string {
  return `sounder-${crypto.randomUUID().slice(0, 8)}`;
}

async function run([program, ...args]: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, stdin: "null", stdout: "null" }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}
