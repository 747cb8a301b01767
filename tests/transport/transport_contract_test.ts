import { connect } from "../../lib/net/connect.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { connectionPair, type ConnectionPairOptions } from "../../lib/net/connection_pair.ts";
import { listen } from "../../lib/net/listen.ts";
import { noReset } from "../support/libc.ts";
import { notPosix } from "../support/needs.ts";
import { secure } from "../support/tls_pair.ts";
import { transportContract } from "../support/transport_contract.ts";

const MIB = 1024 * 1024;

async function tcp(): Promise<[Connection, Connection]> {
  using listener = listen({ port: 0 });
  return await Promise.all([connect(listener.addr), listener.accept()]);
}

function pair(link: ConnectionPairOptions["forth"]): () => Promise<[Connection, Connection]> {
  return () => Promise.resolve(connectionPair({ forth: link, back: link }));
}

const resets = true;
// Linux grows the buffers of a loopback connection to some 10 MiB; how much Windows takes at once is not known here.
transportContract({
  name: "TCP",
  connect: tcp,
  large: 8 * MIB,
  overfull: 16 * MIB,
  resets: !noReset(),
  skip: notPosix(),
});
const tls = { large: 8 * MIB, overfull: 16 * MIB, resets: !noReset(), skip: notPosix() };
transportContract({ name: "TLS 1.3", connect: async () => await secure(await tcp()), ...tls });
transportContract({ name: "TLS 1.2", connect: async () => await secure(await tcp(), { maxVersion: "1.2" }), ...tls });
transportContract({ name: "pair", connect: pair({}), large: 8 * MIB, overfull: MIB, resets });
transportContract({ name: "maxChunk 1", connect: pair({ maxChunk: 1 }), large: 5000, overfull: 66_000, resets });
transportContract({ name: "bufferSize 1", connect: pair({ bufferSize: 1 }), large: 5000, overfull: 1000, resets });
transportContract({ name: "delay 1", connect: pair({ delay: 1 }), large: MIB, overfull: MIB, resets });
