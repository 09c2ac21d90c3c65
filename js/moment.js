// What a person was looking at in the tree panel: the pinned node, the part of the video on the axis, the
// search, the range, what the outline has folded, what is scrolled to, the focus. It is kept while the App
// makes the panel anew to put it elsewhere, while Python sends the video's tree anew, and until the panel is
// opened again.

import { forgetHandedOver, handedOver } from "./hand_over.js";
import { NO_TREE } from "./model.js";

/** @import { Edge } from "./boundary.js" */
/** @import { OutlinePlace } from "./outline.js" */
/** @import { TreePanel } from "./panel.js" */
/** @import { Found } from "./search.js" */
/** @import { HandedSegment, Notice, TreeData } from "./types" */

/**
 * How long it is kept for a panel that is made anew, or shows no tree meanwhile, in milliseconds; for one
 * that is opened again, as long as the sample stays open, or in the grid.
 */
const KEEP_MS = 15_000;

/**
 * @typedef {object} Moment
 * @property {string} shown the sample
 * @property {string} node the pinned one; empty if there is none
 * @property {number} from of the time axis
 * @property {number} to
 * @property {string} zoomed the node that the axis was set to show; empty if that was no node
 * @property {number} place what it was set to show if that was no node
 * @property {string} query what was searched for
 * @property {Found | null} found what was found elsewhere
 * @property {HandedSegment | null} handed what was handed over, if that is pinned
 * @property {boolean} looping whether the pinned node was repeated
 * @property {[number, number] | null} range the frames that were chosen
 * @property {boolean} playsRange whether they were played again and again
 * @property {OutlinePlace} outline
 * @property {number[] | null} scrolled how far each part is scrolled; null if the panel is off the page
 * @property {{edge: Edge, frame: number} | null} boundary the one that is being moved, and where it is
 * @property {HTMLElement | null} focused what in the panel had the focus
 */

/** @type {Moment | null} */
let kept = null;
/** The sample that it is of, also once it was shown again. */
let moved = "";
/** @type {HTMLElement | null} */
let focused = null; // what in the panel had the focus then
let deadline = 0;
/** @type {Element | null} What the sample was open in; null in the grid. */
let opened = null;

/**
 * Keeps the moment for the panel that the App makes in place of this one.
 *
 * @param {TreePanel} panel
 */
export function keepMoment(panel) {
  // The video stays where it is, and does not go back to what was once opened.
  forgetHandedOver(panel.model.data.shown);
  keep(panel);
}

/** @param {TreePanel} panel */
function keep(panel) {
  moved = panel.model.data.shown;
  kept = momentOf(panel);
  focused = kept.focused;
  opened = openNow();
  deadline = performance.now() + KEEP_MS;
}

/**
 * Keeps the moment of a panel that ends: it is closed, or the App is still putting it elsewhere, for which it
 * may make it anew more than once.
 *
 * @param {TreePanel} panel
 */
export function keepOn(panel) {
  if (panel.model === NO_TREE) return;
  kept = momentOf(panel);
  opened = openNow();
  if (kept.shown !== moved) deadline = 0;
  if (performance.now() >= deadline) return;
  // What the App takes off the page loses the focus: to nothing, or to the player if the mouse is over it.
  if (document.activeElement?.matches("body, [data-cy=looker]")) kept.focused = focused;
}

/**
 * Returns what to show again once a tree has taken the place of another; null if that is of another
 * video, or nothing was kept.
 *
 * @param {TreePanel} panel with the tree before
 * @param {TreeData | Notice | null} next
 */
export function momentToKeep(panel, next) {
  if (!next || "notice" in next) {
    if (panel.model !== NO_TREE) keep(panel);
    return null;
  }
  if (panel.model !== NO_TREE) return next.shown === panel.model.data.shown ? momentOf(panel) : null;
  const isThere = performance.now() < deadline || (opened === openNow() && !handedOver(next.shown));
  const moment = isThere && kept?.shown === next.shown ? kept : null;
  if (moment) kept = null;
  return moment;
}

/** Returns what the App makes anew each time that a sample is opened. */
function openNow() {
  return document.querySelector("#modal")?.firstElementChild ?? null;
}

/**
 * @param {TreePanel} panel
 * @returns {Moment}
 */
function momentOf(panel) {
  const { current, details, model, range, reviewHandles, root, search, timeline, zoom } = panel;
  const { ids, shown } = model.data;
  const { from, to } = timeline.view;
  const focused = document.activeElement;
  return {
    shown, from, to, node: ids[current.pinned] ?? "", zoomed: ids[zoom.place] ?? "", place: Math.min(zoom.place, -1),
    query: search.input.value, found: search.found, handed: current.handed, looping: current.looping,
    range: range.chosen, playsRange: range.looping, outline: details.outline.place,
    scrolled: root.isConnected ? scrolling(panel).map(({ scrollTop }) => scrollTop) : null, boundary: reviewHandles.moved,
    focused: focused instanceof HTMLElement && root.contains(focused) ? focused : null,
  };
}

/**
 * Returns what is scrolled in a panel, besides the outline.
 *
 * @param {TreePanel} panel
 */
function scrolling({ details, root, slots, timeline }) {
  return [root, slots.timeline, slots.details, timeline.element, details.cardPane];
}

/**
 * Shows a moment again. The player stays where it is.
 *
 * @param {TreePanel} panel
 * @param {Moment} moment
 */
export function showMoment(panel, moment) {
  const { current, details, model, range, reviewHandles, search, timeline, zoom } = panel;
  const { focused, scrolled } = moment;
  zoom.zoomTo(model.nodeOfId.get(moment.zoomed) ?? moment.place);
  timeline.view.show(moment.from, moment.to);
  const i = model.nodeOfId.get(moment.node);
  if (i !== undefined) {
    current.handed = moment.handed; // it may be repeated once the player is ready
    current.pin(i, { isSelected: true });
    current.setLooping(moment.looping);
  }
  if (moment.range) range.choose(...moment.range, moment.playsRange);
  if (search.input.value !== moment.query) {
    search.input.value = moment.query;
    search.found = moment.found;
    search.restart();
  }
  details.outline.showPlace(moment.outline);
  panel.viewChanged();
  if (scrolled) scrolling(panel).forEach((part, k) => (part.scrollTop = scrolled[k]));
  else if (i !== undefined) timeline.scrollTo(i);
  if (focused && focused !== document.activeElement) {
    if (focused.isConnected) focused.focus({ preventScroll: true });
    if (document.activeElement !== focused) panel.root.focus({ preventScroll: true });
  }
  if (moment.boundary && focused?.isConnected) reviewHandles.resume(moment.boundary);
}
