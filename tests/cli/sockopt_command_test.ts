import { assert, assertEquals, assertLessOrEqual, assertMatch, assertStringIncludes } from "@std/assert";
import { SOCKET_OPTIONS } from "../../lib/socket/options.ts";
import { runCli, sounderCommand } from "../support/cli.ts";
import { missingProgram, notLinux, testUnless } from "../support/needs.ts";
import { makeNetns, noNetns } from "../support/netns.ts";

const ROOT = new URL("../../", import.meta.url);
const WITH_FFI = { permissions: ["--allow-net", "--allow-ffi"] };
const UNKNOWN = "unknown (needs --allow-ffi)";

/** What `--json` prints, as far as it is looked at here. */
interface SockoptJson {
  schema: number;
  command: string;
  platform: string;
  ffi: boolean;
  options: Record<string, Record<string, unknown>>;
  limits: Record<string, unknown>;
}

function parse(stdout: string): SockoptJson {
  assertEquals(stdout.trimEnd().split("\n").length, 1, stdout);
  return JSON.parse(stdout);
}

/** The lines of the text that begin so. */
function linesOf(text: string, start: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(start + " "));
}

async function sysctl(...names: string[]): Promise<string[]> {
  const { stdout } = await new Deno.Command("sysctl", { args: ["-n", ...names] }).output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

testUnless(notLinux() ?? await missingProgram("sysctl"), "sockopt --json is what the system says", async () => {
  const { code, stdout, stderr } = await runCli(["sockopt", "--json"], WITH_FFI);
  assertEquals([code, stderr], [0, ""]);
  const { schema, command, platform, ffi, options, limits } = parse(stdout);
  assertEquals([schema, command, platform, ffi], [1, "sockopt", "linux", true]);
  assertEquals(Object.keys(options), SOCKET_OPTIONS.map(({ name }) => name));
  const [synRetries, synAckRetries, somaxconn, idle, receive, send] = await sysctl(
    "net.ipv4.tcp_syn_retries",
    "net.ipv4.tcp_synack_retries",
    "net.core.somaxconn",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
  );
  assertEquals(limits.synRetries, Number(synRetries));
  assertEquals(limits.somaxconn, Number(somaxconn));
  assertEquals(limits.keepAliveIdleMs, Number(idle) * 1000);
  assertEquals(limits.synAckTimeoutByFormulaMs, (2 ** (Number(synAckRetries) + 1) - 1) * 1000);
  const [minBytes, defaultBytes, maxBytes] = receive.split(/\s+/).map(Number);
  assertEquals(limits.receiveBuffer, { minBytes, defaultBytes, maxBytes });
  assertEquals(options.synRetries.kernelDefault, Number(synRetries));
  assertEquals(options["keepAlive.idle"].kernelDefaultMs, Number(idle) * 1000);
  assertEquals(options.recvBuffer.kernelDefaultBytes, defaultBytes);
  assertEquals(options.sendBuffer.kernelDefaultBytes, Number(send.split(/\s+/)[1]));
  assertEquals(options.recvBuffer.how, "on the listener, inherited; before the SYN");
  assertEquals(options.keepAlive.flags, ["--keepalive", "--no-keepalive"]);
  assertEquals([options.ttl.supported, options.ttl.reason], [true, null]);
});

testUnless(notLinux(), "sockopt --json without --allow-ffi says null for what it cannot read", async () => {
  const { code, stdout, stderr } = await runCli(["sockopt", "--json"]);
  assertEquals([code, stderr], [0, ""]);
  const { ffi, options, limits } = parse(stdout);
  assertEquals(ffi, false);
  for (const [name, value] of Object.entries(limits)) assertEquals(value, null, name);
  const builtIn = ["backlog", "reusePort", "source", "noDelay", "keepAlive"];
  for (const [name, option] of Object.entries(options)) {
    const expected = builtIn.includes(name) ? [true, null] : [null, "needs --allow-ffi"];
    assertEquals([option.supported, option.reason], expected, name);
    const defaults = Object.keys(option).filter((member) => member.startsWith("kernelDefault"));
    assertEquals(defaults.map((member) => option[member]), [null], name);
  }
  const full = parse((await runCli(["sockopt", "--json"], WITH_FFI)).stdout);
  assertEquals(Object.keys(limits), Object.keys(full.limits)); // the same members with and without
  assertEquals(Object.keys(options), Object.keys(full.options));
});

testUnless(
  notLinux() ?? await missingProgram("sysctl"),
  "sockopt prints a line for each option and limit",
  async () => {
    const { code, stdout, stderr } = await runCli(["sockopt"], WITH_FFI);
    assertEquals([code, stderr], [0, ""]);
    for (const { name, flags } of SOCKET_OPTIONS) {
      const label = name === "keepAlive" ? "--[no-]keepalive" : `--${flags[0].name}`;
      assertEquals(linesOf(stdout, label).length, 1, name);
    }
    const [idle, congestion, synAckRetries] = await sysctl(
      "net.ipv4.tcp_keepalive_time",
      "net.ipv4.tcp_congestion_control",
      "net.ipv4.tcp_synack_retries",
    );
    const [line] = linesOf(stdout, "--keepalive-idle");
    assertEquals(line.split(/ {2,}/), [
      "--keepalive-idle",
      "yes",
      "on the listener, inherited; after connecting",
      `${idle}s`,
    ]);
    assertEquals(linesOf(stdout, "--congestion")[0].split(/ {2,}/)[3], congestion);
    assertEquals(linesOf(stdout, "net.ipv4.tcp_keepalive_time")[0].split(/ {2,}/)[1], `${idle}s`);
    assertEquals(
      linesOf(stdout, "get_tcp_server_max_connect_timeout()")[0].split(/ {2,}/)[1],
      `${2 ** (Number(synAckRetries) + 1) - 1}s, the value of the formula 2^(tcp_synack_retries + 1) - 1`,
    );
    for (const line of stdout.split("\n")) assertLessOrEqual(line.length, 120, line);
    assert(!stdout.includes(UNKNOWN), stdout);
  },
);

testUnless(notLinux(), "sockopt without --allow-ffi names what would do", async () => {
  const { code, stdout, stderr } = await runCli(["sockopt"]);
  assertEquals([code, stderr], [0, ""]);
  const cells = (start: string) => linesOf(stdout, start)[0].split(/ {2,}/);
  assertEquals(cells("--ttl"), ["--ttl", "needs --allow-ffi", "on the listener, inherited; before the SYN", UNKNOWN]);
  assertEquals(cells("--no-nodelay"), ["--no-nodelay", "yes", "on the listener, inherited; after connecting", UNKNOWN]);
  assertEquals(cells("--source"), ["--source", "yes", "by bind(), before the SYN", "-"]);
  assertEquals(cells("net.core.somaxconn")[1], UNKNOWN);
  assertEquals(cells("connect timeout")[1], UNKNOWN);
  assertEquals(cells("get_tcp_server_max_connect_timeout()")[1], UNKNOWN);
  for (const line of stdout.split("\n")) assertLessOrEqual(line.length, 120, line);
});

Deno.test("sockopt takes no argument", async () => {
  const { code, stdout, stderr } = await runCli(["sockopt", "ttl"]);
  assertEquals([code, stdout, stderr], [2, "", 'sounder: sockopt takes no argument "ttl": it takes options only\n']);
});

/** `sounder sockopt` with FFI, started by another program. */
async function runThrough(
  command: (program: string, args: string[]) => Deno.Command,
  args: string[],
): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await command(...sounderCommand(["sockopt", ...args], WITH_FFI.permissions))
    .output();
  const text = { stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  assertEquals(code, 0, text.stderr);
  return text;
}

testUnless(await noNetns(), "sockopt says what follows from the limits in force", async () => {
  await using netns = await makeNetns();
  const run = (args: string[]) => runThrough((program, argv) => netns.command(program, argv, { cwd: ROOT }), args);
  const state = async () => {
    const { options, limits } = parse((await run(["--json"])).stdout);
    const { supported, note } = options.fastOpen;
    return { timeout: limits.connectTimeout, supported, note: (note as string | null)?.slice(0, 25) ?? null };
  };
  await netns.sysctl("net.ipv4.tcp_fastopen", 3);
  await netns.sysctl("net.ipv4.tcp_syn_retries", 2);
  await netns.sysctl("net.ipv4.tcp_syn_linear_timeouts", 0);
  assertEquals(await state(), { timeout: { syns: 3, timeoutMs: 7000 }, supported: true, note: null });
  await netns.sysctl("net.ipv4.tcp_fastopen", 0);
  await netns.sysctl("net.ipv4.tcp_syn_linear_timeouts", 4);
  assertEquals(await state(), { timeout: { syns: 6, timeoutMs: 7000 }, supported: false, note: null });
  await netns.sysctl("net.ipv4.tcp_fastopen", 2);
  await netns.sysctl("net.ipv4.tcp_syn_retries", 3);
  const expected = { timeout: { syns: 8, timeoutMs: 19000 }, supported: true, note: "net.ipv4.tcp_fastopen is " };
  assertEquals(await state(), expected);
  const { stdout } = await run([]);
  assertStringIncludes(stdout, "net.ipv4.tcp_fastopen is 2, which switches it off for clients: set its bit 1");
  assertStringIncludes(linesOf(stdout, "connect timeout")[0], "  19s (8 SYNs), by tcp_syn_retries and ");
  assertStringIncludes(linesOf(stdout, "with --syn-retries 1, 2, 3")[0], "  3s (3 SYNs), 7s (6 SYNs), 19s (8 SYNs)");
});

testUnless(
  await noNetns() ?? await missingProgram("setpriv"),
  "sockopt says which options need root",
  async () => {
    const without = (program: string, args: string[]) =>
      new Deno.Command("setpriv", { args: ["--bounding-set=-net_admin,-net_raw", program, ...args], cwd: ROOT });
    const { options } = parse((await runThrough(without, ["--json"])).stdout);
    assertEquals([options.mark.supported, options.mark.reason], [false, "needs root (CAP_NET_ADMIN)"]);
    assertEquals([options.mark.kernelDefault, options.ttl.supported], [0, true]);
    const asRoot = (program: string, args: string[]) => new Deno.Command(program, { args, cwd: ROOT });
    assertEquals(parse((await runThrough(asRoot, ["--json"])).stdout).options.mark.supported, true);
  },
);

testUnless(notLinux() ?? await missingProgram("strace"), "sockopt binds, connects and sends nothing", async () => {
  const log = await Deno.makeTempFile();
  try {
    const traced = (program: string, args: string[]) =>
      new Deno.Command("strace", { args: ["-f", "-o", log, "-e", "trace=%network", program, ...args], cwd: ROOT });
    await runThrough(traced, ["--json"]);
    const calls = await Deno.readTextFile(log);
    assertEquals(calls.match(/ (?:connect|bind|listen|send\w*)\(.*/g), null);
    // What it does do is seen: one socket, and its options.
    assertEquals(calls.match(/ socket\(AF_INET/g)?.length, 1);
    assertMatch(calls, / setsockopt\(\d+, SOL_TCP, TCP_SYNCNT, /);
  } finally {
    await Deno.remove(log);
  }
});
