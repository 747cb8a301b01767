/**
 * Two network namespaces with a cable between them that takes its time: netem is not in every kernel.
 *
 * @module
 */
import { missingProgram } from "./needs.ts";
import { makeNetns, type Netns, noNetns } from "./netns.ts";

/** Two namespaces with a slow cable between them. */
export interface SlowPair extends AsyncDisposable {
  readonly client: Netns;
  readonly server: Netns;
}

/** The address of the server's end. */
export const SLOW_SERVER = "10.56.0.2";

/** What is missing to make a slow pair; undefined if nothing is. */
export async function noSlowCable(): Promise<string | undefined> {
  return await missingProgram("ethtool", "python3") ?? await noNetns();
}

/** Makes two namespaces, and a third in which a program carries each frame after so many milliseconds. */
export async function makeSlowPair(delayMs: number): Promise<SlowPair> {
  await using made = new AsyncDisposableStack();
  const [client, server, relay] = [await makeNetns(), await makeNetns(), await makeNetns()];
  for (const netns of [client, server, relay]) made.use(netns);
  for (const [netns, far, host] of [[client, "left", 1], [server, "right", 2]] as const) {
    await netns.ip(`link add wire type veth peer name ${far} netns ${relay.name}`);
    // Frames as they are on a wire: whole, small, and with their checksums.
    const off = ["tx", "off", "tso", "off", "gso", "off", "gro", "off"];
    const { success } = await netns.command("ethtool", ["-K", "wire", ...off], { stdin: "null", stderr: "null" })
      .output();
    if (!success) throw new Error("ethtool cannot switch off what veth leaves to the hardware");
    await netns.ip(`addr add 10.56.0.${host}/24 dev wire`);
    await netns.ip("link set wire up");
    await relay.ip(`link set ${far} up`);
  }
  const script = new URL("slow_cable.py", import.meta.url).pathname;
  const options = { stdin: "null", stdout: "piped" } as const;
  const cable = relay.command("python3", [script, "left", "right", String(delayMs)], options).spawn();
  made.defer(async () => {
    cable.kill("SIGKILL");
    await cable.status;
    await cable.stdout.cancel();
  });
  const reader = cable.stdout.getReader();
  const { done } = await reader.read();
  reader.releaseLock();
  if (done) throw new Error("the slow cable ended before it was ready");
  const ends = made.move();
  return { client, server, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}
