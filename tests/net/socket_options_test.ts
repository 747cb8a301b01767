import { assert, assertEquals } from "@std/assert";
import { connect } from "../../lib/net/connect.ts";
import { listen } from "../../lib/net/listen.ts";
import { missingProgram, noStrace, notLinux, testUnless } from "../support/needs.ts";
import { type ListenProbe, listenProbeArgs } from "../support/probe_listen.ts";

/** Options that connect() and listen() set, seen from outside. */
const noSs = notLinux() ?? await missingProgram("ss");

/** What `ss` shows of the socket with these two ports. */
async function showSocket(localPort: number, peerPort: number): Promise<string> {
  const args = ["-tnoH", `sport = :${localPort} and dport = :${peerPort}`];
  const { stdout } = await new Deno.Command("ss", { args }).output();
  return new TextDecoder().decode(stdout);
}

testUnless(noSs, "keepalive is on for accepted connections and off for clients, unless asked otherwise", async () => {
  for (const keepAlive of [undefined, true, false]) {
    using listener = listen({ keepAlive });
    using client = await connect({ ...listener.addr, keepAlive });
    using accepted = await listener.accept();
    const [here, there] = [client.localAddr.port, accepted.localAddr.port];
    const shown = [await showSocket(here, there), await showSocket(there, here)];
    assert(shown.every((line) => line.startsWith("ESTAB")), shown.join());
    assertEquals(shown.map((line) => line.includes("timer:(keepalive")), [keepAlive ?? false, keepAlive ?? true]);
  }
});

/** The option calls that a probe makes, in order: `TCP_NODELAY 1`. */
async function traceOptions(probe: ListenProbe): Promise<string[]> {
  const file = await Deno.makeTempFile();
  try {
    const args = ["-f", "-e", "trace=setsockopt,listen", "-o", file, Deno.execPath(), ...listenProbeArgs([probe])];
    const { success } = await new Deno.Command("strace", { args, stdout: "null" }).output();
    assert(success);
    const calls = [...(await Deno.readTextFile(file)).matchAll(/listen\(\d+, (\d+)\)|, (\w+), \[(\d+)\], 4\) = 0/g)];
    return calls.map(([, backlog, option, value]) => option ? `${option} ${value}` : `backlog ${backlog}`);
  } finally {
    await Deno.remove(file);
  }
}

testUnless(await noStrace(), "nodelay is on for both, and the backlog is 511, unless asked otherwise", async () => {
  const server = ["SO_REUSEADDR 1", "backlog 511"];
  assertEquals(
    await traceOptions({ connect: {} }),
    [...server, "TCP_NODELAY 1", "TCP_NODELAY 1", "SO_KEEPALIVE 1"],
  );
  assertEquals(
    await traceOptions({ backlog: 7, noDelay: false, keepAlive: false, connect: { noDelay: false, keepAlive: true } }),
    ["SO_REUSEADDR 1", "backlog 7", "TCP_NODELAY 0", "SO_KEEPALIVE 1", "TCP_NODELAY 0", "SO_KEEPALIVE 0"],
  );
});
