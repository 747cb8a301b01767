import { MUCH, type Scenario } from "./asyncio_scenario.ts";

const BUFFERS_FIRST =
  "write() never calls the system here, one turn's writes go out together after it: the buffer holds them " +
  "until then, and the marks count them. asyncio sends at once and buffers only what the kernel does not " +
  "take.";

/** How data flows, is held up, and flows on. */
export const FLOW: readonly Scenario[] = [
  {
    name: "writelines",
    first: { dataReceived: [["writeLines", 1, 0, 2, 3], ["close"]] },
    then: (stage) => stage.deliver(5),
    asyncio: { calls: ["connectionMade", "dataReceived 5", "connectionLost"], peer: "6 bytes, FIN" },
  },
  {
    name: "much comes",
    first: {},
    then: async (stage) => {
      await stage.deliver(MUCH);
      await stage.fin();
    },
    asyncio: {
      calls: ["connectionMade", `dataReceived ${MUCH}`, "eofReceived", "connectionLost"],
      peer: "0 bytes, FIN",
    },
  },
  {
    name: "a buffered protocol with a buffer shorter than what comes",
    first: {},
    buffer: 4,
    then: async (stage) => {
      await stage.deliver(10);
      await stage.fin();
    },
    asyncio: { calls: ["connectionMade", "dataReceived 10", "eofReceived", "connectionLost"], peer: "0 bytes, FIN" },
  },
  {
    name: "set_protocol in data_received: the next call is the other's",
    first: { dataReceived: [["write", 1], ["setProtocol"]] },
    second: { dataReceived: [["write", 2]] },
    then: async (stage) => {
      await stage.deliver(5);
      await stage.read(1);
      await stage.deliver(7);
      await stage.read(3);
      await stage.fin();
    },
    asyncio: {
      calls: [
        "connectionMade",
        "dataReceived 5",
        "second: dataReceived 7",
        "second: eofReceived",
        "second: connectionLost",
      ],
      peer: "3 bytes, FIN",
    },
  },
  {
    name: "paused at the high mark while the peer does not read, resumed once it does, and again",
    first: { connectionMade: [["write", MUCH], ["state"]] },
    then: async (stage) => {
      await stage.read(MUCH);
      await stage.saw("resumeWriting");
      await stage.act("write", MUCH);
      await stage.read(2 * MUCH);
      await stage.saw("resumeWriting", 2);
      await stage.act("close");
    },
    asyncio: {
      calls: [
        "connectionMade",
        "pauseWriting",
        "state: reading, buffered",
        "resumeWriting",
        `> write ${MUCH}`,
        "pauseWriting",
        "resumeWriting",
        "> close",
        "connectionLost",
      ],
      peer: `${2 * MUCH} bytes, FIN`,
    },
  },
  {
    name: "write in resume_writing",
    first: { connectionMade: [["write", MUCH]], resumeWriting: [["write", 5]] },
    then: async (stage) => {
      await stage.read(MUCH + 5);
      await stage.act("close");
    },
    asyncio: {
      calls: ["connectionMade", "pauseWriting", "resumeWriting", "> close", "connectionLost"],
      peer: `${MUCH + 5} bytes, FIN`,
    },
  },
  {
    name: "limits lowered below what is buffered: paused there and then",
    first: { connectionMade: [["limits", MUCH, MUCH], ["write", MUCH], ["limits", 1024, 512]] },
    then: async (stage) => {
      await stage.read(MUCH);
      await stage.saw("resumeWriting");
      await stage.act("close");
    },
    asyncio: {
      calls: ["connectionMade", "pauseWriting", "resumeWriting", "> close", "connectionLost"],
      peer: `${MUCH} bytes, FIN`,
    },
  },
  {
    name: "limits raised above what is buffered",
    first: { connectionMade: [["write", MUCH]] },
    then: async (stage) => {
      await stage.act("limits", 2 * MUCH, 2 * MUCH);
      await stage.act("state");
      await stage.read(MUCH);
      await stage.saw("resumeWriting");
      await stage.act("close");
    },
    asyncio: {
      calls: [
        "connectionMade",
        "pauseWriting",
        `> limits ${2 * MUCH} ${2 * MUCH}`,
        "> state",
        "state: reading, buffered",
        "resumeWriting",
        "> close",
        "connectionLost",
      ],
      peer: `${MUCH} bytes, FIN`,
    },
    ours: {
      calls: [
        "connectionMade",
        "pauseWriting",
        `> limits ${2 * MUCH} ${2 * MUCH}`,
        "resumeWriting",
        "> state",
        "state: reading, buffered",
        "> close",
        "connectionLost",
      ],
      because:
        "New limits are obeyed at once both ways: asyncio pauses at once, but resumes only when more has gone out.",
    },
  },
  {
    name: "more than the high mark to a peer with room for it",
    first: { connectionMade: [["limits", 4, 1], ["write", 5], ["state"]] },
    then: async (stage) => {
      await stage.read(5);
      await stage.act("close");
    },
    asyncio: {
      calls: ["connectionMade", "state: reading", "> close", "connectionLost"],
      peer: "5 bytes, FIN",
    },
    ours: {
      calls: [
        "connectionMade",
        "pauseWriting",
        "state: reading, buffered",
        "resumeWriting",
        "> close",
        "connectionLost",
      ],
      because: BUFFERS_FIRST,
    },
  },
  {
    name: "pause_reading, data, resume_reading",
    first: { dataReceived: [["pauseReading"], ["pauseReading"], ["state"]] },
    then: async (stage) => {
      await stage.deliver(5);
      await stage.send(7);
      await stage.acknowledged();
      await stage.act("state");
      await stage.act("resumeReading");
      await stage.saw("dataReceived 7");
      await stage.act("close");
    },
    asyncio: {
      calls: [
        "connectionMade",
        "dataReceived 5",
        "state: nothing",
        "> state",
        "state: nothing",
        "> resumeReading",
        "dataReceived 7",
        "state: nothing",
        "> close",
        "connectionLost",
      ],
      peer: "0 bytes, FIN",
    },
  },
  {
    name: "pause_reading, data and FIN, resume_reading",
    first: {},
    then: async (stage) => {
      await stage.act("pauseReading");
      await stage.send(5);
      await stage.fin();
      await stage.acknowledged();
      await stage.act("state");
      await stage.act("resumeReading");
    },
    asyncio: {
      calls: [
        "connectionMade",
        "> pauseReading",
        "> state",
        "state: nothing",
        "> resumeReading",
        "dataReceived 5",
        "eofReceived",
        "connectionLost",
      ],
      peer: "0 bytes, FIN",
    },
  },
];
