// The tooltip under the mouse: a picture of a moment, and what is said of it. On the timeline, that is of
// a node: its first frame, its label and its times.

import { make } from "./dom.js";
import { formatDuration, formatTime } from "./format.js";
import { NO_TREE, NONE } from "./model.js";
import { addressOf, pictures, showWhole } from "./pictures.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Picture } from "./pictures.js" */

/**
 * @typedef {object} Tip
 * @property {string} title
 * @property {string} facts
 * @property {number} frame whose picture is shown
 * @property {[number, number]} around the first and the last frame whose picture may stand for it until it is taken
 */

const STATES = ["not annotated", "N/A", "annotated"];
/** How far the tooltip is from the mouse, in pixels. */
const ASIDE = 12;
const BELOW = 14;

export class Tooltip {
  /** @type {TreeModel} */
  model = NO_TREE;
  /** @type {Tip | null} */
  tip = null;

  constructor() {
    // A popover is above all else and is cut off by nothing.
    this.element = make("div", { class: "a100-tip", role: "tooltip", popover: "manual", hidden: true });
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.title = make("b", { dir: "auto" });
    this.facts = make("span", { dir: "auto" });
    this.element.append(this.canvas, this.title, this.facts);
  }

  hide() {
    pictures.forget(this);
    this.tip = null;
    if (!this.element.hidden && this.element.isConnected) this.element.hidePopover?.();
    this.element.hidden = true;
  }

  /**
   * @param {TreeModel} model
   * @param {Tip} tip
   * @param {HTMLElement} surface what the mouse is on
   * @param {number} x of the mouse from the left of it, in pixels
   * @param {number} y and from its top
   */
  show(model, tip, surface, x, y) {
    const { element } = this;
    if (element.hidden) {
      element.hidden = false;
      element.showPopover?.();
    }
    const isSame = this.model === model && JSON.stringify(tip) === JSON.stringify(this.tip);
    this.model = model;
    if (!isSame) {
      this.tip = tip;
      this.title.textContent = tip.title;
      this.facts.textContent = tip.facts;
      this.showPicture(tip);
    }
    this.place(surface.getBoundingClientRect(), x, y);
  }

  /**
   * Shows the picture of the tip's frame; until it is taken, the nearest one around it, if any.
   *
   * @param {Tip} tip
   */
  showPicture(tip) {
    const { model, canvas } = this;
    const source = addressOf(model.data.path);
    const [at, from, to] = [tip.frame, ...tip.around].map((frame) => (frame - 0.5) / model.fps);
    const other = pictures.near(source, at, from, to);
    canvas.hidden = pictures.isRefused(source) || (pictures.isPaused && !other);
    canvas.dataset.picture = "";
    canvas.toggleAttribute("data-upright", (pictures.shapeOf(source) ?? 1) < 1);
    canvas.width = 0;
    if (other) showWhole(other, canvas);
    const done = (/** @type {Picture | null} */ picture) => {
      if (this.tip !== tip) return;
      canvas.hidden = !picture;
      if (picture) showWhole(picture, canvas);
    };
    pictures.ask(this, { source, at, done }, true);
  }

  /**
   * Puts the tooltip beside the mouse, on the side where the window has room.
   *
   * @param {DOMRect} surface
   * @param {number} x
   * @param {number} y
   */
  place(surface, x, y) {
    const { element } = this;
    const [left, top] = [surface.left + x, surface.top + y];
    const { offsetWidth: w, offsetHeight: h } = element;
    const isRight = x > surface.width / 2;
    element.style.left = `${Math.max(isRight ? left - ASIDE - w : left + ASIDE, 4)}px`;
    const below = top + BELOW;
    element.style.top = `${below + h > window.innerHeight - 4 ? Math.max(top - BELOW - h, 4) : below}px`;
  }
}

/**
 * Returns what is said of a node.
 *
 * @param {TreeModel} model
 * @param {number} i
 * @param {number} [short] how many nodes the block has that it is in; 0 if it is in none
 * @returns {Tip}
 */
export function tipOfNode(model, i, short = 0) {
  const { levels, starts, ends, states, first, last } = model.data;
  const facts = [
    `Level ${levels[i]}`,
    formatTime(starts[i], 1),
    formatDuration(ends[i] - starts[i]),
    STATES[states[i]],
    model.hidden?.has(i) ? "hidden by the view" : "",
    short ? `one of ${short} short neighbours: click to zoom in` : "",
  ].filter(Boolean).join(" · ");
  return { title: model.label(i), facts, frame: first[i], around: [first[i], last[i]] };
}

/**
 * Returns what is said of a moment: its time, and the finest node there.
 *
 * @param {TreeModel} model
 * @param {number} frame
 * @param {number} beside how many frames further a picture may stand for the moment's
 * @returns {Tip}
 */
export function tipOfMoment(model, frame, beside) {
  const finest = model.activePath(frame).findLast((i) => i !== NONE);
  const title = formatTime((frame - 1) / model.fps, 1);
  const facts = finest === undefined ? "" : model.label(finest);
  return { title, facts, frame, around: [frame - beside, frame + beside] };
}
