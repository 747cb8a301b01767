/** What takes bytes, perhaps not all that it is given: stdout, a file. */
interface Output {
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes all of the bytes, however many calls it takes. */
export async function writeWhole(output: Output, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await output.write(bytes.subarray(done));
}
