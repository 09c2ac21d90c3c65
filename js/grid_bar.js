// The way back over the grid: "All 9 › action: dip toast › 3 clips". The App has no place for it, so
// it is put between the grid's buttons and its thumbnails, which make room.

import { PLUGIN, runOperator } from "./app.js";
import { Trail } from "./trail.js";

/** @import { TrailCrumb } from "./types" */

const BUTTONS = "[data-cy=fo-grid-actions]";

export class GridBar {
  constructor() {
    this.trail = new Trail((place) => {
      runOperator(`${PLUGIN}/back_to_previous_view`, { place }).catch(console.error);
    });
    this.trail.element.classList.add("a100-grid-bar");
  }

  /** Puts the bar into the grid that is on the page. */
  mount() {
    const buttons = document.querySelector(BUTTONS);
    if (buttons && buttons.nextElementSibling !== this.trail.element) buttons.after(this.trail.element);
  }

  /** @param {TrailCrumb[]} crumbs none to show nothing */
  show(crumbs) {
    this.trail.show(crumbs);
  }
}
