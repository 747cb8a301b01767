import net from "node:net";
import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { acceptLoop, judgeAcceptError } from "../../lib/net/accept_loop.ts";
import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { listen, type Listener } from "../../lib/net/listen.ts";
import { spawnLines } from "../support/child_lines.ts";
import { readExactly } from "../support/contract_connection.ts";
import { fakeClock, microtasks } from "../support/fake_clock.ts";
import { missingProgram, notLinux, testUnless } from "../support/needs.ts";

/** A listener whose `accept()` gives these one after the other, and then says that it is closed. */
function scriptedListener(script: (Error | Connection)[]): Listener & { accepts: number } {
  const listener = {
    accepts: 0,
    socketOptions: [],
    addr: { hostname: "127.0.0.1", port: 1 },
    accept(): Promise<Connection> {
      const next = script[listener.accepts++] ?? new Deno.errors.BadResource("closed");
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    close() {},
    [Symbol.dispose]() {},
  };
  return listener;
}

const shortage = () => new Error("Too many open files (os error 24)");

/** Runs the loop over a script on a fake clock, and gives the waits that it tells of. */
async function waitsOf(script: (Error | Connection)[]): Promise<{ waits: number[]; took: number; accepted: number }> {
  using clock = fakeClock();
  const began = clock.now;
  const waits: number[] = [];
  let accepted = 0;
  await acceptLoop(scriptedListener(script), () => void accepted++, {
    onError(_error, waitMs) {
      waits.push(waitMs);
      queueMicrotask(() => clock.advance(waitMs)); // once the loop waits
    },
  });
  return { waits, took: clock.now - began, accepted };
}

Deno.test("judgeAcceptError(): only the listener's own end stops the loop, only a shortage makes it wait", () => {
  const { BadResource, NotConnected, ConnectionAborted, ConnectionReset } = Deno.errors;
  assertEquals(judgeAcceptError(new BadResource("")), "stop");
  for (const error of [new NotConnected(""), new ConnectionAborted(""), new ConnectionReset("")]) {
    assertEquals(judgeAcceptError(error), "next", error.name);
  }
  const others = [shortage(), new Deno.errors.TimedOut(""), new Deno.errors.Interrupted(""), new TypeError(""), "text"];
  for (const error of [...others, undefined]) assertEquals(judgeAcceptError(error), "wait", String(error));
});

Deno.test("acceptLoop() hands over each connection and ends when the listener is closed", async () => {
  const listener = listen();
  const accepted: Connection[] = [];
  const three = Promise.withResolvers<void>();
  const loop = acceptLoop(listener, (connection) => {
    if (accepted.push(connection) === 3) three.resolve();
  });
  const clients = await Promise.all([1, 2, 3].map(() => connect(listener.addr)));
  await three.promise;
  listener.close();
  await loop;
  assertEquals(
    accepted.map(({ remoteAddr }) => remoteAddr.port).sort(),
    clients.map(({ localAddr }) => localAddr.port).sort(),
  );
  for (const connection of [...clients, ...accepted]) connection.close();
});

Deno.test("acceptLoop() waits on a shortage, 5 ms doubling to 1 s", async () => {
  const { waits, took } = await waitsOf(Array.from({ length: 11 }, shortage));
  assertEquals(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000]);
  assertEquals(took, waits.reduce((sum, wait) => sum + wait), "it waits as long as it says");
});

Deno.test("acceptLoop() begins with 5 ms again after a connection, and after nothing else", async () => {
  const [connection] = connectionPair();
  const reset = new Deno.errors.ConnectionReset("");
  const { waits, accepted } = await waitsOf([shortage(), shortage(), reset, shortage(), connection, shortage()]);
  assertEquals([waits, accepted], [[5, 10, 20, 5], 1]);
});

Deno.test("acceptLoop() does not wait for peers that are gone", async () => {
  const { NotConnected, ConnectionAborted, ConnectionReset } = Deno.errors;
  const gone = [NotConnected, ConnectionAborted, ConnectionReset];
  const { waits, took } = await waitsOf(Array.from({ length: 300 }, (_, i) => new gone[i % 3]("")));
  assertEquals([waits, took], [[], 0]);
});

Deno.test("acceptLoop(): its signal ends the wait under way, and never makes it spin", async () => {
  using clock = fakeClock();
  const given = new AbortController();
  const listener = scriptedListener([shortage(), shortage()]);
  const waits: number[] = [];
  const loop = acceptLoop(listener, () => {}, { onError: (_error, ms) => void waits.push(ms), signal: given.signal });
  await microtasks();
  assertEquals([waits, clock.timers], [[5], 1]);
  given.abort();
  await microtasks();
  // It has tried again at once; the listener being still open, it now waits in full.
  assertEquals([waits, clock.timers, listener.accepts], [[5, 10], 1, 2]);
  clock.advance(10);
  await loop;
  assertEquals(clock.timers, 0);
});

testUnless(
  notLinux(),
  "acceptLoop() goes on after 300 peers that reset before they were accepted, without a wait",
  async () => {
    using listener = listen();
    const { port } = listener.addr;
    await Promise.all(Array.from({ length: 300 }, () =>
      new Promise<void>((resolve, reject) => {
        const socket = net.connect(port, "127.0.0.1", () => socket.resetAndDestroy());
        socket.once("error", reject);
        socket.once("close", () => resolve());
      })));
    using client = await connect({ port });
    const errors: unknown[] = [];
    let gone = 0;
    const counting: Listener = {
      ...scriptedListener([]),
      accept: () =>
        listener.accept().catch((error) => {
          gone++;
          throw error;
        }),
    };
    const served = Promise.withResolvers<Connection>();
    const loop = acceptLoop(counting, (connection) => {
      if (connection.remoteAddr.port === client.localAddr.port) served.resolve(connection);
      else connection.close();
    }, { onError: (error) => void errors.push(error) });
    using connection = await served.promise;
    assertEquals(connection.remoteAddr, client.localAddr);
    assertEquals(errors, []);
    // All 300 as a rule: a child that another test file starts meanwhile, in this process, holds copies of the descriptors
    // from its fork to its exec, and what this test closes stays open that long.
    assertGreater(gone, 100);
    listener.close();
    await loop;
  },
);

const missing = notLinux() ?? await missingProgram("prlimit");

testUnless(missing, "acceptLoop() goes on after it had no descriptors", async () => {
  const program = `${import.meta.dirname}/../support/probe_accept.ts`;
  const deno = [Deno.execPath(), "run", "-q", "--no-config", "--no-prompt", "--allow-net", program];
  await using server = spawnLines("prlimit", ["--nofile=64:64", ...deno]);
  const port = Number((await server.line(/^port/)).slice(5));

  // The kernel takes them all (backlog 511); for some of them the server has no descriptors.
  const clients = await Promise.all(Array.from({ length: 100 }, () => connect({ port })));
  assertStringIncludes(await server.line(/^waits/), "waits 5 Too many open files");
  await server.line(/^waits 20 /);
  for (const client of clients) client.close();

  using client = await connect({ port });
  const message = new TextEncoder().encode("still here");
  await client.write(message);
  assertEquals(await readExactly(client, message.length), message);
  const waits = server.lines.filter((line) => line.startsWith("waits"));
  assertLess(waits.length, 30, "it waited instead of spinning");
  assert(waits.every((line) => Number(line.split(" ")[1]) <= 1000));
});
