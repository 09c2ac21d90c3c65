// Follows the player that the App has now: where it is, whether it plays, whether it is there at all.
//
// It counts how long its listeners take, which is what a move of the playhead costs.

const NO_PLAYER =
  "No player can be followed here, so the tree stands still: it is the Explore tab's video that " +
  "a panel can follow, not the Annotate tab's.";

const COVERED =
  "The video is in the other tab here, covered by this one. Side by side, the tree follows it.";

/** For how long, in milliseconds, a move that was asked for is worth making by the next player. */
const ASKED_MS = 3000;
/** For how long a player that has just got its video may go back to the first frame by itself. */
const SETTLE_MS = 1500;
/** How often it is brought forward again: then it is where somebody wants it. */
const SETTLE_TRIES = 3;

class Follower {
  /**
   * @param {object} listener is told `moved(frame, again)`, `played(on)`, `able(on)`, `warn(words, covered)`;
   *   says by `repeated()` which frames to repeat, `[first, last]`, or null
   */
  constructor(listener) {
    this.listener = listener;
    this.given = null;
    this.looker = null;
    this.wanted = false;
    this.covered = false;
    this.undo = [];
    this.frame = 0;
    this.asked = null;
    this.later = 0;
    this.playing = false;
    this.next = 0;
    this.moves = 0;
    this.movesMs = 0;
    this.sought = 0;
    // Nothing says that a player has left the page, as it does for the Annotate tab.
    this.watch = setInterval(() => {
      if (canSeek(this.given) && isShown(this.given) !== this.shownBefore) this.take(this.given, this.wanted);
    }, 700);
  }

  /** Takes the player that the App has now; `wanted`: there is an open tree that it could move. */
  take(looker, wanted) {
    this.given = looker;
    this.wanted = wanted;
    this.letGo();
    this.shownBefore = canSeek(looker) && isShown(looker);
    this.looker = this.shownBefore && wanted ? looker : null;
    this.listener.able(this.looker !== null);
    this.frame = 0;
    this.listener.warn("");
    if (!this.looker) {
      this.listener.moved(1, true);
      if (wanted) this.patience = setTimeout(() => this.sayWhy(), this.covered ? 300 : 2500);
      return;
    }
    this.undo.push(looker.subscribeToState("frameNumber", (frame) => this.heard(frame)));
    this.undo.push(looker.subscribeToState("playing", (playing) => this.setPlaying(playing)));
    const state = looker.state || {};
    this.setPlaying(Boolean(state.playing));
    this.heard(state.frameNumber || 1);
    this.goOn();
  }

  /** The App has put another panel over the player, or has taken it away. */
  setCovered(covered) {
    if (covered === this.covered) return;
    this.covered = covered;
    this.take(this.given, this.wanted);
  }

  sayWhy() {
    this.listener.warn(this.covered ? COVERED : NO_PLAYER, this.covered);
  }

  letGo() {
    for (const end of this.undo) end();
    this.undo = [];
    clearTimeout(this.patience);
    clearTimeout(this.later);
  }

  destroy() {
    this.letGo();
    clearInterval(this.watch);
    cancelAnimationFrame(this.next);
  }

  setPlaying(playing) {
    this.playing = playing;
    this.listener.played(playing);
  }

  /** The player is at another frame; told once a screen refresh however often it says so. */
  heard(frame) {
    if (!Number.isFinite(frame)) return;
    this.frame = frame;
    this.holdOn(frame);
    const repeated = this.playing ? this.listener.repeated() : null;
    if (repeated && (frame >= repeated[1] || frame < repeated[0] - 1)) this.seek(repeated[0]);
    if (this.next) return;
    this.next = requestAnimationFrame(() => {
      this.next = 0;
      const began = performance.now();
      this.listener.moved(this.frame);
      this.moves += 1;
      this.movesMs += performance.now() - began;
    });
  }

  /** Moves the player, once it can be moved; `waited`: how often that was not at once. */
  seek(frame, waited = 0) {
    const looker = this.looker;
    if (!looker) return;
    this.asked = { frame, waited, sample: sampleOf(looker), until: performance.now() + ASKED_MS };
    clearTimeout(this.later);
    if (isLoaded(looker)) {
      looker.seekToFrame(frame);
      this.sought = performance.now();
    } else this.later = setTimeout(() => this.seek(frame, waited || 1), 100);
  }

  /** Seeks again where a player that was waited for has begun anew: its video came after all. */
  holdOn(frame) {
    const asked = this.asked;
    if (!asked || !asked.waited || this.playing || frame !== 1 || asked.frame === 1) return;
    if (asked.waited > SETTLE_TRIES || performance.now() - this.sought > SETTLE_MS) return;
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      if (this.asked === asked && this.frame === 1) this.seek(asked.frame, asked.waited + 1);
    }, 100);
  }

  /** A player that takes another's place on the same video goes where that was to go. */
  goOn() {
    const asked = this.asked;
    if (!asked || performance.now() > asked.until) return;
    if (sampleOf(this.looker) === asked.sample) this.seek(asked.frame);
  }

  /** What moves of the playhead have cost, and when the player was last told to move. */
  stats() {
    return { moves: this.moves, movesMs: this.movesMs, sought: this.sought };
  }

  playOrPause() {
    if (!this.looker) return;
    if (this.playing) this.looker.pause();
    else this.looker.play();
  }
}
