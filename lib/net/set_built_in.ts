import type { PlannedSetting } from "../socket/planned_setting.ts";

/** What Deno's and node:net's own connections can set. */
export interface BuiltInOptions {
  /** TCP_NODELAY. */
  setNoDelay(on: boolean): unknown;
  /** SO_KEEPALIVE. */
  setKeepAlive(on: boolean): unknown;
}

/** Sets what needs no C library. */
export function setBuiltIn(planned: readonly PlannedSetting[], target: BuiltInOptions): void {
  for (const { setting: { option, value } } of planned) {
    if (option === "noDelay") target.setNoDelay(value === true);
    if (option === "keepAlive") target.setKeepAlive(value === true);
  }
}
