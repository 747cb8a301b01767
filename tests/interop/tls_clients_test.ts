import { assertEquals, assertMatch } from "@std/assert";
import { readResult } from "../../lib/measure/read_result.ts";
import { randomBytes } from "../support/bytes.ts";
import { runCli } from "../support/cli.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { fixture, startForeign } from "../support/interop_programs.ts";
import { MIB } from "../support/interop_transfer.ts";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";
import { type TlsFiles, tlsFiles } from "../support/tls_peers.ts";

/** Python's ssl is OpenSSL: a TLS that is not ours on the other side. */
function startPython({ cert, key }: TlsFiles, ...args: string[]) {
  return startForeign("python3", [fixture("tls_server.py"), cert, key, ...args], /listening on (\d+)/);
}

const missing = notPosix() ?? await missingProgram("python3");

function run(command: string, port: number, args: string[], stdin?: Uint8Array) {
  const permissions = ["--allow-net", "--allow-read"];
  return runCli([command, `localhost:${port}`, ...args], { permissions, stdin });
}

for (const version of ["1.3", "1.2"]) {
  testUnless(missing, `send, ping and bench speak TLS ${version} with Python's ssl`, async () => {
    await using files = await tlsFiles();
    await using server = await startPython(files, ...(version === "1.2" ? ["--max", "1.2"] : []));
    const { port } = server;
    const trust = ["--tls-ca", files.ca, "--tls-alpn", "echo/1"];
    for (const length of [1, 3 * MIB + 1]) {
      const sent = randomBytes(length);
      const { code, bytes, stderr } = await run("send", port, trust, sent);
      assertEquals([code, stderr], [0, ""], `${length} bytes`);
      assertSameBytes(bytes, sent);
    }
    const { tls: { cipher, ...facts } } = JSON.parse((await run("send", port, ["data1", "--json", ...trust])).stdout);
    assertEquals(facts, { version, alpnProtocol: "echo/1", peer: "localhost", verified: true });
    assertMatch(cipher, /^TLS_/);
    for (const mode of [[], ["--connect"]]) {
      const { code, stdout } = await run("ping", port, ["-c", "3", "-i", "10ms", "--json", ...mode, ...trust]);
      const { received, tls } = JSON.parse(stdout);
      assertEquals([code, received, tls], [0, 3, { cipher, ...facts }]);
    }
    for (const mode of [[], ["--churn"], ["--mode", "stream"]]) {
      const quick = ["-c", "2", "-d", "300ms", "--warmup", "0", "--json"];
      const { code, stdout } = await run("bench", port, [...quick, ...mode, ...trust]);
      const { errors, tls, tlsTime, totals } = readResult(stdout, "stdout");
      assertEquals([code, errors, tls, tlsTime?.count], [0, [], { cipher, ...facts }, totals.connections]);
    }
  });
}

testUnless(missing, "send over TLS: Python's ssl takes our certificate, and only that", async () => {
  await using files = await tlsFiles();
  await using server = await startPython(files, "--client-ca", files.ca);
  const trust = ["--tls-ca", files.ca];
  const own = [...trust, "--tls-cert", files.clientCert, "--tls-key", files.clientKey];
  const { code, stdout, stderr } = await run("send", server.port, ["data1", ...own]);
  assertEquals([code, stdout, stderr], [0, "data1\n", ""]);
  const refused = await run("send", server.port, ["data1", ...trust]);
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertMatch(
    refused.stderr,
    /^sounder: .*\(the peer asks for a certificate: show one with --tls-cert and --tls-key\)\n$/,
  );
});

testUnless(
  missing,
  "send over TLS: a peer that leaves out close_notify once all has come back is as good as any",
  async () => {
    await using files = await tlsFiles();
    await using server = await startPython(files, "--cut");
    const { code, stdout, stderr } = await run("send", server.port, ["data1", "--tls-ca", files.ca]);
    assertEquals([code, stdout, stderr], [0, "data1\n", ""]);
  },
);
