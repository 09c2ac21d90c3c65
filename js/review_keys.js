// The keys by which a tree is reviewed, while the panel has the focus and reviewing is on.

/** @import { TreePanel } from "./panel.js" */
/** @import { ReviewCommand } from "./review.js" */

/** @type {[string, string][]} */
export const REVIEW_HELP = [
  ["v", "review: on and off; the keys below work while it is on"],
  ["a  r", "accept the node, reject it, and go on"],
  ["t  w", "fix a text of it, write a note"],
  ["n", "the next node that is not reviewed"],
  ["b", "the boundary at its start, then at its end: ← → move it, ⇧ by 10 frames, Enter saves"],
  ["x  j", "split it where the video is, join it with the next part"],
  ["Backspace", "take the judgement back"],
  ["Ctrl+Z  Ctrl+⇧Z", "undo, redo"],
];

/** @type {Record<string, ReviewCommand>} */
const COMMANDS = {
  a: "accept", r: "reject", t: "text", w: "note", n: "next", x: "split", j: "merge", Backspace: "clear",
};

/** @type {Record<string, (panel: TreePanel) => boolean | void>} */
export const REVIEW_KEYS = {
  v: (panel) => panel.review.toggle(),
  b: (panel) => panel.reviewHandles.focus(),
};
for (const [key, command] of Object.entries(COMMANDS)) {
  REVIEW_KEYS[key] = (panel) => panel.review.act(command);
}

/**
 * Returns what a key does together with Ctrl or ⌘; null if nothing.
 *
 * @param {KeyboardEvent} event
 * @returns {ReviewCommand | null}
 */
export function modifiedCommand({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey || ctrlKey === metaKey) return null;
  if (key.toLowerCase() === "z") return shiftKey ? "redo" : "undo";
  return key.toLowerCase() === "y" && !shiftKey ? "redo" : null;
}
