import { assert, assertEquals, assertGreaterOrEqual, assertLess, assertStringIncludes } from "@std/assert";
import { makeNetns, type Netns, noNetns } from "../support/netns.ts";
import { type Probe, probeArgs, type ProbeResult, runProbes } from "../support/probe_connect.ts";
import { testUnless } from "../support/needs.ts";

const missing = await noNetns();

/** Hosts that never answer: their packets go into a cable at whose end nobody has their hardware address. */
const DEAD_IPV4 = "10.77.0.2";
const DEAD_IPV6 = "fd77::2";

async function addDeadHosts(netns: Netns): Promise<void> {
  await netns.ip("link add cable0 type veth peer name cable1");
  await netns.ip("link set cable0 up");
  await netns.ip("link set cable1 up");
  await netns.ip("addr add 10.77.0.1/24 dev cable0");
  await netns.ip("addr add fd77::1/64 dev cable0 nodad");
  await netns.ip(`neigh add ${DEAD_IPV4} lladdr 02:00:00:00:00:02 dev cable0`);
  await netns.ip(`neigh add ${DEAD_IPV6} lladdr 02:00:00:00:00:02 dev cable0`);
}

function runInside(netns: Netns, probes: Probe[]): Promise<ProbeResult[]> {
  return runProbes(netns.command(Deno.execPath(), probeArgs(["--allow-net"], probes)));
}

testUnless(missing, "connect() tells apart what a network can do to it", async () => {
  await using netns = await makeNetns();
  await addDeadHosts(netns);
  await netns.ip("route add unreachable 10.78.0.1");
  await netns.ip("route add prohibit 10.79.0.1");
  const port = 7000;
  const cases: [hostname: string, kind: string, reason: string, cause: string][] = [
    ["127.0.0.1", "refused", "connection refused", "ConnectionRefused"],
    ["10.78.0.1", "unreachable", "no route to that host", "Error"],
    ["10.80.0.1", "unreachable", "no route to that network", "NetworkUnreachable"],
    ["fd80::1", "unreachable", "no route to that network", "NetworkUnreachable"],
    ["10.79.0.1", "denied", "this machine forbids it", "PermissionDenied"],
    [DEAD_IPV4, "timeout", "no answer within 100 ms", "AbortError"],
    [DEAD_IPV6, "timeout", "no answer within 100 ms", "AbortError"],
    ["nowhere.test", "not-found", "host name not found", "Error"],
  ];
  const results = await runInside(netns, cases.map(([hostname]) => ({ hostname, port, connectTimeout: 100 })));
  for (const [i, [hostname, kind, reason, cause]] of cases.entries()) {
    const { name, message = "", ...result } = results[i];
    assertEquals([name, result.kind, result.cause], ["ConnectError", kind, cause], hostname);
    assertStringIncludes(message, `cannot connect to ${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}: `);
    assert(message.endsWith(reason), message);
  }
});

testUnless(missing, "connect() without a connectTimeout fails with the kernel's own", async () => {
  await using netns = await makeNetns();
  await addDeadHosts(netns);
  // One retry after 1 s, and 2 s more for its answer. Kernels before 6.5 have no linear timeouts to be turned off.
  await netns.sysctl("net.ipv4.tcp_syn_retries", 1);
  await netns.sysctl("net.ipv4.tcp_syn_linear_timeouts", 0).catch(() => {});
  const [{ kind, message, cause, ms }] = await runInside(netns, [{ hostname: DEAD_IPV4, port: 7000 }]);
  assertEquals([kind, cause], ["timeout", "TimedOut"]);
  assertEquals(message, `cannot connect to ${DEAD_IPV4}:7000: no answer within the kernel's limit`);
  assertGreaterOrEqual(ms, 2500);
  assertLess(ms, 20_000);
});

testUnless(missing, "connect() tries every address of a name", async () => {
  await using netns = await makeNetns();
  await addDeadHosts(netns);
  await netns.setHosts(`
    ::1 both.test
    127.0.0.1 both.test
    ${DEAD_IPV6} half.test
    127.0.0.1 half.test
    ${DEAD_IPV6} dead.test
    ${DEAD_IPV4} dead.test
  `);
  const port = 7000;
  const [on6, on4, onNone, half, dead] = await runInside(netns, [
    { hostname: "both.test", port, serveOn: "::1" },
    { hostname: "both.test", port, serveOn: "127.0.0.1" },
    { hostname: "both.test", port },
    { hostname: "half.test", port, serveOn: "127.0.0.1" },
    { hostname: "dead.test", port, connectTimeout: 400 },
  ]);
  assertEquals([on6.connected, on4.connected], ["::1", "127.0.0.1"]);
  assertEquals([onNone.kind, onNone.message], ["refused", "cannot connect to both.test:7000: connection refused"]);
  assertEquals(half.connected, "127.0.0.1");
  // The dead IPv6 address was given its 250 ms before the next was tried (RFC 8305), and no more.
  assertGreaterOrEqual(half.ms, 200);
  assertLess(half.ms, 1000); // where the kernel would send its first SYN again
  assertEquals([dead.kind, dead.message], ["timeout", "cannot connect to dead.test:7000: no answer within 400 ms"]);
});
