import { assertEquals, assertMatch } from "@std/assert";
import { runCli, startServer } from "../support/cli.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("commands that measure nothing do not wait for npm, whose registry may accept and never answer", async () => {
  using registry = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using folder = await temporaryFolder();
  const env = { DENO_DIR: `${folder.path}/deno`, NPM_CONFIG_REGISTRY: `http://127.0.0.1:${registry.addr.port}/` };
  const asked = registry.accept().then((conn) => (conn.close(), true), () => false);
  await using server = await startServer([], { env });
  assertMatch(server.ready, /^Listening on /);
  const { code, stdout } = await runCli(["send", `:${server.port}`, "data1"], { env });
  assertEquals([code, stdout], [0, "data1\n"]);
  assertEquals((await runCli(["--help"], { env })).code, 0);
  registry.close();
  assertEquals(await asked, false);
});
