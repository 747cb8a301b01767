import { assertEquals, assertRejects } from "@std/assert";
import { type Connection, connectionPair, createEchoClient, EchoIncompleteError } from "../../mod.ts";
import { readExactly } from "../support/echo_wire.ts";

/** The end of a TLS connection whose peer sends FIN without close_notify: reads tell so where a socket gives the end. */
function withoutCloseNotify(inner: Connection): Connection {
  return {
    localAddr: inner.localAddr,
    remoteAddr: inner.remoteAddr,
    socketOptions: [],
    read: async (p) => {
      const n = await inner.read(p);
      if (n === null) throw new Deno.errors.UnexpectedEof("the stream was cut");
      return n;
    },
    write: (p) => inner.write(p),
    closeWrite: () => inner.closeWrite(),
    close: () => inner.close(),
    abort: () => inner.abort(),
    [Symbol.dispose]: () => inner.close(),
  };
}

Deno.test("a stream that is cut off before all has come back is incomplete, and how much is missing is told", async () => {
  const [near, far] = connectionPair();
  const client = createEchoClient(withoutCloseNotify(near));
  const exchanged = client.exchange(["data1"]);
  await readExactly(far, 5);
  await far.write(new TextEncoder().encode("dat"));
  far.close();
  const error = await assertRejects(() => exchanged, EchoIncompleteError);
  assertEquals(
    [error.reason, error.missing, error.message],
    ["closed", 2, "peer has echoed 3 of 5 bytes: it cut the connection off"],
  );
});

Deno.test("a stream that is cut off once all has come back, and our FIN is out, is whole", async () => {
  const [near, far] = connectionPair();
  const client = createEchoClient(withoutCloseNotify(near));
  const exchanged = client.exchange(["data1"]);
  await far.write(await readExactly(far, 5));
  await exchanged;
  const closed = client.close();
  assertEquals(await far.read(new Uint8Array(1)), null);
  far.close();
  await closed;
});
