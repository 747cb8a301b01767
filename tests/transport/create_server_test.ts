import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { createServer, type CreateServerOptions, type ProtocolServer } from "../../lib/transport/create_server.ts";
import { randomBytes } from "../support/bytes.ts";
import { outcome, readAll, readExactly } from "../support/contract_connection.ts";
import { noReset } from "../support/libc.ts";
import { type Hooks, Recorder, turns } from "../support/transport_recorder.ts";

const failure = new Error("on purpose");
const throwing = (): never => {
  throw failure;
};

/** A server that echoes, unless told otherwise, and the protocols that it made. */
function begin(hooks: Hooks = {}, options: CreateServerOptions = {}) {
  const protocols: Recorder[] = [];
  const server = createServer(() => {
    const recorder: Recorder = new Recorder({
      dataReceived: (data) => recorder.transport.write(data),
      ...hooks,
    });
    protocols.push(recorder);
    return recorder;
  }, { port: 0, ...options });
  return { server, protocols };
}

/** Connects, and waits until the server has a protocol for it. */
async function join(server: ProtocolServer): Promise<Connection> {
  const client = await connect(server.addresses[0]);
  await echoed(client, 1);
  return client;
}

async function echoed(client: Connection, length: number): Promise<void> {
  const [received] = await Promise.all([readExactly(client, length), client.write(randomBytes(length))]);
  assertEquals(received, randomBytes(length));
}

/** Whether a promise is settled by now, as far as a few turns tell. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true);
  await turns();
  return settled;
}

Deno.test("it listens when the call returns, on the addresses it tells; a port taken throws", async () => {
  await using server = begin().server;
  assertEquals([server.addresses.length, server.addresses[0].hostname], [1, "127.0.0.1"]);
  assert(server.addresses[0].port > 0);
  assert(server.socketOptions.length >= 0);
  assertEquals([server.isServing(), server.transports], [true, []]);
  assertThrows(() => createServer(() => ({}), server.addresses[0]), Deno.errors.AddrInUse);
  using client = await connect(server.addresses[0]);
  await echoed(client, 1000);
});

Deno.test("many clients at once: each has its protocol, and transports are listed while open", async () => {
  const { server, protocols } = begin();
  await using _server = server;
  const clients = await Promise.all(Array.from({ length: 50 }, () => join(server)));
  assertEquals([protocols.length, server.transports.length], [50, 50]);
  assertEquals(server.transports, protocols.map(({ transport }) => transport));
  await Promise.all(clients.map((client) => echoed(client, 10_000)));
  for (const client of clients) client.close();
  await Promise.all(protocols.map((protocol) => protocol.ended()));
  assertEquals(server.transports, []);
  for (const { violations, events } of protocols) {
    assertEquals([violations, events], [[], ["made", "data", "eof", "lost"]]);
  }
});

Deno.test("close() listens no more and keeps the clients; waitClosed() waits for the last of them", async () => {
  const { server, protocols } = begin();
  using client = await join(server);
  const before = server.waitClosed();
  server.close();
  server.close();
  assertEquals(server.isServing(), false);
  assertEquals(await outcome(connect(server.addresses[0])), "ConnectError");
  await echoed(client, 100);
  assertEquals([await isSettled(before), await isSettled(server.waitClosed())], [false, false]);
  await client.closeWrite();
  await before;
  await server.waitClosed();
  assertEquals(protocols[0].events.at(-1), "lost");
});

Deno.test("waitClosed() resolves at once where nobody is connected, and after the end", async () => {
  const { server } = begin();
  const before = server.waitClosed();
  assertEquals(await isSettled(before), false);
  server.close();
  await before;
  await server.waitClosed();
});

Deno.test("waitClosed() of a server that still listens outlives its clients", async () => {
  await using server = begin().server;
  const client = await join(server);
  const waiting = server.waitClosed();
  client.close();
  await turns();
  assertEquals([await isSettled(waiting), server.isServing()], [false, true]);
});

Deno.test("closeClients() sends what is buffered, then FIN; the server goes on", async () => {
  const { server, protocols } = begin();
  await using _server = server;
  using client = await join(server);
  const bytes = randomBytes(1_000_000);
  protocols[0].transport.write(bytes);
  server.closeClients();
  assertEquals((await readAll(client)).length, bytes.length);
  assertEquals([await protocols[0].ended(), server.isServing()], [null, true]);
  using _next = await join(server);
});

Deno.test("abortClients() ends them at once, by RST where the platform allows", async () => {
  const { server, protocols } = begin();
  await using _server = server;
  using client = await join(server);
  protocols[0].transport.write(new Uint8Array(16 * 1024 * 1024));
  server.abortClients();
  assertEquals(await protocols[0].ended(), null);
  const end = await outcome(readAll(client));
  assertEquals(end instanceof Uint8Array ? "FIN" : end, noReset() ? "FIN" : "ConnectionReset");
  assertEquals([server.transports, server.isServing()], [[], true]);
});

Deno.test("disposing closes both, and waits", async () => {
  const { server, protocols } = begin();
  using client = await join(server);
  const disposed = server[Symbol.asyncDispose]();
  assertEquals(await readAll(client), new Uint8Array());
  await disposed;
  assertEquals([protocols[0].events.at(-1), protocols[0].error], ["lost", null]);
  assertEquals([server.isServing(), server.transports], [false, []]);
  await server[Symbol.asyncDispose]();
});

Deno.test("a factory that throws costs that connection, and onError is told", async () => {
  const errors: unknown[] = [];
  let calls = 0;
  await using server = createServer(() => ++calls === 1 ? throwing() : {}, {
    port: 0,
    onError(error) {
      errors.push(error);
      throw new Error("onError may throw, too");
    },
  });
  using refused = await connect(server.addresses[0]);
  const end = await outcome(refused.read(new Uint8Array(1)));
  assertEquals([end, errors], [noReset() ? null : "ConnectionReset", [failure]]);
  using _client = await connect(server.addresses[0]);
  while (server.transports.length === 0) await turns();
  assertEquals([calls, errors.length], [2, 1]);
});

Deno.test("a factory that throws what cannot be put in words costs that connection only", async () => {
  const wordless = Object.create(null);
  const errors: unknown[] = [];
  let calls = 0;
  const factory = () => {
    if (++calls === 1) throw wordless;
    return {};
  };
  await using server = createServer(factory, { port: 0, onError: (error) => void errors.push(error) });
  using refused = await connect(server.addresses[0]);
  await outcome(refused.read(new Uint8Array(1)));
  using _client = await connect(server.addresses[0]);
  while (server.transports.length === 0) await turns();
  assertEquals([calls, errors.length, errors[0] === wordless], [2, 1, true]);
});

Deno.test("an exception of one connection leaves the others alone", async () => {
  const errors: unknown[] = [];
  const eofReceived = () => throwing();
  const { server, protocols } = begin({ eofReceived }, { onError: (error) => void errors.push(error) });
  await using _server = server;
  using good = await join(server);
  for (let i = 1; i <= 3; i++) {
    using bad = await join(server);
    await bad.closeWrite();
    assertStrictEquals(await protocols[i].ended(), failure);
    await echoed(good, 1000);
  }
  assertEquals([errors, server.transports.length], [[failure, failure, failure], 1]);
});

Deno.test("connectionMade() finds its transport among those of the server, and closeClients() there closes it", async () => {
  const { server, protocols } = begin({
    connectionMade(transport) {
      assertEquals(server.transports, [transport]);
      server.close();
      server.closeClients();
    },
  });
  using client = await connect(server.addresses[0]);
  assertEquals(await readAll(client), new Uint8Array());
  await server.waitClosed();
  assertEquals([protocols[0].events, protocols[0].error], [["made", "lost"], null]);
});

Deno.test("close(), closeClients() and abortClients() may be called from callbacks", async () => {
  const { server, protocols } = begin({
    dataReceived() {
      server.close();
      server.closeClients();
      server.abortClients();
    },
  });
  using client = await connect(server.addresses[0]);
  await client.write(randomBytes(1));
  await server.waitClosed();
  assertEquals(protocols[0].events, ["made", "data", "lost"]);
});
