import { assertEquals } from "@std/assert";
import { TextQueue } from "../../lib/cli/text_queue.ts";

/** A queue whose writes end when they are told to. */
function held(limit?: number) {
  const written: string[] = [];
  let release: (() => void) | undefined;
  const queue = new TextQueue((bytes) => {
    written.push(new TextDecoder().decode(bytes));
    return new Promise((resolve) => release = resolve);
  }, limit);
  const next = async () => {
    release?.();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { queue, written, next };
}

Deno.test("lines go out in order, together where they had to wait", async () => {
  const { queue, written, next } = held();
  for (const line of ["a\n", "b\n", "c\n"]) queue.add(line);
  assertEquals(written, ["a\n"]);
  await next();
  assertEquals(written, ["a\n", "b\nc\n"]);
  await next();
  queue.add("d\n");
  assertEquals(written.at(-1), "d\n");
});

Deno.test("what fits no more is dropped and counted, at the border", async () => {
  const { queue, written, next } = held(4);
  queue.add("now\n");
  queue.add("ab\n");
  queue.add("\n");
  queue.add("\n");
  queue.add("\n");
  await next();
  assertEquals(written, ["now\n", "ab\n\nsounder: dropped 2 lines here: stderr was not read\n"]);
});

Deno.test("flush() waits for the last line, and not for ever", async () => {
  const { queue, next } = held();
  queue.add("a\n");
  await queue.flush(1);
  const flushed = queue.flush(60_000);
  await next();
  await flushed;
  await queue.flush(60_000);
});

Deno.test("a reader that is gone is not written to again", async () => {
  let writes = 0;
  const queue = new TextQueue(() => {
    writes++;
    return Promise.reject(new Deno.errors.BrokenPipe("gone"));
  });
  queue.add("a\n");
  await queue.flush(60_000);
  queue.add("b\n");
  await queue.flush(60_000);
  assertEquals(writes, 1);
});
