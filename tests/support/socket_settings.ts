import type { SocketOptionValue, SocketPlatform } from "../../lib/socket/option_row.ts";
import { socketOptionRow } from "../../lib/socket/options.ts";
import type { SocketSetting } from "../../lib/socket/settings.ts";
import type { FakeSocket } from "./fake_libc.ts";

/** A setting of a row; its constants are the platform's. */
export function settingOf(
  option: string,
  value: SocketOptionValue,
  platform: SocketPlatform = "linux",
): SocketSetting {
  const row = socketOptionRow(option);
  return { option, row, value, constants: row.constants[platform], moment: "now" };
}

/** A socket of each kind that constants depend on. */
export const KINDS = {
  ipv4: { local: { hostname: "192.0.2.1", port: 7 } },
  ipv6: { local: { hostname: "2001:db8::1", port: 7 } },
  dual: { local: { hostname: "::", port: 7 } },
  mapped: { local: { hostname: "::ffff:192.0.2.1", port: 7 } },
  listener: { local: { hostname: "192.0.2.1", port: 7 }, listening: true },
} satisfies Record<string, FakeSocket>;
