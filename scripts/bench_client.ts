/**
 * How fast `sounder bench` is as a client: its requests per second beside those of a C client on epoll, against the same C
 * echo server, in turn. Needs gcc, and ports of the loopback.
 *
 * `deno run --allow-net --allow-ffi --allow-run --allow-read --allow-write scripts/bench_client.ts [ROUNDS]`
 *
 * @module
 */
import { bench } from "../lib/measure/bench.ts";
import { medianOf } from "../lib/measure/median_of.ts";

const PEERS = new URL("./bench/peers/", import.meta.url);
/** Connections and bytes of a request. */
const POINTS = [[1, 64], [64, 64], [512, 64], [64, 16384]] as const;
/** Seconds that one measurement takes. */
const SECONDS = 1;

/** Compiles one of the peers; returns its path. */
async function compiled(name: string, folder: string): Promise<string> {
  const path = `${folder}/${name}`;
  const { success } = await new Deno.Command("gcc", {
    args: ["-O2", "-o", path, new URL(`${name}.c`, PEERS).pathname],
  }).output();
  if (!success) throw new Error(`cannot compile ${name}.c: gcc is needed`);
  return path;
}

async function clientOfC(path: string, port: number, connections: number, size: number): Promise<number> {
  const args = [port, connections, size, SECONDS, "verify"].map(String);
  const { success, stdout, stderr } = await new Deno.Command(path, { args }).output();
  if (!success) throw new Error(`the C client failed: ${new TextDecoder().decode(stderr)}`);
  return Number(new TextDecoder().decode(stdout));
}

async function ours(port: number, connections: number, size: number, verify: boolean): Promise<number> {
  const options = { port, connections, size, verify, duration: SECONDS * 1000, warmup: 200 };
  const { rates, errors } = await bench(options).result();
  if (errors.length > 0) throw new Error(errors[0].example);
  return rates.requestsPerSecond;
}

/** The port in the ready line of the C server. */
async function portOf(server: Deno.ChildProcess): Promise<number> {
  const { value } = await server.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  return Number(/:(\d+) /.exec(value ?? "")![1]);
}

function row(cells: unknown[]): string {
  return cells.map((cell, i) => String(cell).padStart(i === 0 ? 16 : 14)).join("");
}

/** Measures at each point, in turn, and prints a row for each. */
async function compare(client: string, port: number, rounds: number): Promise<void> {
  console.log(row(["", "C client/s", "sounder/s", "ratio", "no verify/s", "verify costs"]));
  for (const [connections, size] of POINTS) {
    const ratios: number[] = [], costs: number[] = [], rates: number[][] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      const [c, verified, counted] = [
        await clientOfC(client, port, connections, size),
        await ours(port, connections, size, true),
        await ours(port, connections, size, false),
      ];
      [c, verified, counted].forEach((rate, i) => rates[i].push(rate));
      ratios.push(verified / c);
      costs.push(1 - verified / counted);
    }
    const [c, verified, counted] = rates.map((values) => Math.round(medianOf(values)!));
    const cost = `${(medianOf(costs)! * 100).toFixed(1)}%`;
    console.log(row([`${connections} x ${size} B`, c, verified, medianOf(ratios)!.toFixed(2), counted, cost]));
  }
}

if (import.meta.main) {
  const rounds = Number(Deno.args[0] ?? 5);
  const folder = await Deno.makeTempDir({ prefix: "sounder_bench_" });
  try {
    const client = await compiled("load_epoll", folder);
    await using server = new Deno.Command(await compiled("echo_epoll", folder), { stdout: "piped" }).spawn();
    await compare(client, await portOf(server), rounds);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
