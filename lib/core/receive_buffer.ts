/** Small at rest: 10,000 idle connections then hold 20 MB instead of 640 MB. */
const SMALLEST = 2 * 1024;
/** Large under load: bigger buffers make no read faster. */
const LARGEST = 64 * 1024;

/** The buffer for a connection's first read: 2 KiB. */
export function receiveBuffer(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(SMALLEST);
}

/** The buffer for the next read: a larger one, up to 64 KiB, when the last read filled this one. */
export function grown(buffer: Uint8Array<ArrayBuffer>, bytesRead: number): Uint8Array<ArrayBuffer> {
  return bytesRead === buffer.length && bytesRead < LARGEST ? new Uint8Array(Math.min(8 * bytesRead, LARGEST)) : buffer;
}
