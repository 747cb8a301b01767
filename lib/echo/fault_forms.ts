import type { FaultKind } from "./fault.ts";

/** How a fault is written, and what it does. */
export interface FaultForm {
  /** The form: what is in brackets may be left out. */
  readonly syntax: string;
  /** What happens: one sentence that goes on after the form, without a full stop. */
  readonly does: string;
  /** One that makes sense. */
  readonly example: string;
}

/**
 * The text form of all faults: `NAME[=VALUE[,VALUE]...][@BYTES][:SHARE]`. From these rows come the errors of `parseFault()`,
 * and what help, manual page and README say.
 */
export const FAULT_FORMS: Readonly<Record<FaultKind, FaultForm>> = {
  delay: {
    syntax: "delay=TIME[,JITTER[,uniform|normal|pareto]]",
    does: "what is sent, FIN and RST included, goes out later, in order",
    example: "delay=50ms,10ms",
  },
  bandwidth: {
    syntax: "bandwidth=SIZE",
    does: "no more than so many bytes per second go out; with discard, are read",
    example: "bandwidth=1M",
  },
  slice: {
    syntax: "slice=SIZE[,GAP]",
    does: "what is sent dribbles out in small segments, with a gap of time between them",
    example: "slice=1,5ms",
  },
  stall: {
    syntax: "stall[=TIME][@BYTES]",
    does: "nothing more is sent or read, for a time or for ever; the connection stays open",
    example: "stall@64k",
  },
  truncate: {
    syntax: "truncate[@BYTES]",
    does: "the rest of the echo is lost, and all else goes on as if it had been sent",
    example: "truncate@1M",
  },
  "early-fin": {
    syntax: "early-fin[@BYTES]",
    does: "FIN is sent although more is owed, and reading goes on",
    example: "early-fin@1k",
  },
  limit: {
    syntax: "limit[@BYTES]",
    does: "the connection is closed in order, both ways",
    example: "limit@1M",
  },
  reset: {
    syntax: "reset[@BYTES]",
    does: "RST is sent (Linux, needs --allow-ffi)",
    example: "reset@10k",
  },
  corrupt: {
    syntax: "corrupt[=RATE][@BYTES]",
    does: "each byte from there on is changed with this probability (0.1%, 1e-9); without a rate, that one byte",
    example: "corrupt=0.1%",
  },
  refuse: {
    syntax: "refuse",
    does: "RST is sent as soon as a connection is accepted (Linux, needs --allow-ffi)",
    example: "refuse:5%",
  },
};

/** What is to be known of all of them: sentences, one a paragraph. */
export const FAULT_NOTES: readonly string[] = [
  "A fault is written NAME[=VALUE[,VALUE]...][@BYTES][:SHARE], such as reset@10k:20%.",
  "@BYTES: it strikes as soon as so many bytes were sent (with discard: received); 0, the default, is in place of the first.",
  ":SHARE: the share of connections it is injected into, 20% or 0.2 (default: all of them); each fault draws for itself.",
  "Several act together: first what the server does (corrupt to slice), then the path (bandwidth, then delay).",
  "JITTER: uniform within so much of TIME (the default), its standard deviation (normal), or a long tail (pareto).",
  "The same seed draws the same faults for the same connections, in order of accept, and changes the same bytes.",
];
