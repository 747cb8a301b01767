import { assertEquals } from "@std/assert";
import { startServer } from "../support/cli.ts";
import { fixture, noOpenbsdNc, runProgram } from "../support/interop_programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { MIB } from "../support/interop_transfer.ts";
import { missingProgram, noIpv6, notPosix, testUnless } from "../support/needs.ts";

/** A client that sends its stdin, prints what comes back, and ends after the server's FIN. */
interface ForeignClient {
  name: string;
  program: string;
  /** What else it takes to run it, where it is there. */
  lacks?: () => Promise<string | undefined>;
  args: (host: string, port: number) => string[];
}

const CLIENTS: ForeignClient[] = [
  { name: "ncat", program: "ncat", args: (host, port) => [host, String(port)] },
  {
    name: "socat",
    program: "socat",
    // -t: how long it waits after its own EOF; half a second would be too short for a busy machine.
    args: (host, port) => ["-t", "20", "-", host.includes(":") ? `TCP6:[${host}]:${port}` : `TCP:${host}:${port}`],
  },
  { name: "nc", program: "nc", lacks: noOpenbsdNc, args: (host, port) => ["-N", host, String(port)] },
  {
    name: "Python selectors",
    program: "python3",
    args: (host, port) => [fixture("selectors_client.py"), host, String(port)],
  },
  {
    name: "Python asyncio",
    program: "python3",
    args: (host, port) => [fixture("asyncio_client.py"), host, String(port)],
  },
];

/** Runs the client once with each input, all at once: the server serves them side by side. */
async function echoAll({ program, args }: ForeignClient, host: string, sizes: number[]): Promise<void> {
  await using server = await startServer(["--host", host]);
  await Promise.all(sizes.map(async (size) => {
    const sent = randomBytes(size);
    const { code, bytes, stderr } = await runProgram(program, args(host, server.port), sent);
    assertEquals({ code, stderr }, { code: 0, stderr: "" }, `${size} bytes`);
    assertSameBytes(bytes, sent);
  }));
  const { code } = await server.stop();
  assertEquals(code, 0);
}

for (const client of CLIENTS) {
  const name = `serve: ${client.name} gets back, before the server's FIN, all that it sent before its own`;
  const missing = notPosix() ?? await missingProgram(client.program) ?? await client.lacks?.();
  testUnless(missing, name, () => echoAll(client, "127.0.0.1", [0, 1, 3 * MIB + 1]));
  testUnless(missing ?? noIpv6(), `${name}, over IPv6`, () => echoAll(client, "::1", [1, MIB + 1]));
}

testUnless(
  notPosix() ?? await missingProgram("python3"),
  "serve: the recipes' client gets data1 and data2 back, in the order in which it sends them",
  async () => {
    await using server = await startServer();
    const args = [fixture("selectors_client.py"), "127.0.0.1", String(server.port), "data1\n", "data2\n"];
    const { code, bytes, stderr } = await runProgram("python3", args, new Uint8Array());
    assertEquals({ code, stderr, text: new TextDecoder().decode(bytes) }, {
      code: 0,
      stderr: "",
      text: "data1\ndata2\n",
    });
  },
);

testUnless(
  notPosix() ?? noIpv6() ?? await missingProgram("ncat"),
  "serve: ncat reaches a server on :: over IPv4 and over IPv6",
  async () => {
    await using server = await startServer(["--host", "::"]);
    for (const host of ["127.0.0.1", "::1"]) {
      const sent = randomBytes(1000);
      const { code, bytes } = await runProgram("ncat", [host, String(server.port)], sent);
      assertEquals(code, 0, host);
      assertSameBytes(bytes, sent);
    }
  },
);
