import type { Peer } from "./peer.ts";
import { lastLine } from "./program.ts";

/** Milliseconds that a server may take until it accepts; a cold one on a busy machine takes seconds. */
const START_LIMIT_MS = 15_000;
/** Milliseconds for the echo that proves that it is one. */
const ECHO_LIMIT_MS = 5_000;
/** Milliseconds between two attempts to connect: more often would take the processor from the server that starts. */
const RETRY_MS = 1;
/** Enough to say why a server ended. */
const KEPT_ERROR_CHARS = 4000;

/** A server that accepts. Disposing kills it, with all that it forked. */
export interface RunningServer extends AsyncDisposable {
  /** Its process, which leads a group of its own. */
  readonly pid: number;
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** Milliseconds from before it was started until the first connect succeeded. */
  readonly startMs: number;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/**
 * Starts a server and waits until it accepts.
 *
 * @throws {Error} if it ends, or does not accept in time; the reason is in the message.
 * @throws the signal's reason where that comes first.
 */
export async function startServer(peer: Pick<Peer, "command">, signal: AbortSignal): Promise<RunningServer> {
  const port = freePort();
  const { program, args, env } = peer.command(port);
  const before = performance.now();
  const child = new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    // A group of its own: its figures are the group's, all of it can be killed, and a terminal's Ctrl-C is ours alone.
    detached: true,
  }).spawn();
  const said = lastWords(child.stderr);
  let ended = false;
  void child.status.then(() => ended = true);
  const dispose = async () => {
    killGroup(child.pid);
    await Promise.all([child.status, said.cancel()]);
  };
  try {
    while (!await accepts(port)) {
      signal.throwIfAborted();
      if (ended) throw new Error(`it ended: ${lastLine(said.text()) || "it says nothing"}`);
      if (performance.now() - before > START_LIMIT_MS) throw new Error("it does not accept in 15 seconds");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    return { pid: child.pid, port, startMs: performance.now() - before, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Whether a connect to the port succeeds. */
async function accepts(port: number): Promise<boolean> {
  try {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    // The kernel may have given this very port to the one that connects, which then is connected to itself.
    return conn.localAddr.port !== port;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.ConnectionReset) return false;
    throw error;
  }
}

/** Throws unless what listens there sends back what it gets. */
export async function proveEcho(port: number): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    conn.close();
  }, ECHO_LIMIT_MS);
  const sent = crypto.getRandomValues(new Uint8Array(64));
  const echo = new Uint8Array(sent.length);
  try {
    await conn.write(sent);
    for (let got = 0; got < echo.length;) {
      const n = await conn.read(echo.subarray(got));
      if (n === null) throw new Error("it closed a connection in place of an echo");
      got += n;
    }
  } catch (error) {
    throw late ? new Error("no echo in 5 seconds") : error;
  } finally {
    clearTimeout(timer);
  }
  if (sent.some((byte, at) => byte !== echo[at])) throw new Error("it sent other bytes back than it got");
}

function killGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch (error) {
    // All of it has ended.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What a stream says last, while it goes on; what a server forked may hold it open after the server's end. */
function lastWords(stream: ReadableStream<Uint8Array<ArrayBuffer>>): { text(): string; cancel(): Promise<void> } {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const reading = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text = (text + part.value).slice(-KEPT_ERROR_CHARS);
    }
  })();
  return {
    text: () => text,
    cancel: async () => {
      await reader.cancel();
      await reading;
    },
  };
}
