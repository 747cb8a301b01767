/**
 * What a stream has brought so far, and waiting for more of it.
 *
 * @module
 */

/** The text of a stream, as it comes. */
export interface Screen {
  /** All that has come since the last {@linkcode Screen.clear}. */
  readonly text: string;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  /** Forgets what has come. */
  clear(): void;
  /** Waits for what `find` finds in the text; undefined when the stream ends without. `from`: what is new since the last try. */
  until<T>(find: (text: string, from: number) => T | undefined): Promise<T | undefined>;
}

/** Reads a stream to its end in the background. */
export function watch(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Screen {
  let text = "", over = false;
  let more = Promise.withResolvers<void>();
  const read = async () => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      more.resolve();
      more = Promise.withResolvers();
    }
    over = true;
    more.resolve();
  };
  const ended = read();
  return {
    ended,
    get text() {
      return text;
    },
    clear() {
      text = "";
    },
    async until(find) {
      for (let from = 0;;) {
        const found = find(text, from);
        if (found !== undefined || over) return found;
        from = text.length;
        await more.promise;
      }
    },
  };
}
