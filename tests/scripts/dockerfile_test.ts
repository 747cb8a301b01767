import { assert, assertEquals } from "@std/assert";
import { parseCommandLine } from "../../lib/cli/parse_command_line.ts";
import { parseDuration } from "../../lib/core/units.ts";
import { moduleGraph } from "../../scripts/module_graph.ts";
import { runCli, startServer } from "../support/cli.ts";
import { missingProgram, notLinux, testUnless } from "../support/needs.ts";

const ROOT = new URL("../../", import.meta.url);
const DOCKERFILE = "scripts/deploy/Dockerfile";

/** An instruction: its name, and the rest with its lines joined. */
interface Instruction {
  name: string;
  value: string;
}

function instructions(text: string): Instruction[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith("#"));
  return lines.join("\n").replace(/\\\n/g, " ").split("\n").filter((line) => line.trim()).map((line) => {
    const [, name, value] = /^(\w+) +(.*)$/.exec(line)!;
    return { name, value: value.replaceAll(/ +/g, " ") };
  });
}

const text = await Deno.readTextFile(new URL(DOCKERFILE, ROOT));
const all = instructions(text);
const stageStarts = all.flatMap(({ name }, i) => name === "FROM" ? [i] : []);
const build = all.slice(stageStarts[0], stageStarts[1]);
const final = all.slice(stageStarts[1]);

/** The values of an instruction in the final stage. */
const values = (name: string) => final.filter((one) => one.name === name).map(({ value }) => value);
/** The only one. */
function only(name: string): string {
  const found = values(name);
  assertEquals(found.length, 1, name);
  return found[0];
}

const [healthFlags, health] = only("HEALTHCHECK").split(" CMD ");
const [program, ...healthArgs]: string[] = JSON.parse(health);

Deno.test("Dockerfile: two stages, the second without RUN, so that no image needs another machine's processor", () => {
  assertEquals(stageStarts.length, 2);
  assert(build[0].value.startsWith("--platform=$BUILDPLATFORM "));
  assertEquals(only("FROM"), "$RUNTIME_IMAGE");
  assertEquals(values("RUN"), []);
  assertEquals(values("COPY"), ["--from=build /sounder/dist/sounder /usr/local/bin/sounder"]);
});

Deno.test("Dockerfile: the image is made with the real @std, unless somebody asks for the stand-ins", () => {
  const args = build.filter(({ name }) => name === "ARG").map(({ value }) => value);
  assertEquals(args, ["SOUNDER_STD=jsr", "TARGETARCH"]);
});

Deno.test("Dockerfile: runs as a number, which Kubernetes can tell from root, and not as root", () => {
  assertEquals(only("USER"), "65532:65532");
  assertEquals(only("STOPSIGNAL"), "SIGTERM");
});

Deno.test("Dockerfile: image names have no registry's host", () => {
  const images = all.filter(({ name, value }) => name === "FROM" || (name === "ARG" && value.includes("_IMAGE=")));
  assertEquals(images.length, 3);
  for (const { value } of images) assert(!/[.:][^/ ]*\//.test(value), value);
});

Deno.test("Dockerfile: what is called is the program, with arguments that it takes", () => {
  const [entry, ...more]: string[] = JSON.parse(only("ENTRYPOINT"));
  assertEquals([entry, more], [program, []]);
  const { command, options } = parseCommandLine(JSON.parse(only("CMD")));
  assertEquals([command, options.host, options.port], ["serve", "0.0.0.0", Number(only("EXPOSE"))]);
});

Deno.test("Dockerfile: the health check asks the port that is served, and ends before it is cut off", () => {
  const { command, options } = parseCommandLine(healthArgs);
  assertEquals(command, "send");
  assert(healthArgs.includes(`127.0.0.1:${only("EXPOSE")}`));
  const limit = parseDuration(/--timeout=(\S+)/.exec(healthFlags)![1]);
  assert(Number(options["connect-timeout"]) + Number(options.timeout) < limit);
});

testUnless(
  notLinux(),
  "Dockerfile: the health check is 0 for an echo, 1 for a server that is stuck or gone",
  async () => {
    await using server = await startServer();
    const args = healthArgs.map((arg) => arg.replace(/^127\.0\.0\.1:\d+$/, `127.0.0.1:${server.port}`));
    assertEquals((await runCli(args)).code, 0);
    server.process.kill("SIGSTOP");
    assertEquals((await runCli(args)).code, 1);
    server.process.kill("SIGCONT");
    assertEquals((await server.stop()).code, 0);
    assertEquals((await runCli(args)).code, 1);
  },
);

Deno.test("Dockerfile: the build gets the modules that compiling imports, and nothing else", async () => {
  const ignore = await Deno.readTextFile(new URL(`${DOCKERFILE}.dockerignore`, ROOT));
  const [first, ...rest] = ignore.split(/\r?\n/).filter((line) => line && !line.startsWith("#"));
  assertEquals(first, "*");
  const kept = rest.map((line) => line.replace(/^!/, "")).sort();
  assertEquals(rest.filter((line) => !line.startsWith("!")), []);
  const modules = await moduleGraph(ROOT, ["main.ts", "scripts/compile.ts", "scripts/std.ts"]);
  const imported = modules.map(({ specifier }) => specifier).filter((url) => url.startsWith(ROOT.href))
    .map((url) => url.slice(ROOT.href.length));
  const covers = (path: string) => kept.find((one) => path === one || path.startsWith(`${one}/`));
  assertEquals(imported.filter((path) => !covers(path)), []);
  // Where @std is real, nothing imports its stand-ins.
  const needed = new Set([...imported, "deno.json", "scripts/offline/import_map.json"].map(covers));
  assertEquals(kept, [...needed].sort());
});

testUnless(await missingProgram("hadolint"), "Dockerfile: hadolint has nothing to say", async () => {
  const { code, stdout } = await new Deno.Command("hadolint", { args: [DOCKERFILE], cwd: ROOT, stdin: "null" })
    .output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, ""]);
});
