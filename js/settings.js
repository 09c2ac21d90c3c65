// What a person has set in the panels, kept in the browser for the next sample, dataset and day.

/** @import { Shape } from "./arrangement.js" */
/** @import { ReviewScope } from "./review_types" */
/** @import { Nested, SearchMode, SearchOrder } from "./types" */

const KEY = "action100m-tree";

/**
 * @typedef {object} Settings
 * @property {string} [colour] what nodes are coloured by
 * @property {number} [seconds] the time scale of the cut
 * @property {boolean} [changes] whether new words are marked
 * @property {"card" | "outline"} [reading] what is shown where there is room for one of them
 * @property {SearchMode} [searchMode] what the Search panel looks for
 * @property {Nested} [searchNested] which of the segments inside each other it shows
 * @property {SearchOrder} [searchOrder] how it orders what was found
 * @property {Record<string, string>} [compare] the dataset that each dataset's trees are compared with
 * @property {Partial<Record<Shape, number>>} [details] the share of the panel that the details have
 * @property {"beside" | "below"} [place] where the panels are: beside the video, or under it
 * @property {Record<string, number[]>} [sizes] of the video and the panels, by the App's layout
 * @property {"off" | "line" | "path"} [overlay] which captions are over the video
 * @property {number} [overlayLevels] how many levels these are of, the finest ones; 0 for all
 * @property {Record<string, number[]>} [folded] the levels that are folded in each dataset's trees
 * @property {boolean} [film] whether the filmstrip is shown
 * @property {boolean} [legend] whether the legend is shown
 * @property {boolean} [sidebar] whether the App's sidebar is to come back once the tree is not under the video
 * @property {boolean} [all] whether nodes that the view hides are drawn like the others
 * @property {boolean} [review] whether trees are reviewed
 * @property {string} [reviewer] the name of who reviews
 * @property {ReviewScope} [reviewScope] what is reviewed
 * @property {boolean} [reviewGoesOn] whether a judgement goes on to the next node
 */

/**
 * Returns the settings; empty where nothing was set, or the browser keeps nothing.
 *
 * @returns {Settings}
 */
export function readSettings() {
  try {
    const kept = JSON.parse(window.localStorage.getItem(KEY) ?? "{}");
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

/**
 * Adds to the settings that are kept.
 *
 * @param {Settings} changed
 */
export function keepSettings(changed) {
  try {
    window.localStorage.setItem(KEY, JSON.stringify({ ...readSettings(), ...changed }));
  } catch {
    // The browser keeps nothing, for example in a private window.
  }
}
