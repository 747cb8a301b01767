/** A readable stream of the chunks, each pulled when it is asked for. */
export function readableOf(chunks: Iterable<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { value, done } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

/** A readable stream that a test feeds, and sees the end of. */
export interface FedStream {
  /** The stream. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Its other end. */
  readonly controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** Why it was cancelled; `undefined` as long as it was not. */
  cancelled: unknown;
}

/** Makes one that gives nothing by itself. */
export function fedStream(): FedStream {
  let controller: FedStream["controller"];
  const readable = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (given) => void (controller = given),
    cancel: (reason) => void (fed.cancelled = reason),
  });
  const fed: FedStream = { readable, controller: controller!, cancelled: undefined };
  return fed;
}

/** A writable stream that keeps what it is given. */
export interface Collector {
  /** The stream. */
  readonly writable: WritableStream<Uint8Array>;
  /** What was written. */
  readonly chunks: Uint8Array[];
  /** Whether it was closed. */
  closed: boolean;
  /** Why it was aborted; `undefined` as long as it was not. */
  aborted: unknown;
}

/** Makes one. `write` is called with each chunk after it was kept, and holds the stream up as long as it takes. */
export function collector(write: (chunk: Uint8Array) => unknown = () => {}): Collector {
  const collected: Collector = {
    writable: new WritableStream({
      async write(chunk) {
        collected.chunks.push(chunk);
        await write(chunk);
      },
      close: () => void (collected.closed = true),
      abort: (reason) => void (collected.aborted = reason),
    }),
    chunks: [],
    closed: false,
    aborted: undefined,
  };
  return collected;
}
