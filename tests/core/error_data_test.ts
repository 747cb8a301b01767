import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { errorData, errorOf } from "../../lib/core/error_data.ts";

/** To plain data, through structured cloning, and back. */
function sent(error: unknown): Error & { code?: string } {
  return errorOf(structuredClone(errorData(error)));
}

Deno.test("errorOf() is of the class that the error had, where that is JavaScript's or Deno's", () => {
  const builtIn = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
  for (const ErrorClass of [...builtIn, Deno.errors.ConnectionReset, Deno.errors.NotCapable]) {
    const error = sent(new ErrorClass("why"));
    assertEquals(error.constructor, ErrorClass);
    assertEquals([error.name, error.message], [new ErrorClass().name, "why"]);
  }
});

Deno.test("errorOf() has the stack, the code and the causes", () => {
  const root = Object.assign(new Deno.errors.AddrInUse("taken"), { code: "EADDRINUSE" });
  const error = new TypeError("outer", { cause: new Error("inner", { cause: root }) });
  const copy = sent(error);
  assertEquals(copy.stack, error.stack);
  assertInstanceOf(copy.cause, Error);
  assertInstanceOf(copy.cause.cause, Deno.errors.AddrInUse);
  assertEquals((copy.cause.cause as { code?: string }).code, "EADDRINUSE");
  assertEquals(copy.code, undefined);
});

Deno.test("errorOf() keeps the name of a class that is not known there, and no cause that is no error", () => {
  class OwnError extends Error {
    override readonly name = "OwnError";
  }
  const copy = sent(new OwnError("why", { cause: "a text" }));
  assertEquals([copy.constructor, copy.name, copy.message, copy.cause], [Error, "OwnError", "why", undefined]);
  assert(String(copy).startsWith("OwnError: why"));
});

Deno.test("errorOf() makes an error of whatever was thrown", () => {
  assertEquals([sent("a text").message, sent(undefined).message, sent(7).name], ["a text", "undefined", "Error"]);
});
