/**
 * A Worker of the descriptor search's stress test: it opens connections to itself, closes some at random, looks for the
 * descriptors of the others while its brothers do the same in the same process, and counts what was found.
 *
 * @module
 */
import { DescriptorFinder } from "../../lib/socket/descriptor.ts";
import { type Libc, openLibc } from "../../lib/socket/libc.ts";
import { decodeSockaddr, parseIp, SOCKADDR_LENGTH } from "../../lib/socket/sockaddr.ts";

/** What a Worker is told to do. */
export interface StressOrder {
  /** Connections to make; each has two ends. */
  readonly connections: number;
  /** A number that no brother has, and more than `2 * connections` from theirs. */
  readonly firstMark: number;
  /** Addresses to listen on and to connect to. */
  readonly addresses: readonly (readonly [listenOn: string, connectTo: string])[];
}

/** What it counted. */
export interface StressResult {
  /** Searches for ends of open connections. */
  searches: number;
  /** Of them those that found nothing. */
  notFound: number;
  /** Searches for those that were closed. */
  closed: number;
  /** Descriptors found that were another socket's, or those of closed ones. */
  wrong: string[];
  /** Ends that were open to the last. */
  open: number;
}

/** One end of a connection, and the mark that was set on it through its descriptor. */
interface Marked {
  readonly conn: Deno.TcpConn;
  readonly other: () => Marked;
  mark?: number;
}

const TCP = 6;
const TCP_NODELAY = 1;
const TCP_USER_TIMEOUT = 18;
/** The share of searches that do not get to see Deno's own note of the descriptor. */
const WITHOUT_NOTE = 0.2;

class Stress {
  readonly #libc: Libc = openLibc();
  readonly #open: Marked[] = [];
  readonly result: StressResult = { searches: 0, notFound: 0, closed: 0, wrong: [], open: 0 };
  #mark: number;

  constructor(firstMark: number) {
    this.#mark = firstMark;
  }

  async connect(listener: Deno.TcpListener, hostname: string): Promise<void> {
    const pair = await Promise.all([Deno.connect({ hostname, port: listener.addr.port }), listener.accept()]);
    const [one, other]: Marked[] = pair.map((conn, i) => ({ conn, other: () => i === 0 ? other : one }));
    this.#open.push(one, other);
  }

  /** Looks for a descriptor, always anew, and marks it. */
  search(end: Marked = this.#open[random(this.#open.length)]): void {
    const fd = this.#find(end);
    if (fd === undefined) return;
    end.mark ??= this.#mark++;
    this.#libc.setsockopt(fd, TCP, TCP_USER_TIMEOUT, new Uint8Array(new Int32Array([end.mark]).buffer), 4);
  }

  /** Closes both ends of a connection, and looks for one of them all the same. */
  close(): void {
    const end = this.#open[random(this.#open.length)];
    for (const { conn } of [end, end.other()]) {
      conn.close();
      this.#open.splice(this.#open.findIndex((open) => open.conn === conn), 1);
    }
    // Not each time: a search that finds nothing goes through every descriptor, and takes milliseconds.
    if (random(10) !== 0) return;
    this.result.closed++;
    const fd = new DescriptorFinder(this.#libc).connection(end.conn);
    if (fd !== undefined) this.result.wrong.push(`${describe(end.conn)} is closed, and was found as ${fd}`);
  }

  /** Looks at each end that is open whether it has its mark, and what Deno itself sets on it. */
  finish(): StressResult {
    this.result.open = this.#open.length;
    const noDelays = this.#open.map(() => random(2) === 1);
    this.#open.forEach(({ conn }, i) => conn.setNoDelay(noDelays[i]));
    this.#open.forEach((end, i) => {
      const fd = this.#find(end);
      if (fd === undefined) return;
      const is = [this.#int(fd, TCP_USER_TIMEOUT), this.#int(fd, TCP_NODELAY) !== 0];
      const wanted = [end.mark ?? 0, noDelays[i]];
      if (`${is}` !== `${wanted}`) this.result.wrong.push(`${describe(end.conn)} has ${is}, not ${wanted}`);
    });
    for (const { conn } of this.#open) conn.close();
    return this.result;
  }

  #find({ conn }: Marked): number | undefined {
    this.result.searches++;
    const { localAddr, remoteAddr } = conn;
    const setNoDelay = conn.setNoDelay.bind(conn);
    const target = Math.random() < WITHOUT_NOTE ? { localAddr, remoteAddr, setNoDelay } : conn;
    const fd = new DescriptorFinder(this.#libc).connection(target);
    if (fd === undefined) this.result.notFound++;
    else if (!this.#isBehind(conn, fd)) this.result.wrong.push(`${describe(conn)} was found as ${fd}`);
    return fd;
  }

  #isBehind({ localAddr, remoteAddr }: Deno.TcpConn, fd: number): boolean {
    return ([["getsockname", localAddr], ["getpeername", remoteAddr]] as const).every(([call, address]) => {
      const bytes = new Uint8Array(SOCKADDR_LENGTH);
      const length = new Uint8Array(new Uint32Array([SOCKADDR_LENGTH]).buffer);
      const name = this.#libc[call](fd, bytes, length) === 0 ? decodeSockaddr(bytes, "linux") : undefined;
      return name?.port === address.port && name.ip.toHex() === parseIp(address.hostname)?.toHex();
    });
  }

  #int(fd: number, name: number): number {
    const value = new Int32Array(1);
    const length = new Uint8Array(new Uint32Array([4]).buffer);
    this.#libc.getsockopt(fd, TCP, name, new Uint8Array(value.buffer), length);
    return value[0];
  }
}

/** A whole number from 0, below `most`. */
function random(most: number): number {
  return Math.floor(Math.random() * most);
}

function describe({ localAddr, remoteAddr }: Deno.TcpConn): string {
  return `${localAddr.hostname}:${localAddr.port} to ${remoteAddr.hostname}:${remoteAddr.port}`;
}

/** Does what it is told; one in four connections is closed on the way. */
export async function stress({ connections, firstMark, addresses }: StressOrder): Promise<StressResult> {
  const stress = new Stress(firstMark);
  const listeners = addresses.map(([hostname]) => Deno.listen({ hostname, port: 0 }));
  for (let i = 0; i < connections; i++) {
    const which = random(addresses.length);
    await stress.connect(listeners[which], addresses[which][1]);
    stress.search();
    if (random(4) === 0) stress.close();
    else stress.search();
  }
  for (const listener of listeners) listener.close();
  return stress.finish();
}

const scope = self as unknown as { onmessage: unknown; postMessage?: (result: StressResult) => void };
if (scope.postMessage) {
  scope.onmessage = async ({ data }: MessageEvent<StressOrder>) => scope.postMessage!(await stress(data));
}
