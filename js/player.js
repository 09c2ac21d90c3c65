// The player ("looker") of the open video, which the App keeps in an atom.

import { sleep } from "./app.js";

/** @import { Looker } from "./types" */

/**
 * Whether a value is the player of a video that can be followed and moved.
 *
 * @param {unknown} looker
 * @returns {looker is Looker}
 */
export function canSeek(looker) {
  const { seekToFrame, subscribeToState } = /** @type {Partial<Looker>} */ (looker ?? {});
  return typeof seekToFrame === "function" && typeof subscribeToState === "function";
}

/**
 * Returns the id of the sample that a player shows; undefined where the player does not say.
 *
 * @param {Looker} looker
 */
export function sampleOf(looker) {
  return looker.state?.config?.sampleId;
}

/**
 * Whether a player is on the page: the App keeps the last one after it has left.
 *
 * @param {Looker} looker
 */
export function isShown(looker) {
  return looker.lookerElement?.element?.isConnected ?? true;
}

/**
 * Whether a player knows how long its video is: before, it ignores a seek.
 *
 * @param {Looker} looker
 */
export function isLoaded(looker) {
  return (looker.state?.duration ?? null) !== null;
}

/**
 * Has a player that stands still draw each frame that its video comes to show. It draws when the browser
 * has found a frame, and the video may still show the one before.
 *
 * @param {Looker} looker
 * @returns {() => void} ends it
 */
export function drawWhatIsShown(looker) {
  const video = videoOf(looker);
  if (!video) return () => {};
  let request = 0;
  const draw = () => {
    if (!video.paused) return;
    drawAgain(looker);
    watch();
  };
  const watch = () => {
    video.cancelVideoFrameCallback(request);
    request = video.requestVideoFrameCallback(draw);
  };
  const events = new AbortController();
  for (const name of ["pause", "seeking"]) video.addEventListener(name, watch, events);
  return () => {
    events.abort();
    video.cancelVideoFrameCallback(request);
  };
}

/**
 * Has a player that says that it plays, but whose video stands still, try again to play it, as it does
 * whenever it draws.
 *
 * @param {Looker} looker
 */
export function playIfStuck(looker) {
  const { playing, buffering } = looker.state ?? {};
  if (playing && !buffering && videoOf(looker)?.paused) drawAgain(looker);
}

/** @param {Looker} looker */
function drawAgain(looker) {
  looker.updater?.({}, () => {});
}

/**
 * Returns the video of a player; undefined where it does not tell when it shows a frame.
 *
 * @param {Looker} looker
 */
function videoOf(looker) {
  const parts = looker.lookerElement?.children ?? [];
  return parts.map(({ element }) => /** @type {Partial<HTMLVideoElement>} */ (element)).find(canTellFrames);
}

/**
 * Whether an element is a video that tells when it shows a frame.
 *
 * @param {Partial<HTMLVideoElement> | null} element
 * @returns {element is HTMLVideoElement}
 */
function canTellFrames(element) {
  return typeof element?.requestVideoFrameCallback === "function";
}

/**
 * Waits until the player shows a sample and has loaded it.
 *
 * @param {() => unknown} current returns the player that the App has now
 * @param {string | undefined} sampleId any sample, if left out
 * @param {number} seconds how long to wait
 * @returns {Promise<Looker>}
 */
export async function waitForPlayer(current, sampleId, seconds) {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const looker = current();
    if (canSeek(looker) && isShown(looker) && isLoaded(looker)) {
      const shown = sampleOf(looker);
      if (!sampleId || shown === undefined || shown === sampleId) return looker;
    }
    if (performance.now() > deadline) {
      throw new Error("There is no open video to move: open one in the Explore tab");
    }
    await sleep(50);
  }
}
