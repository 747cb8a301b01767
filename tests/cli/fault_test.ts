import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FAULT_KINDS } from "../../lib/echo/fault.ts";
import { FAULT_FORMS } from "../../lib/echo/fault_forms.ts";
import { helpText } from "../../lib/cli/help.ts";
import { manPage } from "../../lib/cli/man_page.ts";
import { runCli, startServer } from "../support/cli.ts";
import { noLibc } from "../support/libc.ts";
import { notLinux, testUnless } from "../support/needs.ts";

const WITH_FFI = { permissions: ["--allow-net", "--allow-ffi"] };

/** What a client is to say: exit 0 where nothing is told. */
interface Told {
  /** The fault, as it is given. */
  readonly fault: string;
  /** What `send` says on stderr. */
  readonly send?: RegExp;
  /** Why `ping` counts its probes as lost. */
  readonly ping?: RegExp;
  /** The kind of error that `bench` counts. */
  readonly bench?: string;
}

const TOLD: readonly Told[] = [
  { fault: "delay=20ms,5ms,normal" },
  { fault: "bandwidth=1M" },
  { fault: "slice=16,1ms" },
  { fault: "stall=20ms@3" },
  {
    fault: "stall@3",
    send: /peer has echoed 3 of 12 bytes: no more came for 700 ms$/,
    ping: /lost \(timeout\): no echo within 700ms/,
    bench: "timeout",
  },
  {
    fault: "truncate@3",
    send: /peer has echoed 3 of 12 bytes: no more came for 700 ms$/,
    ping: /lost \(timeout\): no echo within 700ms/,
    bench: "timeout",
  },
  {
    fault: "early-fin@3",
    send: /peer has echoed 3 of 12 bytes: it closed the connection$/,
    ping: /lost \(closed\): the server closed the connection after 3 of 64 bytes of the echo/,
    bench: "short",
  },
  {
    fault: "limit@3",
    send: /peer has echoed 3 of 12 bytes: it closed the connection$/,
    ping: /lost \(closed\): the server closed the connection after 3 of 64 bytes of the echo/,
    bench: "short",
  },
  {
    fault: "reset@3",
    send: /peer has echoed [03] of 12 bytes: it reset the connection$/,
    ping: /lost \(reset\): the server reset the connection/,
    bench: "reset",
  },
  {
    fault: "corrupt@3",
    send: /echo differs at byte 3: expected "a1\\n.*, got "/,
    ping: /lost \(mismatch\): echo differs at byte 3: /,
    bench: "mismatch",
  },
  {
    fault: "refuse",
    send: /(peer has echoed 0 of 12 bytes: it reset the connection|the peer reset the connection)$/,
    ping: /lost \(reset\): /,
    bench: "reset",
  },
];

const missing = notLinux() ?? noLibc();

for (const { fault, send, ping, bench } of TOLD) {
  testUnless(missing, `--fault ${fault}: what send, ping and bench say`, async () => {
    await using server = await startServer(["--fault", fault, "--fault-seed", "1", "--grace", "0", "--json"], WITH_FFI);
    const port = `:${server.port}`;
    const [sent, pinged, benched] = await Promise.all([
      runCli(["send", port, "data1", "data2", "--timeout", "700ms"], WITH_FFI),
      runCli(["ping", port, "-c", "3", "-i", "20ms", "-W", "700ms"], WITH_FFI),
      runCli(["bench", port, "-c", "2", "-d", "1s", "--warmup", "0", "--timeout", "700ms", "--json"], WITH_FFI),
    ]);
    assertEquals([sent.code, pinged.code, benched.code], send ? [1, 1, 1] : [0, 0, 0]);
    const { totals, errors } = JSON.parse(benched.stdout);
    if (send) {
      assertMatch(sent.stderr.trimEnd(), send);
      assertMatch(pinged.stdout, /^3 packets transmitted, 0 received, 100% packet loss/m);
      assertMatch(pinged.stdout, ping!);
      assertEquals([totals.requests, [...new Set(errors.map(({ kind }: { kind: string }) => kind))]], [0, [bench]]);
    } else {
      assertEquals(sent.stdout, "data1\ndata2\n");
      assertMatch(pinged.stdout, /^3 packets transmitted, 3 received, 0% packet loss/m);
      assert(totals.requests > 0);
      assertEquals(errors, []);
    }
    const { code, stdout, stderr } = await server.stop();
    const { total, faulted } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    assertEquals([code, faulted], [0, total]);
    assertStringIncludes(stderr, "WARN  injecting faults: ");
    assertStringIncludes(stderr, "; seed 1\n");
  });
}

Deno.test("each fault has a test of what the clients say, and stands in help and manual page", () => {
  const tried = new Set(TOLD.map(({ fault }) => /^[a-z-]+/.exec(fault)![0]));
  assertEquals([...tried].sort(), [...FAULT_KINDS].sort());
  for (const { syntax } of Object.values(FAULT_FORMS)) {
    assertStringIncludes(helpText("serve"), `\n  ${syntax}`);
    assertStringIncludes(manPage().replaceAll("\\", ""), syntax);
  }
});

testUnless(missing, "a fault that is wrong, or of no use, is exit 2 in one line", async () => {
  const cases: [string[], RegExp][] = [
    [["--fault", "x"], /^sounder: --fault: bad fault "x": use delay, /],
    [["--fault", "delay"], /^sounder: --fault: bad fault "delay": use delay=TIME/],
    [["--fault", "reset:2"], /^sounder: --fault: /],
    [["--fault-seed", "3"], /^sounder: --fault-seed 3 is of no use alone: give a --fault, too$/],
    [["--fault", "delay=1", "--service", "discard"], /^sounder: --fault: cannot inject delay into discard, /],
    [["--fault", "delay=1", "--listen", ":0=discard"], /^sounder: --fault: cannot inject delay into discard, /],
  ];
  for (const [args, line] of cases) {
    const { code, stdout, stderr } = await runCli(["serve", ...args], WITH_FFI);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(stderr.trimEnd(), line);
    assertEquals(stderr.trimEnd().split("\n").length, 1);
  }
});

testUnless(missing, "without FFI a fault that sends RST says what would do", async () => {
  const { code, stderr } = await runCli(["serve", "--fault", "reset"]);
  assertEquals([code, stderr], [
    2,
    "sounder: cannot inject reset: run Deno with --allow-ffi, or use limit or early-fin\n",
  ]);
});
