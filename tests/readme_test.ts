import { assertEquals, assertStringIncludes } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const readme = await Deno.readTextFile(new URL("README.md", ROOT));

Deno.test("the README quotes the echo loop as it stands", async () => {
  const source = await Deno.readTextFile(new URL("lib/echo/echo.ts", ROOT));
  assertStringIncludes(readme, source.slice(source.indexOf("export async function echo(")).trimEnd());
});

Deno.test("every task that the README names exists, and every task is described", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  for (const [, name] of readme.matchAll(/deno(?:@\d[\d.]*)? task (?:-q )?(\w+)/g)) {
    assertEquals(Object.hasOwn(tasks, name), true, name);
  }
  for (const [name, task] of Object.entries<{ description?: string }>(tasks)) {
    assertEquals(typeof task.description, "string", name);
  }
});

Deno.test("the changelog has the version of deno.json, or what is to come", async () => {
  const { version } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const changelog = await Deno.readTextFile(new URL("CHANGELOG.md", ROOT));
  assertEquals(changelog.includes(`## [${version}]`) || changelog.includes("## [Unreleased]"), true);
});
