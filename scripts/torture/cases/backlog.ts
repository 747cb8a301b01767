import { ConnectError } from "../../../lib/core/errors.ts";
import { connectEcho } from "../../../lib/echo/connect_echo.ts";
import type { EchoClient } from "../../../lib/echo/echo_client.ts";
import { check } from "../check.ts";
import type { Ground } from "../ground.ts";
import { tortureCase } from "../torture_case.ts";
import { PATIENCE_MS } from "../verified_stream.ts";

interface Size {
  readonly backlog: number;
  readonly connects: number;
}

/** Milliseconds after which a connect that is not answered is given up. */
const CONNECT_TIMEOUT_MS = 500;
/** Clients that wait for a place. */
const PATIENT = 8;

/** More connects than the queue has places, while nobody accepts. */
export const backlogCase = tortureCase({
  name: "backlog",
  about: "more connects than the backlog has places, while nobody accepts (SIGSTOP)",
  sizes: { quick: { backlog: 32, connects: 64 }, full: { backlog: 511, connects: 700 } },
  limits: { quick: 25, full: 60 },
  text: ({ backlog, connects }: Size) => `${connects} connects, backlog ${backlog}`,
  run: async (ground: Ground, { backlog, connects }) => {
    const server = await ground.serve({ args: ["--backlog", String(backlog)] });
    const { signal } = ground;
    const connectAll = (count: number, connectTimeout: number) =>
      Promise.allSettled(
        Array.from({ length: count }, () => connectEcho({ ...server.address, connectTimeout, signal })),
      );
    server.signal("SIGSTOP");
    const first = await connectAll(connects, CONNECT_TIMEOUT_MS);
    // They wait in vain until the queue moves.
    const patient = connectAll(PATIENT, PATIENCE_MS);
    server.signal("SIGCONT");
    const made = [...first, ...await patient].filter((one) => one.status === "fulfilled").map(({ value }) => value);
    const others = first.filter((one) => one.status === "rejected").map(({ reason }) => reason);
    using _ = { [Symbol.dispose]: () => made.forEach((client) => client[Symbol.dispose]()) };
    // Linux lets one more in than the backlog says.
    const places = server.backlog + 1;
    check(first.length - others.length === places, `${first.length - others.length} connects of ${places} were made`);
    const other = others.find((error) => !(error instanceof ConnectError && error.kind === "timeout"));
    check(other === undefined, `a connect did not fail with "timeout" but: ${other?.message}`);
    check(made.length === places + PATIENT, `${made.length - places} of ${PATIENT} patient clients were let in`);
    await Promise.all(made.map((client, index) => exchange(client, index, signal)));
    await server.finish();
    return `${places} waited and were served, ${others.length} said "timeout", ${PATIENT} came in later`;
  },
});

async function exchange(client: EchoClient, index: number, signal: AbortSignal): Promise<void> {
  const limits = { timeout: PATIENCE_MS, signal };
  await client.exchange([`${index}\n`], limits);
  await client.close(limits);
}
