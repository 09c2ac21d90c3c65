// Shows changes in the tree on screen: before they are made, and as Python answers them.

import { moveShown } from "./boundary.js";
import { ACCEPTED, FIXED, NOT_REVIEWED, REJECTED, statusOf } from "./review_state.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Edit, EditAnswer } from "./review_types" */

/** The status that a change gives to its node. */
const GIVES = { accept: ACCEPTED, reject: REJECTED, clear: NOT_REVIEWED, text: FIXED, boundary: FIXED };

/**
 * Shows a change before it is made; returns what takes that back.
 *
 * @param {TreeModel} model
 * @param {number} i
 * @param {Edit} edit
 * @param {string} who changes it
 */
export function showEdit(model, i, { kind, text = "", edge, frame }, who) {
  const { first, last, review } = model.data;
  const before = statusOf(model, i);
  const moveBack = kind === "boundary" && frame
    ? moveShown(model, edge === "start" ? first[i] : last[i] + 1, frame) : () => {};
  const note = review?.notes[i];
  const reviewer = review?.reviewers[i] ?? "";
  if (review && kind in GIVES) {
    review.status[i] = GIVES[/** @type {keyof typeof GIVES} */ (kind)];
    review.reviewers[i] = who;
  }
  if (review && kind === "note") review.notes[i] = text;
  return () => {
    moveBack();
    if (!review) return;
    review.status[i] = before;
    review.reviewers[i] = reviewer;
    if (note === undefined) delete review.notes[i];
    else review.notes[i] = note;
  };
}

/**
 * Shows the status of the nodes that were changed, who set it, and their notes.
 *
 * @param {TreeModel} model
 * @param {EditAnswer} answer
 */
export function showChanged({ data, nodeOfId }, { changed = {}, reviewers = {}, notes = {} }) {
  const { review } = data;
  if (!review) return;
  for (const [id, status] of Object.entries(changed)) {
    const i = nodeOfId.get(id);
    if (i === undefined) continue;
    review.status[i] = status;
    review.reviewers[i] = reviewers[id] ?? "";
  }
  for (const [id, note] of Object.entries(notes)) {
    const i = nodeOfId.get(id);
    if (i !== undefined) review.notes[i] = note;
  }
}
