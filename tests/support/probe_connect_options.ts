/**
 * A program that connects with options as its arguments say, each a JSON object of `ConnectOptions`, and prints one
 * JSON object per argument: what the connection reports, or what was thrown. Run with permissions taken away.
 *
 * @module
 */
import { connect, type ConnectOptions } from "../../lib/net/connect.ts";
import type { SocketOptionReport } from "../../lib/socket/report_option.ts";
import { SocketOptionError } from "../../lib/socket/socket_option_error.ts";

/** What came of it. */
export interface OptionsProbed {
  reports?: readonly SocketOptionReport[];
  /** The same after `close()`. */
  closed?: readonly SocketOptionReport[];
  /** The port connected from. */
  localPort?: number;
  name?: string;
  kind?: string;
  option?: string;
  message?: string;
}

async function probe(options: ConnectOptions): Promise<OptionsProbed> {
  try {
    const connection = await connect(options);
    const reports = connection.socketOptions;
    connection.close();
    return { reports, closed: connection.socketOptions, localPort: connection.localAddr.port };
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message, ...(error instanceof SocketOptionError && { kind: error.kind, option: error.option }) };
  }
}

if (import.meta.main) {
  for (const argument of Deno.args) console.log(JSON.stringify(await probe(JSON.parse(argument))));
}

/** Runs the probes with these permissions. */
export async function probeOptions(permissions: string[], probes: ConnectOptions[]): Promise<OptionsProbed[]> {
  const flags = ["run", "-q", "--no-config", "--no-prompt", "--no-lock", ...permissions];
  const args = [...flags, import.meta.filename!, ...probes.map((options) => JSON.stringify(options))];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  if (code !== 0) throw new Error(`the probe ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}
