import { unlessAborted } from "../core/unless_aborted.ts";
import { type Address, formatAddress } from "../core/address.ts";
import { connectEcho } from "../echo/connect_echo.ts";
import type { EchoClient } from "../echo/echo_client.ts";
import { tlsFacts } from "../measure/tls_facts.ts";
import { warmTls } from "../measure/warm_tls.ts";
import type { Connection } from "../net/connection.ts";
import type { SocketOptionReport } from "../socket/report_option.ts";
import type { TcpInfo } from "../socket/tcp_info.ts";
import { tryTcpInfo } from "../socket/try_tcp_info.ts";
import type { TlsClientOptions } from "../net/tls_options.ts";
import { tcpInfoLines } from "./show_tcp_info.ts";
import { tlsLine, warnOfInsecure } from "./show_tls.ts";
import { checkOperands } from "./check_operands.ts";
import type { CommandContext } from "./command_context.ts";
import { describeError, EXIT, InterruptedError } from "./describe_error.ts";
import { OutputClosedError } from "./io.ts";
import { parseTarget } from "./parse_target.ts";
import { socketOptionLines, socketOptionsJson } from "./show_socket_options.ts";
import { clientSocketOptions } from "./socket_option_flags.ts";
import { StopSignals } from "./stop_signals.ts";
import { readTlsClient } from "./tls_files.ts";
import { UsageError } from "./usage_error.ts";

/** `sounder send`: sends messages or stdin, checks the echo, prints it. */
export async function sendCommand(context: CommandContext): Promise<number> {
  using stop = new StopSignals(context.io);
  const run = await SendRun.prepare(context);
  const interrupted = new AbortController();
  void stop.first.then((signal) => interrupted.abort(new InterruptedError(signal)));
  try {
    await run.send(interrupted.signal);
    await run.report(null);
    return EXIT.ok;
  } catch (error) {
    // Where stdout takes no object either, what went wrong first is still what is told.
    if (!(error instanceof OutputClosedError)) await run.report(error).catch(() => {});
    throw error;
  }
}

/** What the arguments ask for. */
interface SendAsked {
  readonly target: Address;
  readonly messages: readonly string[];
  readonly tls: TlsClientOptions | undefined;
  /** What the echo is hashed with; undefined where it is printed. */
  readonly hash: Hash | undefined;
}

/** One run of the command, and what there is to say about it at its end. */
class SendRun {
  readonly #context: CommandContext;
  readonly #target: Address;
  readonly #messages: readonly string[];
  readonly #tls: TlsClientOptions | undefined;
  readonly #hash: Hash | undefined;
  readonly #since = performance.now();
  #connectMs: number | undefined;
  #client: EchoClient | undefined;
  /** What the connection had to say of itself: its options once they were set, the rest right before it was closed. */
  #socketOptions: readonly SocketOptionReport[] | undefined;
  #tcpInfo: TcpInfo | undefined;

  /** Checks the arguments before anything is done. */
  static async prepare(context: CommandContext): Promise<SendRun> {
    checkOperands("send", context.operands);
    const [target, ...messages] = context.operands;
    clientSocketOptions(context.options);
    // Deno has put U+FFFD in the place of bytes that are not UTF-8: those must not be sent as something else and verified.
    const spoilt = messages.find((message) => message.includes("\ufffd"));
    if (spoilt !== undefined) {
      throw new UsageError(`bad message "${spoilt}": it is not UTF-8 text, send such bytes through stdin`);
    }
    const tls = await readTlsClient(context.options);
    await warmTls(tls);
    return new SendRun(context, {
      target: parseTarget(target),
      messages,
      tls,
      hash: context.options.json ? await sha256() : undefined,
    });
  }

  constructor(context: CommandContext, { target, messages, tls, hash }: SendAsked) {
    this.#context = context;
    this.#target = target;
    this.#messages = messages;
    this.#tls = tls;
    this.#hash = hash;
  }

  async send(signal: AbortSignal): Promise<void> {
    const { options, io, logger } = this.#context;
    warnOfInsecure(this.#tls, this.#context);
    const client = this.#client = await connectEcho({
      ...this.#target,
      connectTimeout: options["connect-timeout"],
      tls: this.#tls,
      ...clientSocketOptions(options),
      signal,
      logger,
      beforeClose: (connection) => this.#inspect(connection),
    });
    this.#connectMs = performance.now() - this.#since - (client.tls?.handshakeMs ?? 0);
    this.#inspect(client.connection);
    const target = formatAddress(client.connection.remoteAddr);
    logger.debug(() => `connected to ${target}`, () => ({ event: "connect", peer: target }));
    if (this.#messages.length === 0 && io.stdinIsTerminal && io.stderrIsTerminal && !options.quiet) {
      io.writeError(`Connected to ${target}. Each line you type comes back; ${END_OF_INPUT} ends.\n`);
    }
    const limits = { timeout: options.timeout, signal };
    if (this.#messages.length === 0) {
      const output = new WritableStream<Uint8Array>({ write: (bytes) => this.#take(bytes) });
      await client.stream(io.stdin(), output, { ...limits, window: options.window, verify: !options["no-verify"] });
    } else {
      const lines = this.#messages.map((message) => message + "\n");
      for (const echo of await client.exchange(lines, { ...limits, verify: !options["no-verify"] })) {
        // Whoever reads stdout may hold that up for ever.
        await unlessAborted(this.#take(echo), signal);
      }
      await client.close(limits);
    }
  }

  /** Takes what came back: hashed for `--json`, printed otherwise. */
  async #take(bytes: Uint8Array): Promise<void> {
    if (this.#hash) this.#hash.update(bytes);
    else await this.#context.io.writeOutput(bytes);
  }

  /** Looks at the options once they are set, and at the rest till the end. */
  #inspect(connection: Connection): void {
    const { verbose, json } = this.#context.options;
    if (!verbose && !json) return;
    // The first look also finds the descriptor, which nobody could tell any more once both sides have sent FIN.
    this.#socketOptions ??= connection.socketOptions;
    // An earlier look says nothing of the end: where the last finds no socket, there is nothing to tell.
    this.#tcpInfo = tryTcpInfo(connection);
  }

  #sayDetails(summary: string): void {
    const tls = this.#client?.tls;
    const lines = [summary, ...(tls ? [tlsLine(tls)] : [])];
    lines.push(...socketOptionLines(this.#socketOptions ?? []), ...tcpInfoLines(this.#tcpInfo));
    for (const line of lines) this.#context.say(line);
  }

  /** Says how it went: an object with `--json`, a line on stderr with `--verbose`. */
  async report(error: unknown): Promise<void> {
    const { options, printJson } = this.#context;
    const elapsedMs = round(performance.now() - this.#since);
    const { bytesSent = 0, bytesReceived = 0, tls } = this.#client ?? {};
    const connectMs = this.#connectMs === undefined ? null : round(this.#connectMs);
    const tlsMs = tls === undefined ? null : round(tls.handshakeMs);
    const verified = error === null && !options["no-verify"];
    if (options.verbose && connectMs !== null) {
      const times = [`connected in ${connectMs} ms`, ...(tlsMs === null ? [] : [`TLS in ${tlsMs} ms`])];
      this.#sayDetails(
        `sent ${bytesSent} bytes to ${formatAddress(this.#target)}, ${bytesReceived} came back` +
          `${verified ? ", each as it was sent" : ""}; ${times.join(", ")}, all in ${elapsedMs} ms`,
      );
    }
    if (!this.#hash) return;
    await printJson({
      command: "send",
      address: this.#target.hostname,
      port: this.#target.port,
      messages: this.#messages.length === 0 ? null : this.#messages.length,
      bytesSent,
      bytesReceived,
      sha256: error === null ? this.#hash.digest("hex") : null,
      verified,
      connectMs,
      tlsMs,
      elapsedMs,
      tls: tls === undefined ? null : tlsFacts(tls),
      socketOptions: socketOptionsJson(this.#socketOptions ?? []),
      tcpInfo: this.#tcpInfo ?? null,
      error: error === null ? null : describeError(error).json,
    });
  }
}

/** What ends the input of a terminal. */
const END_OF_INPUT = Deno.build.os === "windows" ? "Ctrl-Z and Enter" : "Ctrl-D";

interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

/** Web Crypto has no hash that takes its input piece by piece. */
async function sha256(): Promise<Hash> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256");
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
