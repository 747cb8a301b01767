import { assert, assertEquals } from "@std/assert";
import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { isCertified } from "../../lib/net/tls_authorization.ts";
import { parseCertificates } from "../../lib/net/tls_credentials.ts";
import { type Certificate, type CertificateAuthority, certificateAuthority } from "../support/certificates.ts";

const DAY = 24 * 60 * 60 * 1000;
const root = await certificateAuthority("root");
const middle = await root.subordinate("middle");
const last = await middle.subordinate("last");

/** What the engine gives of a peer that shows these, the way it does: each has a link to the next. */
function showing(...pems: string[]): TLSSocket {
  const shown = pems.flatMap((pem) => parseCertificates(pem, "a test's"));
  const linked = shown.reduceRight<Partial<DetailedPeerCertificate>>(
    (next, { raw }) => ({ raw, issuerCertificate: next as DetailedPeerCertificate }),
    {},
  );
  return { getPeerCertificate: () => linked } as unknown as TLSSocket;
}

/** Whether one is certified that shows these; each authority is trusted by its own certificate. */
function certified(pems: readonly string[], trusted: readonly CertificateAuthority[], now?: number): boolean {
  return isCertified(showing(...pems), trusted.map(({ cert }) => new X509Certificate(cert)), now);
}

/** The certificate alone, without what leads to the root. */
function alone({ cert }: Certificate): string {
  return cert.slice(0, cert.indexOf("-----END CERTIFICATE-----")) + "-----END CERTIFICATE-----\n";
}

Deno.test("isCertified(): what an authority signed, itself or through others, in whatever order they are shown", async () => {
  const direct = await root.issue();
  assertEquals(certified([direct.cert], [root]), true);
  const other = await certificateAuthority("another");
  assertEquals(certified([direct.cert], [other]), false);
  assertEquals(certified([direct.cert], [other, root]), true);
  assertEquals(certified([direct.cert], []), false);

  const leaf = await last.issue();
  assertEquals(certified([leaf.cert], [root]), true);
  assertEquals(certified([alone(leaf), middle.cert, last.cert], [root]), true);
  assertEquals(certified([alone(leaf), other.cert, last.cert, root.cert, middle.cert], [root]), true);
  // Who trusts one in between needs no root.
  assertEquals([certified([leaf.cert], [middle]), certified([alone(leaf)], [last])], [true, true]);
  assertEquals(certified([leaf.cert], [other]), false);
});

Deno.test("isCertified(): a link that is missing is not made up for", async () => {
  const leaf = await last.issue();
  for (const shown of [[alone(leaf)], [alone(leaf), last.cert], [alone(leaf), middle.cert]]) {
    assertEquals(certified(shown, [root]), false);
  }
  assertEquals(isCertified(showing(), [new X509Certificate(root.cert)]), false);
  // Of the right name, but with another key.
  const forger = await (await certificateAuthority("root")).subordinate("middle");
  assertEquals(certified([alone(await forger.issue()), middle.cert], [root]), false);
  assertEquals(certified([(await forger.issue()).cert], [root]), false);
});

Deno.test("isCertified(): each one in between must say that it is an authority", async () => {
  const subscriber = await root.subordinate("a subscriber", { ca: false });
  const leaf = await subscriber.issue();
  assertEquals(certified([leaf.cert], [root]), false);
  assertEquals(certified([alone(leaf), middle.cert, subscriber.cert], [root]), false);
});

Deno.test("isCertified(): each of them must be valid now", async () => {
  assertEquals(certified([(await root.issue({ expired: true })).cert], [root]), false);
  assertEquals(certified([(await last.issue({ expired: true })).cert], [root]), false);
  const outdated = await root.subordinate("outdated", { expired: true });
  assertEquals(certified([(await outdated.issue()).cert], [root]), false);
  const leaf = await last.issue();
  const now = Date.now();
  for (const [time, valid] of [[now - 2 * DAY, false], [now, true], [now + 2 * DAY, false]] as const) {
    assertEquals(certified([leaf.cert], [root], time), valid, new Date(time).toISOString());
  }
});

Deno.test("isCertified(): a peer's own certificate of X.509's version 1 never is", async () => {
  assertEquals(certified([(await root.issue({ version1: true })).cert], [root]), false);
});

Deno.test("isCertified(): of a chain ten certificates count, and a circle ends", async () => {
  let authority = middle;
  for (let i = 0; i < 8; i++) authority = await authority.subordinate(`number ${i}`);
  assertEquals(certified([(await authority.issue()).cert], [root]), true);
  authority = await authority.subordinate("one more");
  assertEquals(certified([(await authority.issue()).cert], [root]), false);

  const stranger = await certificateAuthority("a stranger");
  const leaf = await (await stranger.subordinate("a")).issue();
  const [own, signer] = parseCertificates(leaf.cert, "a test's");
  const circle: Partial<DetailedPeerCertificate> = { raw: own.raw };
  circle.issuerCertificate = { raw: signer.raw, issuerCertificate: circle } as DetailedPeerCertificate;
  const socket = { getPeerCertificate: () => circle } as unknown as TLSSocket;
  assertEquals(isCertified(socket, [new X509Certificate(root.cert)]), false);
  assertEquals(isCertified(socket, [new X509Certificate(stranger.cert)]), true);
});

/** Runs something, and gives the signatures that were verified meanwhile; fails after a hundred. */
function verifiedDuring(run: () => void): number {
  const { verify } = X509Certificate.prototype;
  let verified = 0;
  X509Certificate.prototype.verify = function (key) {
    assert(++verified <= 100, "each of ten compared with each would do");
    return verify.call(this, key);
  };
  try {
    run();
  } finally {
    X509Certificate.prototype.verify = verify;
  }
  return verified;
}

Deno.test("isCertified(): who shows one authority nine times does not make us try all orders", async () => {
  const stranger = await certificateAuthority("a stranger");
  const leaf = await stranger.issue();
  verifiedDuring(() => assertEquals(certified([leaf.cert, ...Array(9).fill(stranger.cert)], [root]), false));
});

Deno.test("isCertified(): only who has the issuer's name is asked whether he signed", async () => {
  const others = await Promise.all(["one", "another"].map((name) => certificateAuthority(name)));
  const leaf = await root.issue();
  assertEquals(verifiedDuring(() => assertEquals(certified([leaf.cert], [...others, root]), true)), 1);
  assertEquals(verifiedDuring(() => assertEquals(certified([leaf.cert], others), false)), 0);
});
