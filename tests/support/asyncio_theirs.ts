import { type Action, type Play, type Subject, Trace } from "./asyncio_subject.ts";

const PROGRAM = `${import.meta.dirname}/asyncio_subject.py`;

/** CPython's asyncio, for one connection after the other. Disposing of it ends it. */
export class Asyncio implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reading: Promise<void>;
  readonly #traces: Trace[] = [];

  constructor() {
    this.#child = new Deno.Command("python3", { args: [PROGRAM], stdin: "piped", stdout: "piped" }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Connects with its `create_connection()`. */
  async start(port: number, play: Play): Promise<Subject> {
    const trace = new Trace();
    const id = this.#traces.push(trace) - 1;
    await this.#order([id, port, play]);
    await trace.saw("connectionMade");
    let acts = 0;
    return {
      trace,
      act: async (action: Action) => {
        await this.#order([id, action]);
        await trace.saw("done", ++acts);
      },
      async [Symbol.asyncDispose]() {},
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    // It may be gone by itself.
    await this.#input.close().catch(() => {});
    await Promise.all([this.#child.status, this.#reading]);
  }

  async #order(order: unknown): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#tell(line);
    }
    for (const trace of this.#traces) trace.end();
  }

  #tell(line: string): void {
    const [, id, what] = line.match(/^(\d+) (.*)$/)!;
    const trace = this.#traces[Number(id)];
    if (what === "over") trace.end();
    else trace.tell(what);
  }
}
