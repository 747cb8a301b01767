import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { checkProduct } from "../../scripts/compile/check_product.ts";
import { chooseRuntime, programTarget, strayVariables } from "../../scripts/compile/choose_runtime.ts";
import { compileArguments, type CompilePlan, compileTarget } from "../../scripts/compile/compile_target.ts";
import { failureOfDeno, isRuntimeMissing } from "../../scripts/compile/failure_of_deno.ts";
import {
  binaryName,
  permissions,
  runtimeVariable,
  type Target,
  targetOfProgram,
  TARGETS,
} from "../../scripts/compile/target.ts";
import { stdFlags } from "../../scripts/std_flags.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("compile: the names of binaries and variables", () => {
  assertEquals(binaryName("1.2.3", "aarch64-apple-darwin"), "sounder-1.2.3-aarch64-apple-darwin");
  assertEquals(binaryName("1.2.3", "x86_64-pc-windows-msvc"), "sounder-1.2.3-x86_64-pc-windows-msvc.exe");
  assertEquals(runtimeVariable("x86_64-unknown-linux-gnu"), "DENORT_BIN_X86_64_UNKNOWN_LINUX_GNU");
});

Deno.test("compile: a binary may do what the task `sounder` may, no import from the web, and on Windows no FFI", () => {
  const granted = config.tasks.sounder.command.match(/--(?:allow|deny)-\S+/g) ?? [];
  for (const target of TARGETS) {
    const flags = permissions(target).filter((flag) => flag !== "--no-prompt" && flag !== "--deny-import");
    const wanted = target.includes("windows") ? granted.filter((flag) => flag !== "--allow-ffi") : granted;
    assertEquals(flags, wanted, target);
    assertEquals(permissions(target).length - flags.length, 2, target);
  }
});

/** The first bytes of a program for each target. */
function header(target: Target): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  const arm = target.startsWith("aarch64");
  if (target.includes("linux")) {
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    view.setUint16(18, arm ? 183 : 62, true);
  } else if (target.includes("apple")) {
    view.setUint32(0, 0xfeedfacf, true);
    view.setUint32(4, arm ? 0x0100000c : 0x01000007, true);
  } else {
    bytes.set([0x4d, 0x5a]);
    view.setUint32(60, 128, true);
    bytes.set([0x50, 0x45, 0, 0], 128);
    view.setUint16(132, arm ? 0xaa64 : 0x8664, true);
  }
  return bytes;
}

Deno.test("compile: the target of a program is in its first bytes", async () => {
  for (const target of TARGETS) assertEquals(targetOfProgram(header(target)), target);
  const riscv = header("x86_64-unknown-linux-gnu");
  riscv[18] = 243;
  const farPe = header("x86_64-pc-windows-msvc");
  new DataView(farPe.buffer).setUint32(60, 252, true);
  const dos = header("x86_64-pc-windows-msvc");
  dos[128] = 0;
  const none = [riscv, farPe, dos, new Uint8Array(256), new TextEncoder().encode("#!/bin/sh\n"), new Uint8Array(3)];
  for (const bytes of none) assertEquals(targetOfProgram(bytes), undefined);
  assertEquals(await programTarget(Deno.execPath()), Deno.build.target);
});

Deno.test("compile: a product for another target than it should be is found out, and is not run", async () => {
  const [mac, windows]: Target[] = ["aarch64-apple-darwin", "x86_64-pc-windows-msvc"];
  await using folder = await temporaryFolder({ text: "#!/bin/sh\n" });
  await Deno.writeFile(`${folder.path}/mac`, header(mac));
  assertEquals(await checkProduct(`${folder.path}/mac`, windows, "1.2.3"), `it is a program for ${mac}`);
  assertEquals(await checkProduct(`${folder.path}/text`, mac, "1.2.3"), "it is no program");
  if (Deno.build.target !== mac) assertEquals(await checkProduct(`${folder.path}/mac`, mac, "1.2.3"), undefined);
});

Deno.test("compile: which runtime a target gets", async () => {
  await using folder = await temporaryFolder({ text: "#!/bin/sh\n" });
  const [linux, mac, windows]: Target[] = [
    "x86_64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
  ];
  const at = (name: string) => `${folder.path}/${name}`;
  await Deno.writeFile(at("linux"), header(linux));
  await Deno.writeFile(at("mac"), header(mac));
  const own = runtimeVariable(linux);
  const cases: [variables: Record<string, string>, targets: Target[], wanted: string][] = [
    [{}, [linux], "deno"],
    [{ [own]: at("linux") }, [linux], at("linux")],
    [{ DENORT_BIN: at("linux") }, [linux], at("linux")],
    [{ DENORT_BIN: at("mac"), [own]: at("linux") }, [linux, mac], at("linux")],
    [{ DENORT_BIN: at("mac") }, [linux, mac], "deno"],
    [{ DENORT_BIN: "", [own]: "" }, [linux], "deno"],
    [{ DENORT_BIN: at("mac") }, [linux, windows], `DENORT_BIN=${at("mac")} is a program for ${mac}: `],
    [{ DENORT_BIN: at("text") }, [linux], `DENORT_BIN=${at("text")} is no program that Sounder can be compiled into: `],
    [{ [own]: at("mac") }, [linux, mac], `${own}=${at("mac")} is a program for ${mac}: `],
    [{ [own]: at("none") }, [linux], `${own}=${at("none")} cannot be read: `],
  ];
  for (const [variables, targets, wanted] of cases) {
    using _environment = environment({ DENORT_BIN: "", [own]: "", ...variables });
    const choice = await chooseRuntime(linux, targets);
    const told = choice === "deno" ? choice : "file" in choice ? choice.file : choice.problem;
    assertEquals(wanted.endsWith(": ") ? told.slice(0, wanted.length) : told, wanted);
  }
});

/** Sets variables, and on disposal to what they were. */
function environment(variables: Record<string, string>): Disposable {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  return {
    [Symbol.dispose]: () => {
      for (const [name, value] of before) value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    },
  };
}

Deno.test("compile: a variable for a target that there is not is a mistake", () => {
  const known = TARGETS.map(runtimeVariable);
  assertEquals(strayVariables(["PATH", "DENORT_BIN", ...known, "DENORT_BIN_X86_64_LINUX"]), [
    "DENORT_BIN_X86_64_LINUX",
  ]);
});

Deno.test("compile: the arguments of deno compile", () => {
  const plan: CompilePlan = {
    root: new URL("file:///a/"),
    entry: "main.ts",
    version: "1.2.3",
    targets: [],
    workers: ["lib/echo/worker.ts"],
    packages: ["npm:uplot@1.6.32"],
    stdFlags: ["--no-lock"],
    output: "dist",
    timeLimit: 1,
  };
  assertEquals(compileArguments(plan, "x86_64-pc-windows-msvc", "dist/a.exe"), [
    "compile",
    "--no-check",
    "--no-lock",
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--deny-import",
    "--include=lib/echo/worker.ts",
    "--include=npm:uplot@1.6.32",
    "--target=x86_64-pc-windows-msvc",
    "--output=dist/a.exe",
    "main.ts",
  ]);
});

Deno.test("compile: at the time limit nothing is left, neither unfinished nor from before", async () => {
  const [target]: Target[] = ["x86_64-apple-darwin"];
  const name = binaryName("1.2.3", target);
  await using folder = await temporaryFolder({
    [name]: "before",
    [`${name}.tmp-71aa`]: "a half",
    "other.tmp-71aa": "",
  });
  const plan: CompilePlan = {
    root: new URL("../../", import.meta.url),
    entry: "main.ts",
    version: "1.2.3",
    targets: [target],
    workers: [],
    packages: [],
    stdFlags: stdFlags(),
    output: folder.path,
    timeLimit: 1,
  };
  using _environment = environment({ DENORT_BIN: "", [runtimeVariable(target)]: "" });
  const compiled = await compileTarget(plan, target);
  assertEquals("problem" in compiled && compiled.runtimeMissing, true);
  assertStringIncludes("problem" in compiled ? compiled.problem : "", "could not be downloaded (not within 0.001 s)");
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name), ["other.tmp-71aa"]);
});

/** What `deno compile` (2.9.6) wrote to stderr here: without a network, with a missing file, with a file that is no program. */
const FAILURES: [output: string, failure: string, missing: boolean][] = [
  [
    `Compile main.ts to dist/a
Download https://example.com/denort-x86_64-unknown-linux-gnu.zip
error: Writing deno compile executable to temporary file 'dist/a.tmp-71aa73ebb8913252'

Caused by:
    0: Setting up base binary.
    1: error sending request for url (https://example.com/denort.zip): client error (Connect): dns error
    2: dns error
    3: failed to lookup address information: Name or service not known

Stack backtrace:
   0: <unknown>
`,
    "failed to lookup address information: Name or service not known",
    true,
  ],
  [
    `error: Writing deno compile executable to temporary file 'a.tmp-b23773587f02a613'

Caused by:
    0: Could not find denort at '/tmp/nope'
    1: No such file or directory (os error 2)
`,
    "No such file or directory (os error 2)",
    false,
  ],
  [
    'error: Module not found "file:///a/main.ts".\n\nStack backtrace:\n   0: <unknown>\n',
    'Module not found "file:///a/main.ts".',
    false,
  ],
  ["", "deno compile said nothing", false],
];

Deno.test("compile: what deno says of a failure, in a line", () => {
  for (const [output, failure, missing] of FAILURES) {
    assertEquals([failureOfDeno(output), isRuntimeMissing(output)], [failure, missing]);
  }
});
