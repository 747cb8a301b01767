import { MUCH, type Scenario } from "./asyncio_scenario.ts";

/** asyncio's `abort()` is close(2); said once, meant by each scenario with an abort. */
export const ABORT_RESETS =
  "abort() is RST here, so that the peer cannot take what it got for all; asyncio closes the socket, " +
  "which looks like a good end.";

const DROPS =
  " And what was written in the same turn has not left: asyncio sends what it can at once, here one turn's " +
  "writes go out together after it.";

/** How connections come to a good end, or to one of our own making. */
export const ENDING: readonly Scenario[] = [
  {
    name: "echo, then the peer's FIN: eof_received returns None, which closes",
    first: { dataReceived: [["write", 5]] },
    then: async (stage) => {
      await stage.deliver(5);
      await stage.read(5);
      await stage.fin();
    },
    asyncio: { calls: ["connectionMade", "dataReceived 5", "eofReceived", "connectionLost"], peer: "5 bytes, FIN" },
  },
  {
    name: "half-close by us: write_eof, the peer answers and sends FIN",
    first: { connectionMade: [["write", 5], ["writeEof"], ["writeEof"]] },
    then: async (stage) => {
      await stage.readToEnd();
      await stage.deliver(7);
      await stage.fin();
    },
    asyncio: { calls: ["connectionMade", "dataReceived 7", "eofReceived", "connectionLost"], peer: "5 bytes, FIN" },
  },
  {
    name: "half-close by the peer: eof_received returns true, we write on, then close",
    first: { eofReceived: [["write", 5], ["return", true]] },
    then: async (stage) => {
      await stage.fin();
      await stage.read(5);
      await stage.act("write", 7);
      await stage.read(12);
      await stage.act("close");
    },
    asyncio: {
      calls: ["connectionMade", "eofReceived", "> write 7", "> close", "connectionLost"],
      peer: "12 bytes, FIN",
    },
  },
  {
    name: "half-close both ways: only close ends it",
    first: { connectionMade: [["writeEof"]], eofReceived: [["return", true]] },
    then: async (stage) => {
      await stage.readToEnd();
      await stage.fin();
      await stage.saw("eofReceived");
      await stage.act("state");
      await stage.act("close");
    },
    asyncio: {
      calls: ["connectionMade", "eofReceived", "> state", "state: reading", "> close", "connectionLost"],
      peer: "0 bytes, FIN",
    },
  },
  {
    name: "close in connection_made",
    first: { connectionMade: [["close"], ["state"], ["close"]] },
    asyncio: { calls: ["connectionMade", "state: closing", "connectionLost"], peer: "0 bytes, FIN" },
  },
  {
    name: "write and close in connection_made",
    first: { connectionMade: [["write", 5], ["close"]] },
    asyncio: { calls: ["connectionMade", "connectionLost"], peer: "5 bytes, FIN" },
  },
  {
    name: "close with data pending: all arrives",
    first: { connectionMade: [["write", MUCH], ["close"]] },
    asyncio: {
      calls: ["connectionMade", "pauseWriting", "resumeWriting", "connectionLost"],
      peer: `${MUCH} bytes, FIN`,
    },
  },
  {
    name: "write_eof with data pending: FIN comes after all of it",
    first: { connectionMade: [["write", MUCH], ["writeEof"]] },
    then: async (stage) => {
      await stage.readToEnd();
      await stage.deliver(5);
      await stage.fin();
    },
    asyncio: {
      calls: [
        "connectionMade",
        "pauseWriting",
        "resumeWriting",
        "dataReceived 5",
        "eofReceived",
        "connectionLost",
      ],
      peer: `${MUCH} bytes, FIN`,
    },
  },
  {
    name: "the peer's FIN with data pending: all arrives",
    first: { connectionMade: [["write", MUCH]] },
    then: async (stage) => {
      await stage.fin();
      await stage.saw("eofReceived");
    },
    asyncio: {
      calls: ["connectionMade", "pauseWriting", "eofReceived", "resumeWriting", "connectionLost"],
      peer: `${MUCH} bytes, FIN`,
    },
  },
  {
    name: "abort in connection_made",
    first: { connectionMade: [["abort"], ["state"], ["abort"], ["close"]] },
    asyncio: { calls: ["connectionMade", "state: closing", "connectionLost"], peer: "0 bytes, FIN" },
    ours: { peer: "0 bytes, RST", because: ABORT_RESETS },
  },
  {
    name: "abort in data_received, after a write",
    first: { dataReceived: [["write", 5], ["abort"]] },
    then: (stage) => stage.deliver(5),
    asyncio: { calls: ["connectionMade", "dataReceived 5", "connectionLost"], peer: "5 bytes, FIN" },
    ours: { peer: "0 bytes, RST", because: ABORT_RESETS + DROPS },
  },
  {
    name: "abort with data pending: it is dropped",
    first: { connectionMade: [["write", MUCH]] },
    then: async (stage) => {
      await stage.read(1);
      await stage.act("abort");
    },
    anyAmount: true,
    asyncio: { calls: ["connectionMade", "pauseWriting", "> abort", "connectionLost"], peer: "some bytes, FIN" },
    ours: { peer: "some bytes, RST", because: ABORT_RESETS },
  },
  {
    name: "close with data pending, then abort",
    first: { connectionMade: [["write", MUCH], ["close"]] },
    then: async (stage) => {
      await stage.read(1);
      await stage.act("abort");
    },
    anyAmount: true,
    asyncio: { calls: ["connectionMade", "pauseWriting", "> abort", "connectionLost"], peer: "some bytes, FIN" },
    ours: { peer: "some bytes, RST", because: ABORT_RESETS },
  },
];
