import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseCommandLine } from "../../lib/cli/parse_command_line.ts";
import { readTlsClient, readTlsServer } from "../../lib/cli/tls_files.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
import { certificateAuthority } from "../support/certificates.ts";
import { notPosix, testUnless } from "../support/needs.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

/** What the options of `send` ask for; `$` stands for the folder. */
function client(folder: string, ...args: string[]) {
  return readTlsClient(parseCommandLine(["send", ...args.map((arg) => arg.replaceAll("$", folder))]).options);
}

/** The same for `serve`. */
function server(folder: string, ...args: string[]) {
  return readTlsServer(parseCommandLine(["serve", ...args.map((arg) => arg.replaceAll("$", folder))]).options);
}

/** A folder with two certificates of one authority, their keys, and files that are something else. */
async function pemFolder() {
  const authority = await certificateAuthority();
  const [one, other] = [await authority.issue(), await authority.issue({ names: ["other"] })];
  const folder = await temporaryFolder({
    "ca.pem": authority.cert,
    "one.pem": one.cert,
    "one.key": one.key,
    "other.key": other.key,
    "chain.pem": `one\n${one.cert}then\n${authority.cert}`,
    "backwards.pem": authority.cert + one.cert,
    "both.pem": one.key.replaceAll("\n", "\r\n") + one.cert.replaceAll("\n", "\r\n"),
    "empty.pem": "",
    "text.pem": "certificate\n",
    "cut.pem": one.cert.slice(0, -40),
    "damaged.pem": authority.cert + one.cert.replace(/\n.{8}/, "\nAAAAAAAA"),
    "damaged.key": one.key.replace(/\n.{8}/, "\nAAAAAAAA"),
    "encrypted.key": one.key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
    "old-encrypted.key": one.key.replaceAll("PRIVATE", "EC PRIVATE").replace("\n", "\nProc-Type: 4,ENCRYPTED\n"),
  });
  return { folder, authority, one, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

Deno.test("readTlsClient(): without a TLS option none, and any of them asks for TLS", async () => {
  await using pems = await pemFolder();
  const { folder: { path }, authority, one } = pems;
  assertEquals(await client(path), undefined);
  const asked: [string[], Awaited<ReturnType<typeof client>>][] = [
    [["--tls"], {}],
    [["--tls-insecure"], { insecure: true }],
    [["--tls-name", "echo.test"], { serverName: "echo.test" }],
    [["--tls-alpn", "h2"], { alpnProtocols: ["h2"] }],
    [["--tls-alpn", "h2,http/1.1"], { alpnProtocols: ["h2", "http/1.1"] }],
    [["--tls-min", "1.3"], { minVersion: "1.3" }],
    [["--tls-max", "1.2"], { maxVersion: "1.2" }],
    [["--tls-min", "1.2", "--tls-max", "1.2"], { minVersion: "1.2", maxVersion: "1.2" }],
    [["--tls-ca", "$/ca.pem"], { caCerts: [authority.cert] }],
    [["--tls-cert", "$/one.pem", "--tls-key", "$/one.key"], { cert: one.cert, key: one.key }],
    [["--tls", "--tls-insecure", "--tls-name", "::1"], { insecure: true, serverName: "::1" }],
  ];
  for (const [args, options] of asked) assertEquals(await client(path, ...args), options, args.join(" "));
});

Deno.test("readTlsServer(): with a certificate, and what else there is in the files left out", async () => {
  await using pems = await pemFolder();
  const { folder: { path }, authority, one } = pems;
  assertEquals(await server(path), undefined);
  const both = ["--tls-cert", "$/both.pem", "--tls-key", "$/both.pem"];
  const given = { cert: one.cert, key: one.key, handshakeTimeout: 10_000 };
  assertEquals(await server(path, ...both), given);
  assertEquals(
    await server(path, ...both, "--tls-client-ca", "$/ca.pem", "--tls-handshake-timeout", "2s", "--tls-min", "1.3"),
    { ...given, handshakeTimeout: 2000, clientCaCerts: [authority.cert], minVersion: "1.3" },
  );
  const chain = await server(path, "--tls-cert", "$/chain.pem", "--tls-key", "$/one.key");
  assertEquals(chain?.cert.replaceAll("\n\n", "\n"), one.cert + authority.cert);
});

Deno.test("TLS options: what is wrong is one line that names option, value and remedy", async () => {
  await using pems = await pemFolder();
  const { path } = pems.folder;
  const withKey = ["--tls-key", "$/one.key"];
  const withCert = ["--tls-cert", "$/one.pem"];
  const wrong: [string[], string | RegExp][] = [
    [["--tls-ca", "$/ca.pem", "--tls-insecure"], "--tls-insecure and --tls-ca exclude each other: give one of them"],
    [withCert, "--tls-cert $/one.pem is of no use alone: give its --tls-key, too"],
    [withKey, "--tls-key $/one.key is of no use alone: give its --tls-cert, too"],
    [
      ["--tls-min", "1.3", "--tls-max", "1.2"],
      "--tls-min 1.3 is above --tls-max 1.2: leave one out, or give them the other way round",
    ],
    [["--tls-alpn", "h2,,h3"], /^--tls-alpn: bad protocol "" in "h2,,h3": use names of 1 to 255 visible characters/],
    [["--tls-alpn", "h2, h3"], /^--tls-alpn: bad protocol " h3" in "h2, h3": /],
    [["--tls-alpn", "é"], /^--tls-alpn: bad protocol "é" in "é": /],
    [["--tls-alpn", "x".repeat(256)], /^--tls-alpn: bad protocol "x{256}" in /],
    [["--tls-ca", "$/none.pem"], "--tls-ca: cannot read $/none.pem: there is no such file or folder"],
    [["--tls-ca", "$"], /^--tls-ca: cannot read \$: /],
    [
      ["--tls-ca", "$/empty.pem"],
      "--tls-ca: $/empty.pem holds no certificate: use a PEM file, where one stands after -----BEGIN CERTIFICATE-----",
    ],
    [["--tls-ca", "$/text.pem"], /^--tls-ca: \$\/text\.pem holds no certificate: /],
    [["--tls-ca", "$/cut.pem"], /^--tls-ca: \$\/cut\.pem holds no certificate: /],
    [
      ["--tls-ca", "$/damaged.pem"],
      /^--tls-ca: certificate 2 of 2 in \$\/damaged\.pem is damaged \(.+\): make or copy it again$/,
    ],
    [
      ["--tls-cert", "$/one.key", ...withKey],
      "--tls-cert: $/one.key holds a private key and no certificate: give the certificate, and its key with --tls-key",
    ],
    [
      [...withCert, "--tls-key", "$/one.pem"],
      "--tls-key: $/one.pem holds a certificate and no private key: give the key, and its certificate with --tls-cert",
    ],
    [[...withCert, "--tls-key", "$/empty.pem"], /^--tls-key: \$\/empty\.pem holds no private key: use a PEM file, /],
    [[...withCert, "--tls-key", "$/none.key"], "--tls-key: cannot read $/none.key: there is no such file or folder"],
    [
      [...withCert, "--tls-key", "$/damaged.key"],
      /^--tls-key: the key in \$\/damaged\.key is damaged \(.+\): make or copy it again$/,
    ],
    [
      [...withCert, "--tls-key", "$/other.key"],
      "--tls-key: $/other.key is not the key of the certificate in $/one.pem: give the one that it was made with",
    ],
    [
      ["--tls-cert", "$/backwards.pem", ...withKey],
      "--tls-cert: the key's certificate is number 2 in $/backwards.pem: put it first, its issuer next",
    ],
    ...["encrypted.key", "old-encrypted.key"].map((name): [string[], string] => [
      [...withCert, "--tls-key", `$/${name}`],
      `--tls-key: the key in $/${name} is encrypted: give a plain copy, which openssl pkey writes`,
    ]),
  ];
  for (const [args, expected] of wrong) {
    const { message } = await assertRejects(() => client(path, ...args), UsageError, undefined, args.join(" "));
    const told = message.replaceAll(path, "$");
    if (typeof expected === "string") assertEquals(told, expected);
    else assertMatch(told, expected);
    assertEquals(told.includes("\n"), false, told);
  }
});

Deno.test("readTlsServer(): an option that needs a certificate is not left without", async () => {
  for (const [option, value] of [["client-ca", "x.pem"], ["alpn", "h2"], ["min", "1.3"], ["max", "1.2"]]) {
    await assertRejects(
      () => server("", `--tls-${option}`, value),
      UsageError,
      `--tls-${option} needs a server that speaks TLS: give --tls-cert and --tls-key`,
    );
  }
  await assertRejects(() => server("", "--tls-cert", "x.pem"), UsageError, "--tls-cert x.pem is of no use alone");
});

const asRoot = notPosix() ?? (await isRoot() ? "root may read everything" : undefined);

async function isRoot(): Promise<boolean> {
  const { stdout } = await new Deno.Command("id", { args: ["-u"] }).output();
  return new TextDecoder().decode(stdout).trim() === "0";
}

testUnless(asRoot, "TLS options: a file that may not be read is one line", async () => {
  await using pems = await pemFolder();
  const { path } = pems.folder;
  await Deno.chmod(`${path}/one.key`, 0);
  const { message } = await assertRejects(
    () => client(path, "--tls-cert", "$/one.pem", "--tls-key", "$/one.key"),
    UsageError,
  );
  assertMatch(message.replaceAll(path, "$"), /^--tls-key: cannot read \$\/one\.key: .*[Pp]ermission denied/);
});

Deno.test({
  name: "TLS options: without --allow-read it is said which flag is missing",
  permissions: { read: false },
  fn: async () => {
    await assertRejects(
      () => client("", "--tls-ca", "ca.pem"),
      UsageError,
      "--tls-ca: cannot read ca.pem: not permitted: run Deno with --allow-read",
    );
  },
});
