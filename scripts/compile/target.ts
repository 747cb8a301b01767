/** The systems that Sounder is compiled for, as `deno compile --target` names them. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
] as const;

/** One of them. */
export type Target = (typeof TARGETS)[number];

/** The name of the binary of one version for one target. */
export function binaryName(version: string, target: Target): string {
  return `sounder-${version}-${target}${isWindows(target) ? ".exe" : ""}`;
}

/**
 * What the binary may do: the network; files, for results and reports; and the C library for the socket options, but on
 * Windows, where there is nothing to call.
 * Deno allows importing code from the web unless told otherwise, and asks on a terminal: neither is Sounder's.
 */
export function permissions(target: Target): string[] {
  const ffi = isWindows(target) ? [] : ["--allow-ffi"];
  return ["--no-prompt", "--allow-net", ...ffi, "--allow-read", "--allow-write", "--deny-import"];
}

/** The variable that names a runtime (denort) for one target: `DENORT_BIN_AARCH64_APPLE_DARWIN`. */
export function runtimeVariable(target: Target): string {
  return `DENORT_BIN_${target.toUpperCase().replaceAll("-", "_")}`;
}

function isWindows(target: Target): boolean {
  return target.includes("windows");
}

/** Bytes from the start of a program that {@linkcode targetOfProgram} wants to see. */
export const HEADER_BYTES = 4096;

/** The target of a program, by its first bytes; undefined where they are none of the formats above. */
export function targetOfProgram(header: Uint8Array): Target | undefined {
  if (header.length < 64) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  // ELF: the machine is 18 bytes in (elf(5)).
  if (view.getUint32(0) === 0x7f454c46) return BY_ELF_MACHINE[view.getUint16(18, true)];
  // Mach-O, 64 bit: the type of processor follows (mach-o/loader.h).
  if (view.getUint32(0, true) === 0xfeedfacf) return BY_MACH_CPU[view.getUint32(4, true)];
  // "MZ": at 60 stands where the PE header begins, whose machine follows its signature (PE format, COFF header).
  if (view.getUint16(0) === 0x4d5a) {
    const pe = view.getUint32(60, true);
    if (pe + 6 > header.length || view.getUint32(pe) !== 0x50450000) return undefined;
    return BY_PE_MACHINE[view.getUint16(pe + 4, true)];
  }
}

const BY_ELF_MACHINE: Record<number, Target> = { 62: "x86_64-unknown-linux-gnu", 183: "aarch64-unknown-linux-gnu" };
const BY_MACH_CPU: Record<number, Target> = { 0x01000007: "x86_64-apple-darwin", 0x0100000c: "aarch64-apple-darwin" };
const BY_PE_MACHINE: Record<number, Target> = { 0x8664: "x86_64-pc-windows-msvc", 0xaa64: "aarch64-pc-windows-msvc" };
