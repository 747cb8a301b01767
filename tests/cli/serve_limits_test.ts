import { assertEquals, assertStringIncludes } from "@std/assert";
import { connect, connectEcho } from "../../mod.ts";
import { runCli, spawnCli, startServer } from "../support/cli.ts";
import { notPosix, testUnless } from "../support/needs.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const missing = notPosix();
const WITH_READ = { permissions: ["--allow-net", "--allow-read"] };

/** Whether a client at 127.0.0.1 is served. */
async function isServed(port: number): Promise<boolean> {
  try {
    using client = await connectEcho({ port });
    await client.exchange(["x"]);
    return true;
  } catch {
    return false;
  }
}

testUnless(
  missing,
  "serve: limits and lists are in force, and what they refused is in the last line and the log",
  async () => {
    const flags: [args: string[], reason: string, log: string][] = [
      [["--max-per-host", "1"], "maxPerHost", "1 open at once are the most allowed for a host"],
      [["--accept-rate", "0.001"], "acceptRate", "0.001 a second are the most taken on"],
      [["--max-connections", "1"], "maxConnections", "1 open at once are the most allowed"],
    ];
    for (const [args, reason, log] of flags) {
      await using server = await startServer([...args, "--json"]);
      using first = await connectEcho({ port: server.port });
      await first.exchange(["x"]);
      assertEquals(await isServed(server.port), false, args.join(" "));
      await first.close();
      const { stdout, stderr } = await server.stop();
      const stopped = JSON.parse(stdout.trimEnd().split("\n")[1]);
      assertEquals([stopped.refused, stopped.refusedBy[reason], stopped.total], [1, 1, 1]);
      assertStringIncludes(stderr, `WARN  refused 1 connection of late, the last from 127.0.0.1: ${log}\n`);
      assertStringIncludes(stderr, `1 refused (${reason} 1), `);
    }
  },
);

testUnless(
  missing,
  "serve: --rate-limit, --rate-limit-total, --max-bytes and --max-lifetime reach the server",
  async () => {
    const args = ["--rate-limit", "1k", "--rate-limit-total", "1k", "--max-bytes", "200", "--max-lifetime", "1h", "-v"];
    await using server = await startServer([...args, "--json"]);
    using connection = await connect({ port: server.port });
    await connection.write(new Uint8Array(300));
    let received = 0;
    for (
      let n = await connection.read(new Uint8Array(300));
      n !== null;
      n = await connection.read(new Uint8Array(300))
    ) {
      received += n;
    }
    assertEquals(received, 200);
    const { stdout, stderr } = await server.stop();
    const stopped = JSON.parse(stdout.trimEnd().split("\n")[1]);
    assertEquals([stopped.endedBy.bytes, stopped.pauses > 0], [1, true]);
    assertStringIncludes(
      stderr,
      "max-lifetime 3600s, max-bytes 200 B, rate-limit 1024 B/s, rate-limit-total 1024 B/s, grace 5s",
    );
  },
);

testUnless(
  missing,
  "serve: lists from the command line and from files are one; SIGHUP reads the files again",
  async () => {
    await using folder = await temporaryFolder();
    const [allowed, denied] = [`${folder.path}/allow`, `${folder.path}/deny`];
    await Deno.writeTextFile(allowed, "# ours\n127.0.0.0/8\n\n192.0.2.7 # theirs\r\n");
    await Deno.writeTextFile(denied, "");
    const args = ["--allow", "::1", "--allow-file", allowed, "--deny-file", denied];
    await using server = await startServer(args, WITH_READ);
    assertEquals(await isServed(server.port), true);
    await Deno.writeTextFile(denied, "127.0.0.1\n");
    server.process.kill("SIGHUP");
    for (let tries = 0; tries < 1000 && await isServed(server.port); tries++);
    assertEquals(await isServed(server.port), false);
    await Deno.writeTextFile(denied, "127.0.0.300\n");
    server.process.kill("SIGHUP");
    for (let tries = 0; tries < 3; tries++) assertEquals(await isServed(server.port), false);
    const { code, stderr } = await server.stop();
    assertEquals(code, 0);
    assertStringIncludes(stderr, "INFO  reloaded access lists");
    assertStringIncludes(stderr, `ERROR cannot reload, going on as before: ${denied}:1: `);
  },
);

testUnless(
  missing,
  "serve: a list that is a pipe which nobody writes to does not keep it from being stopped",
  async () => {
    await using folder = await temporaryFolder();
    const pipe = `${folder.path}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const process = spawnCli(["serve", "--port", "0", "--allow-file", pipe], WITH_READ);
    // It listens to signals before it opens the pipe, which shows when somebody opens the other end; then it waits for an end.
    using writer = await Deno.open(pipe, { write: true });
    process.kill("SIGTERM");
    const [{ code }, stderr] = await Promise.all([process.status, new Response(process.stderr).text()]);
    await Promise.all([process.stdin.close(), process.stdout.cancel()]);
    assertEquals([code, stderr], [143, "sounder: cut short by SIGTERM\n"]);
    assertEquals(writer.isTerminal(), false);
  },
);

testUnless(missing, "serve --listen: several addresses, a ready line each, one account at the end", async () => {
  const args = ["--listen", ":0=discard", "--listen", "127.0.0.2:0=chargen", "--listen", ":0", "--json"];
  await using server = await startServer(args);
  const { stdout } = await server.stop();
  const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(events.map(({ event, address, service }) => [event, address, service]), [
    ["listening", "127.0.0.1", "discard"],
    ["listening", "127.0.0.2", "chargen"],
    ["listening", "127.0.0.1", "echo"],
    ["stopped", undefined, undefined],
  ]);
});

Deno.test("serve: options that contradict each other, and values that are wrong, are exit 2 in one line", async () => {
  const cases: [string[], string][] = [
    [
      ["--listen", ":7", "--port", "7"],
      "--port and --listen exclude each other: write it as --listen ADDR:PORT=SERVICE",
    ],
    [
      ["--listen", ":7", "--listen", "127.0.0.1:7=discard"],
      "--listen 127.0.0.1:7 is given twice: leave one out, or give it another port",
    ],
    [["--listen", ":7=x"], '--listen: bad endpoint ":7=x": there is no service "x": use echo, discard, chargen'],
    [["--listen", ":7+tls"], "--listen :7+tls needs a certificate: give --tls-cert and --tls-key"],
    [
      ["--tls-handshake-timeout", "1s"],
      "--tls-handshake-timeout needs a server that speaks TLS: give --tls-cert and --tls-key",
    ],
    [["--allow", "here"], '--allow: bad CIDR "here": host names are not looked up: write their addresses'],
    [["--deny", "10.0.0.1/8"], '--deny: bad CIDR "10.0.0.1/8": the address has bits after its prefix: '],
    [["--allow-file", "/no/such/list"], "cannot read /no/such/list: there is no such file or folder"],
    [["--max-per-host", "0"], '--max-per-host: bad count "0": use a whole number from 1 to 2147483647'],
    [["--rate-limit", "0"], '--rate-limit: bad size "0": use at least 1 byte'],
    [["--accept-rate", "0"], '--accept-rate: bad rate "0": use more than 0'],
    [["--max-lifetime", "0"], '--max-lifetime: bad duration "0": use more than 0'],
  ];
  for (const [args, line] of cases) {
    const { code, stdout, stderr } = await runCli(["serve", ...args], WITH_READ);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, `sounder: ${line}`);
    assertEquals(stderr.trimEnd().split("\n").length, 1);
  }
});
