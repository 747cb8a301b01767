import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { clientAuthorities } from "../../lib/net/tls_credentials.ts";
import { certificateAuthority } from "../support/certificates.ts";

const [one, other] = [await certificateAuthority("one"), await certificateAuthority("other")];

Deno.test("a client's options are checked once, and again when they say something else", async () => {
  const options: Parameters<typeof clientAuthorities>[0] = { caCerts: [one.cert] };
  const first = clientAuthorities(options);
  assertEquals(first?.map(({ subject }) => subject), ["CN=one"]);
  assertStrictEquals(clientAuthorities(options), first);
  // The same words in another object are read anew.
  assert(clientAuthorities({ ...options }) !== first);
  options.caCerts = [other.cert];
  assertEquals(clientAuthorities(options)?.map(({ subject }) => subject), ["CN=other"]);
  (options.caCerts as string[]).push(one.cert);
  assertEquals(clientAuthorities(options)?.map(({ subject }) => subject), ["CN=other", "CN=one"]);
  options.caCerts = [];
  assertEquals(clientAuthorities(options), []);
  options.caCerts = undefined;
  assertEquals(clientAuthorities(options), undefined);
  const { cert, key } = await one.issue();
  Object.assign(options, { cert, key });
  assertEquals(clientAuthorities(options), undefined);
  options.key = (await one.issue()).key;
  for (let i = 0; i < 2; i++) assertThrows(() => clientAuthorities(options), TypeError, "is that of another one");
});
