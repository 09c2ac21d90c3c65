// What the reviews of one tree's nodes say, and which node comes next.

import { formatNumber } from "./format.js";
import { NONE } from "./model.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Conflict } from "./review_types" */

/** The status of a node. */
export const NOT_REVIEWED = 0;
export const ACCEPTED = 1;
export const REJECTED = 2;
export const FIXED = 3;

export const STATUS_WORDS = ["not reviewed", "accepted", "rejected", "fixed"];

/**
 * Returns a node's status.
 *
 * @param {TreeModel} model
 * @param {number} i
 */
export function statusOf(model, i) {
  return model.data.review?.status[i] ?? NOT_REVIEWED;
}

/**
 * Describes the review of a node: "accepted · changed · note: …"; empty if there is none.
 *
 * @param {TreeModel} model
 * @param {number} i
 */
export function describeReview(model, i) {
  const { review } = model.data;
  if (!review || i === NONE) return "";
  const status = statusOf(model, i);
  const note = review.notes[i];
  return [
    status === NOT_REVIEWED ? "" : [STATUS_WORDS[status], review.reviewers[i]].filter(Boolean).join(" by "),
    review.edited.includes(i) ? "changed by hand" : "",
    note ? `note: ${note}` : "",
  ].filter(Boolean).join(" · ");
}

/**
 * Returns how many nodes of a tree are reviewed, of how many.
 *
 * @param {TreeModel} model
 */
export function countReviewed(model) {
  const { status } = model.data.review ?? { status: [] };
  return { reviewed: status.filter((s) => s !== NOT_REVIEWED).length, total: status.length };
}

/**
 * @param {number} reviewed
 * @param {number} total
 */
export function progressText(reviewed, total) {
  return `${formatNumber(reviewed)} of ${formatNumber(total)} reviewed`;
}

/**
 * Returns the node to review next: in the order of time, from coarse to fine, and at the end from the
 * beginning. Nodes that the view hides are left out. NONE if all are reviewed.
 *
 * @param {TreeModel} model
 * @param {number} from the node to go on from; NONE for the beginning
 */
export function nextNotReviewed(model, from) {
  const { first, last } = model.data;
  const order = model.data.ids.map((_, i) => i)
    .sort((a, b) => first[a] - first[b] || model.rowOf[a] - model.rowOf[b] || last[b] - last[a]);
  const start = order.indexOf(from) + 1;
  const left = [...order.slice(start), ...order.slice(0, start)];
  return left.find((i) => i !== from && statusOf(model, i) === NOT_REVIEWED && !model.hidden?.has(i)) ?? NONE;
}

/**
 * Returns the sibling that follows a node; NONE if it is the last one.
 *
 * @param {TreeModel} model
 * @param {number} i
 */
export function nextSibling(model, i) {
  const parent = model.parent(i);
  if (parent === NONE) return NONE;
  const siblings = model.children[parent];
  return siblings[siblings.indexOf(i) + 1] ?? NONE;
}

/** The units of time that a conflict's age is told in, and their seconds. */
const UNITS = /** @type {const} */ ([["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]]);

/**
 * Says who changed a node meanwhile, when, and how: "Ana, 2 minutes ago: rejected it".
 *
 * @param {Conflict} conflict
 * @param {number} [now] in milliseconds
 */
export function describeConflict({ who, when, what }, now = Date.now()) {
  const seconds = (Date.parse(when) - now) / 1000;
  const [unit, length] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ["second", 1];
  const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const time = Number.isNaN(seconds) ? when : ago.format(Math.round(seconds / length), unit);
  return `${who || "Somebody"}, ${time}: ${what}`;
}

/**
 * @typedef {object} Failure an edit that could not be saved
 * @property {string} edit what it was of: the sample, the node, and a judgement or another kind of edit
 * @property {string} label of the node
 * @property {string} problem
 */

/**
 * Says which edits could not be saved: the last one, and how many more there are; empty if there is none.
 *
 * @param {Failure[]} failures
 */
export function describeFailures(failures) {
  const last = failures.at(-1);
  if (!last) return "";
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : "";
  return `Not saved “${last.label}”${more}: ${last.problem}`;
}

/**
 * Says which changes were not saved, as others have changed the same nodes meanwhile: the last one, and how
 * many more there are; empty if there is none.
 *
 * @param {{conflict: Conflict, label: string}[]} conflicts with the labels of the nodes
 */
export function describeConflicts(conflicts) {
  const last = conflicts.at(-1);
  if (!last) return "";
  const more = conflicts.length - 1;
  const others = more ? ` (and ${more} more ${more === 1 ? "change" : "changes"} of others)` : "";
  const of = last.label ? ` “${last.label}”` : "";
  return `Not saved${of}: ${describeConflict(last.conflict)}${others}.`;
}
