/** Connections that are made, or speak, at the same time: enough to keep a server busy, less than any backlog. */
const AT_ONCE = 64;
/** Milliseconds that one connect, or one echo, may take. */
const LIMIT_MS = 10_000;

/** Connections to a server of this machine that are held open. Disposing closes them. */
export class HeldConnections implements Disposable {
  readonly #conns: Deno.TcpConn[] = [];

  /** How many there are. */
  get count(): number {
    return this.#conns.length;
  }

  /** Makes so many more, which say nothing. */
  async open(port: number, count: number, signal: AbortSignal): Promise<void> {
    await inTurns(count, signal, async () => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port, signal: AbortSignal.timeout(LIMIT_MS) });
      conn.setNoDelay(true);
      this.#conns.push(conn);
    });
  }

  /**
   * Has each send so many bytes and wait for their echo, so often.
   *
   * @throws {Error} where an echo does not come, or is another.
   */
  async echo(size: number, times: number, signal: AbortSignal): Promise<void> {
    const sent = crypto.getRandomValues(new Uint8Array(size));
    await inTurns(this.#conns.length, signal, async (at) => {
      const conn = this.#conns[at];
      // Closing is what ends a read that waits.
      const timer = setTimeout(() => conn.close(), LIMIT_MS);
      try {
        for (let i = 0; i < times; i++) await exchange(conn, sent);
      } finally {
        clearTimeout(timer);
      }
    });
  }

  /** Closes all. */
  [Symbol.dispose](): void {
    for (const conn of this.#conns.splice(0)) conn[Symbol.dispose]();
  }
}

async function exchange(conn: Deno.TcpConn, sent: Uint8Array): Promise<void> {
  const echo = new Uint8Array(sent.length);
  const reading = (async () => {
    for (let got = 0; got < echo.length;) {
      const n = await conn.read(echo.subarray(got));
      if (n === null) throw new Error("it closed a connection in place of an echo");
      got += n;
    }
  })();
  const writing = (async () => {
    for (let done = 0; done < sent.length;) done += await conn.write(sent.subarray(done));
  })();
  await Promise.all([reading, writing]);
  for (let at = 0; at < sent.length; at++) {
    if (sent[at] !== echo[at]) throw new Error("it sent other bytes back than it got");
  }
}

/** Does it for 0 to count - 1, some at once. */
async function inTurns(count: number, signal: AbortSignal, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      signal.throwIfAborted();
      await work(next++);
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  // All have ended: none goes on with a connection that is closed next.
  for (const one of lanes) if (one.status === "rejected") throw one.reason;
}
