import type { Ground } from "./ground.ts";

/** How large everything is. */
export type Scale = "quick" | "full";

/** Something that is done to a server or its clients, and that they must bear. */
export interface TortureCase {
  /** Its name, for `--only`. */
  readonly name: string;
  /** What is done, in a line. */
  readonly about: string;
  /** How much of it, in words. */
  readonly size: Readonly<Record<Scale, string>>;
  /** Milliseconds after which it has hung. */
  readonly limitMs: Readonly<Record<Scale, number>>;
  /** What it lacks here; undefined if nothing. */
  missing(scale: Scale): Promise<string | undefined>;
  /**
   * Does it.
   *
   * @returns What was seen, in a line.
   * @throws {Error} whose message says what was not borne.
   */
  run(ground: Ground): Promise<string>;
}

/** What makes a {@linkcode TortureCase}. */
export interface CasePlan<Size> extends Pick<TortureCase, "name" | "about"> {
  /** How much of it. */
  readonly sizes: Readonly<Record<Scale, Size>>;
  /** Seconds after which it has hung: several times what it takes on two busy cores. */
  readonly limits: Readonly<Record<Scale, number>>;
  /** A size in words. */
  text(size: Size): string;
  /** What it lacks here, beside Linux's /proc, which all need. */
  missing?(size: Size): Promise<string | undefined>;
  /** Does it. */
  run(ground: Ground, size: Size): Promise<string>;
}

/** Makes a case of its plan. */
export function tortureCase<Size>(plan: CasePlan<Size>): TortureCase {
  const { name, about, sizes, limits } = plan;
  return {
    name,
    about,
    size: { quick: plan.text(sizes.quick), full: plan.text(sizes.full) },
    limitMs: { quick: limits.quick * 1000, full: limits.full * 1000 },
    missing: async (scale) => await plan.missing?.(sizes[scale]),
    run: (ground) => plan.run(ground, sizes[ground.scale]),
  };
}
