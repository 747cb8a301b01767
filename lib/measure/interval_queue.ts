/** What one side adds and another side iterates over, to its end. */
export class IntervalQueue<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #end: { readonly error?: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  /** Adds a value. */
  add(value: T): void {
    this.#values.push(value);
    this.#wake();
  }

  /** Ends it; iterating then throws the error, if one is given. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Iterates over every value, from the first. */
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (let i = 0;;) {
      if (i < this.#values.length) yield this.#values[i++];
      else if (this.#end === undefined) await this.#changed.promise;
      else if ("error" in this.#end) throw this.#end.error;
      else return;
    }
  }
}
