// Blocks: neighbours in a row that are too short to be told apart, shown and opened as one.

/** @import { TreeModel } from "./model.js" */

/** A node is short if it is drawn less wide than this, in pixels. */
const SHORT = 9;
/** So few short neighbours are no block. */
const FEWEST = 3;
/** Neighbours that are further apart, in pixels, are in different blocks. */
const APART = 8;
/** A block that is as wide ends with its parent's last child; none is much wider than the second. */
const ROOMY = 34;
const WIDEST = 96;

/**
 * Neighbours `from` to before `end` in a row, and the frames that they cover, 1-based and inclusive.
 *
 * @typedef {{from: number, end: number, first: number, last: number}} Block
 */

/**
 * Returns the blocks of a row, in the order of time. They depend on the scale alone: they stay as they
 * are while the axis moves.
 *
 * @param {TreeModel} model
 * @param {number} row
 * @param {number} pixels per frame
 * @returns {Block[]}
 */
export function findBlocks(model, row, pixels) {
  const { first, last, parents } = model.data;
  const nodes = model.rows[row];
  /** @type {Block[]} */
  const blocks = [];
  /** @type {Block | null} */
  let open = null;
  const close = () => {
    if (open && open.end - open.from >= FEWEST) blocks.push(open);
    open = null;
  };
  nodes.forEach((i, k) => {
    const isShort = (last[i] - first[i] + 1) * pixels < SHORT;
    if (open) {
      const width = (open.last - open.first + 1) * pixels;
      const isSibling = parents[i] === parents[nodes[k - 1]];
      const isApart = (first[i] - 1 - open.last) * pixels > APART;
      if (!isShort || isApart || width > WIDEST || (width > ROOMY && !isSibling)) close();
    }
    if (!isShort) return;
    if (open) Object.assign(open, { end: k + 1, last: Math.max(open.last, last[i]) });
    else open = { from: k, end: k + 1, first: first[i], last: last[i] };
  });
  close();
  return blocks;
}
