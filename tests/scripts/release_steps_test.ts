import { assertEquals } from "@std/assert";
import { parse } from "npm:yaml@2.9.1";
import { missingProgram, notPosix, testUnless } from "../support/needs.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const release: { jobs: Record<string, { steps: { name?: string; run?: string }[] }> } = parse(
  await Deno.readTextFile(new URL("../../.github/workflows/release.yml", import.meta.url)),
);

/** The script of a step, by the name of its job and of itself. */
function scriptOf(job: string, name: string): string {
  const run = release.jobs[job].steps.find((step) => step.name === name)?.run;
  if (run === undefined) throw new Error(`${job} has no step "${name}" with a script`);
  return run;
}

/** A program that writes its arguments into the file `calls`, a line each call, and then does as `script` says. */
const recorder = (name: string, script = "") => `#!/bin/sh\necho "${name} $*" >> calls\n${script}\n`;

/** Runs the script of a step as the workflow does, on these programs instead of the real ones; what it called. */
async function calledBy(script: string, env: Record<string, string>, programs: Record<string, string>) {
  await using folder = await temporaryFolder(
    Object.fromEntries(Object.entries(programs).map(([name, text]) => [`bin/${name}`, text])),
  );
  for (const name of Object.keys(programs)) await Deno.chmod(`${folder.path}/bin/${name}`, 0o755);
  await Deno.mkdir(`${folder.path}/dist`);
  await Deno.writeTextFile(`${folder.path}/dist/SHA256SUMS`, "");
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["--noprofile", "--norc", "-eo", "pipefail", "-c", script],
    cwd: folder.path,
    env: {
      PATH: `${folder.path}/bin:${Deno.env.get("PATH")}`,
      RUNNER_TEMP: folder.path,
      GITHUB_OUTPUT: `${folder.path}/output`,
      ...env,
    },
    stdin: "null",
  }).output();
  const read = (name: string) =>
    Deno.readTextFile(`${folder.path}/${name}`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return "";
    });
  const calls = (await read("calls")).trimEnd().split("\n");
  return { code, stderr: new TextDecoder().decode(stderr), calls, output: await read("output") };
}

const noBash = notPosix() ?? await missingProgram("bash");

const VIEW = (tag: string) => `gh release view ${tag} --json isDraft --jq .isDraft`;
const CREATE = (tag: string, flags = "") =>
  `gh release create ${tag} --draft --verify-tag${flags} --title Sounder ${
    tag.slice(1)
  } --notes-file notes.md dist/SHA256SUMS`;

testUnless(noBash, "release: a draft of a run before is made anew, and what is public is never deleted", async () => {
  const cases: [tag: string, view: string, calls: string[]][] = [
    ["v1.2.3", "echo release not found >&2; exit 1", [VIEW("v1.2.3"), CREATE("v1.2.3")]],
    ["v1.2.3", "echo true", [VIEW("v1.2.3"), "gh release delete v1.2.3 --yes", CREATE("v1.2.3")]],
    ["v1.2.3", "echo false", [VIEW("v1.2.3"), CREATE("v1.2.3")]],
    ["v1.2.3-rc.1", "exit 1", [VIEW("v1.2.3-rc.1"), CREATE("v1.2.3-rc.1", " --prerelease")]],
  ];
  for (const [tag, view, calls] of cases) {
    const gh = recorder("gh", `case $2 in view) ${view} ;; esac`);
    const done = await calledBy(scriptOf("draft", "Draft"), { GITHUB_REF_NAME: tag }, { gh });
    assertEquals([done.code, done.calls], [0, calls], done.stderr);
  }
});

testUnless(
  noBash ?? await missingProgram("jq"),
  "release: the image has the version's tag, and latest unless it is a trial",
  async () => {
    const docker = recorder(
      "docker",
      `case "$*" in *--push*) echo '{"containerimage.digest":"sha256:ab"}' > "$RUNNER_TEMP/image.json" ;; esac`,
    );
    for (const [tag, tags] of [["v1.2.3", ["1.2.3", "latest"]], ["v1.2.3-rc.1", ["1.2.3-rc.1"]]] as const) {
      const env = {
        GITHUB_REF_NAME: tag,
        IMAGE: "image",
        GITHUB_SHA: "",
        GITHUB_SERVER_URL: "",
        GITHUB_REPOSITORY: "",
      };
      const script = scriptOf("container", "Build for both architectures and push");
      const { code, calls, output, stderr } = await calledBy(script, env, { docker });
      assertEquals([code, output], [0, "digest=sha256:ab\n"], stderr);
      const pushed = calls.find((call) => call.includes(" --push ")) ?? "";
      assertEquals(Array.from(pushed.matchAll(/--tag image:(\S+)/g), ([, one]) => one), [...tags]);
    }
  },
);

testUnless(
  noBash ?? await missingProgram("sha256sum"),
  "release: what the binary prints of itself is listed in SHA256SUMS",
  async () => {
    const script = `cd dist\ncp ../bin/sounder sounder-1.2.3-x86_64-unknown-linux-gnu\n${
      scriptOf("compile", "Man page and completions, from the binary itself")
    }\ncut -d ' ' -f 3 SHA256SUMS >> ../calls`;
    const sounder = `#!/bin/sh\necho "sounder $*" | tee -a ../calls\n`;
    const { code, calls, stderr } = await calledBy(script, { GITHUB_REF_NAME: "v1.2.3" }, { sounder });
    assertEquals(code, 0, stderr);
    assertEquals(calls, [
      ...["man", "completions bash", "completions zsh", "completions fish"].map((args) => `sounder ${args}`),
      ...["sounder.1", "sounder.bash", "_sounder", "sounder.fish"],
    ]);
  },
);
