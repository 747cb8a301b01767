import { type Libc, mayOpenLibc, openLibc } from "../socket/libc.ts";
import { scratchSocket } from "../socket/scratch_socket.ts";
import { readTcpInfo } from "../socket/tcp_info.ts";
import { VERSION } from "../core/version.ts";

/** What runs, on what, and what of it is available: `sounder --version --json`, and the lines of `--version --verbose`. */
export interface VersionInfo {
  /** `sounder`: how scripts/compile.ts tells its product from another program. */
  readonly name: "sounder";
  /** Sounder's version. */
  readonly version: string;
  /** Deno's version. */
  readonly deno: string;
  /** V8's version. */
  readonly v8: string;
  /** The operating system, as Deno calls it: `linux`, `darwin`, `windows`. */
  readonly os: string;
  /** The target Deno was built for, such as `x86_64-unknown-linux-gnu`. */
  readonly target: string;
  /** Whether this is a compiled binary. */
  readonly standalone: boolean;
  /** Whether the C library can be called: granted, and there. */
  readonly ffi: boolean;
  /** Whether the kernel tells what it knows of a connection (TCP_INFO), by trying. */
  readonly tcpInfo: boolean;
}

/**
 * Finds out what runs here; nothing is sent.
 *
 * @param libc The C library, if it can be called.
 */
export function versionInfo(libc: Libc | undefined = tryLibc()): VersionInfo {
  return {
    name: "sounder",
    version: VERSION,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    os: Deno.build.os,
    target: Deno.build.target,
    standalone: Deno.build.standalone,
    ffi: libc !== undefined,
    tcpInfo: libc !== undefined && tellsTcpInfo(libc),
  };
}

/** One line, or with detail one for each member. */
export function versionText(verbose: boolean): string {
  if (!verbose) return `sounder ${VERSION}`;
  const { name, version, deno, v8, target, standalone, ffi, tcpInfo } = versionInfo();
  return [
    `${name} ${version}`,
    `deno ${deno}, v8 ${v8}, ${target}${standalone ? ", compiled" : ""}`,
    `ffi ${ffi ? "available" : "not available"}, TCP_INFO ${tcpInfo ? "available" : "not available"}`,
  ].join("\n");
}

function tryLibc(): Libc | undefined {
  if (!mayOpenLibc()) return undefined;
  try {
    return openLibc();
  } catch {
    // No such library, or it lacks a call: what cannot be opened is not available, which is the question.
    return undefined;
  }
}

function tellsTcpInfo(libc: Libc): boolean {
  const fd = scratchSocket(libc);
  if (fd < 0) return false;
  const info = readTcpInfo(fd, libc);
  libc.close(fd);
  return info !== undefined;
}
