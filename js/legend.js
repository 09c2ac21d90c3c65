// What the nodes are coloured by, and what the colours and patterns of the timeline stand for.

import { COLOUR_BY } from "./colours.js";
import { make } from "./dom.js";
import { formatNumber } from "./format.js";
import { ANNOTATED, NO_ACTION, NOT_ANNOTATED } from "./model.js";
import { countReviewed } from "./review_state.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { ColourBy } from "./colours.js" */
/** @import { TreeModel } from "./model.js" */
/** @import { Palette } from "./types" */

const GREY = "#8a8f98";
/** In rows of fewer nodes, none are so short that blocks stand for them. */
const MANY = 40;

export class Legend {
  /** @param {() => void} changed */
  constructor(changed) {
    const kept = readSettings().colour;
    const options = COLOUR_BY.map((by) => {
      return make("option", { value: by, text: `Colour: ${by}`, selected: by === kept });
    });
    const choose = () => {
      keepSettings({ colour: this.select.value });
      changed();
    };
    const attributes = { class: "a100-select", "aria-label": "Colour by" };
    this.select = make("select", { ...attributes, on: { change: choose } }, ...options);
    this.element = make("ul", { class: "a100-legend", "aria-label": "Legend" });
  }

  /** What the nodes are coloured by. */
  get by() {
    return COLOUR_BY.find((by) => by === this.select.value) ?? "level";
  }

  /**
   * @param {TreeModel} model
   * @param {Palette} palette
   * @param {Set<number> | null} thin the nodes that are drawn as thin lines
   */
  show(model, palette, thin) {
    this.element.replaceChildren(...legendItems(model, palette, this.by, thin));
  }
}

/**
 * Makes the entries of the legend, with how many nodes there are of each.
 *
 * @param {TreeModel} model
 * @param {Palette} palette
 * @param {ColourBy} by
 * @param {Set<number> | null} thin the nodes that are drawn as thin lines
 */
function legendItems(model, palette, by, thin) {
  const { states, verbs } = model.data;
  /** @type {(state: number) => string} */
  const count = (state) => formatNumber(states.filter((other) => other === state).length);
  const annotated = "Filled: the refined captions have an action for it";
  const items = [
    stateItem(ANNOTATED, `annotated ${count(ANNOTATED)}`, annotated),
    stateItem(NO_ACTION, `N/A ${count(NO_ACTION)}`, "Hatched: a summary, but no action"),
    stateItem(NOT_ANNOTATED, `not annotated ${count(NOT_ANNOTATED)}`, "Outlined: no refined caption"),
    thin && markItem("hidden", `hidden ${formatNumber(thin.size)}`, "A thin line: the App's view hides it"),
    model.rows.some((row) => row.length > MANY) && blockItem(),
    markItem("now", "on screen now", "Bright, with an outline: one node per level, what the video shows now"),
    markItem("pinned", "pinned", "Bright, with a thick outline and a bar at the left: the node that was clicked"),
    markItem("cut", "in the cut", "A line at the lower edge: in the cut at the slider's time scale, as in the row “cut”"),
    markItem("range", "range", "A bracket: dragged on the ruler, or the node that is repeated"),
    markItem("match", "found", "A line at the upper edge: has what is in the search box"),
  ];
  if (countReviewed(model).reviewed) {
    items.push(legendItem(make("span", { text: "✓ ✗ ✎" }), "reviewed", "Accepted, rejected, or fixed by a person"));
  }
  // By level, the rows say it.
  if (by === "duration") items.push(...palette.durations.map((bin) => colourItem(bin.colour, bin.name)));
  if (by === "verb") {
    verbs.names.forEach((name, k) => {
      items.push(colourItem(palette.verbs[k % palette.verbs.length], `${name} ${formatNumber(verbs.counts[k])}`));
    });
    if (verbs.rest) items.push(colourItem(palette.tail, `other verbs ${formatNumber(verbs.rest)}`));
  }
  return items.filter((item) => item instanceof HTMLElement);
}

/**
 * @param {HTMLElement} swatch
 * @param {string} text
 * @param {string} [title]
 */
function legendItem(swatch, text, title) {
  return make("li", { title }, swatch, make("span", { text }));
}

/**
 * @param {number} state
 * @param {string} text
 * @param {string} title
 */
function stateItem(state, text, title) {
  const swatch = make("span", { class: "a100-swatch", "data-state": String(state) });
  swatch.style.background = GREY;
  return legendItem(swatch, text, title);
}

/**
 * @param {string} mark
 * @param {string} text
 * @param {string} title
 */
function markItem(mark, text, title) {
  return legendItem(make("span", { class: "a100-swatch", "data-mark": mark }), text, title);
}

/** Makes the entry of blocks. */
function blockItem() {
  const swatch = make("span", { class: "a100-swatch", "data-mark": "block", text: "+12" });
  return legendItem(swatch, "short neighbours", "So many nodes are too short to be told apart: click to zoom in");
}

/**
 * @param {string} colour
 * @param {string} text
 */
function colourItem(colour, text) {
  const swatch = make("span", { class: "a100-swatch" });
  swatch.style.background = colour;
  return legendItem(swatch, text);
}
