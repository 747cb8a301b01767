import { attempt } from "../../lib/core/attempt.ts";
import { createConnection } from "../../lib/transport/create_connection.ts";
import type { BufferedProtocol, Protocol } from "../../lib/transport/protocol.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { follows, pattern } from "./asyncio_pattern.ts";
import {
  type Action,
  type Callback,
  type Play,
  type Script,
  type Subject,
  Trace,
  type Verb,
} from "./asyncio_subject.ts";

/** Connects with our `createConnection()`. */
export async function startOurs(port: number, play: Play): Promise<Subject> {
  const player = new Player(play);
  const { trace } = player;
  const quiet = () => {};
  const [transport] = await createConnection(() => player.first, {
    port,
    onError: () => trace.tell("reported"),
    logger: { debug: quiet, info: quiet, warn: () => trace.tell("warning"), error: quiet },
  });
  return {
    trace,
    act(action) {
      trace.tell(`> ${action.join(" ")}`);
      attempt(() => player.act(action), () => trace.tell("refused"));
      return Promise.resolve();
    },
    [Symbol.asyncDispose]() {
      transport.abort();
      return player.ended;
    },
  };
}

/** What asyncio_subject.py does, with ours. */
class Player {
  readonly trace = new Trace();
  readonly first: Protocol | BufferedProtocol;
  readonly ended: Promise<void>;
  readonly #second: Protocol;
  readonly #lost = Promise.withResolvers<void>();
  #transport!: Transport;
  #sent = 0;
  #received = 0;

  constructor({ first, second = {}, buffer }: Play) {
    this.#second = this.#protocol(second, "second: ");
    this.first = buffer === undefined ? this.#protocol(first, "") : this.#buffered(first, new Uint8Array(buffer));
    this.ended = this.#end();
  }

  act([verb, ...args]: Action): unknown {
    if (verb === "return") return args[0];
    this.#verbs[verb](...args as number[]);
  }

  readonly #verbs: Record<Exclude<Verb, "return">, (...args: number[]) => void> = {
    write: (bytes) => this.#transport.write(this.#piece(bytes)),
    writeText: () => this.#transport.write("text" as unknown as Uint8Array),
    writeLines: (...sizes) => this.#transport.writeLines(sizes.map((bytes) => this.#piece(bytes))),
    writeEof: () => this.#transport.writeEof(),
    close: () => this.#transport.close(),
    abort: () => this.#transport.abort(),
    pauseReading: () => this.#transport.pauseReading(),
    resumeReading: () => this.#transport.resumeReading(),
    limits: (high, low) => this.#transport.setWriteBufferLimits({ high, low }),
    setProtocol: () => this.#transport.setProtocol(this.#second),
    raise: () => {
      throw new Error("on purpose");
    },
    awaitReset: () => this.#awaitReset(),
    state: () => this.trace.tell(stateOf(this.#transport)),
  };

  /** Whatever came after `connectionLost()` would be told. */
  async #end(): Promise<void> {
    await this.#lost.promise;
    for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setTimeout(resolve, 0));
    this.trace.end();
  }

  #run(script: Script, name: Callback, line: string): unknown {
    this.trace.tell(line);
    let result: unknown;
    for (const action of script[name] ?? []) result = this.act(action);
    return result;
  }

  #protocol(script: Script, prefix: string): Protocol {
    const run = (name: Callback, line: string = name) => this.#run(script, name, prefix + line);
    return {
      connectionMade: (transport) => {
        this.#transport = transport;
        run("connectionMade");
      },
      dataReceived: (data) => void run("dataReceived", this.#take(data)),
      eofReceived: () => run("eofReceived") as boolean | undefined,
      pauseWriting: () => void run("pauseWriting"),
      resumeWriting: () => void run("resumeWriting"),
      connectionLost: (error) => {
        this.#lost.resolve();
        run("connectionLost", `connectionLost${kindOf(error)}`);
      },
    };
  }

  #buffered(script: Script, buffer: Uint8Array): BufferedProtocol {
    const { dataReceived: _, ...rest } = this.#protocol(script, "");
    return {
      ...rest,
      getBuffer: () => buffer,
      bufferUpdated: (bytes) => void this.#run(script, "dataReceived", this.#take(buffer.subarray(0, bytes))),
    };
  }

  #take(data: Uint8Array): string {
    const right = follows(data, this.#received);
    this.#received += data.length;
    return `dataReceived ${data.length}${right ? "" : " WRONG"}`;
  }

  #piece(bytes: number): Uint8Array {
    this.#sent += bytes;
    return pattern(this.#sent - bytes, bytes);
  }

  /** Until the kernel has the peer's RST: it knows nothing of the connection then. */
  #awaitReset(): void {
    const deadline = performance.now() + 10_000;
    while ((this.#transport.getExtraInfo("tcpInfo")?.state ?? "CLOSE") !== "CLOSE") {
      if (performance.now() > deadline) throw new Error("no RST came");
    }
  }
}

function stateOf(transport: Transport): string {
  const words = [
    transport.isClosing() && "closing",
    transport.isReading() && "reading",
    transport.getWriteBufferSize() > 0 && "buffered",
  ];
  return `state: ${words.filter(Boolean).join(", ") || "nothing"}`;
}

function kindOf(error: Error | null): string {
  if (error === null) return "";
  if (error.message === "on purpose") return ": thrown";
  if (error instanceof Deno.errors.ConnectionReset) return ": reset";
  // Ours of that class and the system's are told apart by their text.
  if (error instanceof Deno.errors.BrokenPipe && !error.message.startsWith("cannot write")) return ": broken pipe";
  return `: ${error.name}`;
}
