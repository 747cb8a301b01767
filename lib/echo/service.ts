import type { Connection } from "../net/connection.ts";
import { chargen } from "./chargen.ts";
import { discard } from "./discard.ts";
import { echo } from "./echo.ts";

/** What a service tells about the bytes that pass through it; the server counts and watches by it. */
export interface ServiceMeter {
  /** Called after each read, with the bytes read. They are valid during the call only. */
  received(bytes: Uint8Array): void;
  /** Called after each write, with the bytes written. They are valid during the call only. */
  sent(bytes: Uint8Array): void;
}

/** What a server does with a connection: resolves when it is done, and leaves the closing to the caller. */
export type Service = (connection: Connection, meter?: ServiceMeter) => Promise<void>;

/** The name of a service: echo (RFC 862), discard (RFC 863) or chargen (RFC 864). */
export type ServiceName = "echo" | "discard" | "chargen";

/** The services by name. */
export const services: Readonly<Record<ServiceName, Service>> = { echo, discard, chargen };
