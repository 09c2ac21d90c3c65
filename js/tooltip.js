// The tooltip of the node under the mouse: a picture of its first frame, its label and its times.

import { make } from "./dom.js";
import { formatDuration, formatTime } from "./format.js";
import { NO_TREE, NONE } from "./model.js";
import { addressOf, pictures, show } from "./pictures.js";

/** @import { TreeModel } from "./model.js" */

const STATES = ["not annotated", "N/A", "annotated"];
/** How far the tooltip is from the mouse, in pixels. */
const ASIDE = 12;
const BELOW = 14;

export class Tooltip {
  /** @type {TreeModel} */
  model = NO_TREE;
  node = NONE;

  constructor() {
    // A popover is above all else and is cut off by nothing.
    this.element = make("div", { class: "a100-tip", role: "tooltip", popover: "manual", hidden: true });
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.title = make("b", { dir: "auto" });
    this.facts = make("span");
    this.element.append(this.canvas, this.title, this.facts);
  }

  hide() {
    pictures.forget(this);
    this.node = NONE;
    if (!this.element.hidden && this.element.isConnected) this.element.hidePopover?.();
    this.element.hidden = true;
  }

  /**
   * @param {TreeModel} model
   * @param {number} i
   * @param {number} x of the mouse in the timeline, in pixels
   * @param {number} y
   * @param {number} width of the timeline
   * @param {number} [short] how many nodes the block has that it is in; 0 if it is in none
   */
  show(model, i, x, y, width, short = 0) {
    const { element } = this;
    if (element.hidden) {
      element.hidden = false;
      element.showPopover?.();
    }
    if (this.model !== model || this.node !== i) {
      this.model = model;
      this.node = i;
      this.title.textContent = model.label(i);
      this.facts.textContent = facts(model, i, short);
      this.showPicture();
    }
    this.place(x, y, width);
  }

  /** Shows the picture of the node's first frame; until it is taken, another one of the node's, if any. */
  showPicture() {
    const { model, node, canvas, element } = this;
    const source = addressOf(model.data.path);
    const [from, to] = [model.data.first[node] - 0.5, model.data.last[node]].map((frame) => frame / model.fps);
    const other = pictures.near(source, from, from, to);
    canvas.hidden = pictures.isRefused(source) || (pictures.isPaused && !other);
    canvas.dataset.picture = "";
    canvas.width = 0;
    if (other) show(other, canvas);
    const done = (/** @type {import("./pictures.js").Picture | null} */ picture) => {
      if (this.model !== model || this.node !== node || element.hidden) return;
      canvas.hidden = !picture;
      if (picture) show(picture, canvas);
    };
    pictures.ask(this, { source, at: from, done }, true);
  }

  /**
   * Puts the tooltip beside the mouse, on the side where the window has room.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} width
   */
  place(x, y, width) {
    const { element } = this;
    const stage = element.parentElement?.getBoundingClientRect();
    if (!stage) return;
    const [left, top] = [stage.left + x, stage.top + y - (element.parentElement?.scrollTop ?? 0)];
    const { offsetWidth: w, offsetHeight: h } = element;
    const isRight = x > width / 2;
    element.style.left = `${Math.max(isRight ? left - ASIDE - w : left + ASIDE, 4)}px`;
    const below = top + BELOW;
    element.style.top = `${below + h > window.innerHeight - 4 ? Math.max(top - BELOW - h, 4) : below}px`;
  }
}

/**
 * @param {TreeModel} model
 * @param {number} i
 * @param {number} short
 */
function facts(model, i, short) {
  const { levels, starts, ends, states } = model.data;
  return [
    `Level ${levels[i]}`,
    formatTime(starts[i], 1),
    formatDuration(ends[i] - starts[i]),
    STATES[states[i]],
    model.hidden?.has(i) ? "hidden by the view" : "",
    short ? `one of ${short} short neighbours: click to zoom in` : "",
  ].filter(Boolean).join(" · ");
}
