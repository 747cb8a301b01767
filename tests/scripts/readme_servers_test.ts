import { assertEquals, assertStringIncludes } from "@std/assert";
import { stdFlags } from "../../scripts/std_flags.ts";
import { testUnless } from "../support/needs.ts";
import { cannotWalk, fakeServer, freePort, isGone, readmeFixture, walkCommand } from "../support/readme_fixture.ts";

const MAIN = `${import.meta.dirname}/../../main.ts`;

testUnless(cannotWalk, "readme: a server goes on until one is wanted on its port, and stops with 0", async () => {
  const port = freePort();
  await using it = await readmeFixture([
    "```console",
    `$ ./sounder serve -p ${port}`,
    "Listening on 127.0.0.1:1 (echo)",
    "stopped",
    "```",
    "```sh",
    "cp pid first; kill -0 $(cat first)",
    `./sounder serve -p ${port} &`,
    "if kill -0 $(cat first); then false; fi",
    "sleep 600 & echo $! > job",
    "kill -0 $(cat pid)",
    "```",
  ], { sounder: fakeServer("echo stopped; exit 0") });
  const { code, lines, output } = await it.walk();
  assertEquals([code, lines.at(-1)], [0, "6 commands passed, 0 failed, 0 left out"], output);
  assertEquals([await isGone(`${it.folder}/pid`), await isGone(`${it.folder}/job`)], [true, true]);
});

interface BadServer {
  name: string;
  sounder: string;
  /** Commands after the one that starts it. */
  more?: string[];
  reason: string;
}

const BAD_SERVERS: BadServer[] = [
  { name: "ends at once", sounder: "#!/usr/bin/env bash\necho $$ > pid; exit 3\n", reason: "it ended, exit 3" },
  { name: "is never ready", sounder: "#!/usr/bin/env bash\necho $$ > pid; sleep 600\n", reason: "none after 5 s" },
  { name: "does not stop", sounder: fakeServer(""), reason: "it did not stop within 5 s" },
  // npm's code; no other program may have it.
  { name: "stops with 130", sounder: fakeServer("exit 130"), reason: "exit 130, not 0" },
  { name: "stops with 1", sounder: fakeServer("exit 1"), reason: "exit 1, not 0" },
  {
    name: "ends by itself",
    sounder: fakeServer("exit 0"),
    more: ["touch stop", "while kill -0 $(cat pid); do :; done"],
    reason: "it ended by itself, exit 0",
  },
  {
    name: "leaves something running",
    sounder: fakeServer("exit 0", "(trap '' INT TERM; exec sleep 600) & echo $! > pid"),
    reason: "it left something running",
  },
];

for (const { name, sounder, more = [], reason } of BAD_SERVERS) {
  testUnless(cannotWalk, `readme: finds a server that ${name}, and ends it`, async () => {
    await using it = await readmeFixture(["```sh", "./sounder serve -p 0", ...more, "```"], { sounder });
    const { code, lines, output } = await it.walk("--timeout", "5");
    assertEquals([code, lines.at(-1)], [1, `${more.length} commands passed, 1 failed, 0 left out`], output);
    assertStringIncludes(lines.at(-2)!, reason);
    assertEquals(await isGone(`${it.folder}/pid`), true);
  });
}

testUnless(cannotWalk, "readme: the output shown of a server is compared when it has stopped", async () => {
  await using it = await readmeFixture([
    "```console",
    "$ ./sounder serve -p 0",
    "Listening on 127.0.0.1:1 (echo)",
    "bye",
    "```",
  ], {
    sounder: fakeServer("exit 0"),
  });
  const { code, output } = await it.walk();
  assertEquals(code, 1);
  assertStringIncludes(output, "shown, and did not come here: bye");
});

testUnless(cannotWalk, "readme: nothing is run where somebody has the port", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using it = await readmeFixture(["```sh", "touch ran", `./sounder serve -p ${other.addr.port}`, "```"]);
  const { code, output } = await it.walk();
  assertEquals(code, 1);
  assertStringIncludes(output, `nothing was run: port ${other.addr.port} of 127.0.0.1 is in use`);
  assertEquals(Array.from(Deno.readDirSync(it.folder), ({ name }) => name), ["README.md"]);
  assertEquals((await it.walk("--except", "serve")).code, 0, "it is no hindrance where no server is run");
});

testUnless(cannotWalk, "readme: a signal ends the walk and all that it started", async () => {
  await using it = await readmeFixture(["```sh", "./sounder serve -p 0", "sleep 600", "```"], {
    sounder: fakeServer("exit 0"),
  });
  const child = walkCommand(it.folder, []).spawn();
  const [output, errors] = [child.stdout.pipeThrough(new TextDecoderStream()).getReader(), child.stderr.text()];
  for (let text = ""; !text.includes("sleep 600");) {
    const { value, done } = await output.read();
    if (done) throw new Error(`the walk ended too early: ${text}`);
    text += value;
  }
  child.kill("SIGTERM");
  while (!(await output.read()).done);
  assertEquals([(await child.status).code, await errors], [143, ""]);
  assertEquals(await isGone(`${it.folder}/pid`), true);
});

testUnless(cannotWalk, "readme: a real server, its client, and an output that is of another system", async () => {
  const port = freePort();
  const sounder = ["deno", "run", "-q", "--no-prompt", ...stdFlags(), "--allow-net", MAIN].join(" ");
  await using it = await readmeFixture([
    "```console",
    `$ ${sounder} serve -p ${port} --log-level debug`,
    "Listening on 127.0.0.1:9999 (echo)",
    "2026-11-21T04:59:50.570Z DEBUG accepted connection 1 from 127.0.0.1:58676",
    "2026-11-21T04:59:50.573Z DEBUG ended connection 1 from 127.0.0.1:58676: finished, 6 bytes in, 6 bytes out, 3.0 ms",
    "```",
    "```console",
    `$ ${sounder} send :${port} data1`,
    "data1",
    `$ ${sounder} send :1 data1   # exit 1`,
    "sounder: cannot connect to 127.0.0.1:1: connection refused",
    "```",
    '```console shown-on="Plan 9"',
    "$ uname",
    "Plan 9",
    "```",
  ]);
  const { code, lines, output } = await it.walk();
  assertEquals([code, lines.at(-1)], [0, "4 commands passed, 0 failed, 0 left out"], output);
  assertStringIncludes(output, "(the output shown is of Plan 9, and not compared here)");
});
