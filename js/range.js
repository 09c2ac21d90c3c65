// The range of frames that a person has chosen, by a drag on the ruler or by keys; it is played again
// and again. The node that is repeated is shown in the same way.

import { iconButton, make, textButton } from "./dom.js";
import { formatDuration, formatTime } from "./format.js";
import { GUTTER } from "./layout.js";

/** @import { TreePanel } from "./panel.js" */

/** So near to an end of the range, in pixels, the mouse takes hold of it. */
const EDGE = 6;

export class FrameRange {
  /** @type {[number, number] | null} The first and the last frame, 1-based and inclusive. */
  chosen = null;
  /** Whether it is played again and again. */
  looping = false;

  /** @param {TreePanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.length = make("span");
    this.button = iconButton("loop", "Play the range again and again", "Enter", () => this.play());
    this.flag = make(
      "div", { class: "a100-flag", role: "group", "aria-label": "Range" },
      this.button, this.length, textButton("×", "Free the range (Esc)", () => this.free()),
    );
    this.flag.lastElementChild?.setAttribute("aria-label", "Free the range");
    this.element = make("div", { class: "a100-bracket", hidden: true }, this.flag);
    panel.timeline.element.append(this.element);
  }

  /** The frames that are marked; null if none are. */
  get shown() {
    return this.chosen ?? this.panel.current.loopRange();
  }

  /** The frames to play again and again; null if none are. */
  get repeated() {
    return this.looping ? this.chosen : this.panel.current.loopRange();
  }

  /**
   * Chooses frames, in either order; in a clip no further than its ends.
   *
   * @param {number} one
   * @param {number} other
   * @param {boolean} [looping] whether they are played again and again
   */
  choose(one, other, looping = this.looping) {
    const { clip } = this.panel.model.data;
    const [least, most] = clip ?? [1, this.panel.model.frames];
    const [first, last] = [one, other].map((at) => Math.min(Math.max(at, least), most)).sort((a, b) => a - b);
    this.chosen = [first, last];
    this.looping = looping;
    this.show();
  }

  /**
   * Makes the frame on screen the first or the last one.
   *
   * @param {"first" | "last"} end
   */
  chooseHere(end) {
    const { model, player } = this.panel;
    const { frame } = player;
    const [first, last] = this.chosen ?? model.data.clip ?? [1, model.frames];
    if (end === "first") this.choose(frame, Math.max(last, frame));
    else this.choose(Math.min(first, frame), frame);
    this.announce();
  }

  announce() {
    if (!this.chosen) return;
    const [start, end] = this.seconds(this.chosen).map((seconds) => formatTime(seconds));
    this.panel.announce(`Range ${start} to ${end}. Enter plays it again and again.`);
  }

  /**
   * Returns when frames begin and end, in seconds of the clip.
   *
   * @param {[number, number]} frames
   */
  seconds([first, last]) {
    const { fps } = this.panel.model;
    return [(first - 1) / fps, last / fps];
  }

  /** Plays the range from its first frame on, again and again; returns false if there is none. */
  play() {
    const { current, player } = this.panel;
    if (!this.chosen) return false;
    current.setLooping(false);
    this.looping = true;
    current.seek(this.chosen[0]);
    if (!player.playing) player.togglePlaying();
    this.show();
    return true;
  }

  /** Frees the range, and the node that is repeated. */
  free() {
    this.clear();
    this.panel.current.setLooping(false);
  }

  /** Forgets what was chosen. */
  clear() {
    this.chosen = null;
    this.looping = false;
    this.show();
  }

  /**
   * Returns the frame at the other end of the range, if its end is at a pixel; null if none is.
   *
   * @param {number} x
   */
  oppositeOf(x) {
    if (!this.chosen) return null;
    const { view } = this.panel.timeline;
    const [first, last] = this.chosen;
    if (Math.abs(view.x(last) - x) < EDGE) return first;
    return Math.abs(view.x(first - 1) - x) < EDGE ? last : null;
  }

  /** Says what is marked, and marks it. */
  show() {
    const { shown, element } = this;
    this.panel.root.dataset.range = shown ? shown.join("-") : "";
    element.classList.toggle("a100-looping", this.repeated !== null);
    this.button.setAttribute("aria-pressed", String(this.repeated !== null));
    this.button.disabled = !this.chosen;
    if (shown) {
      const [start, end] = this.seconds(shown);
      this.length.textContent = formatDuration(end - start);
    }
    this.place();
  }

  /** Puts the marks where the frames are. */
  place() {
    const { shown, element } = this;
    const { layout } = this.panel.timeline;
    const at = shown && layout.stretch(...shown);
    element.hidden = !at;
    if (!at) return;
    const [left, right] = [Math.max(at[0], GUTTER), Math.min(at[1], layout.right)];
    element.style.transform = `translateX(${left.toFixed(1)}px)`;
    element.style.width = `${(right - left).toFixed(1)}px`;
    element.style.height = `${layout.height}px`;
    element.classList.toggle("a100-from-before", at[0] < left);
    element.classList.toggle("a100-goes-on", at[1] > right);
    // Within the axis, also where the range is at its end.
    const beyond = Math.max(0, left + this.flag.offsetWidth - layout.right);
    this.flag.style.transform = `translateX(${(-beyond).toFixed(1)}px)`;
  }
}
