import { MUCH, type Scenario } from "./asyncio_scenario.ts";
import { ABORT_RESETS } from "./asyncio_scenarios_ending.ts";

const FIN_FIRST =
  "Deno sends FIN whenever it closes a socket, and the kernel its RST for bytes that nobody read only " +
  "after that: the peer sees the FIN first. asyncio's close(2) sends the RST alone.";

const READ_AHEAD =
  "A read is under way here even when reading is paused, and a short buffer is filled from what it brought: " +
  "that counts as read, and the peer gets no RST for it. asyncio leaves it in the kernel.";

/** Calls from within callbacks, and what is left over when the end comes. */
export const CORNERS: readonly Scenario[] = [
  {
    name: "write, write_eof and close in one go",
    first: { connectionMade: [["write", 5], ["writeEof"], ["close"]] },
    asyncio: { calls: ["connectionMade", "connectionLost"], peer: "5 bytes, FIN" },
  },
  {
    name: "write_eof and close with data pending",
    first: { connectionMade: [["write", MUCH], ["writeEof"], ["close"]] },
    asyncio: {
      calls: ["connectionMade", "pauseWriting", "resumeWriting", "connectionLost"],
      peer: `${MUCH} bytes, FIN`,
    },
  },
  {
    name: "close in eof_received, which returns true",
    first: { eofReceived: [["close"], ["return", true]] },
    then: (stage) => stage.fin(),
    asyncio: { calls: ["connectionMade", "eofReceived", "connectionLost"], peer: "0 bytes, FIN" },
  },
  {
    name: "write in pause_writing",
    first: { connectionMade: [["write", MUCH], ["close"]], pauseWriting: [["write", 5]] },
    asyncio: {
      calls: ["connectionMade", "pauseWriting", "resumeWriting", "connectionLost"],
      peer: `${MUCH + 5} bytes, FIN`,
    },
  },
  {
    name: "close in pause_writing",
    first: { connectionMade: [["write", MUCH]], pauseWriting: [["close"]] },
    asyncio: {
      calls: ["connectionMade", "pauseWriting", "resumeWriting", "connectionLost"],
      peer: `${MUCH} bytes, FIN`,
    },
  },
  {
    name: "abort in pause_writing",
    first: { dataReceived: [["write", MUCH]], pauseWriting: [["abort"]] },
    then: (stage) => stage.deliver(5),
    anyAmount: true,
    asyncio: { calls: ["connectionMade", "dataReceived 5", "pauseWriting", "connectionLost"], peer: "some bytes, FIN" },
    ours: { peer: "0 bytes, RST", because: ABORT_RESETS },
  },
  {
    name: "abort in eof_received",
    first: { eofReceived: [["abort"]] },
    then: (stage) => stage.fin(),
    asyncio: { calls: ["connectionMade", "eofReceived", "connectionLost"], peer: "0 bytes, FIN" },
    ours: { peer: "0 bytes, RST", because: ABORT_RESETS },
  },
  {
    name: "set_protocol in buffer_updated: the other gets the rest",
    first: { dataReceived: [["setProtocol"]] },
    buffer: 4,
    then: async (stage) => {
      await stage.deliver(10);
      await stage.fin();
    },
    asyncio: {
      calls: [
        "connectionMade",
        "dataReceived 4",
        "second: dataReceived 6",
        "second: eofReceived",
        "second: connectionLost",
      ],
      peer: "0 bytes, FIN",
    },
  },
  {
    name: "close in buffer_updated with data left",
    first: { dataReceived: [["close"]] },
    buffer: 4,
    then: (stage) => stage.send(10),
    asyncio: { calls: ["connectionMade", "dataReceived 4", "connectionLost"], peer: "0 bytes, RST" },
    ours: { peer: "0 bytes, FIN", because: READ_AHEAD },
  },
  {
    name: "pause_reading, data, close",
    first: { dataReceived: [["pauseReading"]] },
    then: async (stage) => {
      await stage.deliver(5);
      await stage.send(5);
      await stage.acknowledged();
      await stage.act("close");
    },
    asyncio: { calls: ["connectionMade", "dataReceived 5", "> close", "connectionLost"], peer: "0 bytes, RST" },
    ours: { peer: "0 bytes, FIN", because: FIN_FIRST },
  },
  {
    name: "pause_reading while reading, data, close",
    first: {},
    then: async (stage) => {
      await stage.deliver(5);
      await stage.act("pauseReading");
      await stage.send(5);
      await stage.acknowledged();
      await stage.act("close");
    },
    asyncio: {
      calls: ["connectionMade", "dataReceived 5", "> pauseReading", "> close", "connectionLost"],
      peer: "0 bytes, RST",
    },
    ours: { peer: "0 bytes, FIN", because: READ_AHEAD },
  },
  {
    name: "pause_reading while reading, data, FIN, resume_reading",
    first: {},
    then: async (stage) => {
      await stage.deliver(5);
      await stage.act("pauseReading");
      await stage.send(5);
      await stage.fin();
      await stage.acknowledged();
      await stage.act("resumeReading");
    },
    asyncio: {
      calls: [
        "connectionMade",
        "dataReceived 5",
        "> pauseReading",
        "> resumeReading",
        "dataReceived 5",
        "eofReceived",
        "connectionLost",
      ],
      peer: "0 bytes, FIN",
    },
  },
  {
    name: "pause_reading while reading, RST, write: the write meets it",
    first: {},
    then: async (stage) => {
      await stage.deliver(5);
      await stage.act("pauseReading");
      stage.reset();
      await stage.act("awaitReset");
      await stage.act("write", 5);
    },
    asyncio: {
      calls: [
        "connectionMade",
        "dataReceived 5",
        "> pauseReading",
        "> awaitReset",
        "> write 5",
        "connectionLost: reset",
      ],
      peer: "0 bytes, its own RST",
    },
  },
  {
    name: "the peer's RST after write_eof",
    first: { connectionMade: [["write", 5], ["writeEof"]] },
    then: async (stage) => {
      await stage.readToEnd();
      stage.reset();
    },
    asyncio: { calls: ["connectionMade", "connectionLost: reset"], peer: "5 bytes, its own RST" },
  },
  {
    name: "write_eof after the peer's RST, which was not read yet",
    first: { dataReceived: [["pauseReading"]] },
    then: async (stage) => {
      await stage.deliver(5);
      stage.reset();
      await stage.act("awaitReset");
      await stage.act("writeEof");
      await stage.act("resumeReading");
    },
    asyncio: {
      calls: [
        "connectionMade",
        "dataReceived 5",
        "> awaitReset",
        "> writeEof",
        "refused",
        "> resumeReading",
        "connectionLost: reset",
      ],
      peer: "0 bytes, its own RST",
    },
    ours: {
      calls: [
        "connectionMade",
        "dataReceived 5",
        "> awaitReset",
        "> writeEof",
        "> resumeReading",
        "connectionLost: reset",
      ],
      because: "What is wrong with a connection comes as connectionLost() alone: writeEof() of asyncio's throws " +
        "the system's error.",
    },
  },
];
