import { planSettings, readSettings, setSettings } from "./planned_setting.ts";
import type { SocketOptionReport } from "./report_option.ts";
import { checkNames } from "./given_options.ts";
import { settingsOf } from "./settings.ts";
import type { ListenerSocketOptions, SocketOptions } from "./socket_options.ts";
import {
  type ConnectedSocket,
  type HasDescriptor,
  isListener,
  type ListeningSocket,
  OPTIONS_SET,
  requireDescriptor,
} from "./socket_target.ts";

/**
 * Sets options of a connection or listener, this library's or Deno's own, and reads each back.
 *
 * All values, the system and the permissions are checked before the first is set. On a listener they hold for the
 * connections accepted from then on. Needs `--allow-ffi`.
 *
 * @returns What was asked, and what the kernel made of it.
 * @throws {TypeError} if an option or a value is of the wrong kind.
 * @throws {RangeError} if a number is out of range, or one that the kernel cannot take exactly.
 * @throws {SocketOptionError} if it cannot be set; those before it in the table of options are.
 * @throws {Deno.errors.BadResource} if the target is closed. (A closed `Deno.TcpListener` that was never looked at before
 * cannot be told from another one that has its address by now: Deno tells nobody.)
 *
 * @example The keepalive times that Deno itself does not offer
 * ```ts
 * import { setSocketOptions } from "@sounder/tcp";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * using conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
 * using accepted = await listener.accept();
 * setSocketOptions(conn, { keepAlive: { idle: 30_000, interval: 5000, count: 3 } });
 * const [report] = setSocketOptions(accepted, { recvBuffer: 65536 });
 * console.log(report.effective); // 131072: Linux doubles it
 * ```
 */
export function setSocketOptions(target: ConnectedSocket, options: SocketOptions): SocketOptionReport[];
/** Sets options of a listener. */
export function setSocketOptions(target: ListeningSocket, options: ListenerSocketOptions): SocketOptionReport[];
export function setSocketOptions(
  target: ConnectedSocket | ListeningSocket,
  options: SocketOptions | ListenerSocketOptions,
): SocketOptionReport[] {
  checkNames(options);
  const planned = planSettings(settingsOf(options, isListener(target) ? "listener" : "connection"));
  const fd = requireDescriptor(target, "set the options");
  const reports: SocketOptionReport[] = [];
  try {
    for (const setting of planned) {
      setSettings(fd, [setting]);
      reports.push(...readSettings(fd, [setting]));
    }
  } finally {
    // Those that were set before one that is refused count as well.
    (target as Partial<HasDescriptor>)[OPTIONS_SET]?.(planned.slice(0, reports.length), reports);
  }
  return reports;
}
