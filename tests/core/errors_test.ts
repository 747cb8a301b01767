import { assert, assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { ConnectError, EchoIncompleteError, EchoMismatchError } from "../../lib/core/errors.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("ConnectError has kind, text and cause", () => {
  const cause = new Error("os error 111");
  const error = new ConnectError("refused", "cannot connect to 127.0.0.1:1: connection refused", { cause });
  assertInstanceOf(error, Error);
  assertEquals(error.name, "ConnectError");
  assertEquals(error.kind, "refused");
  assertStrictEquals(error.cause, cause);
  assertEquals(String(error), "ConnectError: cannot connect to 127.0.0.1:1: connection refused");
  assert(!("cause" in new ConnectError("timeout", "")), "an error without a cause has none");
});

Deno.test("EchoMismatchError says where the echo differs and quotes both", () => {
  const error = new EchoMismatchError(5, encode("1\n"), encode('2"'));
  assertInstanceOf(error, Error);
  assertEquals(error.name, "EchoMismatchError");
  assertEquals([error.offset, error.expected, error.actual], [5, encode("1\n"), encode('2"')]);
  assertEquals(error.message, 'echo differs at byte 5: expected "1\\n", got "2\\""');
});

Deno.test("EchoMismatchError tells of an echo that is too long", () => {
  const error = new EchoMismatchError(12, encode(""), encode("x"));
  assertEquals(error.message, 'echo is longer than what was sent: after byte 12 came "x"');
  assertEquals([error.offset, error.expected.length], [12, 0]);
});

Deno.test("EchoIncompleteError has the bytes missing, the reason and the cause", () => {
  const cause = new Deno.errors.ConnectionReset("gone");
  const error = new EchoIncompleteError(3, "reset", "peer has echoed 9 of 12 bytes: it reset the connection", {
    cause,
  });
  assertInstanceOf(error, Error);
  assertEquals(error.name, "EchoIncompleteError");
  assertEquals([error.missing, error.reason], [3, "reset"]);
  assertStrictEquals(error.cause, cause);
  assertEquals(error.message, "peer has echoed 9 of 12 bytes: it reset the connection");
});
