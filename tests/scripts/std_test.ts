import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import map from "../../scripts/offline/import_map.json" with { type: "json" };
import { stdEnv, stdFlags, usesStandIns } from "../../scripts/std_flags.ts";

const root = new URL("../../", import.meta.url);
const fallBack = "--import-map=scripts/offline/import_map.json --no-lock\n";

/** Runs scripts/std.ts as its task does, with nothing in the environment and the cache that could decide for it. */
async function runStd(
  env: Record<string, string>,
  args: string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const cache = await Deno.makeTempDir();
  const { SOUNDER_STD: _, ...inherited } = Deno.env.toObject();
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const folder = Deno.execPath().replace(/[/\\][^/\\]*$/, "");
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...config.tasks.std.command.split(" ").slice(1), ...args],
      cwd: root,
      clearEnv: true,
      env: { ...inherited, PATH: `${folder}${separator}${inherited.PATH}`, DENO_DIR: cache, NO_COLOR: "1", ...env },
      stdin: "null",
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, stdout: out, stderr: err };
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** A registry that has the three packages in the versions deno.json names, each an empty module. */
async function registry(request: Request): Promise<Response> {
  const [, name, file] = /^\/(@std\/\w+)\/(.+)$/.exec(new URL(request.url).pathname)!;
  const version = (config.imports as Record<string, string>)[name].replace(/^.*[@^]/, "");
  if (file === "meta.json") return Response.json({ latest: version, versions: { [version]: {} } });
  const source = new TextEncoder().encode("export {};\n");
  if (file === `${version}/mod.ts`) return new Response(source, { headers: { "content-type": "text/typescript" } });
  const checksum = `sha256-${new Uint8Array(await crypto.subtle.digest("SHA-256", source)).toHex()}`;
  return Response.json({ manifest: { "/mod.ts": { size: source.length, checksum } }, exports: { ".": "./mod.ts" } });
}

Deno.test("std: a registry that accepts and never answers is given up within the limit, and its client is killed", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 }); // the kernel accepts, nobody reads
  const begin = performance.now();
  const { code, stdout, stderr } = await runStd({ JSR_URL: `http://127.0.0.1:${listener.addr.port}/` });
  assertLess(
    performance.now() - begin,
    5_000 + 10_000,
    "the limit, and room for a busy machine to start two processes",
  );
  assertEquals({ code, stdout }, { code: 0, stdout: fallBack });
  assertMatch(stderr, /^[^\n]*using the stand-ins[^\n]*\n$/);

  using conn = await listener.accept();
  const rest = await new Response(conn.readable).text().catch(() => "reset"); // ends: nobody holds the other side
  assert(rest.startsWith("GET /@std/") || rest === "reset", rest);
});

Deno.test("std: a registry that cannot be reached gives the stand-ins", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close(); // the port is free again: refused
  const { code, stdout, stderr } = await runStd({ JSR_URL: `http://127.0.0.1:${listener.addr.port}/` });
  assertEquals({ code, stdout }, { code: 0, stdout: fallBack });
  assertMatch(stderr, /^[^\n]*using the stand-ins[^\n]*\n$/);
});

Deno.test("std: a deno that is not on PATH gives the stand-ins, and says why", async () => {
  const { code, stdout, stderr } = await runStd({ PATH: "" });
  assertEquals({ code, stdout }, { code: 0, stdout: fallBack });
  assertMatch(stderr, /^deno is not on PATH[^\n]*\n$/);
});

Deno.test("std: a registry that answers gives no flags and says nothing", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, registry);
  const result = await runStd({ JSR_URL: `http://127.0.0.1:${server.addr.port}/` });
  assertEquals(result, { code: 0, stdout: "", stderr: "" });
});

Deno.test("std: SOUNDER_STD decides without asking", async (t) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const cases = [
    { choice: "jsr", code: 0, stdout: "", stderr: /^$/ },
    { choice: "offline", code: 0, stdout: fallBack, stderr: /^SOUNDER_STD=offline: using the stand-ins[^\n]*\n$/ },
    { choice: "JSR", code: 2, stdout: "", stderr: /^[^\n]*SOUNDER_STD=JSR[^\n]*jsr or offline[^\n]*\n$/ },
  ];
  for (const { choice, code, stdout, stderr } of cases) {
    await t.step(choice, async () => {
      const env = { JSR_URL: `http://127.0.0.1:${listener.addr.port}/`, SOUNDER_STD: choice };
      const result = await runStd(env);
      assertEquals({ code: result.code, stdout: result.stdout }, { code, stdout });
      assertMatch(result.stderr, stderr);
    });
  }
  // Had one of them asked, its connection would be ahead of this one.
  using own = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using first = await listener.accept();
  assertEquals(first.remoteAddr, own.localAddr);
});

Deno.test("std: its arguments are printed where no stand-ins are needed, and only there", async () => {
  for (const [SOUNDER_STD, printed] of [["jsr", "--config=deno.json --reload\n"], ["offline", fallBack]]) {
    assertEquals((await runStd({ SOUNDER_STD }, ["--config=deno.json", "--reload"])).stdout, printed);
  }
});

Deno.test("std: the import map has every package of deno.json, npm ones word for word", () => {
  const mapped: Record<string, string> = map.imports;
  for (const [name, target] of Object.entries(config.imports)) {
    if (target.startsWith("npm:")) assertEquals(mapped[name], target);
    else assertMatch(mapped[name] ?? "(absent)", /^\.\/std_\w+\.ts$/, name);
  }
  for (const [name, target] of Object.entries(mapped)) {
    // A folder entry such as "uplot/" exists in the map only: deno.json derives it.
    const base = name.replace(/\/$/, "");
    const declared = (config.imports as Record<string, string>)[base];
    assert(declared, `${name} is in the import map only`);
    if (name.endsWith("/")) assertEquals(target, declared.replace(/^npm:/, "npm:/") + "/");
  }
});

Deno.test("std: a child with stdFlags() gets @std from where this process does", async () => {
  const code = `console.log(import.meta.resolve("@std/log"))`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", ...stdFlags(), code],
    cwd: root,
    stdin: "null",
  }).output();
  // Under a third import map (the original's sources, say) there are no flags to give.
  if (!usesStandIns() && !import.meta.resolve("@std/log").startsWith("jsr:")) return;
  assertEquals(new TextDecoder().decode(stdout).trim(), import.meta.resolve("@std/log"));
  assertEquals(stdEnv(), { SOUNDER_STD: usesStandIns() ? "offline" : "jsr" });
});
