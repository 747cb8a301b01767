import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { ConnectError } from "../../lib/core/errors.ts";
import { connect } from "../../lib/net/connect.ts";
import { listen } from "../../lib/net/listen.ts";
import { tlsAcceptor } from "../../lib/net/tls_acceptor.ts";
import type { TlsConnection } from "../../lib/net/tls_connection.ts";
import type { TlsInfo } from "../../lib/net/tls_options.ts";
import { certificateAuthority, selfSigned } from "../support/certificates.ts";
import { outcome, readExactly } from "../support/contract_connection.ts";
import { authority, secure, serverCertificate, tcpPair, tryHandshake } from "../support/tls_pair.ts";

const stranger = await certificateAuthority("a stranger");
const clientCertificate = await authority.issue({ names: ["client.example"] });

/** What the ends have agreed on. */
function agreed(result: TlsInfo | ConnectError): TlsInfo {
  if (result instanceof ConnectError) throw result;
  return result;
}

/** Fails unless a handshake failed, because of TLS, with these words. */
function assertRefused(result: TlsInfo | ConnectError, ...words: string[]): void {
  assertInstanceOf(result, ConnectError);
  assertEquals(result.kind, "tls", result.message);
  for (const word of words) assertStringIncludes(result.message, word);
  assert(!result.message.includes("\n"));
}

Deno.test("both ends agree on the newest version that both take, and tell the same of it", async () => {
  const cases = [
    [{}, {}, "1.3"],
    [{ maxVersion: "1.2" }, {}, "1.2"],
    [{}, { maxVersion: "1.2" }, "1.2"],
    [{ minVersion: "1.3" }, {}, "1.3"],
    [{}, { minVersion: "1.3" }, "1.3"],
    [{ minVersion: "1.2", maxVersion: "1.2" }, { minVersion: "1.2" }, "1.2"],
  ] as const;
  for (const [client, server, version] of cases) {
    const result = await tryHandshake(client, server);
    const [near, far] = [agreed(result.client), agreed(result.server)];
    assertEquals([near.version, far.version], [version, version]);
    assertEquals(near.cipher, far.cipher);
    assert(near.cipher.startsWith(version === "1.3" ? "TLS_AES_" : "TLS_ECDHE_ECDSA_"), near.cipher);
    assertEquals([near.peer, far.peer], ["localhost", undefined]);
    assertEquals([near.verified, far.verified], [true, false]);
    assert(near.handshakeMs > 0 && far.handshakeMs > 0);
  }
});

Deno.test("no version in common: both ends say so", async () => {
  for (const [old, recent] of [[{ maxVersion: "1.2" }, { minVersion: "1.3" }]] as const) {
    for (const [client, server] of [[old, recent], [recent, old]]) {
      const result = await tryHandshake(client, server);
      assertRefused(result.client, "TLS versions", "minVersion");
      assertRefused(result.server, "no TLS version in common", "minVersion");
    }
  }
});

Deno.test("ALPN: the first of the server's that the client offers; none where one end offers none", async () => {
  const cases = [
    [["b", "a"], ["a", "b"], "a"],
    [["b"], ["a", "b"], "b"],
    [undefined, ["a"], undefined],
    [["a"], undefined, undefined],
    [undefined, undefined, undefined],
  ] as const;
  for (const [client, server, expected] of cases) {
    const result = await tryHandshake({ alpnProtocols: client }, { alpnProtocols: server });
    assertEquals([agreed(result.client).alpnProtocol, agreed(result.server).alpnProtocol], [expected, expected]);
  }
});

Deno.test("ALPN: nothing in common fails at both ends", async () => {
  const result = await tryHandshake({ alpnProtocols: ["a"] }, { alpnProtocols: ["b"] });
  assertRefused(result.client, "none of the protocols offered", "alpnProtocols");
  assertRefused(result.server, "none of our protocols", "alpnProtocols");
});

Deno.test("a certificate of an authority that is not trusted is refused, and the server told why", async () => {
  for (const caCerts of [[stranger.cert], undefined, []]) {
    const result = await tryHandshake({ caCerts });
    assertRefused(result.client, "its certificate", "not signed by an authority", "caCerts", "insecure");
    assertRefused(result.server, "does not trust the authority");
  }
});

Deno.test("one that has expired, or is for another name, is refused; of the names that it has the error tells", async () => {
  const expired = await tryHandshake({}, await authority.issue({ expired: true }));
  assertRefused(expired.client, "its certificate has expired");
  assertRefused(expired.server, "expired");
  const other = await tryHandshake({ serverName: "example.com" });
  assertRefused(other.client, "is not for example.com, but for localhost, 127.0.0.1", "serverName");
});

Deno.test("chains: whom a root certified through others is taken, at both ends, and nobody whose chain has a gap", async () => {
  const middle = await authority.subordinate("middle");
  const last = await middle.subordinate("last");
  const outdated = await authority.subordinate("outdated", { expired: true });
  const subscriber = await authority.subordinate("a subscriber", { ca: false });
  const leaf = await last.issue();
  const wrong = [
    await outdated.issue(),
    await subscriber.issue(),
    // Its own certificate alone.
    { ...leaf, cert: leaf.cert.slice(0, leaf.cert.indexOf(last.cert)) },
  ];
  for (const maxVersion of ["1.2", "1.3"] as const) {
    const asked = { clientCaCerts: [authority.cert], maxVersion };
    for (const right of [await middle.issue(), leaf]) {
      assertEquals(agreed((await tryHandshake({}, { ...right, maxVersion })).client).peer, "localhost");
      assertEquals(agreed((await tryHandshake(right, asked)).server).peer, "localhost");
    }
    for (const certificate of wrong) {
      assertRefused((await tryHandshake({}, { ...certificate, maxVersion })).client, "its certificate");
      assertRefused((await tryHandshake(certificate, asked)).server, "not signed by an authority of clientCaCerts");
    }
    // The authority in between may be the one that is trusted.
    agreed((await tryHandshake({ caCerts: [last.cert] }, { ...leaf, maxVersion })).client);
  }
});

Deno.test("what a terminal would obey in the names of a certificate is told escaped, wherever it is told", async () => {
  const hostile = await authority.issue({ commonName: "a\x1b[2Jb\nsounder: c", names: ["d\x1b[31me", "localhost"] });
  const { client } = await tryHandshake({}, hostile);
  assertEquals(agreed(client).peer, "a\\u001b[2Jb\\u000asounder: c");
  const refused = await tryHandshake({ serverName: "example.com" }, hostile);
  assertRefused(refused.client, "but for d\\u001b[31me, localhost: ");
  for (let told: unknown = refused.client; told !== undefined; told = (told as Error).cause) {
    assertEquals(Deno.inspect(told).includes("\x1b"), false, Deno.inspect(told));
    assertEquals((told as Error).message.includes("\x1b"), false);
  }
  // A client's are the same to a server.
  const { server } = await tryHandshake(hostile, { clientCaCerts: [authority.cert] });
  assertEquals(agreed(server).peer, "a\\u001b[2Jb\\u000asounder: c");
});

Deno.test("insecure takes any certificate, and what comes after without it does not", async () => {
  const bad = [
    [{ caCerts: undefined }, {}],
    [{ serverName: "example.com" }, {}],
    [{}, await authority.issue({ expired: true })],
    [{}, await stranger.issue()],
  ] as const;
  for (const [client, server] of bad) {
    assertEquals(agreed((await tryHandshake({ ...client, insecure: true }, server)).client).verified, false);
    assertRefused((await tryHandshake(client, server)).client);
  }
});

Deno.test("a forged certificate that names a trusted authority is refused, of X.509's version 1 as well", async () => {
  const forger = await certificateAuthority();
  for (const version1 of [false, true]) {
    const forged = await tryHandshake({}, await forger.issue({ version1 }));
    assertRefused(forged.client, "not signed by an authority");
    // Whoever signed it.
    const old = await tryHandshake({}, await authority.issue({ version1 }));
    assertEquals(old.client instanceof ConnectError, version1);
  }
});

Deno.test("several authorities may be trusted, in one text or in several; a certificate that signed itself is its own", async () => {
  for (const caCerts of [[stranger.cert, authority.cert], [`${stranger.cert}\n${authority.cert}`]]) {
    assertEquals(agreed((await tryHandshake({ caCerts })).client).peer, "localhost");
  }
  const own = await selfSigned();
  agreed((await tryHandshake({ caCerts: [own.cert] }, own)).client);
  assertRefused((await tryHandshake({ caCerts: [(await selfSigned()).cert] }, own)).client, "not signed");
  assertRefused((await tryHandshake({}, own)).client, "not signed");
});

Deno.test("a server that asks for a certificate takes those of its authorities alone", async () => {
  for (const maxVersion of ["1.2", "1.3"] as const) {
    const server = { clientCaCerts: [authority.cert], maxVersion };
    const right = await tryHandshake(clientCertificate, server);
    assertEquals([agreed(right.server).peer, agreed(right.client).version], ["client.example", maxVersion]);
    assertEquals(agreed(right.server).verified, true);
    const wrong = [
      await stranger.issue(),
      await authority.issue({ expired: true }),
      await (await certificateAuthority()).issue({ version1: true }),
      await authority.issue({ version1: true }),
    ];
    for (const certificate of wrong) {
      assertRefused((await tryHandshake(certificate, server)).server, "not signed by an authority of clientCaCerts");
    }
    assertRefused((await tryHandshake({}, server)).server, "shows no certificate", "clientCaCerts");
  }
});

Deno.test("a client without the certificate that is asked for learns it: from TLS 1.3 on by its first read", async () => {
  const missing = await tryHandshake({}, { clientCaCerts: [authority.cert], maxVersion: "1.2" });
  assertRefused(missing.client, "asks for a certificate", "cert and key");
  const acceptor = await tlsAcceptor({ ...serverCertificate, clientCaCerts: [authority.cert] });
  using listener = listen();
  const accepting = listener.accept().then((far) => acceptor.accept(far)).catch((error) => error);
  using near = await connect({ ...listener.addr, tls: { caCerts: [authority.cert] } });
  const error = await near.read(new Uint8Array(1)).catch((error) => error);
  assertInstanceOf(error, Deno.errors.ConnectionReset);
  assertStringIncludes(error.message, "asks for a certificate");
  assertEquals(await outcome(near.write(new Uint8Array(1))), "BrokenPipe");
  assertInstanceOf(await accepting, ConnectError);
});

Deno.test("connect() does the handshake: by host name and by address, with socket options below", async () => {
  const acceptor = await tlsAcceptor(serverCertificate);
  for (const hostname of ["localhost", "127.0.0.1"]) {
    using listener = listen();
    const accepting = listener.accept().then((far) => acceptor.accept(far));
    const tls = { caCerts: [authority.cert] };
    using near = await connect({ hostname, port: listener.addr.port, connectTimeout: 10_000, tls }) as TlsConnection;
    using far = await accepting;
    assertEquals([near.tls.version, near.tls.peer], ["1.3", "localhost"]);
    assertEquals(near.remoteAddr, far.localAddr);
    assertEquals(near.socketOptions.map(({ option }) => option), ["noDelay"]);
    await far.write(new Uint8Array([7]));
    assertEquals(await readExactly(near, 1), new Uint8Array([7]));
  }
});

Deno.test({
  name: "TLS takes no permission but that for the network",
  permissions: { net: true },
  async fn() {
    const result = await tryHandshake({}, { clientCaCerts: undefined });
    assertEquals([agreed(result.client).version, agreed(result.server).version], ["1.3", "1.3"]);
    assertRefused((await tryHandshake({ caCerts: undefined })).client, "not signed by an authority");
  },
});

Deno.test("TLS inside TLS", async () => {
  const [near, far] = await secure(await secure(await tcpPair()), { maxVersion: "1.2" });
  using _near = near;
  using _far = far;
  await near.write(new Uint8Array([7]));
  assertEquals([await readExactly(far, 1), near.tls.version], [new Uint8Array([7]), "1.2"]);
});
