import { formatDuration } from "../core/units.ts";
import { connectSchedule } from "./connect_timeout.ts";
import type { SocketOptionRow } from "./option_row.ts";
import type { SystemLimits } from "./system_limits.ts";

/** What the system's limits, or the kernel's ways, add to an option; undefined if nothing. */
export function noteOnOption({ name }: SocketOptionRow, limits: SystemLimits): string | undefined {
  return NOTES[name]?.(limits);
}

const NOTES: Readonly<Record<string, (limits: SystemLimits) => string | undefined>> = {
  backlog: ({ somaxconn }) => somaxconn === undefined ? undefined : `capped at net.core.somaxconn, ${somaxconn}`,
  reuseAddress: () => "Deno's listeners have it on",
  synRetries: connectNote,
  fastOpen: fastOpenNote,
  mss: () => "as long as nothing is connected; then the route's",
  recvBuffer: (limits) => bufferNote(limits.receiveBuffer?.maxBytes, limits.maxReceiveBufferBytes),
  sendBuffer: (limits) => bufferNote(limits.sendBuffer?.maxBytes, limits.maxSendBufferBytes),
  quickAck: () => "set again after each read: the kernel leaves that mode",
  userTimeout: () => "0ms is the kernel's own limit",
  congestion: ({ allowedCongestion }) =>
    allowedCongestion && `without CAP_NET_ADMIN (root): ${allowedCongestion.join(", ")}`,
  notSentLowat: ({ notSentLowatBytes }) =>
    notSentLowatBytes === undefined ? undefined : `0 is net.ipv4.tcp_notsent_lowat, ${notSentLowatBytes}`,
};

function connectNote({ synRetries, synLinearTimeouts = 0, maxRtoMs }: SystemLimits): string | undefined {
  if (synRetries === undefined) return undefined;
  const { syns, timeoutMs } = connectSchedule({ retries: synRetries, linearTimeouts: synLinearTimeouts, maxRtoMs });
  return `${synRetries} is ${syns} SYNs in ${formatDuration(timeoutMs)}`;
}

/** The system's switch has one bit for each side. */
function fastOpenNote({ fastOpen }: SystemLimits): string | undefined {
  if (fastOpen === undefined || (fastOpen.client && fastOpen.server)) return undefined;
  const off = fastOpen.client ? ["servers", 2] : ["clients", 1];
  return `net.ipv4.tcp_fastopen is ${fastOpen.bits}, which switches it off for ${off[0]}: set its bit ${
    off[1]
  } (such as 3)`;
}

function bufferNote(tunedTo: number | undefined, mostAsked: number | undefined): string | undefined {
  if (tunedTo === undefined || mostAsked === undefined) return undefined;
  return `tuned up to ${tunedTo} bytes unless set; what is set is doubled, up to ${2 * mostAsked}`;
}
