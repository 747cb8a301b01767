/**
 * A program that connects as its arguments say, each a JSON object of {@linkcode Probe}, and prints one JSON object per
 * argument: what came of it. Run inside a network namespace or with permissions taken away.
 *
 * @module
 */
import { connect, type ConnectOptions } from "../../lib/net/connect.ts";

/** What to try. */
export interface Probe extends ConnectOptions {
  /** Address on which to listen meanwhile, on the port of the probe. */
  serveOn?: string;
}

/** What came of it. */
export interface ProbeResult {
  /** The address connected to. */
  connected?: string;
  name?: string;
  kind?: string;
  message?: string;
  cause?: string;
  ms: number;
}

/** What came of one probe. */
async function probe({ serveOn, ...options }: Probe): Promise<ProbeResult> {
  using _listener = serveOn === undefined ? undefined : Deno.listen({ hostname: serveOn, port: options.port });
  const began = performance.now();
  try {
    using connection = await connect(options);
    return { connected: connection.remoteAddr.hostname, ms: performance.now() - began };
  } catch (error) {
    const { name, kind, message, cause } = error as Error & { kind?: string };
    return { name, kind, message, cause: (cause as Error | undefined)?.name, ms: performance.now() - began };
  }
}

if (import.meta.main) {
  for (const argument of Deno.args) console.log(JSON.stringify(await probe(JSON.parse(argument))));
}

/** Arguments of deno that run the probes. */
export function probeArgs(permissions: string[], probes: Probe[]): string[] {
  const program = import.meta.filename!;
  return ["run", "-q", "--no-config", "--no-prompt", ...permissions, program, ...probes.map((p) => JSON.stringify(p))];
}

/** Runs a command made with {@linkcode probeArgs}. */
export async function runProbes(command: Deno.Command): Promise<ProbeResult[]> {
  const { code, stdout, stderr } = await command.output();
  if (code !== 0) throw new Error(`the probe ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}
