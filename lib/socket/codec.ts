import { cString, type Libc } from "./libc.ts";
import type { SocketOptionCodec, SocketOptionValue } from "./option_row.ts";

/** Bytes that hold the value of any option here, and the start of TCP_INFO that has the backlog. */
export const VALUE_LENGTH = 32;

/** Where TCP_INFO has a listener's backlog in force: `tcpi_sacked`, which has another meaning on connections. */
const BACKLOG_OFFSET = 28;

/** Connections whose first data may wait with their SYN (TCP_FASTOPEN): as many as Deno's own backlog. */
const FAST_OPEN_QUEUE = 511;

/**
 * The bytes that setsockopt(2) takes for a value.
 *
 * @returns undefined for the name of an interface that is not there.
 */
export function encodeValue(codec: SocketOptionCodec, value: SocketOptionValue, libc: Libc): Uint8Array | undefined {
  switch (codec) {
    case "int":
    case "flag":
      return ints(Number(value));
    case "queue":
      return ints(value ? FAST_OPEN_QUEUE : 0);
    case "seconds":
      return ints(Number(value) / 1000);
    case "backlog":
      throw new TypeError("cannot set the backlog: it is an argument of listen(2)");
    case "linger":
      return value === false ? ints(0, 0) : ints(1, Number(value) / 1000);
    case "text":
      return cString(String(value));
    case "interface": {
      const index = libc.interfaceIndex(cString(String(value)));
      return index === 0 ? undefined : ints(index);
    }
  }
}

/** The value that getsockopt(2) gave. */
export function decodeValue(codec: SocketOptionCodec, bytes: Uint8Array, libc: Libc): SocketOptionValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // An option without a value, such as the name of no interface, has no bytes at all.
  const first = bytes.length < 4 ? 0 : view.getInt32(0, true);
  switch (codec) {
    case "int":
      return first;
    case "flag":
    case "queue":
      return first !== 0;
    case "seconds":
      return first * 1000;
    case "backlog":
      return view.getUint32(BACKLOG_OFFSET, true);
    case "linger":
      return first === 0 ? false : view.getInt32(4, true) * 1000;
    case "text":
      return text(bytes);
    case "interface": {
      const name = new Uint8Array(VALUE_LENGTH);
      return first !== 0 && libc.interfaceName(first, name) ? text(name) : "";
    }
  }
}

function ints(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  // Marks have all 32 bits: setInt32 takes 2^31 and above as what they are in memory.
  values.forEach((value, i) => view.setInt32(4 * i, value, true));
  return bytes;
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
