/**
 * A place on this machine where connecting gets no answer.
 *
 * @module
 */
import { connect } from "../../lib/net/connect.ts";
import { ConnectError } from "../../lib/core/errors.ts";
import type { Connection } from "../../lib/net/connection.ts";
import { listen } from "../../lib/net/listen.ts";

/** A listener that accepts nobody and whose queue is full: the kernel drops further SYNs. */
export interface Unanswered extends Disposable {
  readonly port: number;
}

/** Fills the accept queue of a new listener on 127.0.0.1. */
export async function makeUnanswered(): Promise<Unanswered> {
  const listener = listen({ backlog: 1 });
  const queued: Connection[] = [];
  const dispose = () => {
    for (const connection of queued) connection.close();
    listener.close();
  };
  try {
    // Linux queues backlog + 1; others may queue a little more.
    for (let i = 0; i < 20; i++) queued.push(await connect({ port: listener.addr.port, connectTimeout: 250 }));
  } catch (error) {
    if (error instanceof ConnectError && error.kind === "timeout") {
      return { port: listener.addr.port, [Symbol.dispose]: dispose };
    }
    dispose();
    throw error;
  }
  dispose();
  throw new Error("a queue of 1 took 20 connections");
}
