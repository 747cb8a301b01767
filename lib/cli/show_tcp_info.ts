import { libcPlatform, mayOpenLibc } from "../socket/libc.ts";
import type { TcpInfo } from "../socket/tcp_info.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 100;

/** The members by their names, units and all; those that are 0 are left out. */
export function tcpInfoLines(info: TcpInfo | undefined): string[] {
  if (info === undefined) return [`tcp info: ${whyUnknown()}`];
  const told = Object.entries(info).filter(([, value]) => value !== 0 && value !== false);
  const members = told.map(([name, value]) => `${name} ${Array.isArray(value) ? value.join("+") : value}`);
  const [first, ...rest] = wrap(`tcp info (what is not 0): ${members.join(", ")}`, WIDTH - 2);
  return [first, ...rest.map((line) => `  ${line}`)];
}

function whyUnknown(): string {
  if (libcPlatform() === undefined) return `cannot be read on ${Deno.build.os}`;
  return mayOpenLibc() ? "the socket is gone" : "unknown (needs --allow-ffi)";
}
