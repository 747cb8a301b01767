import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { FaultInjected } from "../../lib/echo/fault_injected.ts";
import { earlyFin, limit, reset, stall } from "../../lib/echo/faults.ts";
import { connect } from "../../lib/net/connect.ts";
import { connectionPair } from "../../lib/net/connection_pair.ts";
import { listen } from "../../lib/net/listen.ts";
import { tryTcpInfo } from "../../lib/socket/try_tcp_info.ts";
import { randomBytes } from "../support/bytes.ts";
import { outcome } from "../support/contract_connection.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { readAll, readExactly, tcpPair, until } from "../support/echo_wire.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { advanceUntil, turn } from "../support/fault_recorder.ts";
import { faulty, serveFaulty, talk } from "../support/fault_serving.ts";
import { noReset } from "../support/libc.ts";
import { testUnless } from "../support/needs.ts";

const bytes = randomBytes(20_000);

testUnless(noReset(), "reset: of a stream larger than all buffers, exactly so many bytes arrive", async () => {
  const [client, accepted] = await tcpPair();
  const { ended } = serveFaulty("chargen", accepted, reset({ afterBytes: 20_000_001 }));
  let got = 0;
  const buffer = new Uint8Array(65536);
  await assertRejects(async () => {
    for (let n = await client.read(buffer); n !== null; n = await client.read(buffer)) got += n;
  }, Deno.errors.ConnectionReset);
  assertEquals(got, 20_000_001);
  assertInstanceOf(await ended, FaultInjected);
  client.close();
});

testUnless(noReset(), "reset: a peer that does not read is reset after a second", async () => {
  using clock = fakeClock();
  // All of it fits into our buffer, and not into the peer's.
  using listener = listen({ sendBuffer: 200_000 });
  const [client, accepted] = await Promise.all([connect({ ...listener.addr, recvBuffer: 4096 }), listener.accept()]);
  const server = faulty(accepted, [reset({ afterBytes: 100_000 })]);
  const writing = server.write(new Uint8Array(100_000)).catch((error) => error);
  await until(() => clock.timers === 1);
  const since = clock.now;
  assertInstanceOf(await advanceUntil(clock, writing), FaultInjected);
  assertEquals(clock.now - since >= 1000, true);
  server.close();
  client.close();
});

Deno.test("early-fin: what the peer sends after it is read and thrown away, without end", async () => {
  const [client, accepted] = connectionPair();
  const { server, ended } = serveFaulty("echo", accepted, earlyFin({ afterBytes: 1 }));
  await client.write(bytes);
  assertEquals(await readAll(client), bytes.slice(0, 1));
  for (let i = 0; i < 10; i++) await client.write(new Uint8Array(65536));
  await client.closeWrite();
  assertEquals([await ended, server.bytesSent], ["finished", 1]);
  client.close();
});

Deno.test("limit: a peer that answers with FIN is let go at once, one that does not after a second", async () => {
  for (const answers of [true, false]) {
    using clock = fakeClock();
    const [client, accepted] = connectionPair();
    const { server, ended } = serveFaulty("echo", accepted, limit({ afterBytes: 2 }));
    await client.write(new Uint8Array(3));
    assertEquals((await readAll(client)).length, 2);
    await client.write(bytes); // is drained
    if (answers) await client.closeWrite();
    const since = clock.now;
    assertInstanceOf(await advanceUntil(clock, ended), FaultInjected);
    assertEquals(clock.now - since, answers ? 0 : 1000);
    assertEquals(clock.timers, 0);
    // What comes now, or was not read, is answered with RST.
    if (!answers) {
      await client.write(bytes);
      await assertRejects(() => client.write(bytes));
    }
    assertEquals(await outcome(server.read(new Uint8Array(1))), "BadResource");
    client.close();
  }
});

Deno.test("limit: chargen, which reads and writes at once, is ended as well, with no two reads at once", async () => {
  const [client, accepted] = connectionPair();
  let [reads, most] = [0, 0];
  const read = accepted.read.bind(accepted);
  accepted.read = async (p) => {
    most = Math.max(most, ++reads);
    return await read(p).finally(() => reads--);
  };
  const { ended } = serveFaulty("chargen", accepted, limit({ afterBytes: 1000 }));
  assertEquals((await readAll(client)).length, 1000);
  await client.write(bytes);
  await client.closeWrite();
  assertInstanceOf(await ended, FaultInjected);
  assertEquals([reads, most], [0, 1]);
  client.close();
});

Deno.test("stall: so much and nothing more, no FIN either, until the server closes", async () => {
  using clock = fakeClock();
  const [client, accepted] = connectionPair();
  const { server, ended } = serveFaulty("echo", accepted, stall({ afterBytes: 100 }));
  await client.write(new Uint8Array(100));
  await client.closeWrite();
  assertEquals((await readExactly(client, 100)).length, 100);
  const reading = client.read(new Uint8Array(1));
  for (let i = 0; i < 100; i++) {
    await turn();
    clock.advance(60_000);
  }
  const first = await Promise.race([reading, Promise.resolve("nothing")]);
  assertEquals(first, "nothing");
  server.close();
  assertInstanceOf(await ended, Deno.errors.Interrupted);
  assertEquals([await reading, server.bytesSent, clock.timers], [null, 100, 0]);
  client.close();
});

Deno.test("stall: goes on after its time, and not before", async () => {
  using clock = fakeClock();
  const [client, accepted] = connectionPair();
  const { ended } = serveFaulty("echo", accepted, stall({ ms: 2500, afterBytes: 10 }));
  const since = clock.now;
  const talking = talk(client, bytes.subarray(0, 100)).then((talked) => ({ ...talked, at: clock.now - since }));
  const { got, end, at } = await advanceUntil(clock, talking);
  assertSameBytes(got, bytes.subarray(0, 100));
  assertEquals([end, at, await ended], ["FIN", 2500, "finished"]);
});

testUnless(
  noReset(),
  "stall: a peer that has sent RST is noticed, so that its connection does not stay for ever",
  async () => {
    using clock = fakeClock();
    const [client, accepted] = await tcpPair();
    const { ended } = serveFaulty("echo", accepted, stall({ afterBytes: 1 }));
    await client.write(bytes);
    await readExactly(client, 1);
    await until(() => clock.timers === 1);
    client.abort();
    await until(() => tryTcpInfo(accepted)?.state === "CLOSE");
    assertInstanceOf(await advanceUntil(clock, ended), Deno.errors.ConnectionReset);
    assertEquals(clock.timers, 0);
  },
);
