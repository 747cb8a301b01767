import { assert, assertEquals, assertGreater } from "@std/assert";
import { testUnless } from "../support/needs.ts";
import { makeWiredPair, type Netns, noWire, WIRE } from "../support/netns.ts";
import { serveInside, spawnInside } from "../support/wire_sounder.ts";

/** What is left on a socket of where Deno made it, a listener of ours on the loopback: see lib/net/parking.ts. */
const missing = await noWire();

/** Milliseconds for a connect whose first SYN is lost, and for its program to start. */
const TIME_LIMIT = 20_000;

/** What `ss` shows of the connection to a port, once it is there. */
async function showConnection(netns: Netns, port: number): Promise<string> {
  const limit = performance.now() + TIME_LIMIT;
  for (;;) {
    const args = ["-tnoiemOH", "state", "established", `dport = :${port}`];
    const { stdout } = await netns.command("ss", args, { stderr: "null" }).output();
    const shown = new TextDecoder().decode(stdout).trim();
    if (shown !== "") return shown;
    assert(performance.now() < limit, `no connection to port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

testUnless(missing, "options before the SYN leave send buffer and round-trip time as they are without", async () => {
  await using pair = await makeWiredPair();
  const asked = new Map([[7001, []], [7002, ["--ttl", "63"]], [7003, ["--fast-open"]]]);
  await using servers = new AsyncDisposableStack();
  for (const port of asked.keys()) servers.use(await serveInside(pair.server, WIRE.server, port));
  // The first SYN to each port is lost. Of the second the kernel knows the round-trip time by its timestamps only, in whole
  // milliseconds: a shorter one is not this path's.
  const lose = [...asked.keys()].map((port) =>
    `tcp dport ${port} tcp flags & (syn | ack) == syn numgen inc mod 2 0 drop;`
  );
  await pair.server.nft(`table ip lossy { chain input { type filter hook input priority 0; ${lose.join(" ")} }; }`);
  const clients = asked.entries().map(([port, flags]) =>
    spawnInside(pair.client, ["send", `${WIRE.server}:${port}`, "--connect-timeout", "15s", ...flags])
  ).toArray();
  let lines: string[];
  try {
    lines = await Promise.all(asked.keys().map((port) => showConnection(pair.client, port)));
  } finally {
    for (const process of clients) {
      await process.stdin.close();
      await process.output();
    }
  }
  const [usual, ...buffers] = lines.map((line) => Number(/,tb(\d+),/.exec(line)![1]));
  assertEquals(buffers, [usual, usual]);
  for (const line of lines) assertGreater(Number(/ minrtt:([\d.]+)/.exec(line)![1]), 0.5, line);
});
