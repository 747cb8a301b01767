import { MUCH, type Scenario } from "./asyncio_scenario.ts";
import { ABORT_RESETS } from "./asyncio_scenarios_ending.ts";

const EVERY_CALLBACK =
  "What any callback throws ends the connection, as in data_received: asyncio reports it and goes on with " +
  "a protocol whose state nobody knows.";

/** How connections are lost: the peer's RST, callbacks that throw, calls that make no sense. */
export const TROUBLE: readonly Scenario[] = [
  {
    name: "the peer's RST while idle",
    first: {},
    then: async (stage) => {
      await stage.deliver(5);
      stage.reset();
    },
    asyncio: { calls: ["connectionMade", "dataReceived 5", "connectionLost: reset"], peer: "0 bytes, its own RST" },
  },
  {
    name: "the peer's RST while writing",
    first: { connectionMade: [["write", MUCH]] },
    then: async (stage) => {
      await stage.read(1);
      await stage.saw("pauseWriting");
      stage.reset();
    },
    asyncio: { calls: ["connectionMade", "pauseWriting", "connectionLost: reset"], peer: "1 bytes, its own RST" },
  },
  {
    name: "the peer's RST after eof_received returned true: the next write meets it",
    first: { eofReceived: [["return", true]] },
    then: async (stage) => {
      await stage.fin();
      await stage.saw("eofReceived");
      stage.reset();
      await stage.act("awaitReset");
      await stage.act("write", 5);
    },
    asyncio: {
      calls: ["connectionMade", "eofReceived", "> awaitReset", "> write 5", "connectionLost: broken pipe"],
      peer: "0 bytes, its own RST",
    },
  },
  {
    name: "pause_reading, data and RST, resume_reading: the data comes first",
    first: {},
    then: async (stage) => {
      await stage.act("pauseReading");
      await stage.send(5);
      stage.reset();
      await stage.act("awaitReset");
      await stage.act("resumeReading");
    },
    asyncio: {
      calls: [
        "connectionMade",
        "> pauseReading",
        "> awaitReset",
        "> resumeReading",
        "dataReceived 5",
        "connectionLost: reset",
      ],
      peer: "0 bytes, its own RST",
    },
  },
  {
    name: "the peer's RST, not read yet when close comes",
    first: {},
    then: async (stage) => {
      await stage.act("pauseReading");
      stage.reset();
      await stage.act("awaitReset");
      await stage.act("close");
    },
    asyncio: {
      calls: ["connectionMade", "> pauseReading", "> awaitReset", "> close", "connectionLost"],
      peer: "0 bytes, its own RST",
    },
  },
  {
    name: "an exception in data_received",
    first: { dataReceived: [["raise"]] },
    then: (stage) => stage.deliver(5),
    asyncio: {
      calls: ["connectionMade", "dataReceived 5", "reported", "connectionLost: thrown"],
      peer: "0 bytes, FIN",
    },
    ours: { peer: "0 bytes, RST", because: ABORT_RESETS },
  },
  {
    name: "an exception in eof_received",
    first: { eofReceived: [["raise"]] },
    then: (stage) => stage.fin(),
    asyncio: { calls: ["connectionMade", "eofReceived", "reported", "connectionLost: thrown"], peer: "0 bytes, FIN" },
    ours: { peer: "0 bytes, RST", because: ABORT_RESETS },
  },
  {
    name: "an exception in connection_lost",
    first: { connectionMade: [["close"]], connectionLost: [["raise"]] },
    asyncio: { calls: ["connectionMade", "connectionLost", "reported"], peer: "0 bytes, FIN" },
  },
  {
    name: "an exception in connection_made",
    first: { connectionMade: [["raise"]] },
    then: (stage) => stage.fin(),
    asyncio: { calls: ["connectionMade", "reported", "eofReceived", "connectionLost"], peer: "0 bytes, FIN" },
    ours: {
      calls: ["connectionMade", "reported", "connectionLost: thrown"],
      peer: "0 bytes, RST",
      because: EVERY_CALLBACK,
    },
  },
  {
    name: "an exception in pause_writing",
    first: { connectionMade: [["write", MUCH], ["close"]], pauseWriting: [["raise"]] },
    asyncio: {
      calls: ["connectionMade", "pauseWriting", "reported", "resumeWriting", "connectionLost"],
      peer: `${MUCH} bytes, FIN`,
    },
    ours: {
      calls: ["connectionMade", "pauseWriting", "reported", "connectionLost: thrown"],
      peer: "0 bytes, RST",
      because: EVERY_CALLBACK,
    },
  },
  {
    name: "get_buffer gives an empty buffer",
    first: {},
    buffer: 0,
    then: (stage) => stage.send(5),
    asyncio: { calls: ["connectionMade", "reported", "connectionLost: RuntimeError"], peer: "0 bytes, RST" },
    ours: {
      calls: ["connectionMade", "reported", "connectionLost: TypeError"],
      because: "Errors have the class that JavaScript has for their meaning: TypeError for a wrong value.",
    },
  },
  {
    name: "write of something that is not bytes",
    first: { dataReceived: [["writeText"]] },
    then: (stage) => stage.deliver(5),
    asyncio: {
      calls: ["connectionMade", "dataReceived 5", "reported", "connectionLost: TypeError"],
      peer: "0 bytes, FIN",
    },
    ours: { peer: "0 bytes, RST", because: ABORT_RESETS },
  },
  {
    name: "write after write_eof",
    first: { dataReceived: [["writeEof"], ["write", 5]] },
    then: (stage) => stage.deliver(5),
    asyncio: {
      calls: ["connectionMade", "dataReceived 5", "reported", "connectionLost: RuntimeError"],
      peer: "0 bytes, FIN",
    },
    ours: {
      calls: ["connectionMade", "dataReceived 5", "reported", "connectionLost: BrokenPipe"],
      peer: "0 bytes, RST",
      because: "Errors have the class that Deno has for their meaning: BrokenPipe for a write after the FIN. " +
        ABORT_RESETS,
    },
  },
  {
    name: "limits upside down",
    first: { dataReceived: [["limits", 1, 2]] },
    then: (stage) => stage.deliver(5),
    asyncio: {
      calls: ["connectionMade", "dataReceived 5", "reported", "connectionLost: ValueError"],
      peer: "0 bytes, FIN",
    },
    ours: {
      calls: ["connectionMade", "dataReceived 5", "reported", "connectionLost: RangeError"],
      peer: "0 bytes, RST",
      because: "Errors have the class that JavaScript has for their meaning: RangeError for a value out of range. " +
        ABORT_RESETS,
    },
  },
  {
    name: "six writes after close: ignored, the fifth and the sixth with a warning",
    first: {
      connectionMade: [["close"], ...Array(6).fill(["write", 5]), ["writeEof"], ["pauseReading"], ["resumeReading"]],
      connectionLost: [["close"], ["abort"], ["state"]],
    },
    asyncio: {
      calls: ["connectionMade", "warning", "warning", "connectionLost", "state: closing"],
      peer: "0 bytes, FIN",
    },
  },
  {
    name: "write after close with data pending",
    first: { connectionMade: [["write", MUCH], ["close"], ["write", 5]] },
    asyncio: {
      calls: ["connectionMade", "pauseWriting", "resumeWriting", "connectionLost"],
      peer: `${MUCH + 5} bytes, FIN`,
    },
    ours: {
      peer: `${MUCH} bytes, FIN`,
      because: "Nothing is taken after close(): asyncio takes it as long as its buffer is not empty, which is a " +
        "matter of luck.",
    },
  },
];
