// Where the tree is: beside the video, under it, or alone in the grid.

import { PLUGIN, runOperator } from "./app.js";
import { iconButton, make } from "./dom.js";
import { NO_TREE } from "./model.js";
import { keepMoment } from "./moment.js";
import { keepSettings } from "./settings.js";

/** @import { TreePanel } from "./panel.js" */
/** @import { Place } from "./show_tree_beside.js" */

/** @typedef {Place | "alone"} Layout */

const LABELS = { beside: "Beside the video", below: "Under the video", alone: "Alone, in the grid" };

export class LayoutChoice {
  /** @param {TreePanel} panel */
  constructor(panel) {
    this.panel = panel;
    /** @type {{place: Place | null, alone: boolean}} */
    this.found = { place: null, alone: false };
    /** @type {Layout[]} */
    const layouts = ["beside", "below", "alone"];
    this.buttons = layouts.map((layout) => {
      const button = iconButton(layout, LABELS[layout], "", () => this.choose(layout));
      button.dataset.layout = layout;
      return button;
    });
    this.element = make("div", { class: "a100-layouts", role: "group", "aria-label": "Layout" }, ...this.buttons);
    this.show();
  }

  /** @param {{place: Place | null, alone: boolean}} found where the panel is in the open sample, and in the grid */
  setFound(found) {
    this.found = found;
    this.show();
  }

  /** Shows which layout there is. */
  show() {
    const { place, alone } = this.found;
    const layout = this.panel.model.data.open ? place : alone && "alone";
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.layout === layout));
    }
  }

  /** @param {Layout} layout */
  choose(layout) {
    const { model, current, search } = this.panel;
    const { ids, open, shown } = model.data;
    if (layout !== "alone") keepSettings({ place: layout });
    if (model === NO_TREE) return;
    keepMoment(this.panel);
    if (layout === "alone") run("show_tree_alone", { sample_id: shown });
    else if (open) run("show_tree_beside", { place: layout });
    else {
      const node = ids[current.pinned];
      const query = search.input.value;
      const { ids: nodes = [] } = search.found?.query === query ? search.found : {};
      const segment = { node, query, nodes: nodes.includes(node) ? nodes : [], loop: false };
      run("leave_tree_alone", { sample_id: shown, segment, place: layout });
    }
  }
}

/**
 * @param {string} operator
 * @param {object} params
 */
function run(operator, params) {
  runOperator(`${PLUGIN}/${operator}`, params).catch(console.warn);
}
