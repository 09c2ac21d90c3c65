// The way from the whole video to what the time axis shows, as a row of buttons.

import { make } from "./dom.js";

/** @import { TreeModel } from "./model.js" */

/** What the time axis can show other than a node. */
export const WHOLE_VIDEO = -1;
export const OPEN_CLIP = -2;

/** How many steps are shown at once; those between the second and the last ones are on demand. */
const MAX_CRUMBS = 5;

/** @typedef {{place: number, label: string, isCurrent: boolean}} Crumb */

/**
 * Returns the steps to what the axis shows, from the whole video on.
 *
 * @param {TreeModel} model
 * @param {number} zoomed a node, WHOLE_VIDEO or OPEN_CLIP
 * @returns {Crumb[]}
 */
export function crumbsOf(model, zoomed) {
  const { first, last, clip } = model.data;
  const path = zoomed < 0 ? [] : model.path(zoomed);
  const [root] = path;
  // A root that lasts as long as the video is no step of its own.
  if (path.length && first[root] <= 1 && last[root] >= model.frames) path.shift();
  const steps = path.map((i) => ({ place: i, label: model.label(i) }));
  if (clip) steps.unshift({ place: OPEN_CLIP, label: "Clip" });
  steps.unshift({ place: WHOLE_VIDEO, label: "Whole video" });
  return steps.map((step, k) => ({
    ...step,
    isCurrent: step.place === zoomed || (zoomed >= 0 && k === steps.length - 1),
  }));
}

/**
 * Returns how many steps, from the third one on, are left out at first.
 *
 * @param {number} steps
 */
export function omittedCrumbs(steps) {
  return steps <= MAX_CRUMBS + 1 ? 0 : steps - MAX_CRUMBS;
}

export class Crumbs {
  /** @param {(place: number) => void} zoomTo */
  constructor(zoomTo) {
    this.zoomTo = zoomTo;
    this.list = make("ol", { class: "a100-crumbs" });
    this.element = make("nav", { "aria-label": "Zoom", class: "a100-grow" }, this.list);
  }

  /**
   * @param {TreeModel} model
   * @param {number} zoomed a node, WHOLE_VIDEO or OPEN_CLIP
   * @param {boolean} all whether no step is left out
   */
  show(model, zoomed, all = false) {
    const buttons = crumbsOf(model, zoomed).map((crumb) => this.button(crumb));
    const items = buttons.map((button) => make("li", {}, button));
    const omitted = all ? 0 : omittedCrumbs(items.length);
    if (omitted) items.splice(2, omitted, this.moreItem(omitted, () => this.show(model, zoomed, true)));
    this.list.classList.toggle("a100-all", all);
    this.list.replaceChildren(...items);
    if (all) buttons.find((button) => button.hasAttribute("aria-current"))?.focus();
  }

  /** @param {Crumb} crumb */
  button({ place, label, isCurrent }) {
    return make("button", {
      type: "button",
      dir: "auto",
      title: label,
      text: label,
      "aria-current": isCurrent ? "true" : null,
      on: { click: () => this.zoomTo(place) },
    });
  }

  /**
   * @param {number} count how many steps are left out
   * @param {() => void} show
   */
  moreItem(count, show) {
    const label = `Show ${count} more levels`;
    const attributes = { type: "button", text: "…", title: label, "aria-label": label };
    return make("li", { class: "a100-more" }, make("button", { ...attributes, on: { click: show } }));
  }
}
