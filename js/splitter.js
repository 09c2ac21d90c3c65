// A bar between two parts, to drag or to move with the arrow keys.

import { make } from "./dom.js";

/** How far an arrow key moves the bar, as a share of the whole. */
const STEP = 0.03;

/**
 * @typedef {object} Options
 * @property {number} least the least share of what is after the bar
 * @property {number} most and the most
 * @property {(share: number) => void} move gives what is after the bar a share of the whole
 * @property {() => void} reset gives it the share that it has at first
 */

export class Splitter {
  /** Whether the parts are beside each other. */
  isHorizontal = false;
  share = 0;

  /**
   * @param {string} label what it changes, for screen readers
   * @param {Options} options
   */
  constructor(label, options) {
    this.options = options;
    this.element = make("div", {
      class: "a100-splitter", role: "separator", tabindex: "0", "aria-label": label,
      "aria-valuemin": percent(options.least), "aria-valuemax": percent(options.most),
      title: `${label}: drag, or use the arrow keys; double-click for the first size`,
      on: {
        pointerdown: (event) => this.element.setPointerCapture(event.pointerId),
        pointermove: (event) => this.drag(event),
        dblclick: () => options.reset(),
        keydown: (event) => this.press(event),
      },
    });
  }

  /** @param {"horizontal" | "vertical"} direction of the parts */
  setDirection(direction) {
    this.isHorizontal = direction === "horizontal";
    // ARIA names the direction of the bar itself.
    this.element.setAttribute("aria-orientation", this.isHorizontal ? "vertical" : "horizontal");
  }

  /** @param {number} share of what is after the bar */
  show(share) {
    this.share = share;
    this.element.setAttribute("aria-valuenow", percent(share));
  }

  /** @param {number} share */
  moveTo(share) {
    const { least, most, move } = this.options;
    move(Math.min(Math.max(share, least), most));
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const whole = this.element.parentElement?.getBoundingClientRect();
    if (!whole || !this.element.hasPointerCapture(event.pointerId)) return;
    const { right, bottom, width, height } = whole;
    this.moveTo(this.isHorizontal ? (right - event.clientX) / width : (bottom - event.clientY) / height);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const [more, less] = this.isHorizontal ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key !== more && event.key !== less) return;
    event.preventDefault();
    event.stopPropagation();
    this.moveTo(this.share + (event.key === more ? STEP : -STEP));
  }
}

/** @param {number} share */
function percent(share) {
  return String(Math.round(100 * share));
}
