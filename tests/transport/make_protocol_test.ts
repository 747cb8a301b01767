import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { createTransport } from "../../lib/transport/create_transport.ts";
import { checkProtocol, makeProtocol } from "../../lib/transport/make_protocol.ts";

const failure = new Error("on purpose");

Deno.test("makeProtocol() gives what the factory makes, and throws what it throws", () => {
  class Silent {}
  const buffered = { getBuffer: () => new Uint8Array(1), bufferUpdated() {} };
  for (const protocol of [{}, new Silent(), buffered]) assertStrictEquals(makeProtocol(() => protocol), protocol);
  const thrown = assertThrows(() =>
    makeProtocol(() => {
      throw failure;
    })
  );
  assertStrictEquals(thrown, failure);
});

Deno.test("what is no protocol is a TypeError; a promise that rejects does not end the process", () => {
  for (const wrong of [undefined, null, 1, "text", () => {}]) {
    assertThrows(() => checkProtocol(wrong), TypeError, "as a protocol: it must be an object");
  }
  assertThrows(() => checkProtocol(Promise.reject(failure)), TypeError, "make the factory no async function");
  assertThrows(() => checkProtocol({ getBuffer() {} }), TypeError, "no bufferUpdated()");
});

Deno.test("createTransport() leaves a connection alone that it has no protocol for", async () => {
  const [near, far] = connectionPair();
  using _far = far;
  using _near = near;
  assertThrows(() => createTransport(near, undefined as never), TypeError, "cannot use undefined as a protocol");
  await far.write(new Uint8Array(3));
  assertEquals(await near.read(new Uint8Array(10)), 3);
});
