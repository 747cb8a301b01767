import { connectionPair } from "../../lib/net/connection_pair.ts";
import { Random } from "../../lib/core/random.ts";
import type { Fault } from "../../lib/echo/fault.ts";
import { bandwidth, corrupt, earlyFin, limit, reset, slice, stall, truncate } from "../../lib/echo/faults.ts";
import { FaultyConnection } from "../../lib/echo/faulty_connection.ts";
import { contractSuite, type Ends } from "../support/contract_connection.ts";
import { tcpPair } from "../support/echo_wire.ts";

const MIB = 1024 * 1024;

/** Faults that are there and do not strike, or change nothing that a user of the connection may rely on. */
const afterBytes = Number.MAX_SAFE_INTEGER;
const AT_REST: Fault[] = [
  bandwidth({ bytesPerSecond: 1e12 }),
  slice({ bytes: 5000 }),
  stall({ afterBytes }),
  truncate({ afterBytes }),
  earlyFin({ afterBytes }),
  limit({ afterBytes }),
  reset({ afterBytes }),
  corrupt({ afterBytes }),
];

async function faulty(pair: Promise<Ends["near"][]>): Promise<Ends> {
  const [near, far] = await pair;
  const drawn = AT_REST.map((fault, i) => ({ fault, random: new Random(i) }));
  return {
    near: new FaultyConnection(near, drawn, "sent"),
    far: new FaultyConnection(far, drawn, "received"),
    [Symbol.dispose]() {},
  };
}

const memory = { largest: 4 * MIB, fits: 10_000, overfull: MIB };
contractSuite("pair with faults at rest", () => faulty(Promise.resolve(connectionPair())), memory);
// Linux grows the buffers of a loopback connection to some 10 MiB.
const tcp = { largest: 4 * MIB, fits: 10_000, overfull: 64 * MIB };
const skip = Deno.build.os === "linux" ? undefined : `the figures are not those of ${Deno.build.os}`;
contractSuite("TCP with faults at rest", () => faulty(tcpPair()), { ...tcp, skip });
