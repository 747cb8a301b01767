/**
 * A Worker that tells the time by the clock of the thread that asks.
 *
 * @module
 */
/// <reference lib="webworker" />
import { sharedClock } from "../../lib/core/shared_clock.ts";

self.onmessage = ({ data: origin }: MessageEvent<number>) => self.postMessage(sharedClock(origin)());
