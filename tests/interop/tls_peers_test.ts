import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { ConnectError } from "../../lib/core/errors.ts";
import { acceptLoop } from "../../lib/net/accept_loop.ts";
import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen } from "../../lib/net/listen.ts";
import { type TlsAcceptor, tlsAcceptor } from "../../lib/net/tls_acceptor.ts";
import type { TlsConnection } from "../../lib/net/tls_connection.ts";
import type { TlsServerOptions } from "../../lib/net/tls_options.ts";
import { randomBytes } from "../support/bytes.ts";
import { readAll, readExactly } from "../support/contract_connection.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { fixture, runProgram } from "../support/interop_programs.ts";
import { watch } from "../support/interop_process.ts";
import { MIB } from "../support/interop_transfer.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";
import { type TlsFiles, tlsFiles } from "../support/tls_peers.ts";

const noOpenssl = notPosix() ?? await missingProgram("openssl");
const noPython = notPosix() ?? await missingProgram("python3");

/** An echo server of ours, which tells how each connection ended. */
interface EchoStage extends AsyncDisposable {
  port: number;
  acceptor: TlsAcceptor;
  /** The name of what the next connection ended with; `null` for the peer's close_notify. */
  ending(): Promise<string | null>;
  /** What was agreed on. */
  agreed: TlsConnection["tls"][];
}

async function echoStage(server: TlsServerOptions, options: Partial<TlsServerOptions> = {}): Promise<EchoStage> {
  const acceptor = await tlsAcceptor({ ...server, ...options });
  const listener = listen();
  const agreed: TlsConnection["tls"][] = [];
  const endings: Promise<string | null>[] = [];
  const waiting: ((ending: Promise<string | null>) => void)[] = [];
  const loop = acceptLoop(listener, (accepted) => {
    const ending = echo(acceptor, accepted, agreed);
    const waiter = waiting.shift();
    if (waiter) waiter(ending);
    else endings.push(ending);
  });
  return {
    port: listener.addr.port,
    acceptor,
    agreed,
    ending: () => new Promise((resolve) => endings.length > 0 ? resolve(endings.shift()!) : waiting.push(resolve)),
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await loop;
      await Promise.all(endings);
    },
  };
}

/** Echoes until the end, and gives the name of what it ended with. */
async function echo(acceptor: TlsAcceptor, accepted: Connection, agreed: TlsConnection["tls"][]) {
  try {
    using connection = await acceptor.accept(accepted);
    agreed.push(connection.tls);
    const buffer = new Uint8Array(65536);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      await connection.write(buffer.subarray(0, n));
    }
    return null;
  } catch (error) {
    return error instanceof ConnectError ? error.kind : (error as Error).name;
  }
}

/** Gives OpenSSL's client lines to send, and ends it when its echo is there; what it printed. */
async function askWithOpenssl(port: number, args: string[], line: string): Promise<string> {
  const command = new Deno.Command("openssl", {
    args: ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", "localhost", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  await using client = watch(command.spawn());
  const writer = client.process.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(`${line}\n`));
    await client.until("stdout", new RegExp(`${line}\\n`));
  } finally {
    // At the end of its input it says close_notify; it may have ended by then.
    await writer.close().catch(() => {});
  }
  const { stdout, stderr } = await client.end();
  return `${stdout}\n${stderr}`;
}

for (const version of ["1.2", "1.3"] as const) {
  testUnless(
    noPython,
    `Python's ssl as a client of ours, TLS ${version}: megabytes, ALPN, close_notify or none`,
    async () => {
      await using files = await tlsFiles();
      await using stage = await echoStage(files.server, { alpnProtocols: ["echo/1"] });
      const args = [
        fixture("tls_client.py"),
        String(stage.port),
        files.ca,
        ...(version === "1.2" ? ["--max", "1.2"] : []),
      ];
      for (const [length, ending] of [[1, null], [5 * MIB + 1, null], [100, "UnexpectedEof"]] as const) {
        const sent = randomBytes(length);
        const { code, bytes, stderr } = await runProgram("python3", ending ? [...args, "--cut"] : args, sent);
        assertEquals([code, stderr], [0, `TLSv${version} echo/1\n`]);
        assertSameBytes(bytes, sent);
        assertEquals(await stage.ending(), ending);
      }
      assertEquals(stage.agreed.map((tls) => [tls.version, tls.alpnProtocol]), Array(3).fill([version, "echo/1"]));
    },
  );

  testUnless(noPython, `Python's ssl shows a certificate, TLS ${version}`, async () => {
    await using files = await tlsFiles();
    await using stage = await echoStage(files.server, { clientCaCerts: [files.authority], maxVersion: version });
    const args = [fixture("tls_client.py"), String(stage.port), files.ca];
    const own = [...args, "--cert", files.clientCert, "--key", files.clientKey];
    assertEquals((await runProgram("python3", own, randomBytes(9))).code, 0);
    assertEquals([await stage.ending(), stage.agreed[0].peer], [null, "client.test"]);
    const refused = await runProgram("python3", args, randomBytes(9));
    assertEquals([refused.code, await stage.ending()], [1, "tls"]);
    assertMatch(refused.stderr, /CERTIFICATE_REQUIRED/);
  });

  testUnless(
    noOpenssl,
    `OpenSSL's client goes on with a session, TLS ${version}; not where its authority has gone`,
    async () => {
      await using files = await tlsFiles();
      const options = { clientCaCerts: [files.authority], maxVersion: version };
      await using stage = await echoStage(files.server, options);
      const session = `${files.ca}.session`;
      const args = ["-CAfile", files.ca, "-cert", files.clientCert, "-key", files.clientKey, "-verify_return_error"];
      const first = await askWithOpenssl(stage.port, [...args, "-sess_out", session], "data1");
      assertStringIncludes(first, "New, TLSv");
      assertEquals(await stage.ending(), null);
      const again = await askWithOpenssl(stage.port, [...args, "-sess_in", session], "data2");
      assertStringIncludes(again, "Reused, TLSv");
      assertEquals(await stage.ending(), null);
      assertEquals(stage.agreed.map(({ peer }) => peer), ["client.test", "client.test"]);
      const stranger = await Deno.readTextFile(files.otherCa);
      stage.acceptor.replace({ ...files.server, ...options, clientCaCerts: [stranger] });
      const next = `${session}.next`;
      const refused = askWithOpenssl(stage.port, [...args, "-sess_in", session, "-sess_out", next], "data3");
      await assertRejects(() => refused, Error, "the process ended without");
      // Nor does it get a session for the next time.
      await assertRejects(() => Deno.stat(next), Deno.errors.NotFound);
      assertEquals([await stage.ending(), stage.agreed.length], ["tls", 2]);
    },
  );

  testUnless(noOpenssl, `OpenSSL's server, TLS ${version}: lines come back reversed, as it does`, async () => {
    await using files = await tlsFiles();
    await using server = await startOpenssl(files, [
      version === "1.2" ? "-tls1_2" : "-tls1_3",
      "-rev",
      "-alpn",
      "echo/1",
    ]);
    const tls = { caCerts: [files.authority], alpnProtocols: ["echo/1"] };
    using near = await connect({ hostname: "localhost", port: server.port, tls }) as TlsConnection;
    assertEquals([near.tls.version, near.tls.alpnProtocol], [version, "echo/1"]);
    await near.write(new TextEncoder().encode("data1\n"));
    assertEquals(new TextDecoder().decode(await readExactly(near, 6)), "1atad\n");
    await near.closeWrite();
  });
}

testUnless(noOpenssl, "OpenSSL's server without a protocol of ours, and a client of ours without trust", async () => {
  await using files = await tlsFiles();
  await using server = await startOpenssl(files, ["-rev", "-tls1_3"]);
  const target = { hostname: "localhost", port: server.port };
  const old = await assertRejects(
    () => connect({ ...target, tls: { maxVersion: "1.2", insecure: true } }),
    ConnectError,
  );
  assertEquals(old.kind, "tls");
  assertStringIncludes(old.message, "TLS versions");
  const distrust = await assertRejects(() => connect({ ...target, tls: true }), ConnectError);
  assertStringIncludes(distrust.message, "not signed by an authority");
});

Deno.test("Deno's own TLS at the other end, as client and as server", async () => {
  await using files = await tlsFiles();
  await using stage = await echoStage(files.server);
  using client = await Deno.connectTls({ hostname: "localhost", port: stage.port, caCerts: [files.authority] });
  await client.write(randomBytes(1000));
  assertEquals(await readExactly(client as unknown as Connection, 1000), randomBytes(1000));
  await client.closeWrite();
  assertEquals([await client.read(new Uint8Array(1)), await stage.ending()], [null, null]);

  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: files.server.cert, key: files.server.key });
  const connecting = connect({ port: listener.addr.port, tls: { caCerts: [files.authority] } });
  using far = await listener.accept();
  const [near] = await Promise.all([connecting, far.handshake()]);
  using _near = near;
  await Promise.all([near.write(randomBytes(70_000)), readExactly(far as unknown as Connection, 70_000)]);
  await near.closeWrite();
  assertEquals(await far.read(new Uint8Array(1)), null);
  await far.write(randomBytes(10));
  await far.closeWrite();
  assertEquals(await readAll(near), randomBytes(10));
});

/** OpenSSL's server, on a port that it picks. */
async function startOpenssl({ cert, key }: TlsFiles, args: string[]) {
  const command = new Deno.Command("openssl", {
    args: ["s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const watched = watch(command.spawn());
  const [, port] = await watched.until("stdout", /ACCEPT 127\.0\.0\.1:(\d+)/);
  return { port: Number(port), [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose]() };
}
