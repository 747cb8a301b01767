import type { Child } from "./child.ts";
import type { TrafficOutcome } from "./traffic_process.ts";
import { lastLines } from "./tortured_server.ts";

/** Clients in a process of their own. */
export class Traffic {
  /** The process. */
  readonly child: Child;

  constructor(child: Child) {
    this.child = child;
  }

  /** Waits until each of its streams has had an echo; throws where one ended before. */
  async moving(): Promise<void> {
    const line = await this.child.firstLine();
    if (line !== "moving") throw new Error(`a client ${line}`);
  }

  /** Waits until all are over. */
  async outcomes(): Promise<TrafficOutcome[]> {
    const { code, stdout, stderr } = await this.child.end;
    if (code !== 0) throw new Error(`the clients' process ended with exit code ${code}: ${lastLines(stderr)}`);
    return JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
  }
}
