import type { SocketPlatform } from "./option_row.ts";
import type { CongestionState, TcpInfo } from "./tcp_info.ts";
import { TCP_INFO_LAYOUTS, type TcpInfoField, type TcpInfoLayout, type TcpInfoNumber } from "./tcp_info_layout.ts";

/** enum tcp_ca_state of <linux/tcp.h>. */
const CONGESTION_STATES: readonly CongestionState[] = ["open", "disorder", "cwr", "recovery", "loss"];

/**
 * Reads the kernel's structure: what lies beyond its end, or is no value, is left out.
 *
 * @param bytes As many as the kernel gave.
 * @param platform Whose structure it is.
 * @returns undefined if there is not even a state, or none that is known.
 */
export function parseTcpInfo(bytes: Uint8Array, platform: SocketPlatform): TcpInfo | undefined {
  const layout = platform === "windows" ? undefined : TCP_INFO_LAYOUTS[platform];
  const state = layout?.states[bytes[0]];
  if (layout === undefined || state === undefined) return undefined;
  const info: { -readonly [K in keyof TcpInfo]: TcpInfo[K] } = { state };
  const isListener = state === "LISTEN";
  for (const row of layout.fields) {
    if ((row.listener ?? false) !== isListener) continue;
    if (row.needs !== undefined && info[row.needs] === undefined) continue;
    const value = numberAt(bytes, row);
    if (value !== undefined) info[row.field as TcpInfoNumber] = value;
  }
  if (!isListener) addFlags(info, bytes, layout);
  return info;
}

/** A number in the unit of its member; undefined if it is not there, or says that there is none. */
function numberAt(bytes: Uint8Array, { offset, width, bits, factor = 1, none }: TcpInfoField): number | undefined {
  if (offset + width > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = {
    1: () => view.getUint8(offset),
    2: () => view.getUint16(offset, true),
    4: () => view.getUint32(offset, true),
    8: () => Number(view.getBigUint64(offset, true)),
  }[width]();
  const value = bits === undefined ? whole : whole >> bits[0] & (1 << bits[1]) - 1;
  return value === none ? undefined : value * factor;
}

function addFlags(
  info: { -readonly [K in keyof TcpInfo]: TcpInfo[K] },
  bytes: Uint8Array,
  layout: TcpInfoLayout,
): void {
  const [offset, names] = layout.options;
  if (offset < bytes.length) info.options = names.filter((_, bit) => (bytes[offset] >> bit & 1) !== 0);
  const congestionState = CONGESTION_STATES[bytes[layout.congestionState ?? bytes.length]];
  if (congestionState !== undefined) info.congestionState = congestionState;
  if (layout.deliveryRateAppLimited !== undefined && info.deliveryRateBytesPerSecond !== undefined) {
    info.deliveryRateAppLimited = (bytes[layout.deliveryRateAppLimited] & 1) !== 0;
  }
}
