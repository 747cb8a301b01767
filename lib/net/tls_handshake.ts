import type { TLSSocket } from "node:tls";
import { LONGEST_TIMER, waitAtMost } from "../core/delay.ts";
import { ConnectError } from "../core/errors.ts";
import { unlessAborted } from "../core/unless_aborted.ts";
import { peerNameOf } from "./certificate_names.ts";
import { CipherStream } from "./cipher_stream.ts";
import type { Connection } from "./connection.ts";
import { SecureConnection } from "./secure_connection.ts";
import { turn } from "./secure_peer.ts";
import type { TlsConnection } from "./tls_connection.ts";
import { CUT_HANDSHAKE, handshakeErrorOf, HandshakeFailure } from "./tls_error.ts";
import type { TlsInfo, TlsOptions } from "./tls_options.ts";

/** Milliseconds that a peer has to make room for an alert, once the handshake has failed. */
const ALERT_PATIENCE = 1000;

/** How a handshake is begun: with the engine's side of the connection, and where to tell how it ends. */
export type Begin = (cipher: CipherStream, outcome: HandshakeOutcome) => void;

/** Told by the engine; the first counts. */
export interface HandshakeOutcome {
  /** It is done; the peer's certificate was checked, or was not. */
  secured(socket: TLSSocket, verified: boolean): void;
  /** It has failed. */
  failed(error: unknown): void;
  /** It is done as far as the peer knows, but its certificate is not taken. */
  refused(error: unknown): void;
}

/** The versions as the engine calls them. */
export function engineVersions(
  { minVersion = "1.2", maxVersion = "1.3" }: TlsOptions,
): { minVersion: `TLSv${"1.2" | "1.3"}`; maxVersion: `TLSv${"1.2" | "1.3"}` } {
  return { minVersion: `TLSv${minVersion}`, maxVersion: `TLSv${maxVersion}` };
}

/** What a handshake is for, and how long it may take. */
export interface HandshakeOptions {
  /** What it is for, in words for its error. */
  readonly what: string;
  /** The name that the peer's certificate must have. */
  readonly name?: string;
  /** Gives it up; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds that it may take. */
  readonly timeout: number;
}

/**
 * Does a handshake.
 *
 * @throws {ConnectError} if it fails; the connection is closed then.
 */
export async function handshake(
  connection: Connection,
  begin: Begin,
  { what, name, signal, timeout }: HandshakeOptions,
): Promise<TlsConnection> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), Math.min(timeout, LONGEST_TIMER));
  try {
    const either = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
    return await attemptHandshake(connection, begin, either);
  } catch (error) {
    connection.close();
    if (signal?.aborted) throw signal.reason;
    if (!limit.signal.aborted) throw handshakeErrorOf(error, what, name);
    throw new ConnectError("timeout", `cannot ${what}: no TLS handshake within ${timeout} ms`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function attemptHandshake(connection: Connection, begin: Begin, signal: AbortSignal): Promise<TlsConnection> {
  const cipher = new CipherStream(connection);
  const done = Promise.withResolvers<SecureConnection>();
  const started = performance.now();
  let settled = false;
  const fail = (error: unknown) => {
    settled = true;
    done.reject(error);
  };
  cipher.onWriteError = fail;
  try {
    begin(cipher, {
      secured: (socket, verified) => {
        settled = true;
        cipher.establish();
        const tls = infoOf(socket, verified, performance.now() - started);
        done.resolve(new SecureConnection({ below: connection, cipher, socket, tls }));
      },
      failed: (error) => {
        cipher.release();
        fail(error);
      },
      refused: (error) => {
        cipher.hold();
        fail(error);
      },
    });
    feed(cipher, () => settled).catch(fail);
    return await unlessAborted(done.promise, signal);
  } catch (error) {
    settled = true;
    if (!signal.aborted) await letOut(cipher);
    // And the engine with it.
    cipher.destroy();
    void cipher.returnBuffer();
    throw error;
  }
}

/** Gives the engine what comes, until the handshake is over. */
async function feed(cipher: CipherStream, isSettled: () => boolean): Promise<void> {
  while (!isSettled()) {
    const came = await cipher.pull();
    // It takes it in within a turn.
    await turn();
    if (!came && !isSettled()) throw new HandshakeFailure(CUT_HANDSHAKE);
  }
}

/** Lets an alert go out. */
async function letOut(cipher: CipherStream): Promise<void> {
  await turn();
  await waitAtMost(ALERT_PATIENCE, cipher.idle());
}

function infoOf(socket: TLSSocket, verified: boolean, handshakeMs: number): TlsInfo {
  return {
    version: socket.getProtocol() === "TLSv1.2" ? "1.2" : "1.3",
    cipher: socket.getCipher().standardName,
    alpnProtocol: socket.alpnProtocol || undefined,
    // The engine gives an empty one where none was shown, or none at all.
    peer: peerNameOf(socket.getPeerCertificate() ?? {}),
    verified,
    handshakeMs,
  };
}
