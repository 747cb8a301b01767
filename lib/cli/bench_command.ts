import { type Bench, bench } from "../measure/bench.ts";
import type { BenchOptions } from "../measure/bench_options.ts";
import type { BenchResult } from "../measure/bench_result.ts";
import { type Gate, gateText, judgeGates } from "../measure/gate.ts";
import { benchText } from "../report/bench_text.ts";
import { BenchProgress } from "./bench_progress.ts";
import { checkOperands } from "./check_operands.ts";
import type { CommandContext } from "./command_context.ts";
import { EXIT, InterruptedError, signalExitCode } from "./describe_error.ts";
import type { StopSignal } from "./io.ts";
import type { OptionValues } from "./option_table.ts";
import { parseTarget } from "./parse_target.ts";
import { readGates } from "./read_gates.ts";
import { openReport } from "./result_files.ts";
import { warnOfInsecure } from "./show_tls.ts";
import { clientSocketOptions } from "./socket_option_flags.ts";
import { StopSignals } from "./stop_signals.ts";
import { textStyle } from "./text_style.ts";
import { readTlsClient } from "./tls_files.ts";
import { failureText } from "./tls_words.ts";
import { orUsage } from "./usage_error.ts";

/** `sounder bench`: measures a server under load. */
export async function benchCommand(context: CommandContext): Promise<number> {
  const { options, operands, io } = context;
  checkOperands("bench", operands);
  const gates = readGates(options["fail-if"], "bench");
  const interrupted = new AbortController();
  const target = parseTarget(operands[0]);
  const tls = await readTlsClient(options);
  const asked = { ...optionsOf(options), ...target, tls, logger: context.logger, signal: interrupted.signal };
  // What the option table cannot tell wrong, such as options that exclude each other, the library does.
  const run = orUsage(() => bench(asked));
  warnOfInsecure(tls, context);
  await using report = options.report === undefined ? undefined : await openReport(options.report);
  using stop = new StopSignals(io);
  let signal: StopSignal | undefined;
  void stop.first.then((first) => {
    signal = first;
    interrupted.abort();
  });
  const result = await judged(inFlags(await followed(run, context)), gates);
  await report?.write(result);
  // Whoever reads stdout may hold it up for ever.
  const second = await Promise.race([print(context, result), stop.second]);
  if (second) return signalExitCode(second);
  for (const gate of result.gates) if (gate.hit) context.say(`sounder: ${gateText(gate)}`);
  if (signal !== undefined) throw new InterruptedError(signal);
  if (result.error && !options.json) context.say(`sounder: ${result.error.message}`);
  return exitCode(result);
}

function optionsOf(options: OptionValues): Omit<BenchOptions, "port"> {
  return {
    ...clientSocketOptions(options),
    connections: options.connections,
    duration: options.duration,
    warmup: options.warmup,
    size: options.size,
    rate: options.rate,
    pipeline: options.pipeline,
    churn: options.churn,
    mode: options.mode,
    direction: options.direction,
    workers: options.workers,
    verify: !options["no-verify"],
    timeout: options.timeout,
    connectTimeout: options["connect-timeout"],
  };
}

/** Runs it to its end, with a line on the terminal that says where it stands. */
async function followed(run: Bench, { io, options }: CommandContext): Promise<BenchResult> {
  if (options.quiet || !io.stderrIsTerminal) return await run.result();
  using progress = new BenchProgress(io, options);
  for await (const interval of run) progress.take(interval);
  return await run.result();
}

/** With the TLS options named as on the command line. */
function inFlags({ errors, error, ...result }: BenchResult): BenchResult {
  return {
    ...result,
    errors: errors.map((one) => ({ ...one, example: failureText({ ...one, message: one.example }) })),
    error: error && { ...error, message: failureText(error) },
  };
}

async function judged(result: BenchResult, gates: readonly Gate[]): Promise<BenchResult> {
  return { ...result, gates: await judgeGates(gates, result) };
}

async function print(context: CommandContext, result: BenchResult): Promise<void> {
  const { options, print, printJson } = context;
  if (options.json) await printJson({ ...result });
  else await print(await benchText(result, { verbose: options.verbose, ...textStyle(context) }));
}

/** By the gates, where there are any; otherwise nothing may have failed. A server that was gone fails it in any case. */
function exitCode({ gates, totals, error, partial }: BenchResult): number {
  const failed = gates.length > 0 ? gates.some(({ hit }) => hit) : totals.errors > 0;
  return failed || error !== null || partial ? EXIT.failed : EXIT.ok;
}
