/**
 * A program that connects through the library, writes, and ends the connection as its argument says, a JSON object of
 * {@linkcode WireProbe}. Run inside a network namespace.
 *
 * @module
 */
import { connect, type ConnectOptions } from "../../lib/net/connect.ts";
import type { Netns } from "./netns.ts";

/** What to do. */
export interface WireProbe extends ConnectOptions {
  /** How often to write ten bytes. */
  writes: number;
  /** Waits for the echo of each before the next. */
  echo?: boolean;
  /** How to end it: closed unless told. */
  end?: "close" | "abort";
}

const SIZE = 10;

async function probe({ writes, echo, end = "close", ...options }: WireProbe): Promise<void> {
  const connection = await connect(options);
  const buffer = new Uint8Array(SIZE);
  for (let i = 0; i < writes; i++) {
    await connection.write(new Uint8Array(SIZE));
    for (let came = 0; echo && came < SIZE;) came += await connection.read(buffer) ?? SIZE;
  }
  connection[end]();
}

if (import.meta.main) await probe(JSON.parse(Deno.args[0]));

/** Runs the program inside, to its end. */
export async function probeInside(netns: Netns, probe: WireProbe): Promise<void> {
  const args = ["run", "-q", "--no-config", "--no-prompt", "--allow-net", "--allow-ffi"];
  const command = netns.command(Deno.execPath(), [...args, import.meta.filename!, JSON.stringify(probe)]);
  const { code, stderr } = await command.output();
  if (code !== 0) throw new Error(`the probe ended with ${code}: ${new TextDecoder().decode(stderr)}`);
}
