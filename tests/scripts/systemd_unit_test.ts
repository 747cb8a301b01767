import { assert, assertEquals, assertGreater } from "@std/assert";
import { parseCommandLine } from "../../lib/cli/parse_command_line.ts";
import { parseDuration } from "../../lib/core/units.ts";
import { awaitReady, runCli, sounderCommand } from "../support/cli.ts";
import { missingProgram, noStrace, testUnless } from "../support/needs.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const ROOT = new URL("../../", import.meta.url);
const UNIT = await Deno.readTextFile(new URL("scripts/deploy/sounder.service", ROOT));

/** The values of a setting, one for each line that has it. */
const settings = (name: string) => Array.from(UNIT.matchAll(new RegExp(`^${name}=(.*)$`, "gm")), ([, value]) => value);
/** The only one. */
function setting(name: string): string {
  const found = settings(name);
  assertEquals(found.length, 1, name);
  return found[0];
}

const noSystemd = await missingProgram("systemd-analyze");

Deno.test("systemd: the unit starts serve, and waits longer for its end than serve does", () => {
  const [program, ...args] = setting("ExecStart").split(" ");
  assertEquals([program, args.pop()], ["/usr/local/bin/sounder", "$SOUNDER_OPTIONS"]);
  const { command, options } = parseCommandLine(args);
  assertEquals(command, "serve");
  assertGreater(parseDuration(setting("TimeoutStopSec")), Number(options.grace));
});

Deno.test("systemd: the options that the unit's text suggests are serve's", () => {
  const [, options] = /^# +SOUNDER_OPTIONS=(.+)$/m.exec(UNIT)!;
  assertEquals(parseCommandLine(["serve", ...options.split(" ")]).command, "serve");
});

testUnless(noSystemd, "systemd: systemd-analyze verify has nothing to say of the unit", async () => {
  // The program must be there for that.
  const copy = UNIT.replace("ExecStart=/usr/local/bin/sounder ", `ExecStart=${Deno.execPath()} `);
  await using folder = await temporaryFolder({ "sounder.service": copy });
  const { code, stderr } = await new Deno.Command("systemd-analyze", {
    args: ["verify", "--man=no", "--recursive-errors=no", `${folder.path}/sounder.service`],
    stdin: "null",
  }).output();
  // It also tells what it thinks of this machine's own units.
  const lines = new TextDecoder().decode(stderr).split("\n").filter((line) => line.includes("sounder.service"));
  assertEquals([code, lines], [0, []]);
});

/** Where systemd-analyze can rate a unit that is not installed: from 250 on. */
async function noRating(): Promise<string | undefined> {
  const { stdout } = await new Deno.Command("systemd-analyze", { args: ["--version"], stdin: "null" }).output();
  const version = Number(/^systemd (\d+)/.exec(new TextDecoder().decode(stdout))?.[1]);
  return version >= 250 ? undefined : `systemd-analyze ${version} rates installed units only`;
}

testUnless(noSystemd ?? await noRating(), "systemd: the unit's exposure is as low as the README says", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const told = Number(/rates its exposure (\d\.\d), "OK"/.exec(readme)?.[1]);
  // As --threshold wants it, of 100; 1 more, since another systemd may weigh a setting another way.
  const threshold = Math.round(told * 10) + 1;
  const { code, stdout } = await new Deno.Command("systemd-analyze", {
    args: ["security", "--no-pager", "--offline=yes", `--threshold=${threshold}`, "scripts/deploy/sounder.service"],
    cwd: ROOT,
    stdin: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stdout));
});

/** The system calls of a set such as `@system-service`, or of a call itself. */
async function callsOf(name: string): Promise<string[]> {
  if (!name.startsWith("@")) return [name];
  const { success, stdout } = await new Deno.Command("systemd-analyze", {
    args: ["--no-pager", "syscall-filter", name],
    stdin: "null",
  }).output();
  assert(success, name);
  const members = new TextDecoder().decode(stdout).split("\n").slice(1).map((line) => line.trim());
  return (await Promise.all(members.filter((one) => /^[@a-z_]/.test(one)).map(callsOf))).flat();
}

/** The system calls that the unit lets through. */
async function allowed(): Promise<Set<string>> {
  const calls = new Set<string>();
  for (const value of settings("SystemCallFilter")) {
    const named = (await Promise.all(value.replace(/^~/, "").split(" ").map(callsOf))).flat();
    for (const call of named) value.startsWith("~") ? calls.delete(call) : calls.add(call);
  }
  return calls;
}

/** What strace saw of a server with these options that echoed once. */
async function traced(options: string): Promise<string> {
  const [program, args] = sounderCommand(["serve", "--port", "0", "--quiet", ...options.split(" ").filter(Boolean)], [
    "--allow-net",
    "--allow-ffi",
  ]);
  await using server = await awaitReady(
    new Deno.Command("strace", {
      args: ["-D", "-f", program, ...args],
      cwd: ROOT,
      // A binary does not look for a newer Deno, which `deno run` does at times, through the resolver (AF_UNIX).
      env: { DENO_NO_UPDATE_CHECK: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
  assertEquals((await runCli(["send", `127.0.0.1:${server.port}`, "data1"])).code, 0);
  const { code, stderr } = await server.stop();
  assertEquals(code, 0);
  return stderr;
}

/** Only of SQLite, which keeps `deno run`'s cache of modules and, as root, gives its files to the folder's owner. */
const NOT_OF_A_BINARY = ["fchown"];

testUnless(noSystemd ?? await noStrace(), "systemd: what serve calls, the unit's filters let through", async () => {
  const options = [
    "",
    "--keepalive-idle 9 --recv-buffer 8k --linger 3s --user-timeout 9s --quickack --defer-accept 1s",
  ];
  const output = (await Promise.all(options.map(traced))).join("\n");
  const seen = new Set(Array.from(output.matchAll(/^(?:\[pid +\d+\] )?([a-z]\w*)\(/gm), ([, call]) => call));
  for (const call of ["execve", "accept4", "epoll_wait", "setsockopt"]) assert(seen.has(call), call);
  const filter = await allowed();
  assertEquals([...seen].filter((call) => !filter.has(call) && !NOT_OF_A_BINARY.includes(call)), []);

  const families = new Set(Array.from(output.matchAll(/\bsocket\((AF_\w+)/g), ([, family]) => family));
  assert(families.has("AF_INET"));
  const allowedFamilies = setting("RestrictAddressFamilies").split(" ");
  assertEquals([...families].filter((family) => !allowedFamilies.includes(family)), []);
});
