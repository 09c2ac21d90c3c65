// Follows the player that the App shows, and moves it.

import { canSeek, drawWhatIsShown, isLoaded, isShown, playIfStuck, sampleOf } from "./player.js";

/** @import { Looker } from "./types" */

const NO_PLAYER =
  "There is no player to follow, so the tree stands still. It follows the video in the Explore tab, " +
  "not in the Annotate tab.";

const COVERED = "This panel covers the video. Show both, and the tree follows the video.";

/** How often to look whether the player is still on the page, and plays, in milliseconds. */
const WATCH_MS = 700;
/** How long to wait for a player before saying that there is none, and before saying that it is covered. */
const NO_PLAYER_MS = 2500;
const COVERED_MS = 300;
/** How long to wait before asking again whether the player has loaded, or before moving it again. */
const RETRY_MS = 100;
/** How long a seek that was asked for is passed on to a player that takes the place of the one before. */
const PASS_ON_MS = 3000;
/** How long after a seek a player that has just loaded may restart at frame 1. */
const RESTART_MS = 1500;
/** How often such a player is moved again; after that, somebody else has moved it. */
const MAX_RESTARTS = 3;

/**
 * What is told of the player.
 *
 * @typedef {object} Listener
 * @property {(frame: number, force?: boolean) => void} onFrame `force`: to be shown even if the frame
 *   is the same
 * @property {(playing: boolean) => void} onPlaying
 * @property {(available: boolean) => void} onAvailable
 * @property {() => void} [onFailure] the player cannot show the video
 * @property {(text: string, covered?: boolean) => void} onWarning an empty text: there is none
 * @property {() => [number, number] | null} loopRange the frames to repeat
 * @property {() => number} startFrame where a player starts: at the open clip's first frame, or at 1
 */

/**
 * A seek that was asked for.
 *
 * @typedef {object} Seek
 * @property {number} frame
 * @property {number} tries 0 if the player was loaded when it was asked for
 * @property {string | undefined} sample
 * @property {number} deadline until when it is passed on
 */

export class Follower {
  /** @type {unknown} The player that the App has, on the page or not. */
  offered = null;
  /** @type {Looker | null} The player that is followed. */
  looker = null;
  /** Whether there is a tree that could follow a player. */
  wanted = false;
  wasShown = false;
  covered = false;
  frame = 0;
  playing = false;
  /** @type {(() => void)[]} */
  unsubscribe = [];
  /** @type {Seek | null} */
  pending = null;
  soughtAt = 0;
  /** When the player came. */
  attachedAt = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  warningTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  retryTimer;
  /** The request for the next screen refresh; 0 if there is none. */
  refresh = 0;
  /** How often the playhead moved, and how long the listener took for it. */
  moves = 0;
  movesMs = 0;

  /**
   * @param {Listener} listener
   * @param {() => number} now returns the time in milliseconds
   */
  constructor(listener, now = () => performance.now()) {
    this.listener = listener;
    this.now = now;
    // Nothing tells that a player has left the page, as it does for the Annotate tab.
    this.watch = setInterval(() => {
      if (canSeek(this.offered) && isShown(this.offered) !== this.wasShown) this.reattach();
      else if (this.looker) playIfStuck(this.looker);
    }, WATCH_MS);
  }

  destroy() {
    this.detach();
    clearInterval(this.watch);
    if (this.refresh) cancelAnimationFrame(this.refresh);
  }

  /**
   * Follows the player that the App has now.
   *
   * @param {unknown} looker
   * @param {boolean} wanted whether there is a tree that could follow it
   */
  attach(looker, wanted) {
    this.offered = looker;
    this.wanted = wanted;
    this.reattach();
  }

  reattach() {
    this.detach();
    const looker = canSeek(this.offered) && isShown(this.offered) ? this.offered : null;
    this.wasShown = looker !== null;
    this.looker = this.wanted ? looker : null;
    this.attachedAt = this.now();
    this.frame = 0;
    this.playing = Boolean(this.looker?.state?.playing); // not what the one before did
    this.listener.onAvailable(this.looker !== null);
    this.listener.onWarning("");
    if (!this.looker) {
      this.listener.onPlaying(false);
      this.listener.onFrame(1, true);
      if (this.wanted) this.warnSoon();
      return;
    }
    this.unsubscribe = [
      this.looker.subscribeToState("frameNumber", (frame) => this.setFrame(frame)),
      this.looker.subscribeToState("playing", () => this.setPlaying(Boolean(looker?.state?.playing))),
      this.looker.subscribeToState("error", (error) => this.setError(error)),
      drawWhatIsShown(this.looker),
    ];
    this.setError(this.looker.state?.error);
    this.playing = Boolean(this.looker.state?.playing);
    this.listener.onPlaying(this.playing);
    this.setFrame(this.looker.state?.frameNumber || 1);
    this.passOn(this.looker);
  }

  detach() {
    for (const end of this.unsubscribe) end();
    this.unsubscribe = [];
    clearTimeout(this.warningTimer);
    clearTimeout(this.retryTimer);
  }

  /** @param {boolean} covered whether another panel is in front of the player */
  setCovered(covered) {
    if (covered === this.covered) return;
    this.covered = covered;
    this.reattach();
  }

  /** Says that there is no player, once it had time to come. */
  warnSoon() {
    const warn = () => this.listener.onWarning(this.covered ? COVERED : NO_PLAYER, this.covered);
    this.warningTimer = setTimeout(warn, this.covered ? COVERED_MS : NO_PLAYER_MS);
  }

  /** @param {unknown} error why the player cannot show the video, if it cannot */
  setError(error) {
    if (error) this.listener.onFailure?.();
  }

  /** @param {boolean} playing which the player also tells at each frame */
  setPlaying(playing) {
    if (playing === this.playing) return;
    this.playing = playing;
    this.listener.onPlaying(playing);
  }

  /**
   * The player is at a frame, as it tells at each refresh of the screen. The listener is told once per
   * refresh, if the frame is another one.
   *
   * @param {number} frame
   */
  setFrame(frame) {
    if (!Number.isFinite(frame)) return;
    const isSame = frame === this.frame;
    this.frame = frame;
    this.retryAfterRestart();
    const range = this.playing ? this.listener.loopRange() : null;
    if (range && (frame >= range[1] || frame < range[0] - 1)) this.repeatFrom(range[0]);
    if (this.refresh || isSame) return;
    this.refresh = requestAnimationFrame(() => {
      this.refresh = 0;
      const began = this.now();
      this.listener.onFrame(this.frame);
      this.moves += 1;
      this.movesMs += this.now() - began;
    });
  }

  /**
   * Has the player go on from a frame: at the end of its video it stops by itself.
   *
   * @param {number} frame
   */
  repeatFrom(frame) {
    this.seek(frame);
    if (!this.looker?.state?.playing) this.looker?.play();
  }

  /**
   * Moves the player, as soon as it has loaded.
   *
   * @param {number} frame
   * @param {number} tries how often this was tried before
   */
  seek(frame, tries = 0) {
    const { looker } = this;
    if (!looker) return;
    // A player that has just come may start once more, as one that was waited for may.
    const isNew = this.now() - this.attachedAt < RESTART_MS;
    const known = { sample: sampleOf(looker), deadline: this.now() + PASS_ON_MS };
    this.pending = { frame, tries: tries || Number(isNew), ...known };
    if (isLoaded(looker)) {
      clearTimeout(this.retryTimer);
      looker.seekToFrame(frame);
      this.soughtAt = this.now();
    } else if (!looker.state?.error) this.retry(() => this.seek(frame, tries || 1));
  }

  /** @param {() => void} action */
  retry(action) {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(action, RETRY_MS);
  }

  /** Moves a player again that was waited for and has restarted since. */
  retryAfterRestart() {
    const { pending } = this;
    const start = this.listener.startFrame();
    if (!pending || !pending.tries || pending.frame === start || this.playing || this.frame !== start) return;
    if (pending.tries > MAX_RESTARTS || this.now() - this.soughtAt > RESTART_MS) return;
    this.retry(() => {
      if (this.pending === pending && this.frame === start) this.seek(pending.frame, pending.tries + 1);
    });
  }

  /**
   * Passes a recent seek on to a player that takes the place of another one of the same sample.
   *
   * @param {Looker} looker
   */
  passOn(looker) {
    const { pending } = this;
    if (!pending || this.now() > pending.deadline) return;
    if (sampleOf(looker) === pending.sample) this.seek(pending.frame);
  }

  togglePlaying() {
    if (this.playing) this.looker?.pause();
    else this.looker?.play();
  }

  /** Returns what moves of the playhead have cost, and when the player was moved last. */
  stats() {
    return { moves: this.moves, movesMs: this.movesMs, sought: this.soughtAt };
  }
}
