import type { Address } from "../core/address.ts";
import { type Gate, judgeGates } from "../measure/gate.ts";
import { type Ping, ping, type PingOptions } from "../measure/ping.ts";
import type { PingResult, PingSample } from "../measure/ping_result.ts";
import { tlsInfoOf } from "../measure/tls_facts.ts";
import type { Connection } from "../net/connection.ts";
import { pingLine, pingSummary } from "../report/ping_text.ts";
import { tryTcpInfo } from "../socket/try_tcp_info.ts";
import { checkOperands } from "./check_operands.ts";
import type { CommandContext } from "./command_context.ts";
import { describeError, EXIT, InterruptedError, signalExitCode } from "./describe_error.ts";
import { OutputClosedError, type StopSignal } from "./io.ts";
import { parseTarget } from "./parse_target.ts";
import { readGates } from "./read_gates.ts";
import { socketOptionLines } from "./show_socket_options.ts";
import { tcpInfoLines } from "./show_tcp_info.ts";
import { tlsLine, warnOfInsecure } from "./show_tls.ts";
import { clientSocketOptions } from "./socket_option_flags.ts";
import { StopSignals } from "./stop_signals.ts";
import { readTlsClient } from "./tls_files.ts";
import { failureText } from "./tls_words.ts";
import { orUsage, UsageError } from "./usage_error.ts";

/** `sounder ping`: times the echo of a server, probe by probe. */
export async function pingCommand(context: CommandContext): Promise<number> {
  const tls = await readTlsClient(context.options);
  const command = new PingCommand(context, tls);
  warnOfInsecure(tls, context);
  using stop = new StopSignals(context.io);
  return await command.run(stop);
}

/** One run of the command. */
class PingCommand {
  readonly #context: CommandContext;
  readonly #target: Address;
  readonly #gates: readonly Gate[];
  readonly #interrupted = new AbortController();
  readonly #ping: Ping;
  #described = false;

  /** Checks the arguments before anything is done. */
  constructor(context: CommandContext, tls: PingOptions["tls"]) {
    const { options, operands, logger } = context;
    checkOperands("ping", operands);
    this.#context = context;
    this.#target = parseTarget(operands[0]);
    if (options.json && options["json-lines"]) {
      throw new UsageError("--json and --json-lines exclude each other: give one of them");
    }
    this.#gates = readGates(options["fail-if"], "ping");
    const asked: PingOptions = {
      ...clientSocketOptions(options),
      ...this.#target,
      count: options.count,
      interval: options.interval,
      timeout: options.timeout,
      size: options.size,
      connect: options.connect,
      connectTimeout: options["connect-timeout"],
      tls,
      tcpInfo: options.verbose || options["json-lines"],
      signal: this.#interrupted.signal,
      logger,
      onConnection: (connection) => this.#describe(connection),
    };
    // What the option table cannot tell wrong, the library does.
    this.#ping = orUsage(() => ping(asked));
  }

  async run(stop: StopSignals): Promise<number> {
    let signal: StopSignal | undefined;
    void stop.first.then((first) => {
      signal = first;
      this.#interrupted.abort();
    });
    let error: unknown = null;
    try {
      // Whoever reads stdout may hold it up for ever, here and below.
      for await (const sample of this.#ping) await Promise.race([this.#tell(sample), stop.first]);
    } catch (thrown) {
      if (thrown instanceof OutputClosedError) throw thrown;
      error = thrown;
    }
    const measured = await this.#ping.result();
    const isCutShort = signal !== undefined && measured.transmitted < (measured.options.count ?? 0);
    if (error === null && isCutShort) error = new InterruptedError(signal!);
    const gates = await judgeGates(this.#gates, measured);
    const losses = measured.losses.map((loss) => ({
      ...loss,
      example: failureText({ ...loss, message: loss.example }),
    }));
    const result = { ...measured, losses, gates, error: error === null ? null : errorOf(error) };
    const second = await Promise.race([this.#report(result, error), stop.second]);
    if (second !== undefined) return signalExitCode(second);
    if (error !== null) throw error;
    return exitCode(result);
  }

  async #tell(measured: PingSample): Promise<void> {
    const { options, print, printJson } = this.#context;
    const { loss, message } = measured;
    const sample = { ...measured, message: loss && message && failureText({ kind: loss, message }) };
    if (options["json-lines"]) {
      await printJson({ event: "probe", ...sample });
    } else if (!options.json && !options.quiet) {
      const sizeBytes = options.connect ? undefined : options.size;
      await print(pingLine(sample, { target: this.#target, sizeBytes, verbose: options.verbose }));
    }
  }

  async #report(result: PingResult, error: unknown): Promise<void> {
    const { options, print, printJson } = this.#context;
    const told = options["json-lines"]
      ? printJson({ event: "summary", ...result })
      : options.json
      ? printJson({ ...result })
      // What could not even begin has nothing to sum up.
      : error === null || error instanceof InterruptedError
      ? print(pingSummary(result).join("\n"))
      : undefined;
    // Where stdout takes no result either, what went wrong first is still what is told.
    await (error === null ? told : told?.catch(() => {}));
  }

  /** With --verbose, what TLS came to and what became of the socket options; once, for the connections are all alike. */
  #describe(connection: Connection): void {
    if (!this.#context.options.verbose || this.#described) return;
    this.#described = true;
    const info = tryTcpInfo(connection);
    const lines = [...socketOptionLines(connection.socketOptions), ...(info ? [] : tcpInfoLines(undefined))];
    const tls = tlsInfoOf(connection);
    if (tls) lines.unshift(tlsLine(tls));
    for (const line of lines) this.#context.say(line);
  }
}

function errorOf(error: unknown): PingResult["error"] {
  const { kind, message } = describeError(error).json;
  return { kind, message };
}

/** By the gates, where there are any; otherwise every probe must have been answered, and one at least. */
function exitCode({ gates, transmitted, received }: PingResult): number {
  const failed = gates.length > 0 ? gates.some(({ hit }) => hit) : received === 0 || received < transmitted;
  return failed ? EXIT.failed : EXIT.ok;
}
