import { assertEquals, assertRejects } from "@std/assert";
import { fromDenoConn } from "../../lib/net/from_deno_conn.ts";

/** A connection of Deno's as on Windows, whose error for a write after FIN has no class; it counts writes. */
function windowsConn() {
  const conn = {
    localAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
    remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 2 },
    writes: 0,
    ended: false,
    write(p: Uint8Array): Promise<number> {
      conn.writes++;
      const error = new Error("the socket had already been shut down (os error 10058)");
      return conn.ended ? Promise.reject(error) : Promise.resolve(p.length);
    },
    closeWrite(): Promise<void> {
      conn.ended = true;
      return Promise.resolve();
    },
    close() {},
  };
  return { conn, connection: fromDenoConn(conn as unknown as Deno.TcpConn) };
}

Deno.test("a write after closeWrite() is a BrokenPipe, whatever the system calls it", async () => {
  const { conn, connection } = windowsConn();
  await connection.write(new Uint8Array(3));
  const closing = connection.closeWrite();
  // Also while the FIN is on its way.
  await assertRejects(() => connection.write(new Uint8Array(3)), Deno.errors.BrokenPipe, "the write side is closed");
  await closing;
  await assertRejects(() => connection.write(new Uint8Array(3)), Deno.errors.BrokenPipe);
  assertEquals(conn.writes, 1);
});
