/** A time limit on a child; disposing lifts it. */
export interface TimeLimit extends Disposable {
  /** Whether it was reached while the child ran, which was killed. */
  readonly reached: boolean;
}

/** Kills a child that runs for more than this many milliseconds. Dispose it when the child has ended. */
export function killAfter(child: Deno.ChildProcess, milliseconds: number): TimeLimit {
  let reached = false;
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
      reached = true;
    } catch {
      // It has ended in this very moment, which its status tells.
    }
  }, milliseconds);
  return {
    get reached() {
      return reached;
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
