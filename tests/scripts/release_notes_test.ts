import { assertEquals, assertThrows } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { releaseNotes } from "../../scripts/release_notes.ts";

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- Something to come.

## [1.2.0] - 2027-01-02

### Added

- An option that does a lot, and whose description
  goes on here.
- Another.

A paragraph
of two lines.

\`\`\`sh
sounder serve
sounder send
\`\`\`

## [1.2.0-rc.1] - 2027-01-01

- A trial.

## [1.0.0] - 2026-12-01

## [0.9.0]

- The first.

[1.2.0]: compare/1.0.0...1.2.0
`;

const NOTES: [version: string, notes: string][] = [
  [
    "1.2.0",
    "### Added\n\n- An option that does a lot, and whose description goes on here.\n- Another.\n\n" +
    "A paragraph of two lines.\n\n```sh\nsounder serve\nsounder send\n```\n",
  ],
  ["1.2.0-rc.1", "- A trial.\n"],
  ["0.9.0", "- The first.\n"],
];

Deno.test("release_notes: the section of a version, its lines unwrapped, with either kind of line end", () => {
  for (const [version, notes] of NOTES) {
    assertEquals(releaseNotes(`v${version}`, version, CHANGELOG), notes, version);
    assertEquals(releaseNotes(`v${version}`, version, CHANGELOG.replaceAll("\n", "\r\n")), notes, version);
  }
});

Deno.test("release_notes: a tag that is not the version's, and a version without notes, are refused", () => {
  const cases: [tag: string, version: string, message: string][] = [
    ["v1.2.1", "1.2.0", 'cannot release "v1.2.1": deno.json has version 1.2.0, so tag v1.2.0'],
    ["1.2.0", "1.2.0", 'cannot release "1.2.0": deno.json has version 1.2.0, so tag v1.2.0'],
    ["", "1.2.0", 'cannot release "": deno.json has version 1.2.0, so tag v1.2.0'],
    ["v1.2", "1.2", 'cannot release v1.2: CHANGELOG.md has no heading "## [1.2] - DATE"; add it'],
    ["v1.0.0", "1.0.0", 'cannot release v1.0.0: CHANGELOG.md says nothing below "## [1.0.0]"; fill it in'],
  ];
  for (const [tag, version, message] of cases) {
    assertThrows(() => releaseNotes(tag, version, CHANGELOG), RangeError, message);
  }
});

Deno.test("release_notes: the script says in one line what is wrong, with exit code 1", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-lock", "--allow-read", "scripts/release_notes.ts", "v0.0.0-never"],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(code, 1);
  assertEquals(new TextDecoder().decode(stdout), "");
  assertEquals(
    new TextDecoder().decode(stderr),
    `release_notes: cannot release "v0.0.0-never": deno.json has version ${config.version}, so tag v${config.version}\n`,
  );
});
