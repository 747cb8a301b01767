import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { resolveHost } from "../../lib/net/resolve_host.ts";
import { listen } from "../../lib/net/listen.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import { makeNetns, noNetns } from "../support/netns.ts";
import { type Probe, probeArgs, type ProbeResult, runProbes } from "../support/probe_connect.ts";

const { signal } = new AbortController();
const missing = notLinux() ?? noLibc();

Deno.test("resolveHost(): an IP address is itself, and is not looked up", async () => {
  for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "fe80::1%lo"]) {
    // A lookup would look at the signal.
    assertEquals(await resolveHost(address, AbortSignal.abort()), [address]);
  }
});

Deno.test("resolveHost(): what cannot be a name is not asked for", async () => {
  for (const name of ["", " ", "a b", "a/b", "a?b", "a#b", "a@b", "a\\b", "[::1]", "a:1", "host:80", "a\n"]) {
    await assertRejects(() => resolveHost(name, signal), URIError, `invalid host name "${name}"`);
  }
});

Deno.test("resolveHost(): a name has the addresses of the machine's own lookup", async () => {
  const found = await resolveHost("localhost", signal);
  assertEquals(found.every((address) => address === "127.0.0.1" || address === "::1"), true, `${found}`);
});

Deno.test("resolveHost(): a name that has no address is an error that connect() knows", async () => {
  // .invalid never resolves (RFC 6761, section 6.4).
  const error = await assertRejects(() => resolveHost("no.such.host.invalid", signal), Error) as Error & {
    syscall: string;
  };
  assertEquals(error.syscall, "getaddrinfo");
});

Deno.test("resolveHost(): an abort is told with its reason, at once", async () => {
  const reason = new Error("enough");
  assertStrictEquals(await assertRejects(() => resolveHost("localhost", AbortSignal.abort(reason))), reason);
});

async function probe(permissions: string[], probes: Probe[]): Promise<ProbeResult[]> {
  return await runProbes(new Deno.Command(Deno.execPath(), { args: probeArgs(permissions, probes) }));
}

testUnless(missing, "who may connect to one address may not to names, nor to other addresses", async () => {
  using listener = listen();
  const { port } = listener.addr;
  for (const options of [{ ttl: 9 }, { source: "127.0.0.1" }]) {
    const hostnames = ["127.0.0.1", "127.0.0.2", "localhost"];
    const probes = hostnames.map((hostname) => ({ hostname, port, ...options }));
    const [own, other, name] = await probe(["--allow-net=127.0.0.1", "--allow-ffi"], probes);
    assertEquals(own.connected, "127.0.0.1");
    assertEquals([other.kind, other.cause, name.kind, name.cause], ["denied", "NotCapable", "denied", "NotCapable"]);
  }
});

testUnless(
  missing,
  "who may connect to a name may to its addresses, as with Deno's own, but for those denied",
  async () => {
    using listener = listen();
    const probes: Probe[] = [{}, { ttl: 9 }, { source: "127.0.0.1" }].map((options) => (
      { hostname: "localhost", port: listener.addr.port, connectTimeout: 5000, ...options }
    ));
    const named = await probe(["--allow-net=localhost", "--allow-ffi"], probes);
    assertEquals(named.map(({ connected }) => connected), ["127.0.0.1", "127.0.0.1", "127.0.0.1"]);
    const denied = await probe(["--allow-net=localhost", "--deny-net=127.0.0.1", "--allow-ffi"], probes);
    assertEquals(denied.map(({ kind }) => kind), ["denied", "denied", "denied"]);
  },
);

Deno.test("a source that Deno's node:net may not bind is an error, not the end of the program", async () => {
  using listener = listen();
  const { port } = listener.addr;
  const probes = [{ port, source: "127.0.0.1" }, { port }];
  // node:net asks for the source as well, and throws what it finds where nobody can catch it.
  const [bound, plain] = await probe([`--allow-net=127.0.0.1:${port}`], probes);
  assertEquals([bound.name, bound.kind, plain.connected], ["SocketOptionError", "permission", "127.0.0.1"]);
  const [allowed] = await probe([`--allow-net=127.0.0.1:${port},127.0.0.1:0`], probes);
  assertEquals(allowed.connected, "127.0.0.1");
  const [unnamed] = await probe(["--allow-net=localhost,127.0.0.1:0"], [{ hostname: "localhost", ...probes[0] }]);
  assertEquals([unnamed.name, unnamed.kind, unnamed.cause], ["ConnectError", "denied", "NotCapable"]);
});

testUnless(missing ?? await noNetns(), "a name's addresses are ordered IPv6 first, the families in turn", async () => {
  await using netns = await makeNetns();
  await netns.setHosts("127.0.0.1 many.test\n127.0.0.2 many.test\n::1 many.test\n");
  const program = `
    import { resolveHost } from ${JSON.stringify(import.meta.resolve("../../lib/net/resolve_host.ts"))};
    console.log(JSON.stringify(await resolveHost("many.test", new AbortController().signal)));
  `;
  const module = `data:text/typescript,${encodeURIComponent(program)}`;
  const command = netns.command(Deno.execPath(), ["run", "-q", "--no-config", "--no-prompt", "--allow-net", module]);
  const { stdout, stderr } = await command.output();
  const [first, second, third] = JSON.parse(new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr));
  assertEquals([first, [second, third].sort()], ["::1", ["127.0.0.1", "127.0.0.2"]]);
});
