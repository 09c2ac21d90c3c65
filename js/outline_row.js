// A row of the outline: a node's first picture, its caption, its times.

import { make } from "./dom.js";
import { formatDuration, formatTime } from "./format.js";
import { NONE } from "./model.js";
import { addressOf, pictures } from "./pictures.js";

/** @import { TreeModel } from "./model.js" */
/** @import { OutlineRows } from "./outline_rows.js" */
/** @import { Matches } from "./search.js" */

const STATES = ["not annotated", "no action", ""];

/**
 * Makes a row.
 *
 * @param {OutlineRows} rows
 * @param {number} i the node
 * @param {{id: string, top: number, colour: string}} look its element's id, where it is in pixels, the
 *   node's colour
 */
export function makeRow(rows, i, { id, top, colour }) {
  const { model } = rows;
  const { first, starts, ends, ids, levels, path, states } = model.data;
  const parent = model.parent(i);
  const siblings = parent === NONE ? [i] : model.children[parent];
  const hasChildren = rows.hasChildren(i);
  const isUnfolded = rows.isUnfolded(i);
  const isHidden = Boolean(model.hidden?.has(i));
  const facts = [`level ${levels[i]}`, STATES[states[i]], isHidden ? "hidden by the view" : ""];
  return make(
    "div",
    {
      role: "treeitem", id, class: "a100-entry", "data-node": String(i), "data-id": ids[i],
      style: `top: ${top}px; --depth: ${rows.depths[i]}; --level: ${colour}`,
      "data-state": String(states[i]), "data-hidden": isHidden,
      "aria-level": String(rows.depths[i] + 1),
      "aria-posinset": String(siblings.indexOf(i) + 1), "aria-setsize": String(siblings.length),
      "aria-expanded": hasChildren ? String(isUnfolded) : null,
    },
    path && first[i] > 0 ? make("canvas", { class: "a100-entry-picture", "aria-hidden": "true" }) : null,
    make("span", { class: "a100-fold", "aria-hidden": "true", text: hasChildren ? (isUnfolded ? "▾" : "▸") : "" }),
    make("span", { class: "a100-entry-text", dir: "auto", text: model.label(i) }),
    make(
      "span", { class: "a100-entry-times" },
      make("span", { text: `${formatTime(starts[i], 0)}–${formatTime(ends[i], 0)}` }),
      make("span", { text: formatDuration(ends[i] - starts[i]) }),
    ),
    make("span", { class: "a100-sr", text: facts.filter(Boolean).join(", ") }),
  );
}

/**
 * Has a row's picture taken while the row is in sight, unless it has it.
 *
 * @param {TreeModel} model
 * @param {number} i the row's node
 * @param {HTMLElement} row
 * @param {boolean} isInSight
 */
export function showPicture(model, i, row, isInSight) {
  const canvas = row.querySelector("canvas");
  if (!canvas || canvas.dataset.picture === "shown") return;
  if (!isInSight) {
    pictures.forget(canvas);
    delete canvas.dataset.picture;
  } else if (!canvas.dataset.picture) {
    canvas.dataset.picture = "asked";
    pictures.want({ source: addressOf(model.data.path), at: (model.data.first[i] - 0.5) / model.fps, canvas });
  }
}

/**
 * Marks a row that the search has found, or that has what was found in its branch.
 *
 * @param {Matches | null} matches
 * @param {number} i the row's node
 * @param {HTMLElement} row
 */
export function markFound(matches, i, row) {
  const found = matches?.has(i) ? "found" : matches?.hasBelow(i) ? "found below" : "";
  if (found === (row.dataset.found ?? "")) return;
  row.dataset.found = found;
  row.setAttribute("aria-description", found);
}
