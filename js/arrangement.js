// Where the parts of the panel are. Each part has a slot of its own:
//
//   head        the way to what is shown, the search, what colours mean
//   timeline    pictures of the video, the tree, and another one to compare with, on one axis
//   transport   the player's buttons, the cut
//   foot        what the view hides, the legend
//   details     the node: beside the timeline where the panel is wide and low, else below it
//
// The first four are the lane, which shares the panel with the details by a bar to drag.

import { make, textButton } from "./dom.js";
import { keepSettings, readSettings } from "./settings.js";
import { Splitter } from "./splitter.js";

/** @typedef {"tall" | "wide"} Shape whether the details are below the timeline or beside it */
/** @typedef {"head" | "timeline" | "transport" | "foot" | "details"} SlotName */

/** From this width on, in pixels, the details may be beside the timeline. */
const WIDE = 860;
/** And where the panel is so many times as wide as high. */
const LOW = 1.5;

/** The space between the parts of a slot, in pixels. */
export const SLOT_GAP = 6;

/** The least and the most share of the panel that the details have. */
const LEAST = 0.12;
const MOST = 0.75;

/** The legend is there at first where the panel is so high, in pixels. */
const LEGEND = 680;

/**
 * Returns where the details are in a panel of a size.
 *
 * @param {number} width in pixels
 * @param {number} height
 * @returns {Shape}
 */
export function shapeOf(width, height) {
  return width >= WIDE && width >= LOW * height ? "wide" : "tall";
}

/**
 * Returns the share of a panel that the details have at first: below the timeline, room for a caption
 * and its facts, and a third of what is beyond that.
 *
 * @param {Shape} shape
 * @param {number} height in pixels
 */
export function firstShare(shape, height) {
  if (shape === "wide") return 0.3;
  const room = 170 + Math.max(0, height - 620) / 3;
  return Math.min(Math.max(room / Math.max(height, 1), LEAST), MOST);
}

export class Arrangement {
  /** @type {Shape} */
  shape = "tall";
  height = 0;

  /** @param {() => void} changed told when the slots may have another size */
  constructor(changed) {
    /** @type {(name: SlotName, style?: string) => HTMLElement} */
    const slot = (name, style = "") => make("div", { class: `a100-slot ${style}`, "data-slot": name });
    this.head = slot("head", "a100-bar");
    this.timeline = slot("timeline");
    this.transport = slot("transport", "a100-bar");
    this.foot = slot("foot");
    this.details = slot("details");
    const lane = make("div", { class: "a100-lane" }, this.head, this.timeline, this.transport, this.foot);
    this.splitter = new Splitter("Size of the details", {
      least: LEAST,
      most: MOST,
      move: (share) => this.setShare(share),
      reset: () => this.setShare(null),
    });
    this.element = make(
      "div", { class: "a100-body", hidden: true }, lane, this.splitter.element, this.details,
    );
    this.legendButton = textButton("Legend", "Say what colours, patterns and marks mean", () => {
      keepSettings({ legend: this.element.dataset.legend !== "true" });
      this.place(this.shape);
      this.changed();
    });
    this.legendButton.classList.add("a100-explaining");
    this.changed = changed;
    this.sizes = new ResizeObserver(() => this.changed());
    this.sizes.observe(this.timeline);
    this.place("tall");
  }

  destroy() {
    this.sizes.disconnect();
  }

  /**
   * Fits the arrangement to the panel's size.
   *
   * @param {number} width in pixels
   * @param {number} height
   */
  fit(width, height) {
    const shape = shapeOf(width, height);
    if (shape === this.shape && height === this.height) return;
    this.height = height;
    this.place(shape);
  }

  /** @param {Shape} shape */
  place(shape) {
    this.shape = shape;
    this.element.dataset.shape = shape;
    this.splitter.setDirection(shape === "wide" ? "horizontal" : "vertical");
    const { details, legend } = readSettings();
    this.showShare(details?.[shape] ?? firstShare(shape, this.height));
    this.showLegend(legend ?? this.height >= LEGEND);
  }

  /**
   * Gives the details another share, and remembers it.
   *
   * @param {number | null} share null for the one that they have at first
   */
  setShare(share) {
    const { [this.shape]: _, ...others } = readSettings().details ?? {};
    keepSettings({ details: share === null ? others : { ...others, [this.shape]: share } });
    this.place(this.shape);
    this.changed();
  }

  /** @param {number} share */
  showShare(share) {
    this.element.style.setProperty("--a-details", `${(100 * share).toFixed(2)}%`);
    this.splitter.show(share);
  }

  /** @param {boolean} shown */
  showLegend(shown) {
    this.element.dataset.legend = String(shown);
    this.legendButton.setAttribute("aria-pressed", String(shown));
  }
}
