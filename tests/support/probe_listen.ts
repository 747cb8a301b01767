/**
 * A program that listens as its arguments say, each a JSON object of {@linkcode ListenProbe}, and prints one JSON object
 * per argument: what came of it. Run without a flag, without a right, or under strace.
 *
 * @module
 */
import { connect, type ConnectOptions } from "../../lib/net/connect.ts";
import { listen, type ListenOptions } from "../../lib/net/listen.ts";

/** What to try. */
export interface ListenProbe extends ListenOptions {
  /** Makes a connection to the listener with these options. */
  connect?: Partial<ConnectOptions>;
}

/** What came of it. */
export interface ListenResult {
  /** The port bound. */
  port?: number;
  name?: string;
  message?: string;
  cause?: string;
}

async function probe({ connect: client, ...options }: ListenProbe): Promise<ListenResult> {
  try {
    using listener = listen(options);
    if (client) {
      using _connection = await connect({ ...listener.addr, ...client });
      using _accepted = await listener.accept();
    }
    return { port: listener.addr.port };
  } catch (error) {
    const { name, message, cause } = error as Error;
    return { name, message, cause: (cause as Error | undefined)?.name };
  }
}

if (import.meta.main) {
  for (const argument of Deno.args) console.log(JSON.stringify(await probe(JSON.parse(argument))));
}

/** Arguments of deno that run the probes, without the project's deno.json and its unstable flag. */
export function listenProbeArgs(probes: ListenProbe[]): string[] {
  const flags = ["--no-config", "--no-prompt", "--allow-net"];
  return ["run", "-q", ...flags, import.meta.filename!, ...probes.map((probe) => JSON.stringify(probe))];
}
