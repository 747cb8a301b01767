import { assertEquals, assertMatch } from "@std/assert";
import { type Finished, runCli, spawnCli } from "../support/cli.ts";
import { inTime, watch } from "../support/interop_process.ts";
import { fixture, type ForeignServer, startForeign, startNcat } from "../support/interop_programs.ts";
import { randomBytes, sha256 } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { MIB } from "../support/interop_transfer.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";

/** An echo server of someone else's, and what `sounder send` needs to say to it. */
interface ForeignEcho {
  name: string;
  program: string;
  start: () => Promise<ForeignServer>;
  host?: string;
  options?: string[];
  /** Runs `sounder send` with the bytes on stdin. */
  roundTrip: (args: string[], sent: Uint8Array) => Promise<Finished>;
}

const SOCAT_READY = /listening on AF=\d+ \S*:(\d+)/;
// -t: how long it waits after the client's FIN for the rest; -d -d: says which port it took.
const socat = (address: string, echo: string) => () =>
  startForeign("socat", ["-d", "-d", "-t", "20", `${address},fork`, echo], SOCAT_READY);

/** Those that pass bytes on through pipes stand still when more is on the way than the pipes hold (64 KiB each). */
const WITHIN_PIPES = ["--window", "32k"];

const SERVERS: ForeignEcho[] = [
  {
    // cat has the socket itself.
    name: "socat EXEC:cat,nofork",
    program: "socat",
    start: socat("TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat,nofork"),
    roundTrip: throughHalfClose,
  },
  {
    name: "socat EXEC:cat,nofork on IPv6",
    program: "socat",
    start: socat("TCP6-LISTEN:0,bind=[::1]", "EXEC:cat,nofork"),
    host: "[::1]",
    roundTrip: throughHalfClose,
  },
  {
    name: "socat EXEC:cat",
    program: "socat",
    start: socat("TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat"),
    options: WITHIN_PIPES,
    roundTrip: throughHalfClose,
  },
  {
    name: "socat PIPE",
    program: "socat",
    start: socat("TCP-LISTEN:0,bind=127.0.0.1", "PIPE"),
    options: WITHIN_PIPES,
    roundTrip: throughHalfClose,
  },
  {
    name: "Python's socketserver",
    program: "python3",
    start: () => startForeign("python3", [fixture("threading_server.py")], /listening on (\d+)/),
    roundTrip: throughHalfClose,
  },
  {
    name: "ncat",
    program: "ncat",
    start: () => startNcat(["-l", "-k", "-v", "-e", "/bin/cat"]),
    options: WITHIN_PIPES,
    // At the client's FIN it hangs up, whatever its program still has to say.
    roundTrip: beforeFin,
  },
  {
    name: "the recipes' server in Python",
    program: "python3",
    start: () => startForeign("python3", [fixture("selectors_server.py")], /listening on (\d+)/),
    // It loses what does not fit its socket buffer, so no more than fits may be on the way.
    options: ["--window", "16k"],
    roundTrip: throughHalfClose,
  },
];

async function sendAndCompare({ start, host = "127.0.0.1", options = [], roundTrip }: ForeignEcho): Promise<void> {
  const size = options.length > 0 ? MIB : 3 * MIB + 1;
  await using server = await start();
  const target = `${host}:${server.port}`;
  for (const length of [0, 1, size]) {
    const sent = randomBytes(length);
    const { code, bytes, stderr } = await roundTrip(["send", target, ...options], sent);
    assertEquals({ code, stderr }, { code: 0, stderr: "" }, `${length} bytes`);
    assertSameBytes(bytes, sent);
  }
  const text = await runCli(["send", target, ...options, "data1", "", "data2"]);
  assertEquals({ code: text.code, stdout: text.stdout }, { code: 0, stdout: "data1\n\ndata2\n" });
}

/** Ends stdin after the last byte, so that half of the echo comes after our FIN. */
function throughHalfClose(args: string[], stdin: Uint8Array): Promise<Finished> {
  return runCli(args, { stdin });
}

/** Ends stdin when the whole echo is there. */
async function beforeFin(args: string[], sent: Uint8Array): Promise<Finished> {
  const child = spawnCli(args);
  await using watched = watch(child, { stdout: false });
  const input = child.stdin.getWriter();
  const output = child.stdout.getReader();
  const written = input.write(sent);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const readOne = async () => {
    const { value, done } = await inTime(output.read(), () => `${length} of ${sent.length} bytes came back`);
    if (value) {
      parts.push(value);
      length += value.length;
    }
    return !done;
  };
  while (length < sent.length && await readOne());
  await written;
  await input.close();
  while (await readOne());
  const { code, stderr } = await watched.end();
  return { code, stderr, stdout: "", bytes: await new Blob(parts).bytes() };
}

for (const server of SERVERS) {
  const missing = notPosix() ?? await missingProgram(server.program);
  testUnless(missing, `send: ${server.name} echoes every byte`, () => sendAndCompare(server));
}

const noSocat = notPosix() ?? await missingProgram("socat");

testUnless(noSocat, "send: --json has the SHA-256 of what socat echoed", async () => {
  await using server = await socat("TCP-LISTEN:0,bind=127.0.0.1", "EXEC:cat,nofork")();
  const sent = randomBytes(MIB);
  const { stdout } = await runCli(["send", `127.0.0.1:${server.port}`, "--json"], { stdin: sent });
  const { bytesSent, bytesReceived, sha256: sum, verified, error } = JSON.parse(stdout);
  assertEquals({ bytesSent, bytesReceived, sum, verified, error }, {
    bytesSent: MIB,
    bytesReceived: MIB,
    sum: await sha256(sent),
    verified: true,
    error: null,
  });
});

testUnless(noSocat, "send: says so when a program that is no echo server closes", async () => {
  await using server = await socat("TCP-LISTEN:0,bind=127.0.0.1", "SYSTEM:head -c 5")();
  const { code, stdout, stderr } = await runCli(["send", `127.0.0.1:${server.port}`], { stdin: "hello world\n" });
  assertEquals({ code, stdout }, { code: 1, stdout: "hello" });
  assertMatch(stderr, /^sounder: peer has echoed 5 of 12 bytes: it (closed|reset) the connection\n$/);
});

testUnless(noSocat, "send: finds the byte that a program in between changes", async () => {
  await using server = await socat("TCP-LISTEN:0,bind=127.0.0.1", "SYSTEM:tr w W")();
  const { code, stdout, stderr } = await runCli(["send", `127.0.0.1:${server.port}`], { stdin: "hello world\n" });
  assertEquals({ code, stdout }, { code: 1, stdout: "" });
  assertMatch(stderr, /^sounder: echo differs at byte 6: expected "w[^\n]*", got "W[^\n]*"\n$/);
});
