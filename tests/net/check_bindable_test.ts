import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Address } from "../../lib/core/address.ts";
import { checkBindable } from "../../lib/net/check_bindable.ts";
import { connect } from "../../lib/net/connect.ts";
import { listen } from "../../lib/net/listen.ts";
import { getSocketOptions } from "../../lib/socket/get_socket_options.ts";
import { libc, noLibc } from "../support/libc.ts";
import { noIpv6, notLinux, testUnless } from "../support/needs.ts";
import { whenFree } from "../support/when_free.ts";
import { countingLibc } from "../support/counting_libc.ts";

const missing = notLinux() ?? noLibc();
const { AddrInUse } = Deno.errors;

/** Makes a connection that is in TIME_WAIT at the server's side, which closes first. */
async function makeTimeWait(hostname: string): Promise<Address> {
  using listener = listen({ hostname });
  using client = await connect(listener.addr);
  {
    using _server = await listener.accept();
  }
  assertEquals(await client.read(new Uint8Array(1)), null);
  return listener.addr;
}

function freePort(hostname = "127.0.0.1"): number {
  using listener = listen({ hostname });
  return listener.addr.port;
}

const TIME_WAIT = "address in use, or its old connections are in TIME_WAIT and reuseAddress is off";

for (const hostname of ["127.0.0.1", "::1"]) {
  testUnless(
    missing ?? (hostname === "::1" ? noIpv6() : undefined),
    `reuseAddress false on ${hostname}: old connections in TIME_WAIT are AddrInUse, and by default they are not`,
    async () => {
      const { port } = await makeTimeWait(hostname);
      const shown = hostname === "::1" ? "[::1]" : hostname;
      const error = assertThrows(() => listen({ hostname, port, reuseAddress: false }), AddrInUse);
      assertEquals(error.message, `cannot listen on ${shown}:${port}: ${TIME_WAIT}`);
      for (const options of [{ reuseAddress: true }, {}]) {
        (await whenFree(() => listen({ hostname, port, ...options }))).close();
      }
    },
  );
}

testUnless(
  missing,
  "reuseAddress false: a port in TIME_WAIT is not to be had for every address either, nor by name",
  async () => {
    const { port } = await makeTimeWait("127.0.0.1");
    for (const hostname of ["0.0.0.0", "localhost"]) {
      assertThrows(() => listen({ hostname, port, reuseAddress: false }), AddrInUse, TIME_WAIT);
    }
  },
);

testUnless(
  missing,
  "reuseAddress false: on a free port it listens, has SO_REUSEADDR cleared, and tells both steps",
  async () => {
    for (const port of [0, freePort()]) {
      using listener = await whenFree(() => listen({ port, reuseAddress: false }));
      const report = listener.socketOptions.find(({ option }) => option === "reuseAddress");
      assertEquals(report, {
        option: "reuseAddress",
        requested: false,
        effective: false,
        how: "tried without it first, then cleared on the listener",
      });
      assertEquals(getSocketOptions(listener).reuseAddress, false);
      using client = await connect(listener.addr);
      using accepted = await listener.accept();
      assertEquals(accepted.remoteAddr, client.localAddr);
      assertEquals(getSocketOptions(accepted).reuseAddress, false, "which the next listener without it depends on");
    }
  },
);

testUnless(missing, "reuseAddress false: a port that another socket listens on is AddrInUse", () => {
  using listener = listen();
  const { port } = listener.addr;
  assertThrows(() => listen({ port, reuseAddress: false }), AddrInUse, TIME_WAIT);
});

testUnless(missing, "reuseAddress false: those that share a port need not have it", () => {
  using first = listen({ reusePort: true, reuseAddress: false });
  const { port } = first.addr;
  using second = listen({ port, reusePort: true, reuseAddress: false });
  assertEquals(second.addr.port, port);
  assertEquals([first, second].map((listener) => reuseAddressOf(listener.socketOptions)), [false, false]);
  assertThrows(() => listen({ port, reuseAddress: false }), AddrInUse);
});

function reuseAddressOf(reports: readonly { option: string; effective: unknown }[]): unknown {
  return reports.find(({ option }) => option === "reuseAddress")?.effective;
}

testUnless(missing, "reuseAddress false: what else is wrong with an address is told as usual", () => {
  const { AddrNotAvailable, NotFound } = Deno.errors;
  const port = freePort();
  // Kept for documentation (RFC 5737): nobody has it.
  assertThrows(() => listen({ hostname: "192.0.2.1", port, reuseAddress: false }), AddrNotAvailable);
  for (const hostname of ["no.such.host.invalid", "a b"]) {
    const error = assertThrows(() => listen({ hostname, port, reuseAddress: false }), NotFound);
    assertEquals(error.message, `cannot listen on ${hostname}:${port}: host name not found`);
  }
});

testUnless(missing, "checkBindable() leaves nothing open, whatever comes of it", async () => {
  const { port } = await makeTimeWait("127.0.0.1");
  using listening = listen();
  // Not by counting descriptors: other test files open theirs in this process meanwhile.
  const { counting, open } = countingLibc(libc!);
  const free = { hostname: "127.0.0.1", port: freePort() };
  assertThrows(() => checkBindable(counting, { hostname: "127.0.0.1", port }), AddrInUse);
  assertThrows(() => checkBindable(counting, listening.addr), AddrInUse);
  checkBindable(counting, free);
  checkBindable(counting, free, true);
  checkBindable(counting, { hostname: "192.0.2.1", port: 9 });
  checkBindable(counting, { hostname: "localhost", port: free.port });
  checkBindable(counting, { hostname: "localhost", port: 0 });
  assertEquals([...open], []);
});

testUnless(missing, "reuseAddress false without --allow-ffi is an error that says what it needs", async () => {
  const program = `
    import { listen } from ${JSON.stringify(import.meta.resolve("../../lib/net/listen.ts"))};
    try { listen({ reuseAddress: false }); } catch (error) { console.log(error.kind, error.message); }
    listen({ reuseAddress: true }).close();
  `;
  const args = [
    "run",
    "-q",
    "--no-config",
    "--no-prompt",
    "--allow-net",
    `data:text/typescript,${encodeURIComponent(program)}`,
  ];
  const { stdout, success } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  assert(success);
  assertStringIncludes(new TextDecoder().decode(stdout), "permission cannot set reuseAddress: it goes through");
});
