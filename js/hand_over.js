// Hands a segment over to the tree panel: keeps what is to be shown of a sample until the panel has
// its tree. The App may mount the panel again, or send the tree again, while a sample opens; so a
// segment is kept for a while, and shown again, until a person goes somewhere else or the sample is closed.

/** @import { HandedSegment } from "./types" */

/** How long a segment is kept, in milliseconds: a video on a slow disk takes its time. */
const KEEP_MS = 60_000;

/** @type {HandedSegment | null} */
let kept = null;
let deadline = 0;

/** @type {Set<(segment: HandedSegment) => void>} */
const takers = new Set();

/**
 * Keeps a segment for the panel of its sample, and shows it in one that is there already.
 *
 * @param {HandedSegment} segment
 * @param {number} [now] in milliseconds
 */
export function handOver(segment, now = performance.now()) {
  kept = segment;
  deadline = now + KEEP_MS;
  for (const take of takers) take(segment);
}

/**
 * Returns the segment that is kept for a sample, if any.
 *
 * @param {string} sample
 * @param {number} [now] in milliseconds
 */
export function handedOver(sample, now = performance.now()) {
  return kept?.sample === sample && now < deadline ? kept : null;
}

/**
 * Forgets the segment of a sample: a person has gone somewhere else in it.
 *
 * @param {string} sample
 */
export function forgetHandedOver(sample) {
  if (kept?.sample === sample) kept = null;
}

/**
 * Tells of the segments that are handed over from now on; returns what ends it.
 *
 * @param {(segment: HandedSegment) => void} take
 */
export function onHandOver(take) {
  takers.add(take);
  return () => {
    takers.delete(take);
  };
}
