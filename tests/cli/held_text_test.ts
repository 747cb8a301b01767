import { assertEquals } from "@std/assert";
import { HeldText } from "../../lib/cli/held_text.ts";

function release(held: HeldText): string {
  let text = "";
  held.release((part) => text += part);
  return text;
}

Deno.test("HeldText hands on what it was given, once", () => {
  const held = new HeldText();
  held.add("one\n");
  held.add("two\nthree\n");
  assertEquals(held.lines, ["one", "two", "three"]);
  assertEquals([release(held), release(held), held.lines.length], ["one\ntwo\nthree\n", "", 0]);
});

Deno.test("HeldText keeps the latest lines, and says how many it dropped", () => {
  const held = new HeldText(3);
  for (let line = 1; line <= 3; line++) held.add(`${line}\n`);
  assertEquals(release(held), "1\n2\n3\n");
  for (let line = 1; line <= 100; line++) {
    held.add(`${line}\n`);
    assertEquals(held.lines.at(-1), String(line));
  }
  assertEquals(release(held), "sounder: dropped the 97 earliest lines of the log\n98\n99\n100\n");
  held.add("next\n");
  assertEquals(release(held), "next\n");
});
