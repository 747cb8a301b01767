import { assert, assertEquals, assertGreater, assertLessOrEqual, assertMatch } from "@std/assert";
import { type RunningServer, spawnCli, startServer } from "../support/cli.ts";
import { missingProgram, notLinux, testUnless } from "../support/needs.ts";
import { holdOpen, type OpenClient } from "../support/wire_sounder.ts";

/**
 * What the kernel says of the sockets of the command line, through `ss`. Of keepalive it shows the timer only: interval and
 * count are in wire_dead_peer_test.ts.
 */
const missing = notLinux() ?? await missingProgram("ss");

const permissions = ["--allow-net", "--allow-ffi"];

/** What `ss` shows of sockets, a line each. */
async function show(filter: string, args = "-tnoiemOH"): Promise<string[]> {
  const { stdout } = await new Deno.Command("ss", { args: [args, filter], stderr: "null" }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

/** The two ends of the one connection that a server has, as `ss` shows them. */
async function showEnds({ port }: RunningServer): Promise<{ accepted: string; client: string }> {
  const [accepted, client] = await Promise.all([`sport = :${port}`, `dport = :${port}`].map((filter) => show(filter)));
  assertEquals([accepted.length, client.length], [1, 1], [...accepted, ...client].join("\n"));
  return { accepted: accepted[0], client: client[0] };
}

async function connectTo(server: RunningServer, args: string[] = []): Promise<OpenClient> {
  return await holdOpen(spawnCli(["send", `:${server.port}`, ...args], { permissions }));
}

/** Seconds until the keepalive timer fires; undefined where it does not run. */
function keepAliveLeft(line: string): number | undefined {
  const [, minutes, seconds] = /timer:\(keepalive,(?:(\d+)min)?(?:([\d.]+)sec)?,0\)/.exec(line) ?? [];
  return minutes || seconds ? 60 * Number(minutes ?? 0) + Number(seconds ?? 0) : undefined;
}

/** Receive and send buffer. */
function buffers(line: string): number[] {
  return /,rb(\d+),t\d+,tb(\d+),/.exec(line)!.slice(1).map(Number);
}

function algorithm(line: string): string {
  return /\b(reno|cubic|bbr|dctcp|vegas|westwood|htcp)\b/.exec(line)?.[1] ?? "another";
}

testUnless(missing, "the keepalive timer, buffers, congestion control and backlog are as asked", async () => {
  await using plainServer = await startServer([], { permissions });
  await using _plain = await connectTo(plainServer);
  const plain = await showEnds(plainServer);
  // The one that every kernel has and everybody may use.
  const timing = ["--keepalive-interval", "15", "--keepalive-count", "5", "--congestion", "reno"];
  const serverArgs = ["--keepalive-idle", "50", "--recv-buffer", "8192", "--send-buffer", "16384", "--backlog", "77"];
  const clientArgs = ["--keepalive-idle", "40", "--recv-buffer", "10000", "--send-buffer", "20000"];
  await using server = await startServer([...timing, ...serverArgs], { permissions });
  await using _client = await connectTo(server, [...timing, ...clientArgs]);
  const asked = await showEnds(server);

  // Time has passed since the last data, but no 20 s.
  const left = [asked.accepted, asked.client].map(keepAliveLeft);
  for (const [i, idle] of [50, 40].entries()) {
    assertGreater(left[i]!, idle - 20, asked.accepted + asked.client);
    assertLessOrEqual(left[i]!, idle);
  }
  // The kernel's two hours at a server, nothing at a client.
  assertGreater(keepAliveLeft(plain.accepted)!, 60);
  assertEquals(keepAliveLeft(plain.client), undefined);
  // Doubled, as socket(7) says.
  assertEquals([asked.accepted, asked.client].map(buffers), [[16384, 32768], [20000, 40000]]);
  for (const line of [plain.accepted, plain.client]) {
    const [receive, send] = buffers(line);
    assert(![16384, 20000].includes(receive) && ![32768, 40000].includes(send), line);
  }
  assertEquals([asked.accepted, asked.client].map(algorithm), ["reno", "reno"]);
  assertEquals(algorithm(plain.accepted), algorithm(plain.client));
  assertMatch((await show(`sport = :${server.port}`, "-ltnH"))[0], /^LISTEN\s+0\s+77\s/);
  assertMatch((await show(`sport = :${plainServer.port}`, "-ltnH"))[0], /^LISTEN\s+0\s+511\s/);
});
