// The way back: "Back | All 9 › action: dip toast › 3 clips". The App has no place for it, so it is put
// above the grid and its panels, where it stays whichever of them is in front.

import { PLUGIN, runOperator } from "./app.js";
import { make, textButton } from "./dom.js";

/** @import { TrailCrumb } from "./types" */

/** How long the App may take to show a view, in milliseconds. */
const SHOWN_MS = 5000;
/** The grid's panels, or the tabs of the only ones. */
const PANELS = ":is([data-type=space-container], [data-type=panel-container]):not(#modal *)";

/**
 * Returns what the App lays the grid and its panels out in, from the top down; null if it is not there.
 *
 * @returns {Element | null}
 */
export function aroundPanels() {
  let element = document.querySelector(PANELS)?.parentElement ?? null;
  while (element && !isColumn(getComputedStyle(element))) element = element.parentElement;
  return element;
}

/** @param {CSSStyleDeclaration} style */
function isColumn({ display, flexDirection }) {
  return display === "flex" && flexDirection === "column";
}

export class GridBar {
  hasFocus = false;

  constructor() {
    this.list = make("ol");
    this.element = make(
      "nav", { class: "a100-grid-bar", "aria-label": "What the grid shows", hidden: true },
      textButton("Back", "Show what was shown before", () => this.back({})), this.list,
    );
    this.element.addEventListener("keydown", (event) => {
      // The App would hear these instead of the button.
      if ([" ", "Enter"].includes(event.key)) event.stopPropagation();
    });
  }

  /** @param {{place?: number}} params the step to show; by default the one before */
  back(params) {
    this.hasFocus = this.element.contains(document.activeElement);
    // The App shows views in the order in which they arrive: a second one has to wait for the first.
    this.element.inert = true;
    setTimeout(() => { this.element.inert = false; }, SHOWN_MS);
    runOperator(`${PLUGIN}/back_to_previous_view`, params).catch(console.error);
  }

  /** @param {Element} place of the grid and its panels */
  mount(place) {
    if (this.element.parentElement !== place) place.prepend(this.element);
  }

  /** @param {TrailCrumb[]} crumbs none to show nothing */
  show(crumbs) {
    this.element.inert = false;
    this.element.hidden = !crumbs.length;
    const buttons = crumbs.map((crumb, i) => this.button(crumb, i === crumbs.length - 1));
    this.list.replaceChildren(...buttons.map((button) => make("li", {}, button)));
    if (this.hasFocus) buttons.at(-1)?.focus();
    this.hasFocus = false;
  }

  /**
   * @param {TrailCrumb} crumb
   * @param {boolean} isCurrent
   */
  button({ name, title, place }, isCurrent) {
    return make("button", {
      type: "button", dir: "auto", text: name, title, "aria-current": isCurrent ? "true" : null,
      on: { click: () => !isCurrent && place !== null && this.back({ place }) },
    });
  }
}
