import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "npm:yaml@2.9.1";
import config from "../../deno.json" with { type: "json" };
import { TARGETS } from "../../scripts/compile/target.ts";
import { missingProgram, testUnless } from "../support/needs.ts";

const ROOT = new URL("../../", import.meta.url);

/** The part of a workflow that matters here. */
interface Workflow {
  permissions: Record<string, string>;
  env: Record<string, string>;
  jobs: Record<string, Job>;
}

interface Job {
  needs?: string | string[];
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  strategy?: { matrix: { os?: string[]; std?: string[]; include?: Record<string, string>[] } };
  steps: { uses?: string; run?: string; with?: Record<string, unknown>; env?: Record<string, string> }[];
}

const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));
const texts = {
  ci: await read(".github/workflows/ci.yml"),
  release: await read(".github/workflows/release.yml"),
};
const workflows: Record<keyof typeof texts, Workflow> = { ci: parse(texts.ci), release: parse(texts.release) };
const jobs = Object.entries(workflows).flatMap(([workflow, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ name: `${workflow}: ${name}`, job }))
);

/** The rights that let a job change something outside of its run. */
const writes = (permissions: Record<string, string> = {}) =>
  Object.keys(permissions).filter((right) => permissions[right] === "write").sort();

/** What must have succeeded before a job of the release begins. */
function before(name: string): string[] {
  const needs = [workflows.release.jobs[name].needs ?? []].flat();
  return [...new Set([...needs, ...needs.flatMap(before)])];
}

Deno.test("workflows: every action is one commit, and says which version that is", () => {
  const commits = new Map<string, string>();
  for (const text of Object.values(texts)) {
    for (const line of text.split("\n").filter((line) => /\buses:/.test(line))) {
      // Or a tag, with a comment that tells why.
      assertMatch(line, /^ +(?:- )?uses: [\w/-]+@(?:[0-9a-f]{40} # v\d+\.\d+\.\d+|v\d+(?:\.\d+)* # by tag: .+)$/);
      const [, action, commit] = /uses: (.+?)@(.+)$/.exec(line)!;
      assertEquals(commits.get(action) ?? commit, commit, `two versions of ${action}`);
      commits.set(action, commit);
    }
  }
  const used = jobs.flatMap(({ job }) => job.steps).flatMap(({ uses }) => uses ? [uses.split("@")[0]] : []);
  assertEquals([...commits.keys()].sort(), [...new Set(used)].sort());
});

Deno.test("workflows: every job has a time limit and rights of its own, and leaves no credentials behind", () => {
  for (const { permissions } of Object.values(workflows)) assertEquals(writes(permissions), []);
  for (const { name, job } of jobs) {
    assert(job["timeout-minutes"]! <= 60, name);
    assert(job.permissions, name);
    for (const { uses, with: inputs } of job.steps) {
      if (uses?.startsWith("actions/checkout@")) assertEquals(inputs?.["persist-credentials"], false, name);
    }
  }
});

Deno.test("workflows: no expression stands inside a script, where its value would be run", () => {
  for (const { name, job } of jobs) {
    for (const { run } of job.steps) assert(!run?.includes("${{"), `${name}: ${run}`);
  }
});

Deno.test("workflows: the tasks, scripts and files that steps name are there", async () => {
  let named = 0;
  for (const { name, job } of jobs) {
    for (const { run = "" } of job.steps) {
      for (const [, task] of run.matchAll(/\bdeno task (?:-\S+ )*(\S+)/g)) {
        assert(task in config.tasks, `${name}: deno task ${task}`);
        named++;
      }
      for (const [path] of run.matchAll(/\b(?:scripts|lib|tests)\/[\w./-]+/g)) {
        assert((await Deno.stat(new URL(path, ROOT))).isFile, `${name}: ${path}`);
        named++;
      }
    }
  }
  assert(named > 0);
});

Deno.test("workflows: CI runs every check on the three systems, with and without JSR, and tries a binary", () => {
  const { strategy, steps } = workflows.ci.jobs.check;
  const systems = strategy?.matrix.os?.map((os) => os.replace(/-.*/, ""));
  assertEquals([systems, strategy?.matrix.std], [["ubuntu", "macos", "windows"], ["jsr", "offline"]]);
  const runs = steps.map(({ run = "" }) => run).join("\n");
  for (const command of ["task ok", "task compile --target native", "task smoke "]) {
    assert(runs.includes(`deno ${command}`), command);
  }
});

Deno.test("workflows: the release publishes to JSR, and attests what SHA256SUMS lists and the image that it pushed", () => {
  const { draft, jsr, container } = workflows.release.jobs;
  assertEquals(jsr.steps.at(-1)?.run, "deno publish");
  const attested = [draft, container].map(({ steps }) =>
    steps.find(({ uses }) => uses?.startsWith("actions/attest-build-provenance@"))?.with
  );
  assertEquals(attested[0], { "subject-checksums": "dist/SHA256SUMS" });
  assertEquals(attested[1]?.["subject-digest"], "${{ steps.push.outputs.digest }}");
});

Deno.test("workflows: the release makes nothing public before every binary and image has been tried", () => {
  const { jobs } = workflows.release;
  const rights = Object.fromEntries(
    Object.entries(jobs).map(([name, { permissions }]) => [name, writes(permissions)]).filter(([, all]) => all.length),
  );
  assertEquals(rights, {
    draft: ["attestations", "contents", "id-token"],
    jsr: ["id-token"],
    container: ["attestations", "id-token", "packages"],
    release: ["contents"],
  });
  for (const name of Object.keys(rights)) {
    for (const first of ["check", "compile", "smoke", "image"]) {
      assert(before(name).includes(first), `${name}: ${first}`);
    }
  }
  assertEquals(before("release").length, Object.keys(jobs).length - 1);
  const drafts = jobs.draft.steps.map(({ run = "" }) => run).filter((run) => run.includes("gh release create"));
  assert(drafts.length === 1 && drafts[0].includes("--draft"));
});

Deno.test("workflows: the release tries every target, with the real @std", () => {
  const { env, jobs } = workflows.release;
  assertEquals(env.SOUNDER_STD, "jsr");
  assertEquals(jobs.smoke.strategy?.matrix.include?.map(({ target }) => target).sort(), [...TARGETS].sort());
});

Deno.test("workflows: every place that names the version of Deno names the same", async () => {
  const places: [path: string, pattern: RegExp][] = [
    [".ci/run", /^version=(.+)$/gm],
    [".github/workflows/ci.yml", /\bDENO_VERSION: (.+)$/gm],
    [".github/workflows/release.yml", /\bDENO_VERSION: (.+)$/gm],
    ["scripts/deploy/Dockerfile", /\bdenoland\/deno:debian-(\S+)/g],
    ["README.md", /\bdeno@(\d+\.\d+\.\d+)/g],
  ];
  const versions: string[][] = [];
  for (const [path, pattern] of places) {
    const found = Array.from((await read(path)).matchAll(pattern), ([, version]) => version);
    assert(found.length > 0, `${path} names none`);
    versions.push(...found.map((version) => [path, version]));
  }
  const [[, first]] = versions;
  assertEquals(versions.filter(([, version]) => version !== first), []);
});

testUnless(await missingProgram("actionlint"), "workflows: actionlint has nothing to say", async () => {
  const { code, stdout } = await new Deno.Command("actionlint", {
    args: ["-no-color", ".github/workflows/ci.yml", ".github/workflows/release.yml"],
    cwd: ROOT,
    stdin: "null",
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, ""]);
});
