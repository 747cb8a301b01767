/**
 * What goes over the cable of a wired pair, as tcpdump saw it and tshark reads it.
 *
 * @module
 */
import { type Netns, WIRE } from "./netns.ts";

/** One TCP segment. */
export interface Packet {
  /** Seconds since 1970. */
  readonly time: number;
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
  /** Letters of the flags that are set, in the order FSRPA: `SA` is a SYN-ACK, `FA` a FIN. */
  readonly flags: string;
  /** Bytes of data. */
  readonly length: number;
  /** Number of its first byte, counted from the SYN. */
  readonly seq: number;
  /** What is acknowledged, counted from the peer's SYN. */
  readonly ack: number;
  readonly mss?: number;
  readonly windowScale?: number;
  /** Type of service or traffic class. */
  readonly tos: number;
  /** Time to live or hop limit. */
  readonly ttl: number;
  /** Whether tshark takes it for a keepalive probe. */
  readonly isProbe: boolean;
}

/** A capture that runs; disposing of it ends it. */
export interface Capture extends AsyncDisposable {
  /** Ends it and resolves to all segments, in order. */
  packets(): Promise<Packet[]>;
}

/** Where the datagram goes that ends a capture: it comes behind all that was sent before. */
const DISCARD_PORT = 9;
/** Milliseconds for tcpdump to start, and to hand over what it saw. */
const TIME_LIMIT = 15_000;

/** Starts a capture at the client's end of a cable. */
export async function capture(client: Netns, device = "wire", peer = WIRE.server): Promise<Capture> {
  const filter = `tcp or (udp and dst port ${DISCARD_PORT})`;
  const args = ["-Z", "root", "-n", "--immediate-mode", "-U", "-i", device, "-w", "-", filter];
  const process = client.command("tcpdump", args, { stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  const inTime = async (found: Promise<void>) => {
    const timer = setTimeout(() => process.kill("SIGKILL"), TIME_LIMIT);
    await found;
    clearTimeout(timer);
  };
  const marker = crypto.randomUUID();
  const seen = watchFor(process.stdout, marker);
  const said = watchFor(process.stderr, "listening on");
  let ending: Promise<Blob> | undefined;
  const end = async () => {
    process.kill("SIGTERM");
    await Promise.all([process.status, said.all]);
    return await seen.all;
  };
  await inTime(said.found);
  return {
    async packets() {
      if (!ending) {
        await client.command("bash", ["-c", `printf ${marker} > /dev/udp/${peer}/${DISCARD_PORT}`]).output();
        await inTime(seen.found);
      }
      return await readCapture(await (ending ??= end()));
    },
    [Symbol.asyncDispose]: async () => void await (ending ??= end()),
  };
}

/** Collects a stream, and says when `text` has come; `found` rejects if it ends without. */
function watchFor(stream: ReadableStream<Uint8Array<ArrayBuffer>>, text: string) {
  const { promise: found, resolve, reject } = Promise.withResolvers<void>();
  // Whoever waits for it is told; nobody does where a test failed before.
  found.catch(() => {});
  const collect = async () => {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let sofar = "";
    for await (const chunk of stream) {
      chunks.push(chunk);
      sofar += new TextDecoder("latin1").decode(chunk);
      if (sofar.includes(text)) resolve();
    }
    reject(new Error(`tcpdump ended without "${text}": ${sofar}`));
    return new Blob(chunks);
  };
  return { found, all: collect() };
}

/** The fields to read, in the order of {@linkcode parsePacket}; of IPv4 and IPv6 one is empty. */
const FIELDS = [
  "frame.time_epoch",
  ...[
    "ip.src",
    "ipv6.src",
    "tcp.srcport",
    "ip.dst",
    "ipv6.dst",
    "tcp.dstport",
    "tcp.flags",
    "tcp.len",
    "tcp.seq",
    "tcp.ack",
  ],
  ...["tcp.options.mss_val", "tcp.options.wscale.shift", "ip.dsfield", "ipv6.tclass", "ip.ttl", "ipv6.hlim"],
  "tcp.analysis.keep_alive",
];

async function readCapture(file: Blob): Promise<Packet[]> {
  const args = ["-n", "-r", "-", "-Y", "tcp", "-T", "fields", ...FIELDS.flatMap((field) => ["-e", field])];
  const options = { args, stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const process = new Deno.Command("tshark", options).spawn();
  const [{ success, stdout, stderr }] = await Promise.all([process.output(), file.stream().pipeTo(process.stdin)]);
  const decoder = new TextDecoder();
  if (!success) throw new Error(`tshark: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).split("\n").filter(Boolean).map(parsePacket);
}

const FLAGS: [number, string][] = [[1, "F"], [2, "S"], [4, "R"], [8, "P"], [16, "A"]];

function parsePacket(line: string): Packet {
  const [time, from4, from6, fromPort, to4, to6, toPort, bits, length, seq, ack, mss, scale, ...ip] = line.split("\t");
  const [tos, trafficClass, ttl, hopLimit, probe] = ip;
  return {
    time: Number(time),
    from: from4 || from6,
    fromPort: Number(fromPort),
    to: to4 || to6,
    toPort: Number(toPort),
    flags: FLAGS.filter(([bit]) => Number(bits) & bit).map(([, letter]) => letter).join(""),
    length: Number(length),
    seq: Number(seq),
    ack: Number(ack),
    mss: mss ? Number(mss) : undefined,
    windowScale: scale ? Number(scale) : undefined,
    tos: Number(tos || trafficClass),
    ttl: Number(ttl || hopLimit),
    isProbe: probe !== "",
  };
}
