import { assert } from "@std/assert";
import type { Fault } from "../../lib/echo/fault.ts";
import {
  bandwidth,
  corrupt,
  delay,
  earlyFin,
  limit,
  refuse,
  reset,
  slice,
  stall,
  truncate,
} from "../../lib/echo/faults.ts";
import { formatFault } from "../../lib/echo/parse_fault.ts";
import { type ServiceName, services } from "../../lib/echo/service.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { tcpPair, turns } from "../support/echo_wire.ts";
import { faulty } from "../support/fault_serving.ts";
import { noReset } from "../support/libc.ts";
import { testUnless } from "../support/needs.ts";

const afterBytes = 1000;
const ONE_BY_ONE: Fault[] = [
  delay({ ms: 0 }),
  delay({ ms: 5, jitterMs: 5 }),
  bandwidth({ bytesPerSecond: 1e6 }),
  bandwidth({ bytesPerSecond: 1e12 }),
  slice({ bytes: 100 }),
  slice({ bytes: 5000, gapMs: 1 }),
  stall({ ms: 5, afterBytes }),
  truncate(),
  truncate({ afterBytes }),
  earlyFin(),
  earlyFin({ afterBytes }),
  limit({ afterBytes }),
  reset({ afterBytes }),
  corrupt({ rate: 0.01 }),
  refuse(),
];
const CASES: Fault[][] = [
  [],
  ...ONE_BY_ONE.map((fault) => [fault]),
  ...ONE_BY_ONE.flatMap((fault) => [[fault, truncate({ afterBytes })], [fault, earlyFin({ afterBytes })]]),
];

/** Reads and writes that may be done, one after the other, while no timer gets its turn. */
const MOST_CALLS = 2000;

/** Makes reads and writes fail where more are done than that between two turns of the timers: a server would be dead. */
function guardTurns(connection: Connection): Disposable {
  let calls = 0;
  const timer = setInterval(() => calls = 0, 0);
  const [read, write] = [connection.read.bind(connection), connection.write.bind(connection)];
  const guarded = <A, R>(call: (argument: A) => Promise<R>) => async (argument: A) => {
    if (++calls > MOST_CALLS) throw new Error(`${MOST_CALLS} calls without a turn of the timers`);
    return await call(argument);
  };
  Object.assign(connection, { read: guarded(read), write: guarded(write) });
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** How a service ends whose peer sends and reads a little, and leaves. */
async function visit(service: ServiceName, faults: readonly Fault[]): Promise<string> {
  const [client, accepted] = await tcpPair();
  const server = faulty(accepted, faults, service === "discard" ? "received" : "sent");
  using _guard = guardTurns(server);
  const ended = services[service](server).then(() => "finished", (error) => `${error.name}: ${error.message}`).finally(
    () => server.close(),
  );
  // It fails where the server has reset the connection.
  await client.write(new Uint8Array(3000)).catch(() => {});
  // Where nothing is sent back there is nothing to wait for.
  const silent = service === "discard" || faults.some((fault) => fault.kind === "truncate" && fault.afterBytes === 0);
  if (!silent) await client.read(new Uint8Array(1000)).catch(() => {});
  await turns();
  client.close();
  return await ended;
}

/** How a service may end: a peer that leaves without having read all is a RST to who reads on. */
const ENDS: Record<ServiceName, string[]> = {
  chargen: ["finished", "FaultInjected"],
  discard: ["finished", "FaultInjected"],
  echo: ["finished", "FaultInjected", "ConnectionReset"],
};

for (const [service, ends] of Object.entries(ENDS) as [ServiceName, string[]][]) {
  testUnless(
    noReset(),
    `faults with ${service}: the timers get their turns, and it ends when its peer leaves`,
    async () => {
      for (const faults of CASES) {
        const end = await visit(service, faults);
        assert(ends.includes(end.split(":")[0]), `${faults.map(formatFault).join(" ")}: ${end}`);
      }
    },
  );
}
