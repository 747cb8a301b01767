import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import process from "node:process";
import { ConnectError } from "../../lib/core/errors.ts";
import { connect, type ConnectOptions } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { startTls, type StartTlsOptions } from "../../lib/net/start_tls.ts";
import { type TlsAcceptor, tlsAcceptor } from "../../lib/net/tls_acceptor.ts";
import type { TlsServerOptions } from "../../lib/net/tls_options.ts";
import { WrappedConnection } from "../../lib/net/wrapped_connection.ts";
import { certificateAuthority } from "../support/certificates.ts";
import { outcome, readAll, readExactly } from "../support/contract_connection.ts";
import { authority, serverCertificate, tcpPair } from "../support/tls_pair.ts";

const renewed = await authority.issue({ names: ["localhost", "renewed.example"], commonName: "renewed.example" });
const stranger = await certificateAuthority("a stranger");

/** Both ends, with that acceptor. */
async function join(acceptor: TlsAcceptor, options: StartTlsOptions = {}) {
  const [near, far] = await tcpPair();
  const tls = { serverName: "localhost", caCerts: [authority.cert], ...options };
  return await Promise.all([startTls(near, tls), acceptor.accept(far)]);
}

async function assertEchoes(near: Connection, far: Connection): Promise<void> {
  const [received] = await Promise.all([readExactly(far, 3), near.write(new Uint8Array([1, 2, 3]))]);
  assertEquals(received, new Uint8Array([1, 2, 3]));
}

Deno.test("replace(): the next handshake has the new certificate, connections that are open live on", async () => {
  const acceptor = await tlsAcceptor(serverCertificate);
  const [near, far] = await join(acceptor);
  using _near = near;
  using _far = far;
  acceptor.replace(renewed);
  const [nearer, farther] = await join(acceptor);
  using _nearer = nearer;
  using _farther = farther;
  assertEquals([near.tls.peer, nearer.tls.peer], ["localhost", "renewed.example"]);
  await assertEchoes(near, far);
  await assertEchoes(far, near);
  await assertEchoes(nearer, farther);
});

Deno.test("replace() in the middle of a handshake: that one goes on with the old certificate", async () => {
  const acceptor = await tlsAcceptor(serverCertificate);
  const [near, far] = await tcpPair();
  const accepting = acceptor.accept(far);
  acceptor.replace(renewed);
  using client = await startTls(near, { serverName: "localhost", caCerts: [authority.cert] });
  using _server = await accepting;
  assertEquals(client.tls.peer, "localhost");
});

Deno.test("replace() may change the authorities of clients", async () => {
  const certificate = await authority.issue({ names: ["client.example"] });
  const acceptor = await tlsAcceptor({ ...serverCertificate, clientCaCerts: [authority.cert] });
  (await join(acceptor, certificate)).forEach((end) => end.close());
  acceptor.replace({ ...serverCertificate, clientCaCerts: [stranger.cert] });
  await assertRejects(
    async () => {
      const [near, far] = await tcpPair();
      const connecting = startTls(near, { serverName: "localhost", caCerts: [authority.cert], ...certificate });
      connecting.then((connection) => connection.close(), () => {});
      await acceptor.accept(far);
    },
    ConnectError,
    "clientCaCerts",
  );
});

/** What cannot be used, and the words of its error. */
const UNUSABLE: Record<string, [options: Partial<TlsServerOptions>, words: string, errorClass?: ErrorConstructor]> = {
  "no certificate": [{ cert: "hello" }, "the certificate (cert): it is no PEM text"],
  "a certificate that is none": [
    { cert: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" },
    "the certificate (cert): it cannot be read",
  ],
  "no key": [{ key: "hello" }, "the key (key): it is no PEM text of a private key"],
  "a certificate in place of the key": [{ key: serverCertificate.cert }, "the key (key)"],
  "the key of another one": [{ key: renewed.key }, "the key (key) is that of another one"],
  "no authority": [{ clientCaCerts: ["hello"] }, "authority (clientCaCerts): it is no PEM text"],
  "no time": [{ handshakeTimeout: 0 }, "handshakeTimeout must be more than 0", RangeError],
  "no version": [{ minVersion: "1.3", maxVersion: "1.2" }, "from version 1.3 to 1.2", RangeError],
  "an unknown version": [{ minVersion: "1.1" as "1.2" }, 'minVersion "1.1": use "1.2" or "1.3"'],
  "an empty protocol": [{ alpnProtocols: [""] }, "1 to 255 bytes", RangeError],
};
for (const [title, [options, words, errorClass = TypeError]] of Object.entries(UNUSABLE)) {
  Deno.test(`${title}: one line says so, and replace() keeps what was`, async () => {
    const error = await assertRejects(() => tlsAcceptor({ ...serverCertificate, ...options }), errorClass, words);
    assert(!error.message.includes("\n"), error.message);
    const acceptor = await tlsAcceptor(serverCertificate);
    assertThrows(() => acceptor.replace({ ...serverCertificate, ...options }), errorClass, words);
    const ends = await join(acceptor);
    assertEquals(ends[0].tls.peer, "localhost");
    ends.forEach((end) => end.close());
  });
}

Deno.test("a client's options are checked before anything is connected", async () => {
  const bad: [NonNullable<ConnectOptions["tls"]>, string][] = [
    [{ cert: serverCertificate.cert }, "without its key"],
    [{ key: serverCertificate.key }, "without its certificate"],
    [{ ...serverCertificate, key: renewed.key }, "is that of another one"],
    [{ caCerts: ["hello"] }, "authority (caCerts): it is no PEM text"],
    [{ maxVersion: "1.1" as "1.2" }, 'maxVersion "1.1"'],
    [{ serverName: "" }, 'cannot check the server\'s name "" (serverName)'],
    [{ serverName: null as unknown as string }, "(serverName)"],
    [{ serverName: "", insecure: true }, "(serverName)"],
  ];
  // Nothing listens there: a ConnectError would say that it was tried.
  for (const [tls, words] of bad) await assertRejects(() => connect({ port: 1, tls }), TypeError, words);
});

Deno.test("an expired certificate is fine for a server: a client will tell", async () => {
  await tlsAcceptor(await authority.issue({ expired: true }));
});

/** Has a peer do something in place of a handshake, and gives what the server made of it. */
async function rude(say: (peer: Connection) => Promise<void>, handshakeTimeout = 10_000): Promise<ConnectError> {
  const acceptor = await tlsAcceptor({ ...serverCertificate, handshakeTimeout });
  const [near, far] = await tcpPair();
  using peer = near;
  const accepting = acceptor.accept(far).catch((error) => error);
  await say(peer);
  const error = await accepting;
  assertInstanceOf(error, ConnectError);
  // Its connection is closed: the peer sees the end, whichever way.
  assertEquals([null, "ConnectionReset"].includes(await outcome(readAll(peer).then(() => null))), true);
  await assertRejects(() => far.read(new Uint8Array(1)), Deno.errors.BadResource);
  return error;
}

/** The head of a ClientHello that never goes on. */
const HALF_A_HELLO = new Uint8Array([0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3]);

Deno.test("a peer that never says anything is closed in time, and so is one that stops in its ClientHello", async () => {
  for (const bytes of [new Uint8Array(), HALF_A_HELLO]) {
    const error = await rude((peer) => peer.write(bytes), 20);
    assertEquals(error.kind, "timeout");
    assertStringIncludes(error.message, "cannot take TLS from 127.0.0.1:");
    assertStringIncludes(error.message, "no TLS handshake within 20 ms");
  }
});

Deno.test("a peer that speaks no TLS, or leaves, is told from one that is slow", async () => {
  const http = await rude((peer) => peer.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")));
  assertEquals([http.kind, http.message.endsWith(": the peer does not speak TLS")], ["tls", true], http.message);
  const gone = await rude(async (peer) => {
    await peer.write(HALF_A_HELLO);
    await peer.closeWrite();
  });
  assertEquals(gone.kind, "tls");
  assertStringIncludes(gone.message, "closed the connection during the TLS handshake");
});

Deno.test("a peer that resets its connection in the middle of the handshake is told as reset", async () => {
  const acceptor = await tlsAcceptor(serverCertificate);
  const [near, far] = connectionPair();
  const accepting = acceptor.accept(far);
  await near.write(HALF_A_HELLO);
  near.abort();
  const error = await assertRejects(() => accepting, ConnectError);
  assertEquals(error.kind, "reset");
  assertMatch(error.message, /^cannot take TLS from \S+: the peer reset the connection$/);

  const [client, server] = connectionPair();
  const starting = startTls(client, { serverName: "localhost" });
  await readExactly(server, 5);
  server.abort();
  const told = await assertRejects(() => starting, ConnectError);
  assertEquals(told.kind, "reset");
  assertMatch(told.message, /^cannot connect to \S+: the peer reset the connection$/);
});

Deno.test("a client's handshake ends by its signal, by connectTimeout, and with a server that speaks no TLS", async () => {
  const reason = new Error("on purpose");
  const [near, far] = await tcpPair();
  using silent = far;
  const controller = new AbortController();
  const starting = startTls(near, { signal: controller.signal });
  assert((await silent.read(new Uint8Array(5)))! > 0, "it has begun");
  controller.abort(reason);
  assertEquals(await starting.catch((error) => error), reason);
  await assertRejects(() => near.read(new Uint8Array(1)), Deno.errors.BadResource);

  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // Long enough to be connected by then: Deno 2.9.6 may leave a connect open that is given up as it succeeds.
  const timeout = connect({ port: listener.addr.port, connectTimeout: 500, tls: true });
  using _peer = await listener.accept();
  assertEquals((await assertRejects(() => timeout, ConnectError)).kind, "timeout");
  const refused = connect({ port: listener.addr.port, tls: { insecure: true } });
  using plain = await listener.accept();
  await plain.write(new TextEncoder().encode("220 ready\r\n"));
  const error = await assertRejects(() => refused, ConnectError, "the peer does not speak TLS");
  assertEquals(error.kind, "tls");
});

Deno.test("many handshakes at once, of which some fail: each is told its own", async () => {
  const acceptor = await tlsAcceptor(serverCertificate);
  const results = await Promise.all(Array.from({ length: 40 }, async (_, i) => {
    const caCerts = [i % 3 === 0 ? stranger.cert : authority.cert];
    const [near, far] = await tcpPair();
    const [client, server] = await Promise.allSettled([
      startTls(near, { serverName: "localhost", caCerts }),
      acceptor.accept(far),
    ]);
    for (const end of [client, server]) if (end.status === "fulfilled") end.value.close();
    assertEquals(client.status, server.status);
    return client.status;
  }));
  assertEquals(results, results.map((_, i) => i % 3 === 0 ? "rejected" : "fulfilled"));
});

/** A connection that notes in which order bytes come and go. */
class NotedConnection extends WrappedConnection {
  readonly noted: ("in" | "out")[] = [];

  override async read(p: Uint8Array): Promise<number | null> {
    const n = await super.read(p);
    if (n !== null) this.noted.push("in");
    return n;
  }

  override write(p: Uint8Array): Promise<void> {
    this.noted.push("out");
    return super.write(p);
  }
}

Deno.test("a client whose certificate is refused gets nothing behind it: no ticket, with which it could come again", async () => {
  // The engine itself would take one of version 1.
  const forged = await (await certificateAuthority()).issue({ version1: true });
  for (const [certificate, last] of [[forged, "in"], [await authority.issue(), "out"]] as const) {
    const acceptor = await tlsAcceptor({ ...serverCertificate, clientCaCerts: [authority.cert], minVersion: "1.3" });
    const [near, below] = connectionPair();
    const far = new NotedConnection(below);
    const [client, server] = await Promise.allSettled([
      startTls(near, { serverName: "localhost", caCerts: [authority.cert], ...certificate }),
      acceptor.accept(far),
    ]);
    assertEquals(server.status, last === "in" ? "rejected" : "fulfilled");
    assertEquals([client.status, far.noted.at(-1)], ["fulfilled", last]);
    for (const end of [client, server]) if (end.status === "fulfilled") end.value.close();
  }
});

Deno.test("one handshake leaves nothing behind for the next: a dozen in a row, and no listener too many", async () => {
  const acceptor = await tlsAcceptor(serverCertificate);
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on("warning", warned);
  try {
    for (let i = 0; i < 12; i++) (await join(acceptor)).forEach((end) => end.close());
  } finally {
    process.off("warning", warned);
  }
  assertEquals(warnings, []);
});
