// The way from the whole dataset to what the grid shows, as a row of buttons that lead back.

import { make } from "./dom.js";

/** @import { TrailCrumb } from "./types" */

export class Trail {
  /** @param {(place: number) => void} go */
  constructor(go) {
    this.go = go;
    this.list = make("ol", { class: "a100-crumbs" });
    this.element = make(
      "nav", { class: "a100-bar a100-trail", "aria-label": "What the grid shows", hidden: true },
      make("span", { class: "a100-quiet", text: "Grid:" }), this.list,
    );
  }

  /** @param {TrailCrumb[]} crumbs none to show nothing */
  show(crumbs) {
    this.element.hidden = !crumbs.length;
    this.list.replaceChildren(
      ...crumbs.map((crumb, i) => make("li", {}, this.button(crumb, i === crumbs.length - 1))),
    );
  }

  /**
   * @param {TrailCrumb} crumb
   * @param {boolean} isCurrent
   */
  button({ name, title, place }, isCurrent) {
    return make("button", {
      type: "button", dir: "auto", text: name, title, "aria-current": isCurrent ? "true" : null,
      on: { click: () => !isCurrent && place !== null && this.go(place) },
    });
  }
}
