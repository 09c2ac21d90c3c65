// The tooltip of the node under the mouse.

import { make } from "./dom.js";
import { formatDuration, formatTime } from "./format.js";
import { NO_TREE, NONE } from "./model.js";

/** @import { TreeModel } from "./model.js" */

const STATES = ["not annotated", "N/A", "annotated"];

export class Tooltip {
  /** @type {TreeModel} */
  model = NO_TREE;
  node = NONE;

  constructor() {
    this.element = make("div", { class: "a100-tip", role: "tooltip", hidden: true });
  }

  hide() {
    this.element.hidden = true;
  }

  /**
   * @param {TreeModel} model
   * @param {number} i
   * @param {number} x of the mouse, in pixels
   * @param {number} y
   * @param {number} width of the timeline
   */
  show(model, i, x, y, width) {
    this.element.hidden = false;
    if (this.model !== model || this.node !== i) {
      const title = make("b", { dir: "auto", text: model.label(i) });
      this.element.replaceChildren(title, make("span", { text: facts(model, i) }));
      this.model = model;
      this.node = i;
    }
    const isRight = x > width / 2;
    this.element.style.left = isRight ? "auto" : `${x + 12}px`;
    this.element.style.right = isRight ? `${width - x + 12}px` : "auto";
    this.element.style.top = `${y + 14}px`;
  }
}

/**
 * @param {TreeModel} model
 * @param {number} i
 */
function facts(model, i) {
  const { levels, starts, ends, states } = model.data;
  return [
    `Level ${levels[i]}`,
    formatTime(starts[i], 1),
    formatDuration(ends[i] - starts[i]),
    STATES[states[i]],
    model.hidden?.has(i) ? "hidden by the view" : "",
  ].filter(Boolean).join(" · ");
}
