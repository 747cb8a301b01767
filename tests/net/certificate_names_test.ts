import { assertEquals } from "@std/assert";
import { allNamesOf, type CertificateNames, peerNameOf } from "../../lib/net/certificate_names.ts";

/** What the engine tells of a certificate, its peer's name, and all its names. */
const CERTIFICATES: [CertificateNames, peer: string | undefined, all: string][] = [
  [{}, undefined, "nobody"],
  [{ subject: {} }, undefined, "nobody"],
  [{ subject: { CN: "one" } }, "one", "one"],
  [{ subject: { CN: ["one", "two"] } }, "one", "one"],
  [{ subject: { CN: [] }, subjectaltname: "DNS:two" }, "two", "two"],
  [{ subject: { CN: "one" }, subjectaltname: "DNS:two, IP Address:127.0.0.1" }, "one", "two, 127.0.0.1"],
  [{ subjectaltname: "IP Address:::1, DNS:two" }, "::1", "::1, two"],
  [{ subject: { CN: 'Müller "& Sons" \\' } }, 'Müller "& Sons" \\', 'Müller "& Sons" \\'],
  [
    { subject: { CN: "\x1b]0;a\x07\nb\u202e\x9b" } },
    "\\u001b]0;a\\u0007\\u000ab\\u202e\\u009b",
    "\\u001b]0;a\\u0007\\u000ab\\u202e\\u009b",
  ],
  [{ subjectaltname: "DNS:a\x1b[2J, DNS:b\r" }, "a\\u001b[2J", "a\\u001b[2J, b\\u000d"],
  [{ subject: { CN: "x".repeat(253) } }, "x".repeat(253), "x".repeat(253)],
  [{ subject: { CN: "x".repeat(254) } }, "x".repeat(253) + "…", "x".repeat(253) + "…"],
];

Deno.test("the names of a certificate: the common one first, and nothing in them that a terminal obeys", () => {
  for (const [names, peer, all] of CERTIFICATES) {
    assertEquals([peerNameOf(names), allNamesOf(names)], [peer, all]);
  }
});

Deno.test("of many names eight are told", () => {
  const names = (count: number) => ({
    subjectaltname: Array.from({ length: count }, (_, i) => `DNS:${i}`).join(", "),
  });
  assertEquals(allNamesOf(names(8)), "0, 1, 2, 3, 4, 5, 6, 7");
  assertEquals(allNamesOf(names(300)), "0, 1, 2, 3, 4, 5, 6, 7 and 292 more");
});
