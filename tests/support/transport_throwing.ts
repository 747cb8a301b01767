/**
 * The part of the transport's contract about callbacks, hooks and loggers that throw.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { randomBytes } from "./bytes.ts";
import { outcome, readAll } from "./contract_connection.ts";
import { RecordingLogger } from "./echo_recording_logger.ts";
import type { Stage, TransportCase } from "./transport_contract.ts";
import type { Hooks } from "./transport_recorder.ts";
import { turns } from "./transport_recorder.ts";

const failure = new Error("on purpose");

const throwing = (): never => {
  throw failure;
};
const rejecting = () => Promise.reject(failure);
/** Rejects when the connection has gone on, or is over already. */
const rejectingLate = async () => {
  await turns(1);
  throw failure;
};

/** Brings about every callback of a protocol. */
async function provoke({ far }: Stage, recorder: ReturnType<Stage["start"] | Stage["startBuffered"]>) {
  const { transport } = recorder;
  transport.setWriteBufferLimits({ high: 0 });
  transport.write(new Uint8Array(10));
  const reading = outcome(readAll(far));
  await outcome(far.write(randomBytes(1)));
  await turns(2);
  await outcome(far.closeWrite());
  await recorder.ended();
  await turns(3);
  await reading;
}

const CALLBACKS = [
  "connectionMade",
  "dataReceived",
  "eofReceived",
  "pauseWriting",
  "resumeWriting",
] as const satisfies (keyof Hooks)[];

const callbackCases: Record<string, TransportCase> = {};
for (const [how, thrower] of Object.entries({ throws: throwing, rejects: rejecting, "rejects late": rejectingLate })) {
  for (const callback of CALLBACKS) {
    callbackCases[`${callback}() that ${how} ends the connection and is told`] = async (stage) => {
      const recorder = stage.start({ [callback]: thrower });
      await provoke(stage, recorder);
      assertEquals(stage.errors, [failure]);
      // What is late may find the connection over; after eofReceived() it is at once.
      const late = how === "rejects late" || how === "rejects" && callback === "eofReceived";
      assertStrictEquals(recorder.error, late ? recorder.error : failure);
    };
  }
  for (const callback of ["getBuffer", "bufferUpdated"] as const) {
    callbackCases[`${callback}() that ${how} ends the connection and is told`] = async (stage) => {
      const recorder = stage.startBuffered(10, { [callback]: thrower });
      await provoke(stage, recorder);
      assert(stage.errors.includes(failure), "not told");
      // A promise is no buffer: that is told as well.
      if (callback === "bufferUpdated" || how === "throws") assertEquals(stage.errors, [failure]);
      if (how === "throws") assertStrictEquals(recorder.error, failure);
    };
  }
  callbackCases[`connectionLost() that ${how} is told to onError alone`] = async (stage) => {
    const recorder = stage.start({ connectionLost: thrower });
    recorder.transport.close();
    assertEquals(await recorder.ended(), null);
    await turns(3);
    assertEquals([stage.errors, recorder.events], [[failure], ["made", "lost"]]);
    assertEquals(await outcome(readAll(stage.far)), new Uint8Array(), "closed nevertheless");
  };
}

/** What cannot be made a text. */
const UNSPEAKABLE = Object.create(null);
const HOSTILE = Object.defineProperty(new Error(), "message", { get: throwing });

const oddCases: Record<string, TransportCase> = {
  "what is thrown and no Error becomes one": async ({ start, errors }) => {
    const recorder = start({
      connectionMade() {
        throw "a text";
      },
    });
    assertInstanceOf(await recorder.ended(), Error);
    assertEquals([recorder.error?.message, recorder.error?.cause], ["a text", "a text"]);
    assertEquals(errors, ["a text"]);
  },

  "null and undefined, thrown, are errors, too": async ({ start, far }) => {
    const recorder = start({
      dataReceived: () => Promise.reject(null),
      connectionLost: () => Promise.reject(undefined),
    });
    await far.write(randomBytes(1));
    assertInstanceOf(await recorder.ended(), Error);
  },

  "what cannot be told in words is told": async ({ start, errors, far }) => {
    const logger = new RecordingLogger();
    const recorder = start({
      dataReceived: () => Promise.reject(UNSPEAKABLE),
      connectionLost() {
        throw HOSTILE;
      },
    }, { logger });
    await far.write(randomBytes(1));
    assertInstanceOf(await recorder.ended(), Error);
    assertEquals([errors.length, errors[0] === UNSPEAKABLE, errors[1] === HOSTILE], [2, true, true]);
    assertEquals(logger.texts("error").length, 2);
  },

  "an exception drops what is buffered, and the peer sees RST": async ({ kind, start, far }) => {
    const recorder = start({ dataReceived: throwing });
    recorder.transport.write(new Uint8Array(kind.overfull));
    await far.write(randomBytes(1));
    assertStrictEquals(await recorder.ended(), failure);
    const result = await outcome(readAll(far));
    assertEquals(result instanceof Uint8Array ? "FIN" : result, kind.resets ? "ConnectionReset" : "FIN");
  },

  "an exception is logged, with the peer": async ({ start }) => {
    const logger = new RecordingLogger();
    const recorder = start({ connectionMade: throwing }, { logger });
    await recorder.ended();
    assertEquals(logger.texts("error").length, 1);
    assertStringIncludes(logger.texts("error")[0], "failed: on purpose");
    assertStringIncludes(logger.texts("error")[0], "127.0.0.1:");
    assertEquals(logger.records[0].fields?.event, "protocol-error");
  },

  "pauseWriting() that throws does not throw out of write()": async ({ start }) => {
    const recorder = start({ pauseWriting: throwing });
    recorder.transport.setWriteBufferLimits({ high: 0 });
    recorder.transport.write(randomBytes(1));
    recorder.transport.write(randomBytes(1));
    assertStrictEquals(await recorder.ended(), failure);
    assertEquals(recorder.events, ["made", "pause", "lost"]);
  },
};

const levels = { debug: throwing, info: throwing, warn: throwing, error: throwing };
for (const [how, onError] of Object.entries({ throws: throwing, rejects: rejecting })) {
  oddCases[`onError that ${how}, and a logger that throws, do no harm`] = async ({ start, far }) => {
    const hooks = { dataReceived: throwing, connectionLost: rejecting };
    const recorder = start(hooks, { onError: onError as () => void, logger: levels });
    await far.write(randomBytes(1));
    assertStrictEquals(await recorder.ended(), failure);
    for (let i = 0; i < 6; i++) recorder.transport.write(randomBytes(1));
    await turns();
    assertEquals(recorder.events, ["made", "data", "lost"]);
  };
}

/** Cases about exceptions. */
export const throwingCases: Record<string, TransportCase> = { ...callbackCases, ...oddCases };
