import { assert, assertEquals } from "@std/assert";
import { connect, connectEcho, type Connection } from "../../mod.ts";
import { certificateAuthority } from "../support/certificates.ts";
import { type RunningServer, startServer } from "../support/cli.ts";
import { notLinux, testUnless } from "../support/needs.ts";
import { type ProcessUsage, processUsage } from "../support/process_usage.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const MANY = 2000;
const KIB = 1024;

/** What such peers send first, if anything. */
const CLIENT_HELLO_BEGUN = new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);

/** Connects so many that do no more than they must, and tells what the server takes then. */
async function crowd(server: RunningServer, first: Uint8Array): Promise<[Connection[], ProcessUsage]> {
  const connections: Connection[] = [];
  for (let i = 0; i < MANY; i += 100) {
    const some = await Promise.all(Array.from({ length: 100 }, () => connect({ port: server.port })));
    for (const connection of some) if (first.length > 0) await connection.write(first);
    connections.push(...some);
  }
  return [connections, await settled(server, ({ descriptors }) => descriptors >= MANY)];
}

/** Waits for the server to take what is expected of it. */
async function settled(server: RunningServer, expected: (usage: ProcessUsage) => boolean): Promise<ProcessUsage> {
  for (const since = performance.now();;) {
    const usage = await processUsage(server.process.pid);
    if (expected(usage)) return usage;
    if (performance.now() - since > 20_000) throw new Error(`the server still takes ${JSON.stringify(usage)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Bytes that a peer of the kind may cost at most, kernel's memory not included; README, "Security", has what was measured. */
const CASES = [
  {
    name: "silent peers",
    tls: false,
    args: ["--idle-timeout", "5s"],
    first: new Uint8Array(),
    most: 40 * KIB,
    by: "idle",
  },
  {
    name: "stalled TLS handshakes",
    tls: true,
    args: ["--tls-handshake-timeout", "8s"],
    first: CLIENT_HELLO_BEGUN,
    most: 120 * KIB,
    by: "handshake",
  },
];

for (const { name, tls, args, first, most, by } of CASES) {
  testUnless(
    notLinux(),
    `serve: ${MANY} ${name} cost a bounded memory, are closed in time, and leave nothing`,
    async () => {
      const authority = await certificateAuthority();
      await using folder = await temporaryFolder({ ...await authority.issue() });
      const files = ["--tls-cert", `${folder.path}/cert`, "--tls-key", `${folder.path}/key`];
      await using server = await startServer([...args, ...(tls ? files : []), "--json"], {
        permissions: ["--allow-net", "--allow-read"],
      });
      const options = { port: server.port, ...(tls && { tls: { caCerts: [authority.cert] } }) };
      using warm = await connectEcho(options);
      await warm.exchange(["x"]);
      await warm.close();
      const before = await settled(server, () => true);
      for (let round = 0; round < 2; round++) {
        const [connections, during] = await crowd(server, first);
        // The second crowd is served from what the first one took.
        assert(
          during.resident - before.resident < MANY * most,
          `${(during.resident - before.resident) / MANY} bytes each`,
        );
        // The server is the one that ends them, and only then do they close.
        await Promise.all(connections.map((connection) => connection.read(new Uint8Array(1)).catch(() => null)));
        for (const connection of connections) connection.close();
        await settled(server, ({ descriptors }) => descriptors <= before.descriptors);
      }
      using after = await connectEcho(options);
      await after.exchange(["still served"]);
      await after.close();
      const { stdout } = await server.stop();
      const stopped = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
      assertEquals(by === "idle" ? stopped.endedBy.idle : stopped.refusedBy.handshake, 2 * MANY);
      assertEquals([stopped.open, stopped.errors], [0, 0]);
    },
  );
}
