// Which nodes the App's view hides: says how many, and has them drawn as thin lines or like the others.

import { make, textButton } from "./dom.js";
import { formatCount, formatNumber } from "./format.js";
import { NO_TREE } from "./model.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Host } from "./types" */

/**
 * What this needs of the panel.
 *
 * @typedef {object} HiddenPanel
 * @property {TreeModel} model
 * @property {Pick<Host, "ask">} host
 * @property {(hidden: Set<number> | null, thin: Set<number> | null) => void} setHidden
 */

export class HiddenNodes {
  /** @type {Set<number> | null} */
  nodes = null;
  /** @type {unknown} The view that they are hidden by. */
  view = null;
  showAll = readSettings().all === true;

  /** @param {HiddenPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.summary = make("span", { role: "status" });
    this.button = textButton("Show all", "", () => this.toggle());
    this.element = make("div", { class: "a100-bar a100-hidden", hidden: true }, this.summary, this.button);
  }

  /**
   * Asks Python which nodes are hidden: another tree or view is shown.
   *
   * @param {unknown} view its key; null if nothing is filtered
   */
  async refresh(view) {
    const { model, host } = this.panel;
    this.view = view;
    if (model === NO_TREE || !view) {
      this.setNodes(null);
      return;
    }
    const answer = await host.ask("hidden", { sample: model.data.sample });
    if (this.panel.model !== model || this.view !== view) return;
    this.setNodes(answer?.nodes ?? null);
  }

  /** @param {number[] | null} nodes */
  setNodes(nodes) {
    this.nodes = nodes?.length ? new Set(nodes) : null;
    this.show();
  }

  toggle() {
    this.showAll = !this.showAll;
    keepSettings({ all: this.showAll });
    this.show();
  }

  show() {
    const { nodes, showAll } = this;
    const { model } = this.panel;
    this.element.hidden = nodes === null;
    this.panel.setHidden(nodes, showAll ? null : nodes);
    if (nodes === null) return;
    const are = nodes.size === 1 ? "is" : "are";
    this.summary.textContent =
      `${formatNumber(nodes.size)} of ${formatCount(model.count, "node")} ${are} hidden by the view` +
      (showAll ? ", but drawn like the others" : ": thin lines here");
    this.button.textContent = showAll ? "Dim them again" : "Show all";
    this.button.title = showAll
      ? "Draw the nodes that the view hides as thin lines"
      : "Draw all nodes alike; the view does not change";
    this.button.setAttribute("aria-pressed", String(showAll));
  }
}
