import { assertEquals, assertMatch } from "@std/assert";
import { versionInfo } from "../../lib/cli/version_info.ts";
import { runCli } from "../support/cli.ts";
import { countingLibc } from "../support/counting_libc.ts";
import { libc, noLibc } from "../support/libc.ts";
import { testUnless } from "../support/needs.ts";

/** The object of `--version --json`. */
async function versionOf(permissions: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCli(["--version", "--json"], { permissions });
  assertEquals([code, stderr], [0, ""]);
  return JSON.parse(stdout);
}

Deno.test("--version --json tells what runs, and on what", async () => {
  const { ffi: _ffi, tcpInfo: _tcpInfo, version: _version, ...rest } = await versionOf([]);
  assertEquals(rest, {
    schema: 1,
    name: "sounder",
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    os: Deno.build.os,
    target: Deno.build.target,
    standalone: false,
  });
});

Deno.test("--version --json: FFI and TCP_INFO are what can be had, with the permission and without", async () => {
  const without = await versionOf([]);
  assertEquals([without.ffi, without.tcpInfo], [false, false]);
  const granted = await versionOf(["--allow-ffi"]);
  assertEquals(granted.ffi, libc !== undefined);
  if (Deno.build.os === "linux") assertEquals(granted.tcpInfo, true);
});

testUnless(noLibc(), "--version: TCP_INFO is what the kernel tells, and the socket that was tried is closed", () => {
  const { counting, open } = countingLibc(libc!);
  const [tells, refuses, hasNoSocket] = [
    counting,
    { ...counting, getsockopt: () => -1 },
    { ...counting, socket: () => -1 },
  ].map((one) => versionInfo(one));
  assertEquals(tells.tcpInfo, versionInfo().tcpInfo);
  for (const { ffi, tcpInfo } of [refuses, hasNoSocket]) assertEquals([ffi, tcpInfo], [true, false]);
  assertEquals(open, new Set());
});

Deno.test("--version --verbose tells it in lines", async () => {
  const { stdout } = await runCli(["--version", "-v"], { permissions: [] });
  assertMatch(stdout, /^sounder \d+\.\d+\.\d+\ndeno \S+, v8 \S+, \S+\nffi not available, TCP_INFO not available\n$/);
});
