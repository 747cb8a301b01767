import { missingProgram } from "../../tests/support/needs.ts";
import { noNetns } from "../../tests/support/netns.ts";

/** What is missing to make two namespaces with a cable between them, and to spoil it; undefined if nothing is. */
export async function noWiredPair(): Promise<string | undefined> {
  return await missingProgram("nft", "tc") ?? await noNetns();
}
