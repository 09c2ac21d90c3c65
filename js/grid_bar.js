// The way back over the grid: "Back | All 9 › action: dip toast › 3 clips". The App has no place for it,
// so it is put between the grid's buttons and its thumbnails, which make room.

import { PLUGIN, runOperator } from "./app.js";
import { make, textButton } from "./dom.js";
import { Trail } from "./trail.js";

/** @import { TrailCrumb } from "./types" */

/** How long the App may take to show a view, in milliseconds. */
const SHOWN_MS = 5000;
const BUTTONS = "[data-cy=fo-grid-actions]";

export class GridBar {
  constructor() {
    this.trail = new Trail((place) => this.back({ place }));
    this.element = make(
      "div", { class: "a100-grid-bar", hidden: true },
      textButton("Back", "Show what was shown before", () => this.back({})), this.trail.element,
    );
  }

  /** @param {{place?: number}} params the step to show; by default the one before */
  back(params) {
    // The App shows views in the order in which they arrive: a second one has to wait for the first.
    this.element.inert = true;
    setTimeout(() => { this.element.inert = false; }, SHOWN_MS);
    runOperator(`${PLUGIN}/back_to_previous_view`, params).catch(console.error);
  }

  /** Puts the bar into the grid that is on the page. */
  mount() {
    const buttons = document.querySelector(BUTTONS);
    if (buttons && buttons.nextElementSibling !== this.element) buttons.after(this.element);
  }

  /** @param {TrailCrumb[]} crumbs none to show nothing */
  show(crumbs) {
    this.element.inert = false;
    this.element.hidden = !crumbs.length;
    this.trail.show(crumbs);
  }
}
