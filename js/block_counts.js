// Says on each block how many nodes it has.

import { toHex } from "./colours.js";
import { font, SMALLEST, writeLines } from "./labels.js";
import { GUTTER } from "./layout.js";

/** @import { Block } from "./blocks.js" */
/** @import { Scene } from "./drawing.js" */

/** What the search dims more has no text: it could not be read. */
export const READABLE = 0.5;
/** The height of what says how many nodes a block has. */
const PILL = 14;

/**
 * Draws the counts of a row, where there is space, and not where all nodes are dimmed or hidden.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} row
 */
export function drawCounts(context, scene, row) {
  for (const block of scene.layout.blocks(row)) {
    if (isShown(scene, row, block)) drawCount(context, scene, row, block);
  }
}

/**
 * Whether the search or the view leaves a node of a block as it is.
 *
 * @param {Pick<Scene, "layout" | "matches" | "thin">} scene
 * @param {number} row
 * @param {Pick<Block, "from" | "end">} block
 */
export function isShown({ layout, matches, thin }, row, { from, end }) {
  const nodes = layout.model.rows[row].slice(from, end);
  return nodes.some((i) => !thin?.has(i) && (matches?.opacity(i) ?? 1) >= READABLE);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} row
 * @param {Block} block
 */
function drawCount(context, { layout, painter: { theme } }, row, { from, end, first, last }) {
  const at = layout.stretch(first, last);
  if (!at) return;
  const text = `+${end - from}`;
  context.font = font();
  const left = Math.max(at[0], GUTTER);
  const right = Math.min(at[1], layout.right);
  const width = context.measureText(text).width + 6;
  if (right - left < width) return;
  const [x, y] = [(left + right - width) / 2, layout.rowTop(row) + (layout.heightOf(row) - PILL) / 2];
  context.fillStyle = toHex(theme.line);
  context.beginPath();
  context.roundRect(x, y, width, PILL, 4);
  context.fill();
  context.fillStyle = toHex(theme.text);
  writeLines(context, [text], { x: x + 3, y, h: PILL }, SMALLEST);
}
