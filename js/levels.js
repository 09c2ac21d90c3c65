// The names of the timeline's rows: buttons that fold and open a level, in all trees of a dataset.

import { make } from "./dom.js";
import { formatCount } from "./format.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { Timeline } from "./timeline.js" */

export class Levels {
  /** The row whose button the Tab key reaches. */
  reached = 0;

  /** @param {Timeline} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    this.element = make("div", {
      class: "a100-levels", role: "group", "aria-label": "Levels", on: { keydown: (event) => this.press(event) },
    });
  }

  get buttons() {
    return /** @type {HTMLButtonElement[]} */ ([...this.element.children]);
  }

  /** Names the rows of another tree. */
  reset() {
    const { model } = this.timeline.layout;
    this.reached = 0;
    this.element.replaceChildren(...model.rowLevels.map((level) => {
      return make("button", { type: "button", text: String(level), on: { click: () => this.toggle(level) } });
    }));
  }

  /** Puts the names beside their rows. */
  place() {
    const { layout } = this.timeline;
    this.buttons.forEach((button, row) => {
      const level = layout.model.rowLevels[row];
      const isFolded = layout.isFolded(row);
      const nodes = formatCount(layout.model.rows[row].length, "node");
      Object.assign(button.style, { top: `${layout.rowTop(row)}px`, height: `${layout.heightOf(row)}px` });
      button.tabIndex = row === this.reached ? 0 : -1;
      button.setAttribute("aria-label", `Level ${level}, ${nodes}`);
      button.setAttribute("aria-expanded", String(!isFolded));
      button.title = `Level ${level}, ${nodes}: click to ${isFolded ? "open" : "fold"} it`;
    });
  }

  /** @param {number} level */
  toggle(level) {
    const { folded, model } = this.timeline.layout;
    if (!folded.delete(level)) folded.add(level);
    keepFolded(model.data.dataset, folded);
    this.reached = model.rowLevels.indexOf(level);
    this.timeline.refit();
  }

  /**
   * Goes from level to level; the keys of the panel are not meant.
   *
   * @param {KeyboardEvent} event
   */
  press(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const { buttons } = this;
    this.reached = Math.min(Math.max(this.reached + step, 0), buttons.length - 1);
    buttons.forEach((button, row) => (button.tabIndex = row === this.reached ? 0 : -1));
    buttons[this.reached]?.focus();
  }
}

/**
 * Returns the levels that a person has folded in a dataset.
 *
 * @param {string} dataset
 */
export function foldedIn(dataset) {
  const levels = readSettings().folded?.[dataset];
  return new Set(Array.isArray(levels) ? levels : []);
}

/**
 * Remembers which levels are folded in a dataset.
 *
 * @param {string} dataset
 * @param {Set<number>} levels
 */
export function keepFolded(dataset, levels) {
  const { [dataset]: _, ...others } = readSettings().folded ?? {};
  keepSettings({ folded: levels.size ? { ...others, [dataset]: [...levels] } : others });
}
