import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeError, describeInFull, InterruptedError, signalExitCode } from "../../lib/cli/describe_error.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
import { ConnectError, EchoIncompleteError, EchoMismatchError } from "../../lib/core/errors.ts";

Deno.test("each error has its exit code and its kind", () => {
  const notCapable = new Deno.errors.NotCapable("no");
  const cases: [unknown, number, string][] = [
    [new UsageError("x"), 2, "usage"],
    [notCapable, 2, "permission"],
    [new ConnectError("denied", "x", { cause: notCapable }), 2, "permission"],
    [new ConnectError("denied", "x", { cause: new Deno.errors.PermissionDenied("x") }), 1, "denied"],
    [new ConnectError("refused", "x"), 1, "refused"],
    [new EchoMismatchError(1, new Uint8Array([1]), new Uint8Array([2])), 1, "mismatch"],
    [new EchoIncompleteError(3, "stalled", "x"), 1, "stalled"],
    [new InterruptedError("SIGINT"), 130, "interrupted"],
    [new InterruptedError("SIGTERM"), 143, "interrupted"],
    [new Deno.errors.AddrInUse("x"), 1, "address-in-use"],
    [new Deno.errors.AddrNotAvailable("x"), 1, "address-not-available"],
    [new Deno.errors.PermissionDenied("x"), 1, "denied"],
    [new Deno.errors.NotFound("x"), 1, "not-found"],
    [new TypeError("bug"), 1, "failed"],
    ["thrown text", 1, "failed"],
  ];
  for (const [error, exitCode, kind] of cases) {
    const described = describeError(error);
    assertEquals([described.exitCode, described.json.kind], [exitCode, kind], String(error));
  }
  assertEquals(signalExitCode("SIGBREAK"), 143);
});

Deno.test("the facts of an error are in its data, and its message is one line", () => {
  const { json } = describeError(new EchoMismatchError(7, new Uint8Array([0x61]), new Uint8Array([0])));
  assertEquals([json.offset, json.expected, json.actual], [7, '"a"', '"\\x00"']);
  assertEquals(describeError(new EchoIncompleteError(3, "closed", "x")).json.missing, 3);
  assertEquals(describeError(new Error("a\n  b")).message.includes("\n"), false);
});

Deno.test("TLS: the options are named as on the command line, and a peer's alert is told", () => {
  const told = (error: unknown) => describeError(error).message;
  assertEquals(
    told(new ConnectError("tls", "its certificate is not trusted: trust one with caCerts, or take any with insecure")),
    "its certificate is not trusted: trust one with --tls-ca, or take any with --tls-insecure",
  );
  assertEquals(
    told(
      new ConnectError("tls", "see minVersion and maxVersion, alpnProtocols, serverName, clientCaCerts (cert and key)"),
    ),
    "see --tls-min and --tls-max, --tls-alpn, --tls-name, --tls-client-ca (--tls-cert and --tls-key)",
  );
  assertEquals(told(new ConnectError("refused", "cannot connect to insecure:9")), "cannot connect to insecure:9");
  const alert = Object.assign(new Error("alert"), { code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" });
  const reset = new Deno.errors.ConnectionReset("show one with cert and key", { cause: alert });
  assertEquals(
    told(new EchoIncompleteError(3, "reset", "it reset the connection", { cause: reset })),
    "it reset the connection (show one with --tls-cert and --tls-key)",
  );
  assertEquals(told(new TypeError("cannot use an authority (caCerts)")), "cannot use an authority (--tls-ca)");
  // Paths and names of others are left as they are.
  const path = "--tls-ca: cannot read caCerts/serverName.pem: there is no such file or folder";
  for (
    const error of [
      new UsageError(path),
      new Error(path),
      new Deno.errors.NotFound("caCerts"),
      new ConnectError("not-found", "cannot connect to minVersion:9: host name not found"),
      new EchoIncompleteError(3, "reset", "alpnProtocols:9 reset it", { cause: reset }),
    ]
  ) {
    const [left] = error.message.split(": there");
    assertEquals(told(error).slice(0, left.length), left);
  }
  const plain = new Deno.errors.ConnectionReset("by peer");
  assertEquals(told(new EchoIncompleteError(3, "reset", "it reset it", { cause: plain })), "it reset it");
});

Deno.test("in full: the stack, and each cause with its own", () => {
  const text = describeInFull(new Error("outer", { cause: new TypeError("inner", { cause: "root" }) }));
  assertStringIncludes(text, "Error: outer\n    at ");
  assertStringIncludes(text, "caused by TypeError: inner\n    at ");
  assertStringIncludes(text, "caused by root");
});
