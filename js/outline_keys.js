// The keys of the outline: those of a tree.

import { NONE } from "./model.js";

/** @import { Outline } from "./outline.js" */

/**
 * Folds or unfolds the row that keys start from, or returns where a key leads: NONE if nowhere, null if it is
 * no key of a tree.
 *
 * @param {Pick<Outline, "rows" | "cursor" | "setFolded">} outline
 * @param {string} key
 * @param {number} page how many rows are a page
 */
export function targetOf(outline, key, page) {
  const { rows, cursor } = outline;
  const row = rows.rowOf[cursor] ?? NONE;
  /** @type {(row: number) => number} */
  const at = (place) => rows.shown[Math.min(Math.max(place, 0), rows.shown.length - 1)] ?? NONE;
  switch (key) {
    case "ArrowDown": return at(row + 1);
    case "ArrowUp": return at(row - 1);
    case "PageDown": return at(row + page);
    case "PageUp": return at(row - page);
    case "Home": return at(0);
    case "End": return at(rows.shown.length - 1);
    case "Enter": return cursor;
    case "ArrowRight":
      if (rows.isUnfolded(cursor)) return at(row + 1);
      outline.setFolded(cursor, false);
      return NONE;
    case "ArrowLeft":
      if (!rows.isUnfolded(cursor)) return cursor === NONE ? NONE : rows.model.parent(cursor);
      outline.setFolded(cursor, true);
      return NONE;
    default: return null;
  }
}
