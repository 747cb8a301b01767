import { LeftOutError } from "./peer.ts";
import { runProgram } from "./program.ts";

const MANIFEST = `[package]
name = "echo_tokio"
version = "0.0.0"
edition = "2021"

[dependencies]
tokio = { version = "1", features = ["io-util", "macros", "net", "rt"] }
`;

/** What cargo made. */
export interface TokioProgram {
  /** Its path. */
  readonly program: string;
  /** Of tokio, from the lock file. */
  readonly version: string;
}

/** Why cargo failed, in a line: what it could not fetch, or the first error. */
export function cargoReason(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim());
  const error = lines.find((line) => line.startsWith("error"))?.replace(/^error(\[\w+\])?: /, "");
  return `cargo failed: ${error ?? lines.findLast((line) => line !== "") ?? "it says nothing"}`;
}

/**
 * Compiles the tokio server: the folder gets a project of its own, and cargo fetches the crate.
 *
 * @throws {LeftOutError} where that fails.
 */
export async function buildTokio(source: string, folder: string, signal: AbortSignal): Promise<TokioProgram> {
  const project = `${folder}/tokio`;
  await Deno.mkdir(`${project}/src`, { recursive: true });
  await Deno.writeTextFile(`${project}/Cargo.toml`, MANIFEST);
  await Deno.copyFile(source, `${project}/src/main.rs`);
  const { success, stderr } = await runProgram("cargo", ["build", "--release", "--quiet"], { cwd: project, signal });
  if (!success) throw new LeftOutError(cargoReason(stderr));
  const lock = await Deno.readTextFile(`${project}/Cargo.lock`);
  const version = /name = "tokio"\nversion = "([^"]+)"/.exec(lock)?.[1];
  return { program: `${project}/target/release/echo_tokio`, version: version ?? "1" };
}
