import { assertEquals, assertInstanceOf } from "@std/assert";
import type { Fault } from "../../lib/echo/fault.ts";
import { FaultInjected } from "../../lib/echo/fault_injected.ts";
import { bandwidth, delay, earlyFin, limit, refuse, reset, slice, stall, truncate } from "../../lib/echo/faults.ts";
import { formatFault } from "../../lib/echo/parse_fault.ts";
import { randomBytes } from "../support/bytes.ts";
import { assertSameBytes } from "../support/echo_bytes.ts";
import { PAIRS } from "../support/echo_wire.ts";
import { serveFaulty, talk } from "../support/fault_serving.ts";
import { noReset } from "../support/libc.ts";
import { testUnless } from "../support/needs.ts";

/** Whether this kind of connection can be reset on this system. */
const skipReset = (pair: string) => pair === "TCP" ? noReset() : undefined;

/** Short, because some pairs take a millisecond for seven bytes. */
const message = randomBytes(1500);
const NEVER = "never strikes beyond the end";

for (const [pair, makePair] of Object.entries(PAIRS)) {
  const cut = (title: string, fault: Fault, size: number, end: string) => {
    const skip = fault.kind === "reset" || fault.kind === "refuse" ? skipReset(pair) : undefined;
    testUnless(skip, `faults over ${pair}: ${formatFault(fault)} ${title}`, async () => {
      const [client, accepted] = await makePair();
      const { server, ended } = serveFaulty("echo", accepted, fault);
      const { got, end: how } = await talk(client, message);
      assertSameBytes(got, message.subarray(0, size));
      assertEquals(how, end);
      const error = await ended;
      if (["limit", "reset", "refuse"].includes(fault.kind) && title !== NEVER) {
        assertInstanceOf(error, FaultInjected);
        assertEquals(error.fault, fault);
        assertEquals(error.message, `fault injected: ${formatFault(fault)}`);
      } else assertEquals(error, "finished");
      assertEquals(server.bytesSent, size);
    });
  };
  cut("sends so much and then FIN in answer to ours", truncate({ afterBytes: 777 }), 777, "FIN");
  cut("sends nothing but FIN", truncate(), 0, "FIN");
  cut("sends FIN early", earlyFin({ afterBytes: 777 }), 777, "FIN");
  cut("sends FIN in place of the first byte", earlyFin(), 0, "FIN");
  cut("sends FIN and is gone", limit({ afterBytes: 777 }), 777, "FIN");
  cut("sends FIN and is gone, in place of the first byte", limit(), 0, "FIN");
  cut("sends so much and then RST", reset({ afterBytes: 777 }), 777, "ConnectionReset");
  cut("sends RST in place of the first byte", reset(), 0, "ConnectionReset");
  cut("sends RST at the end", reset({ afterBytes: 1500 }), 1500, "ConnectionReset");
  cut(NEVER, reset({ afterBytes: 1501 }), 1500, "FIN");
  cut("sends RST at once", refuse(), 0, "ConnectionReset");

  Deno.test(`faults over ${pair}: slice, bandwidth and delay lose nothing`, async () => {
    const [client, accepted] = await makePair();
    const faults = [delay({ ms: 2, jitterMs: 2 }), slice({ bytes: 700, gapMs: 1 }), bandwidth({ bytesPerSecond: 1e6 })];
    const { server, ended } = serveFaulty("echo", accepted, ...faults, stall({ ms: 5, afterBytes: 1000 }));
    const { got, end } = await talk(client, message);
    assertSameBytes(got, message);
    assertEquals([end, await ended, server.bytesSent], ["FIN", "finished", 1500]);
  });
}
