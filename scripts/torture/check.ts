/** Throws what was not borne, unless it was. */
export function check(borne: boolean, otherwise: string): asserts borne {
  if (!borne) throw new Error(otherwise);
}
