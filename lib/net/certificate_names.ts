import { escapeUnseen } from "../core/quote.ts";

/** What the engine tells of whom a certificate is for: somebody else's words, with any character in them. */
export interface CertificateNames {
  /** Of the subject, the common names. */
  readonly subject?: { readonly CN?: string | readonly string[] };
  /** The alternative names, such as `DNS:localhost, IP Address:127.0.0.1`. */
  readonly subjectaltname?: string;
}

/** Characters of a name that are told: DNS has none that is longer. */
const LONGEST_NAME = 253;
/** Alternative names that an error tells: some certificates have hundreds. */
const MOST_NAMES = 8;

/** The name of whom a certificate is for: its common name, or else the first of the alternative ones. */
export function peerNameOf(names: CertificateNames): string | undefined {
  const [name = alternativesIn(names)[0]] = [names.subject?.CN ?? []].flat();
  return name === undefined ? undefined : shown(name);
}

/** All that it is for, in words. */
export function allNamesOf(names: CertificateNames): string {
  const all = alternativesIn(names);
  if (all.length === 0) return peerNameOf(names) ?? "nobody";
  const told = all.slice(0, MOST_NAMES).map(shown).join(", ");
  return all.length > MOST_NAMES ? `${told} and ${all.length - MOST_NAMES} more` : told;
}

function alternativesIn({ subjectaltname }: CertificateNames): string[] {
  return subjectaltname?.split(", ").map((name) => name.replace(/^(DNS|IP Address):/, "")) ?? [];
}

function shown(name: string): string {
  return escapeUnseen(name.length > LONGEST_NAME ? name.slice(0, LONGEST_NAME) + "…" : name);
}
