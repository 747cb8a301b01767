/**
 * A program that makes many connections whose options are set before the SYN, and prints one JSON object: what came of
 * them. In a process of its own, so that its descriptors can be counted; run with all permissions, which /proc needs.
 *
 * @module
 */
import { connect, type ConnectOptions } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen, type Listener } from "../../lib/net/listen.ts";
import { makeUnanswered } from "./unanswered.ts";

/** What to do. */
export interface ParkingOrder {
  /** Rounds of one connect of each kind, one after the other. */
  rounds: number;
  /** Connects at once, in each Worker. */
  atOnce: number;
  /** Workers that do so at the same time. */
  workers: number;
}

/** What came of it. */
export interface ParkingResult {
  /** How often each kind of connect ended in which way. */
  outcomes: Record<string, number>;
  /** Descriptors that are open now and were not before the rounds. */
  leaked: number;
  /** What went wrong with those at once. */
  wrong: string[];
  /** Connections made at once. */
  atOnce: number;
}

type Kind = [name: string, options: ConnectOptions];

/** Every way in which a connect can end; options that are set before the SYN in each. */
function kinds(listener: Listener, deadPort: number, unanswered: number): Kind[] {
  const base = { hostname: listener.addr.hostname, port: listener.addr.port, synRetries: 2 };
  return [
    ["made", base],
    ["made by Fast Open", { ...base, fastOpen: true }],
    ["made from a source", { ...base, source: listener.addr.hostname }],
    ["refused", { ...base, port: deadPort }],
    ["refused by Fast Open", { ...base, port: deadPort, fastOpen: true }],
    ["aborted", { ...base, port: unanswered, hostname: "127.0.0.1", connectTimeout: 1 }],
    ["aborted by Fast Open", { ...base, port: unanswered, hostname: "127.0.0.1", connectTimeout: 1, fastOpen: true }],
    ["an option refused", { ...base, congestion: "nosuch" }],
    ["an option refused by Fast Open", { ...base, fastOpen: true, congestion: "nosuch" }],
    ["a source refused", { ...base, source: base.hostname.includes(":") ? "2001:db8::1" : "192.0.2.1" }],
  ];
}

async function outcomeOf(options: ConnectOptions, listener: Listener): Promise<string> {
  try {
    using connection = await connect(options);
    using accepted = await listener.accept();
    return accepted.remoteAddr.port === connection.localAddr.port ? "made" : "another one";
  } catch (error) {
    return (error as { kind?: string }).kind ?? `${error}`;
  }
}

async function makeRounds(rounds: number): Promise<Record<string, number>> {
  using unanswered = await makeUnanswered();
  const outcomes: Record<string, number> = {};
  for (const hostname of ["127.0.0.1", "::1"]) {
    using listener = listen({ hostname });
    // A client has the port: nobody listens there and nobody else can.
    using client = await connect(listener.addr);
    using _accepted = await listener.accept();
    for (let i = 0; i < rounds; i++) {
      for (const [name, options] of kinds(listener, client.localAddr.port, unanswered.port)) {
        const key = `${name}: ${await outcomeOf(options, listener)}`;
        outcomes[key] = (outcomes[key] ?? 0) + 1;
      }
    }
  }
  return outcomes;
}

function countDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

/** Connects so many times at once; each sends its own port, which the other end compares with what the kernel says. */
async function connectAtOnce(count: number): Promise<string[]> {
  using listener = listen();
  const wrong: string[] = [];
  const serve = async (accepted: Connection) => {
    using _closed = accepted;
    const bytes = new Uint8Array(2);
    await accepted.read(bytes);
    const port = new DataView(bytes.buffer).getUint16(0);
    if (port !== accepted.remoteAddr.port) wrong.push(`${port} came from ${accepted.remoteAddr.port}`);
    await accepted.read(bytes);
  };
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    while (serving.length < count) serving.push(serve(await listener.accept()));
  })();
  await Promise.all(Array.from({ length: count }, async (_, i) => {
    const ttl = 1 + i % 255;
    using connection = await connect({ ...listener.addr, ttl, userTimeout: 1000 + i });
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, connection.localAddr.port);
    await connection.write(bytes);
    const told = connection.socketOptions.filter(({ option }) => option === "ttl" || option === "userTimeout");
    const effective = told.map((report) => report.effective).join();
    if (effective !== `${1000 + i},${ttl}`) wrong.push(`${i} has ${effective}`);
    if (connection.remoteAddr.port !== listener.addr.port) wrong.push(`${i} is to ${connection.remoteAddr.port}`);
  }));
  await accepting;
  await Promise.all(serving);
  return wrong;
}

async function inWorkers(workers: number, atOnce: number): Promise<string[]> {
  const all = await Promise.all(Array.from({ length: workers }, async () => {
    const worker = new Worker(import.meta.url, { type: "module" });
    const answer = Promise.withResolvers<string[]>();
    worker.onmessage = ({ data }) => answer.resolve(data);
    worker.onerror = (event) => answer.reject(new Error(event.message));
    worker.postMessage(atOnce);
    try {
      return await answer.promise;
    } finally {
      worker.terminate();
    }
  }));
  return all.flat();
}

async function run({ rounds, atOnce, workers }: ParkingOrder): Promise<ParkingResult> {
  await makeRounds(1); // opens what is opened once: node:net, the library, the event loop's own
  const before = countDescriptors();
  const outcomes = await makeRounds(rounds);
  // What was aborted Deno closes a turn or two later.
  for (let i = 0; i < 100 && countDescriptors() > before; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  const leaked = countDescriptors() - before;
  const wrong = workers === 0 ? await connectAtOnce(atOnce) : await inWorkers(workers, atOnce);
  return { outcomes, leaked, wrong, atOnce: atOnce * Math.max(1, workers) };
}

const scope = self as unknown as { onmessage: unknown; postMessage?: (wrong: string[]) => void };
if (scope.postMessage) {
  scope.onmessage = async ({ data }: MessageEvent<number>) =>
    scope.postMessage!(await connectAtOnce(data).catch((error) => [String(error)]));
} else if (import.meta.main) {
  console.log(JSON.stringify(await run(JSON.parse(Deno.args[0]))));
}
