/**
 * All parsers of what a user writes in one line, and what is known of each.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { parseListen } from "../../lib/cli/parse_listen.ts";
import { parseTarget } from "../../lib/cli/parse_target.ts";
import { parseAdmin } from "../../lib/cli/admin.ts";
import { UsageError } from "../../lib/cli/usage_error.ts";
import { AccessList } from "../../lib/core/access_list.ts";
import { type Address, formatAddress, parseAddress, parseHostname, parsePort } from "../../lib/core/address.ts";
import { type Cidr, formatCidr, parseCidr } from "../../lib/core/cidr.ts";
import { formatIp, type IpBytes, parseIp } from "../../lib/core/ip_address.ts";
import { isThreadCount, parseThreads } from "../../lib/core/threads.ts";
import { formatDuration, parseDuration, parseRate, parseSize } from "../../lib/core/units.ts";
import type { Fault } from "../../lib/echo/fault.ts";
import { FAULT_FORMS } from "../../lib/echo/fault_forms.ts";
import { makeFault } from "../../lib/echo/faults.ts";
import { formatFault, parseFault } from "../../lib/echo/parse_fault.ts";
import { type Gate, type GateKind, gateText, parseGate } from "../../lib/measure/gate.ts";
import { parseSource } from "../../lib/net/source_address.ts";
import type { SocketPlatform } from "../../lib/socket/option_row.ts";
import { parseRawOption, rawOptionName } from "../../lib/socket/raw_option.ts";
import type { ErrorClass } from "./clear_error.ts";

/** A parser of text, and what is known of it. */
export interface Parser<T = unknown> {
  readonly name: string;
  readonly parse: (text: string) => T;
  /** The classes of error that it is documented to throw. */
  readonly throws: readonly ErrorClass[];
  /** Texts that it reads. */
  readonly right: readonly string[];
  /** Fails if that is no value. */
  readonly check: (value: T, text: string) => void;
  /** The value as a text that is read as the same. */
  readonly format?: (value: T) => string;
}

const ADDRESSES = ["127.0.0.1:9999", "[::1]:80", "[fe80::1%eth0]:1", ":7", "65535", "localhost", "_a.b-c.test.:7"];

function checkAddress({ hostname, port }: Address): void {
  assertEquals(parseHostname(hostname), hostname);
  checkWhole(port, 0, 65535);
}

/** Fails unless that is a whole number between the two, both included. */
function checkWhole(value: number, least: number, most: number): void {
  assert(Number.isInteger(value) && value >= least && value <= most, `${value}`);
}

function checkFrom0(value: number): void {
  assert(value >= 0 && value <= Number.MAX_SAFE_INTEGER, `${value}`);
}

function checkIp(ip: IpBytes | undefined): void {
  if (ip !== undefined) assertEquals(parseIp(formatIp(ip)), ip);
}

function checkCidr({ bytes, prefix }: Cidr, text: string): void {
  assert([4, 16].includes(bytes.length));
  checkWhole(prefix, 0, 8 * bytes.length);
  const list = new AccessList({ allow: [text] });
  assert(list.permits(formatIp(bytes.length === 4 ? new Uint8Array([...MAPPED, ...bytes]) : bytes)));
}

const MAPPED = [...new Array(10).fill(0), 0xff, 0xff];

const GATES: Record<GateKind, readonly string[]> = {
  bench: ["p99>5ms", " p99.95 >= 1.5s ", "p50<200us", "errors>0", "rate<10k", "sent<1.5MiB/s", "mean<=.5\u00b5s"],
  ping: ["loss>5%", "lost>3", "jitter>.5ms", "p99.9<2h"],
  compare: ["p99>10%", "rate<-5%", "errors>+0.5%"],
};

function gateParser(kind: GateKind): Parser<Gate> {
  return {
    name: `parseGate() of ${kind}`,
    parse: (text) => parseGate(text, kind),
    throws: [SyntaxError, RangeError],
    right: GATES[kind],
    check(gate, text) {
      assertEquals([gate.expression, gate.kind], [text, kind]);
      assert(Number.isFinite(gate.value), `${gate.value}`);
      for (const value of [null, 0, 1.5]) {
        const line = gateText({ expression: text, value, hit: true });
        assert(/^--fail-if [^\p{Cc}]+: [^\p{Cc}]+$/u.test(line) && line.length < 500, line);
      }
    },
    // Everything in it but the spaces around its parts.
    format: ({ expression }) => expression.replaceAll(/\s/g, ""),
  };
}

function rawOptionParser(platform: SocketPlatform, right: readonly string[]): Parser {
  return {
    name: `parseRawOption() on ${platform}`,
    parse: (text) => parseRawOption(text, platform),
    throws: [SyntaxError, RangeError],
    right,
    check(option) {
      const { level, name, value } = option as ReturnType<typeof parseRawOption>;
      for (const number of [level, name, value]) checkWhole(number, -(2 ** 31), 2 ** 31 - 1);
    },
    format(option) {
      const { level, name, value } = option as ReturnType<typeof parseRawOption>;
      return `${rawOptionName(`${level}:${name}`, platform)}=${value}`;
    },
  };
}

/** Keeps the type of the value between the members of a row. */
function parser<T>(row: Parser<T>): Parser {
  return row as unknown as Parser;
}

/** All of them. */
export const PARSERS: readonly Parser[] = [
  parser({
    name: "parseAddress()",
    parse: (text) => parseAddress(text),
    throws: [SyntaxError, RangeError],
    right: ADDRESSES,
    check: checkAddress,
    format: formatAddress,
  }),
  parser({
    name: "parseAdmin()",
    parse: parseAdmin,
    throws: [SyntaxError, RangeError],
    right: ADDRESSES.filter((text) => text !== "localhost"),
    check: checkAddress,
    format: formatAddress,
  }),
  parser({
    name: "parseTarget()",
    parse: parseTarget,
    throws: [UsageError],
    right: ADDRESSES,
    check: checkAddress,
    format: formatAddress,
  }),
  parser({
    name: "parseListen()",
    parse: parseListen,
    throws: [SyntaxError, RangeError],
    right: [":7=echo", "127.0.0.1:9=discard", "[::]:19=chargen+tls", "0+tls", "localhost=echo"],
    check: (endpoint) => {
      checkAddress(endpoint as Address);
      assert(["echo", "discard", "chargen"].includes(endpoint.service) && typeof endpoint.tls === "boolean");
    },
    format: (endpoint) => `${formatAddress(endpoint as Address)}=${endpoint.service}${endpoint.tls ? "+tls" : ""}`,
  }),
  parser({
    name: "parseSource()",
    parse: parseSource,
    throws: [TypeError],
    right: ["192.0.2.7", "192.0.2.7:4000", "::1", "[::1]:4000", "fe80::1%eth0", "[fe80::1%2]:1"],
    check: (source) => {
      checkAddress(source);
      assert(parseIp(source.hostname));
    },
    format: formatAddress,
  }),
  parser({
    name: "parsePort()",
    parse: parsePort,
    throws: [RangeError],
    right: ["0", "7", "65535", "007"],
    check: (port) => checkWhole(port, 0, 65535),
    format: String,
  }),
  parser({
    name: "parseHostname()",
    parse: parseHostname,
    throws: [SyntaxError],
    right: ["localhost", "127.0.0.1", "::1", "[::1]", "fe80::1%eth0", "_a.b-c.test.", `${"a.".repeat(126)}a`],
    check: (hostname) => assert(hostname.length > 0 && hostname.length < 256 && !/[\s[\]]/.test(hostname)),
    format: (hostname) => hostname,
  }),
  parser({
    name: "parseIp()",
    parse: parseIp,
    throws: [],
    right: ["192.0.2.7", "::1", "2001:db8::192.0.2.7", "fe80::1%eth0", "::ffff:192.0.2.7", "1:2:3:4:5:6:7:8"],
    check: checkIp,
  }),
  parser({
    name: "parseCidr()",
    parse: parseCidr,
    throws: [SyntaxError, RangeError],
    right: ["192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "[::1]/128", "::ffff:192.0.2.0/120", "::/0"],
    check: checkCidr,
    format: formatCidr,
  }),
  parser({
    name: "parseDuration()",
    parse: parseDuration,
    throws: [SyntaxError, RangeError],
    right: ["500ms", "3.5s", "2m", "1.5h", ".5", "2147483.647123s", "99999999999.123457ms", "9007199254740991ms"],
    check: checkFrom0,
    format: formatDuration,
  }),
  parser({
    name: "parseSize()",
    parse: parseSize,
    throws: [SyntaxError, RangeError],
    right: ["64k", "64KiB", "1.5M", "2gb", "8191T", "9007199254740991b"],
    check: (size) => checkWhole(size, 0, Number.MAX_SAFE_INTEGER),
    format: String,
  }),
  parser({
    name: "parseRate()",
    parse: parseRate,
    throws: [SyntaxError, RangeError],
    right: ["500", "10k", "1.5M", ".5g"],
    check: checkFrom0,
  }),
  parser({
    name: "parseThreads()",
    parse: parseThreads,
    throws: [RangeError],
    right: ["auto", "1", "1024"],
    check: (count) => assert(isThreadCount(count)),
    format: String,
  }),
  parser({
    name: "parseFault()",
    parse: parseFault,
    throws: [SyntaxError, RangeError],
    right: [
      ...Object.values(FAULT_FORMS).map(({ example }) => example),
      "delay=1s,1ms,pareto:20%",
      "corrupt=1e-9@1k:.5",
    ],
    check: (fault: Fault) => assertEquals(makeFault(fault), fault),
    format: formatFault,
  }),
  ...(["bench", "ping", "compare"] as const).map((kind) => parser(gateParser(kind))),
  rawOptionParser("linux", ["tcp:TCP_CORK=1", "socket:SO_PRIORITY=6", "6:3=0x1f", "41:0x1a=-1", "ip:IP_MINTTL=5"]),
  rawOptionParser("darwin", ["socket:SO_DONTROUTE=1", "socket:4099=0x1f", "65535:16=-1"]),
];
