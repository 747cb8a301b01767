/**
 * The servers that are measured side by side: each an echo server on one thread, with TCP_NODELAY and a backlog of 511 where
 * the program can be told so. `forks`: one process for each connection.
 *
 * @module
 */
import { VERSION } from "../../lib/core/version.ts";
import { stdFlags } from "../std_flags.ts";
import { LeftOutError, type Peer, type ServerCommand } from "./peer.ts";
import { lastLine, runProgram } from "./program.ts";
import { buildTokio } from "./build_tokio.ts";

const FILES = `${import.meta.dirname}/peers`;

/** Where peers are built. */
export interface Workshop {
  /** A folder for what is built. */
  readonly folder: string;
  /** Ends what builds. */
  readonly signal: AbortSignal;
}

/** A server before anything is known of this machine. */
export interface PeerKind extends Pick<Peer, "name" | "title" | "forks"> {
  /** Compiles it, if that is needed, and asks for its version; throws a {@linkcode LeftOutError} where it cannot be had. */
  prepare(workshop: Workshop): Promise<Pick<Peer, "version" | "command">>;
}

/** What `deno run` needs before the path of Sounder's main.ts. */
export function sounderCommand(args: readonly string[]): ServerCommand {
  const main = `${import.meta.dirname}/../../main.ts`;
  const flags = ["run", "-q", "--no-prompt", ...stdFlags(), "--allow-net", "--allow-ffi", "--allow-read"];
  return { program: Deno.execPath(), args: [...flags, main, ...args], env: { NO_COLOR: "1" } };
}

/** The part of what a program prints of its version that a pattern's group finds; {@linkcode LeftOutError} without it. */
async function versionOf(program: string, args: readonly string[], pattern: RegExp): Promise<string> {
  let printed: string;
  try {
    const { stdout, stderr } = await runProgram(program, args);
    printed = stdout + stderr;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new LeftOutError(`no ${program} here`);
    throw error;
  }
  // Where there is no node, Deno starts itself in its place.
  if (/^deno \d/m.test(printed)) throw new LeftOutError(`no ${program} here`);
  const version = pattern.exec(printed)?.[1];
  if (version === undefined) throw new LeftOutError(`${program} ${args.join(" ")} says: ${lastLine(printed)}`);
  return version;
}

/** Runs a compiler; its last words are the reason where it fails. */
async function built(program: string, args: readonly string[], { signal }: Workshop): Promise<void> {
  const { success, stderr } = await runProgram(program, args, { signal });
  if (!success) throw new LeftOutError(`${program} failed: ${lastLine(stderr)}`);
}

/** Compiles one of the C files; returns the path of the program. */
export async function compileC(name: string, workshop: Workshop): Promise<string> {
  if (Deno.build.os !== "linux") throw new LeftOutError(`no epoll on ${Deno.build.os}`);
  await gccVersion();
  const path = `${workshop.folder}/${name}`;
  await built("gcc", ["-O2", "-o", path, `${FILES}/${name}.c`], workshop);
  return path;
}

function gccVersion(): Promise<string> {
  return versionOf("gcc", ["--version"], /(\d+\.\d+\.\d+)$/m);
}

function python(more: readonly string[]): (port: number) => ServerCommand {
  return (port) => ({ program: "python3", args: [`${FILES}/echo_asyncio.py`, String(port), ...more] });
}

/** Every server, Sounder and the yardstick first. */
export const PEERS: readonly PeerKind[] = [
  {
    name: "sounder",
    title: "Sounder, on Deno",
    forks: false,
    prepare: () =>
      Promise.resolve({
        version: `${VERSION}, Deno ${Deno.version.deno}`,
        command: (port) => sounderCommand(["serve", "--port", String(port), "--quiet"]),
      }),
  },
  {
    name: "c",
    title: "C, epoll",
    forks: false,
    prepare: async (workshop) => {
      const program = await compileC("echo_epoll", workshop);
      const version = `gcc ${await gccVersion()} -O2`;
      return { version, command: (port) => ({ program, args: [String(port)] }) };
    },
  },
  {
    name: "node",
    title: "Node, node:net",
    forks: false,
    prepare: async () => ({
      version: await versionOf("node", ["--version"], /^v(\S+)/),
      command: (port) => ({ program: "node", args: [`${FILES}/echo_node.mjs`, String(port)] }),
    }),
  },
  {
    name: "bun",
    title: "Bun, Bun.listen",
    forks: false,
    prepare: async () => ({
      version: await versionOf("bun", ["--version"], /^(\d\S*)/),
      command: (port) => ({ program: "bun", args: [`${FILES}/echo_bun.js`, String(port)] }),
    }),
  },
  {
    name: "go",
    title: "Go, one thread (GOMAXPROCS=1)",
    forks: false,
    prepare: async (workshop) => {
      const version = await versionOf("go", ["version"], /go(\d\S*)/);
      const program = `${workshop.folder}/echo_go`;
      await built("go", ["build", "-o", program, `${FILES}/echo.go`], workshop);
      return { version, command: (port) => ({ program, args: [String(port)], env: { GOMAXPROCS: "1" } }) };
    },
  },
  {
    name: "tokio",
    title: "Rust, tokio, one thread (current_thread)",
    forks: false,
    prepare: async ({ folder, signal }) => {
      const rust = await versionOf("cargo", ["--version"], /^cargo (\S+)/);
      const { program, version } = await buildTokio(`${FILES}/echo_tokio.rs`, folder, signal);
      return { version: `${version}, Rust ${rust}`, command: (port) => ({ program, args: [String(port)] }) };
    },
  },
  {
    name: "uvloop",
    title: "Python, uvloop, a Protocol",
    forks: false,
    prepare: async () => ({
      version: `${await versionOf(
        "python3",
        ["-c", "import uvloop; print(uvloop.__version__)"],
        /^(\d\S*)$/m,
      )}, ${await pythonVersion()}`,
      command: python(["uvloop"]),
    }),
  },
  {
    name: "asyncio",
    title: "Python, asyncio, a Protocol",
    forks: false,
    prepare: async () => ({ version: await pythonVersion(), command: python([]) }),
  },
  {
    name: "socat",
    title: "socat, a process for each connection",
    forks: true,
    prepare: async () => ({
      version: await versionOf("socat", ["-V"], /^socat version (\S+)/m),
      command: (port) => ({
        program: "socat",
        args: [`TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork,nodelay,backlog=511`, "PIPE"],
      }),
    }),
  },
  {
    name: "ncat",
    title: "ncat with /bin/cat, two processes for each connection",
    forks: true,
    prepare: async () => ({
      version: await versionOf("ncat", ["--version"], /Version (\S+)/),
      command: (port) => ({
        program: "ncat",
        args: ["--listen", "--keep-open", "--max-conns", "5000", "--exec", "/bin/cat", "127.0.0.1", String(port)],
      }),
    }),
  },
];

async function pythonVersion(): Promise<string> {
  return `Python ${await versionOf("python3", ["--version"], /^Python (\S+)/)}`;
}
