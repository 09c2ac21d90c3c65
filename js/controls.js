// The controls under the timeline: the player's buttons, and the time scale of the cut.

import { icon, iconButton, make, textButton } from "./dom.js";
import { formatCount, formatTime, niceSeconds } from "./format.js";
import { NO_TREE } from "./model.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Action } from "./types" */

/** Start, play, end, repeat, follow, and the time. */
export class Transport {
  /** @param {(action: Action) => void} act */
  constructor(act) {
    this.play = iconButton("play", "Play", "Space", () => act("play"));
    this.loop = iconButton("loop", "Repeat this node", "l", () => act("loop"));
    this.pin = iconButton("pin", "", "f", () => act("follow"));
    this.time = make("span");
    this.frame = make("span", { class: "a100-frame" });
    this.players = [
      iconButton("start", "To the node's start", "s", () => act("start")),
      this.play,
      iconButton("end", "To the node's end", "e", () => act("end")),
      this.loop,
    ];
    this.element = make(
      "div",
      { class: "a100-bar", role: "group", "aria-label": "Player" },
      ...this.players,
      this.pin,
      iconButton("fit", "The whole video", "0", () => act("whole")),
      make("span", { class: "a100-time" }, this.time, this.frame),
    );
    this.setLooping(false);
    this.setPinned(false);
  }

  /** @param {boolean} playing */
  setPlaying(playing) {
    this.play.replaceChildren(icon(playing ? "pause" : "play"));
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  /** @param {boolean} looping */
  setLooping(looping) {
    this.loop.setAttribute("aria-pressed", String(looping));
  }

  /** @param {boolean} pinned */
  setPinned(pinned) {
    const label = pinned ? "Pinned: press to follow the video" : "Following the video";
    this.pin.setAttribute("aria-pressed", String(pinned));
    this.pin.setAttribute("aria-label", label);
    this.pin.title = `${label} (f)`;
    this.pin.disabled = !pinned;
  }

  /** @param {boolean} enabled */
  setEnabled(enabled) {
    for (const button of this.players) button.disabled = !enabled;
  }

  /**
   * @param {TreeModel} model
   * @param {number} frame 0 if there is none
   */
  showTime(model, frame) {
    const isKnown = model !== NO_TREE && frame >= 1;
    const { fps, frames } = model;
    const time = isKnown ? `${formatTime((frame - 1) / fps)} / ${formatTime(frames / fps)}` : "";
    const number = isKnown ? ` · frame ${frame}` : "";
    if (this.time.textContent !== time) this.time.textContent = time;
    if (this.frame.textContent !== number) this.frame.textContent = number;
  }
}

const SLIDER_STEPS = 200;
const MIN_SECONDS = 0.5;

/** A slider over the time scales of the cut, by the logarithm of their seconds. */
export class Granularity {
  /** The length of the video, in seconds. */
  longest = 60;

  /**
   * @param {() => void} changed
   * @param {(seconds: number) => void} apply
   */
  constructor(changed, apply) {
    this.changed = changed;
    const kept = Number(readSettings().seconds);
    // What was asked for: a shorter video in between does not change it.
    this.asked = kept >= MIN_SECONDS ? kept : 10;
    this.seconds = this.asked;
    this.range = make("input", {
      type: "range",
      class: "a100-range",
      min: "0",
      max: String(SLIDER_STEPS),
      step: "1",
      "aria-label": "Granularity in seconds",
      title: "The coarsest segments that last no longer than this",
      on: { input: () => this.slide() },
    });
    this.summary = make("output", { class: "a100-time", "aria-live": "polite" });
    this.element = make(
      "div",
      { class: "a100-cutbar", role: "group", "aria-label": "Granularity" },
      make("span", { class: "a100-time", text: "Cut at" }),
      this.range,
      this.summary,
      textButton("Apply to grid", "Cut all trees of the grid at this time scale", () => apply(this.seconds)),
    );
  }

  /**
   * Makes the length of a video the end of the slider.
   *
   * @param {number} seconds
   */
  fit(seconds) {
    this.longest = Math.max(seconds, 2);
    this.seconds = Math.min(this.asked, niceSeconds(this.longest));
    this.range.value = String(sliderPlace(this.seconds, this.longest));
  }

  slide() {
    this.seconds = secondsAt(Number(this.range.value), this.longest);
    this.asked = this.seconds;
    keepSettings({ seconds: this.asked });
    this.changed();
  }

  /** @param {number} count how many segments the cut has */
  showCount(count) {
    const text = `≤ ${this.seconds} s: ${formatCount(count, "segment")}`;
    this.summary.textContent = text;
    this.range.setAttribute("aria-valuetext", text);
  }
}

/**
 * Returns the place of a time scale on the slider, 0 to SLIDER_STEPS.
 *
 * @param {number} seconds
 * @param {number} longest
 */
export function sliderPlace(seconds, longest) {
  const share = Math.log(seconds / MIN_SECONDS) / Math.log(longest / MIN_SECONDS);
  return Math.round(share * SLIDER_STEPS);
}

/**
 * Returns the time scale at a place of the slider, in seconds.
 *
 * @param {number} place
 * @param {number} longest
 */
export function secondsAt(place, longest) {
  return niceSeconds(MIN_SECONDS * (longest / MIN_SECONDS) ** (place / SLIDER_STEPS));
}
