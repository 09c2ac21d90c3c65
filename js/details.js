// What is to be read: the card of one node, and the outline of all. Beside each other where there is
// room, else one at a time.

import { Card } from "./card.js";
import { make } from "./dom.js";
import { Outline } from "./outline.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { TreeModel } from "./model.js" */
/** @import { OutlinePanel } from "./outline.js" */
/** @import { Action, Host } from "./types" */

/** @typedef {"card" | "outline"} Tab */
const NAMES = /** @type {[Tab, string][]} */ ([["card", "Card"], ["outline", "Outline"]]);

let made = 0;

export class Details {
  /**
   * @param {Pick<Host, "ask"> & {act: (action: Action) => void}} host
   * @param {OutlinePanel} panel
   */
  constructor(host, panel) {
    made += 1;
    this.card = new Card(host, panel.pin);
    this.outline = new Outline(panel);
    const id = `a100-details-${made}`;
    this.tabs = NAMES.map(([tab, name]) => make("button", {
      type: "button", role: "tab", class: "a100-tab", id: `${id}-tab-${tab}`, "aria-controls": `${id}-${tab}`, text: name,
      on: { click: () => this.choose(tab), keydown: (event) => this.press(event, tab) },
    }));
    /** @type {(tab: Tab, part: HTMLElement) => HTMLElement} */
    const pane = (tab, part) => make("div", {
      role: "tabpanel", class: "a100-pane", id: `${id}-${tab}`, "data-pane": tab, "aria-labelledby": `${id}-tab-${tab}`,
    }, part);
    this.cardPane = pane("card", this.card.element);
    this.element = make(
      "div", { class: "a100-details" },
      make(
        "div", { class: "a100-details-head" },
        make("div", { role: "tablist", class: "a100-tabs", "aria-label": "Details" }, ...this.tabs), this.outline.depth,
      ),
      make("div", { class: "a100-panes" }, this.cardPane, pane("outline", this.outline.element)),
    );
    this.choose(readSettings().reading === "outline" ? "outline" : "card");
  }

  destroy() {
    this.card.destroy();
    this.outline.destroy();
  }

  /** @param {Tab} chosen */
  choose(chosen) {
    this.element.dataset.tab = chosen;
    keepSettings({ reading: chosen });
    NAMES.forEach(([tab], k) => {
      this.tabs[k].setAttribute("aria-selected", String(tab === chosen));
      this.tabs[k].tabIndex = tab === chosen ? 0 : -1;
    });
  }

  /**
   * The arrows go from tab to tab.
   *
   * @param {KeyboardEvent} event
   * @param {Tab} tab
   */
  press(event, tab) {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose(tab === "card" ? "outline" : "card");
    this.tabs.find((button) => button.tabIndex === 0)?.focus();
  }

  /** @param {TreeModel} model */
  setModel(model) {
    this.outline.setModel(model);
  }

  /**
   * Shows a node on the card.
   *
   * @param {TreeModel} model
   * @param {number} i NONE if no node is on screen
   */
  show(model, i) {
    this.card.show(model, i);
  }

  /** Whether a screen reader reads the row of each node that is pinned. */
  get isRead() {
    return this.outline.list.matches(":focus");
  }

  /** Shows the same anew: what the view hides, or the colours, have changed. */
  redraw() {
    this.card.redraw();
    this.outline.redraw();
  }
}
