import "../support/libc.ts";
import { assert, assertEquals } from "@std/assert";
import { noLibc } from "../support/libc.ts";
import { noIpv6, notLinux, testUnless } from "../support/needs.ts";
import type { StressOrder, StressResult } from "../support/probe_descriptor_worker.ts";

const WORKERS = 4;
/** 2,000 in all, with two descriptors each. */
const CONNECTIONS = 500;

const IPV4 = ["127.0.0.1", "127.0.0.1"] as const;
const IPV6 = ["::1", "::1"] as const;
const MAPPED = ["::", "127.0.0.1"] as const;

/** What a Worker counted. */
async function stressed(order: StressOrder): Promise<StressResult> {
  const worker = new Worker(import.meta.resolve("../support/probe_descriptor_worker.ts"), { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage(order);
    });
  } finally {
    worker.terminate();
  }
}

testUnless(
  notLinux() ?? noLibc(),
  "2,000 connections of several Workers, some closed meanwhile: never a wrong descriptor",
  async () => {
    const addresses = noIpv6() ? [IPV4] : [IPV4, IPV6, MAPPED];
    const orders = Array.from({ length: WORKERS }, (_, i) => ({
      connections: CONNECTIONS,
      firstMark: 1 + i * 10 * CONNECTIONS,
      addresses,
    }));
    const results = await Promise.all(orders.map(stressed));
    assertEquals(results.flatMap((result) => result.wrong), []);
    assertEquals(results.map((result) => result.notFound), results.map(() => 0));
    // It did what it says: searches while they came and went, and then one for each that was left.
    for (const { searches, closed, open } of results) {
      assert(open > CONNECTIONS && open < 2 * CONNECTIONS, `${open} open`);
      assert(searches > CONNECTIONS + open && closed > 0, `${searches} searches, ${closed} of closed ones`);
    }
  },
);
