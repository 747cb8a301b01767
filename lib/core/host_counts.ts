import { type IpBytes, isMapped, parseIp } from "./ip_address.ts";
import { SpinLock } from "./spin_lock.ts";

/** Hosts at most by default, in 2.6 MB of address space: only what is written to takes memory. */
const DEFAULT_HOSTS = 65_536;

// Where the memory has what, in words of 32 bits. The lock and the number of hosts have a cache line of their own.
const LOCK = 0;
const HOSTS = 1;
const HASHES = 16;
/** For each byte of an address 256 random words. */
const HASH_WORDS = 16 * 256;
const SLOTS = HASHES + HASH_WORDS;
/** A slot: an address in four words, and its count; 0 in a free one. */
const SLOT_WORDS = 5;
const COUNT = 4;

/** The first 12 bytes of `64:ff9b::/96`. */
const NAT64 = "0064ff9b0000000000000000";

/**
 * The open connections of each host, over all threads of a server, in memory that they share.
 *
 * A host is an IPv4 address (also in the form `::ffff:192.0.2.7`), or an IPv6 network of 64 bits: so much every subscriber
 * has (RFC 6177, section 2; RFC 4291, section 2.5.1), and a limit for each of its 2^64 addresses would be none. Link-local
 * addresses (RFC 4291, section 2.5.6), and those of IPv4 hosts behind a translator (`64:ff9b::/96`, RFC 6052), count each
 * for itself: there one such network has everybody in it.
 *
 * It is a hash table with linear probing, at most half full. A host is found by tabulation hashing with random tables,
 * which keeps runs of slots short (Pătraşcu and Thorup, "The Power of Simple Tabulation Hashing"): who does not know the
 * tables cannot choose addresses that meet.
 */
export class HostCounts {
  /** The memory: what a Worker is given, to make its own view of the same. */
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #mask: number;
  readonly #lock: SpinLock;

  /**
   * Makes a view of the memory of another one.
   *
   * @param memory Of {@linkcode create}.
   * @param patience Milliseconds to wait for another thread that is at it; each call then throws an `Error`.
   */
  constructor(memory: SharedArrayBuffer, patience?: number) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#mask = (this.#words.length - SLOTS) / SLOT_WORDS - 1;
    this.#lock = new SpinLock(this.#words, LOCK, patience);
  }

  /**
   * Makes an empty one.
   *
   * @param hosts How many there can be at once; rounded up to a power of two. As many as connections can be open never fill
   * it.
   */
  static create(hosts: number = DEFAULT_HOSTS): HostCounts {
    if (!(Number.isSafeInteger(hosts) && hosts >= 1 && hosts <= 2 ** 24)) {
      throw new RangeError(`cannot count the connections of ${hosts} hosts: use a whole number from 1 to ${2 ** 24}`);
    }
    const slots = 2 ** Math.ceil(Math.log2(2 * hosts));
    const memory = new SharedArrayBuffer((SLOTS + slots * SLOT_WORDS) * Int32Array.BYTES_PER_ELEMENT);
    const hashes = crypto.getRandomValues(new Int32Array(HASH_WORDS));
    new Int32Array(memory).set(hashes, HASHES);
    return new HostCounts(memory);
  }

  /**
   * Counts a connection in, unless its host has as many as it may have, or the table is full and the host not in it: who
   * cannot be counted is not let in.
   *
   * @param hostname The peer's IP address; a zone is ignored.
   * @param most Connections of a host at most.
   * @returns Whether it was counted, and {@linkcode leave} is to be called at its end.
   * @throws {TypeError} if it is no IP address.
   */
  enter(hostname: string, most: number): boolean {
    const host = hostOf(hostname);
    return this.#lock.hold(() => {
      const at = this.#find(host);
      const count = this.#words[at + COUNT];
      if (count >= most) return false;
      if (count === 0) {
        if (this.#words[HOSTS] > this.#mask >> 1) return false;
        this.#words[HOSTS]++;
        this.#words.set(host, at);
      }
      this.#words[at + COUNT] = count + 1;
      return true;
    });
  }

  /**
   * Counts a connection out.
   *
   * @throws {TypeError} if it is no IP address.
   * @throws {Error} if no connection of that host was counted in.
   */
  leave(hostname: string): void {
    const host = hostOf(hostname);
    const counted = this.#lock.hold(() => {
      const at = this.#find(host);
      const count = this.#words[at + COUNT];
      if (count > 1) this.#words[at + COUNT] = count - 1;
      if (count === 1) this.#remove(at);
      return count > 0;
    });
    if (!counted) throw new Error(`cannot count out a connection of ${hostname}: none was counted in`);
  }

  /**
   * The connections of a host, now.
   *
   * @throws {TypeError} if it is no IP address.
   */
  count(hostname: string): number {
    const host = hostOf(hostname);
    return this.#lock.hold(() => this.#words[this.#find(host) + COUNT]);
  }

  /** The slot that has the host, or the free one where it would be put. There is one: half of them are free. */
  #find(host: Int32Array): number {
    const words = this.#words;
    for (let slot = this.#home(host);; slot = slot + 1 & this.#mask) {
      const at = SLOTS + slot * SLOT_WORDS;
      if (words[at + COUNT] === 0 || host.every((word, i) => words[at + i] === word)) return at;
    }
  }

  /** The slot at which the search for a host begins. */
  #home(host: Int32Array): number {
    let hash = 0;
    for (let byte = 0; byte < 16; byte++) {
      hash ^= this.#words[HASHES + (byte << 8) + (host[byte >> 2] >>> 8 * (byte & 3) & 0xff)];
    }
    return hash & this.#mask;
  }

  /** Frees a slot, and moves up those behind it that would not be found any more (Knuth, volume 3, algorithm 6.4R). */
  #remove(at: number): void {
    const words = this.#words;
    const mask = this.#mask;
    let free = (at - SLOTS) / SLOT_WORDS;
    for (let slot = free + 1 & mask;; slot = slot + 1 & mask) {
      const from = SLOTS + slot * SLOT_WORDS;
      if (words[from + COUNT] === 0) break;
      const home = this.#home(words.subarray(from, from + COUNT));
      // Its search begins at the free slot or before it, and would end there.
      if ((slot - home & mask) < (slot - free & mask)) continue;
      words.copyWithin(SLOTS + free * SLOT_WORDS, from, from + SLOT_WORDS);
      free = slot;
    }
    words[SLOTS + free * SLOT_WORDS + COUNT] = 0;
    words[HOSTS]--;
  }
}

/** The host that an address counts for, as four words. */
function hostOf(hostname: string): Int32Array {
  const ip = parseIp(hostname);
  if (!ip) throw new TypeError(`cannot count the connections of "${hostname}": it is no IP address`);
  if (!isWhole(ip)) ip.fill(0, 8);
  return new Int32Array(ip.buffer);
}

/** Whether an address counts for itself, and not for its network of 64 bits. */
function isWhole(ip: IpBytes): boolean {
  const isLinkLocal = ip[0] === 0xfe && (ip[1] & 0xc0) === 0x80;
  return isMapped(ip) || isLinkLocal || ip.subarray(0, 12).toHex() === NAT64;
}
