// Marks of the nodes' status, on the timeline and in lists. They differ in shape, not in colour.

import { toHex } from "./colours.js";
import { make } from "./dom.js";
import { ACCEPTED, FIXED, REJECTED, STATUS_WORDS, statusOf } from "./review_state.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Rect, Theme } from "./types" */

/** The side of a mark and the least width of a node that has one, in pixels. */
const SIDE = 11;
const LEAST = 18;
/** The side of the dot in narrower ones. */
const DOT = 4;

/** @type {Record<number, [number, number][]>} The strokes of the marks, in a square of 1 by 1. */
const STROKES = {
  [ACCEPTED]: [[0.2, 0.55], [0.42, 0.78], [0.82, 0.25]],
  [REJECTED]: [[0.22, 0.22], [0.78, 0.78], [NaN, NaN], [0.78, 0.22], [0.22, 0.78]],
  [FIXED]: [[0.2, 0.8], [0.32, 0.55], [0.72, 0.15], [0.85, 0.28], [0.45, 0.68], [0.2, 0.8]],
};

/**
 * Returns how much of a node's width its mark takes, in pixels.
 *
 * @param {Rect} box the node
 * @param {number} status
 */
export function markWidth({ w, h }, status) {
  return STROKES[status] && w >= LEAST && h >= SIDE ? SIDE + 1 : 0;
}

/**
 * Draws the mark of a status at the right end of a node; where the node is too narrow, a dot.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Rect} box the node
 * @param {number} status
 * @param {Theme} theme
 */
export function drawStatus(context, { x, y, w, h }, status, theme) {
  const strokes = STROKES[status];
  if (!strokes || w < DOT + 2 || h < DOT + 2) return;
  const ink = toHex(theme.text);
  if (!markWidth({ x, y, w, h }, status)) {
    const [cx, cy] = [Math.round(x + w / 2), Math.round(y + h / 2)];
    context.fillStyle = toHex(theme.background);
    context.fillRect(cx - DOT / 2 - 1, cy - DOT / 2 - 1, DOT + 2, DOT + 2);
    context.fillStyle = ink;
    context.fillRect(cx - DOT / 2, cy - DOT / 2, DOT, DOT);
    return;
  }
  const left = x + w - SIDE - 1;
  const top = y + Math.round((h - SIDE) / 2);
  context.fillStyle = toHex(theme.background);
  context.fillRect(left, top, SIDE, SIDE);
  context.strokeStyle = ink;
  context.lineWidth = 1.4;
  context.setLineDash([]);
  context.beginPath();
  let isDown = false;
  for (const [px, py] of strokes) {
    if (Number.isNaN(px)) isDown = false;
    else if (isDown) context.lineTo(left + px * SIDE, top + py * SIDE);
    else {
      context.moveTo(left + px * SIDE, top + py * SIDE);
      isDown = true;
    }
  }
  context.stroke();
}

const SIGNS = ["", "✓", "✗", "✎"];

/**
 * Makes the mark of a status for a list; null where a node is not reviewed.
 *
 * @param {number} status
 */
export function statusMark(status) {
  if (!SIGNS[status]) return null;
  return make(
    "span", { class: "a100-status", "data-status": String(status), title: STATUS_WORDS[status] },
    make("span", { "aria-hidden": "true", text: SIGNS[status] }),
    make("span", { class: "a100-sr", text: STATUS_WORDS[status] }),
  );
}

/**
 * Adds the mark of a node's status to its row of a list.
 *
 * @param {TreeModel} model
 * @param {number} i
 * @param {HTMLElement} row
 */
export function markRow(model, i, row) {
  const mark = statusMark(statusOf(model, i));
  if (mark) row.append(mark);
}
