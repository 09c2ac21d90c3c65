// What a person was looking at in the tree panel, kept while the App makes the panel anew to put it
// elsewhere: the pinned node, the part of the video on the axis, the search.

import { NONE } from "./model.js";

/** @import { TreePanel } from "./panel.js" */

/** How long it is kept, in milliseconds. */
const KEEP_MS = 15_000;

/**
 * @typedef {object} Moment
 * @property {string} shown the sample
 * @property {number} pinned the node; NONE if there is none
 * @property {number} place what the axis was set to show
 * @property {number} from the part of the video on the axis
 * @property {number} to
 * @property {string} query
 * @property {boolean} looping
 * @property {number} until
 */

/** @type {Moment | null} */
let kept = null;

/** @param {TreePanel} panel */
export function keepMoment({ current, model, search, timeline, zoom }) {
  kept = {
    shown: model.data.shown,
    pinned: current.pinned,
    place: zoom.place,
    from: timeline.view.from,
    to: timeline.view.to,
    query: search.input.value,
    looping: current.looping,
    until: performance.now() + KEEP_MS,
  };
}

/**
 * Shows what was kept, if it is of the panel's sample. The video is left where it is.
 *
 * @param {TreePanel} panel
 */
export function showMoment(panel) {
  const { current, model, search, timeline, zoom } = panel;
  const moment = kept;
  if (!moment || moment.shown !== model.data.shown || performance.now() > moment.until) return;
  kept = null;
  zoom.zoomTo(moment.place);
  timeline.view.show(moment.from, moment.to);
  if (moment.pinned !== NONE) current.pin(moment.pinned, { isSelected: true });
  current.setLooping(moment.looping);
  search.input.value = moment.query;
  search.restart();
  panel.viewChanged();
}
