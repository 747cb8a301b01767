import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { listen, serve } from "../../mod.ts";
import { COMMANDS } from "../../lib/cli/option_table.ts";
import { runCli, sounderCommand, spawnCli } from "../support/cli.ts";
import { notLinux, testUnless } from "../support/needs.ts";

/** Runs what must fail: one line on stderr, none on stdout, and with `--json` one object as well. */
async function failing(args: string[], expected: { code: number; line: string; kind: string }, permissions?: string[]) {
  const { code, stdout, stderr } = await runCli(args, { permissions });
  assertEquals([code, stdout, stderr], [expected.code, "", `sounder: ${expected.line}\n`], args.join(" "));
  // Before the arguments, as a message may come last.
  const asJson = await runCli([args[0], "--json", ...args.slice(1)], { permissions });
  assertEquals([asJson.code, asJson.stderr], [expected.code, `sounder: ${expected.line}\n`]);
  const object = JSON.parse(asJson.stdout);
  assertEquals([object.schema, object.error.kind, object.error.message], [1, expected.kind, expected.line]);
}

/** A port of 127.0.0.1 at which nothing listens: it was free a moment ago. */
function deadPort(): number {
  using listener = listen();
  return listener.addr.port;
}

Deno.test("usage: nothing is done, exit 2, one line", async () => {
  const cases: [string[], string][] = [
    [["serve", "--port", "70000"], '--port: bad port "70000": use a whole number from 0 to 65535'],
    [["serve", "9998"], 'serve takes no argument "9998": did you mean --port 9998?'],
    [["serve", "here"], 'serve takes no argument "here": it takes options only'],
    [["serve", "--keepalive", "--no-keepalive"], "--keepalive and --no-keepalive exclude each other: give one of them"],
    [["send"], "send needs a HOST:PORT: sounder send HOST:PORT [MESSAGE...] [options]"],
    [["ping"], "ping needs a HOST:PORT: sounder ping HOST:PORT [options]"],
    [["ping", ":7", "x"], 'unexpected argument "x": use sounder ping HOST:PORT [options]'],
    [["ping", ":7", "-s", "2G"], "cannot send probes of 2147483648 bytes: use a whole number from 1 to 1073741824"],
    [
      ["ping", ":7", "--fail-if", "loss"],
      '--fail-if: bad gate "loss": use METRIC OP VALUE with >, >=, < or <=, such as loss>5%',
    ],
    [["send", ":7", "a\ufffd"], 'bad message "a\ufffd": it is not UTF-8 text, send such bytes through stdin'],
    [["serve", "--host", "127.0.0.1:7"], '--host: bad host "127.0.0.1:7": give the port by itself'],
    [["send", "localhost:http"], 'bad port "http": use a whole number from 0 to 65535'],
    [["send", ":0", "x"], 'bad address ":0": port 0 cannot be connected to, use 1 to 65535'],
  ];
  for (const [args, line] of cases) await failing(args, { code: 2, line, kind: "usage" }, []);
});

Deno.test("no command, and none of that name", async () => {
  const none = await runCli([], { permissions: [] });
  assertEquals([none.code, none.stdout], [2, ""]);
  const names = Object.keys(COMMANDS).join(", ");
  assertEquals(none.stderr, `sounder: no command: use ${names} (see sounder --help)\n`);
  const unknown = await runCli(["sreve", "--json"], { permissions: [] });
  assertEquals([unknown.code, unknown.stderr], [2, 'sounder: unknown command "sreve": did you mean serve?\n']);
  assertEquals(JSON.parse(unknown.stdout).error.kind, "usage");
});

Deno.test("a missing permission is exit 2 and never a prompt", async () => {
  await failing(["serve", "--port", "9997"], {
    code: 2,
    line: "cannot listen on 127.0.0.1:9997: net permission is missing: run Deno with --allow-net",
    kind: "permission",
  }, []);
  await failing(["send", ":9997", "x"], {
    code: 2,
    line: "cannot connect to 127.0.0.1:9997: net permission is missing: run Deno with --allow-net",
    kind: "permission",
  }, []);
});

Deno.test("a port in use is named", async () => {
  using taken = listen();
  const { port } = taken.addr;
  await failing(["serve", "--port", String(port)], {
    code: 1,
    line: `cannot listen on 127.0.0.1:${port}: another socket listens there (address in use): ` +
      "stop it, or choose another port",
    kind: "address-in-use",
  });
});

Deno.test("an address that is not ours, a host that does not exist", async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737), and binding sends nothing. A label of more than 63 letters (RFC 1035)
  // is no name that a resolver would be asked for.
  const nobody = `${"x".repeat(64)}.invalid`;
  await failing(["serve", "--host", "192.0.2.1"], {
    code: 1,
    line: "cannot listen on 192.0.2.1:9999: this machine does not have that address: " +
      "use an address of this machine, or 0.0.0.0 or :: for all",
    kind: "address-not-available",
  });
  await failing(["serve", "--host", nobody], {
    code: 1,
    line: `cannot listen on ${nobody}:9999: host name not found: check the name`,
    kind: "not-found",
  });
  await failing(["send", `${nobody}:7`, "x"], {
    code: 1,
    line: `cannot connect to ${nobody}:7: host name not found`,
    kind: "not-found",
  });
});

Deno.test("a message to a dead port", async () => {
  const port = deadPort();
  const { code, stdout, stderr } = await runCli(["send", `:${port}`, "x"]);
  assertEquals([code, stdout], [1, ""]);
  assertEquals(stderr, `sounder: cannot connect to 127.0.0.1:${port}: connection refused\n`);
  const { error, connectMs, bytesSent } = JSON.parse((await runCli(["send", `:${port}`, "x", "--json"])).stdout);
  assertEquals([error.kind, connectMs, bytesSent], ["refused", null, 0]);
});

Deno.test("a stack appears with --verbose only", async () => {
  const args = ["send", `:${deadPort()}`, "x"];
  const plain = await runCli(args);
  assertEquals(plain.stderr.includes("    at "), false);
  const verbose = await runCli([...args, "--verbose"]);
  assertMatch(verbose.stderr, /^sounder: cannot connect .*\nConnectError: .*\n {4}at /);
  assertStringIncludes(verbose.stderr, "caused by ConnectionRefused: ");
});

Deno.test("nobody reads stdout: no noise, and no failure", async () => {
  for (const args of [["--help"], ["--version"], ["--version", "--json"]]) {
    const child = spawnCli(args, { permissions: [] });
    await child.stdout.cancel();
    const { code } = await child.status;
    const stderr = await new Response(child.stderr).text();
    await child.stdin.close();
    // Whether it wrote before or after nobody read any more.
    assertEquals([code, stderr], [0, ""], args.join(" "));
  }
});

testUnless(notLinux(), "a stdout that takes nothing more is named", async () => {
  await using server = serve();
  const [program, args] = sounderCommand(["send", `:${server.addr.port}`, "x"]);
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'exec "$@" > /dev/full', "sh", program, ...args],
    cwd: new URL("../../", import.meta.url),
    stderr: "piped",
  }).output();
  assertEquals(code, 1);
  assertStringIncludes(new TextDecoder().decode(stderr), "sounder: cannot write to stdout: No space left on device");
});
