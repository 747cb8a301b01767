/**
 * The contract of a transport and its protocol, written once and run over every kind of connection.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Connection } from "../../lib/net/connection.ts";
import { createTransport, type TransportOptions } from "../../lib/transport/create_transport.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { endingCases } from "./transport_ending.ts";
import { lifeCases } from "./transport_life.ts";
import { peerEndingCases } from "./transport_peer_ending.ts";
import { readingCases } from "./transport_reading.ts";
import { testUnless } from "./needs.ts";
import { BufferedRecorder, type Hooks, Recorder, turns } from "./transport_recorder.ts";
import { switchingCases } from "./transport_switching.ts";
import { throwingCases } from "./transport_throwing.ts";
import { writingCases } from "./transport_writing.ts";

/** A kind of connection, and what a case may rely on. */
export interface Kind {
  name: string;
  /** Makes both ends. */
  connect(): Promise<[near: Connection, far: Connection]>;
  /** Bytes of a long transfer: less where each byte costs a promise. */
  large: number;
  /** More bytes than all buffers on the way hold: they go out only if the peer reads. */
  overfull: number;
  /** Whether `abort()` is a RST. */
  resets: boolean;
  /** Why it cannot be tried here. */
  skip?: string;
}

/** What a case works with: a transport's connection, and the peer's. */
export interface Stage {
  kind: Kind;
  near: Connection;
  far: Connection;
  /** What `onError` was told. */
  errors: unknown[];
  /** Starts the transport, with a protocol that records. */
  start(hooks?: Hooks, options?: TransportOptions): Recorder;
  /** The same, with a protocol that has a buffer of that size. */
  startBuffered(size: number, hooks?: Hooks): BufferedRecorder;
}

/** A case of the contract. */
export type TransportCase = (stage: Stage) => Promise<void>;

const ALL: Record<string, TransportCase> = {
  ...lifeCases,
  ...readingCases,
  ...writingCases,
  ...endingCases,
  ...peerEndingCases,
  ...switchingCases,
  ...throwingCases,
};

/** Registers every case as a test. */
export function transportContract(kind: Kind): void {
  for (const [title, run] of Object.entries(ALL)) {
    testUnless(kind.skip, `${kind.name}: ${title}`, async () => {
      const [near, far] = await kind.connect();
      using _far = far;
      const started: { recorder: Recorder | BufferedRecorder; transport: Transport }[] = [];
      const errors: unknown[] = [];
      const begin = <R extends Recorder | BufferedRecorder>(recorder: R, options?: TransportOptions): R => {
        const onError = (error: unknown) => void errors.push(error);
        started.push({ recorder, transport: createTransport(near, recorder, { onError, ...options }) });
        return recorder;
      };
      try {
        await run({
          kind,
          near,
          far,
          errors,
          start: (hooks, options) => begin(new Recorder(hooks), options),
          startBuffered: (size, hooks) => begin(new BufferedRecorder(size, hooks)),
        });
      } finally {
        for (const { transport } of started) transport.abort();
        // connectionLost() of the last, and the operations that it interrupts.
        await turns(2);
        near.close();
      }
      for (const { recorder } of started) assertEquals(recorder.violations, []);
    });
  }
}
