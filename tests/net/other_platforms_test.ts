import { assert, assertEquals, assertMatch } from "@std/assert";
import type { SocketOptionReport } from "../../mod.ts";

/** What the probe prints on that system, FFI granted. */
async function probe(os: string) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-prompt",
      "--no-config",
      "--allow-net",
      "--allow-ffi",
      import.meta.resolve("../support/probe_platform.ts"),
      os,
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

for (const os of ["windows", "freebsd"]) {
  Deno.test(`on ${os} Deno's own options work, and the others are an error`, async () => {
    const { listener, accepted, client, tcpInfo, words, ...errors } = await probe(os);
    const asked = (reports: SocketOptionReport[]) => reports.map(({ option, requested }) => [option, requested]);
    const own = [["noDelay", false], ["keepAlive", true]];
    assertEquals(asked(listener), [["backlog", 7], ["reusePort", false], ["reuseAddress", true], ...own]);
    assertEquals(asked(accepted), own);
    assertEquals(asked(client), [["source", "127.0.0.1"], ["noDelay", true], ["keepAlive", true]]);
    for (const { effective, note } of [...listener, ...accepted, ...client]) {
      assertEquals([effective, note], [undefined, `cannot be read back on ${os}`]);
    }
    assertEquals(tcpInfo, [`tcp info: cannot be read on ${os}`]);
    assertEquals(words, {
      log: [`socket options: cannot be read back on ${os}`],
      hint: `Connected to 127.0.0.1. Each line you type comes back; ${
        os === "windows" ? "Ctrl-Z and Enter" : "Ctrl-D"
      } ends.\n`,
    });
    const unsupported =
      `on ${os} there are Deno's own options only (backlog, source, noDelay, keepAlive), leave it out`;
    assertEquals(errors, {
      recvBuffer: `SocketOptionError unsupported: cannot set recvBuffer: ${unsupported}`,
      idle: `SocketOptionError unsupported: cannot set keepAlive.idle: ${unsupported}`,
      reusePort: errors.reusePort,
      reuseAddress: `SocketOptionError unsupported: cannot set reuseAddress: ${unsupported}`,
    });
    assertMatch(errors.reusePort, /^NotSupported: cannot share 127\.0\.0\.1:0: reusePort needs Linux/);
  });
}
