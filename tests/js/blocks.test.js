import assert from "node:assert/strict";
import test from "node:test";

import { isShown } from "../../js/block_counts.js";
import { findBlocks } from "../../js/blocks.js";
import { GUTTER, Layout } from "../../js/layout.js";
import { TreeModel } from "../../js/model.js";
import { treeData } from "./trees.js";

/** A root of two children of 500 frames; each has children as long as is said. */
function comb(lengths) {
  const rows = [["root", -1, 0, 1, 1000], ["a", 0, 1, 1, 500], ["b", 0, 1, 501, 1000]];
  for (const parent of [1, 2]) {
    let first = rows[parent][3];
    for (const length of lengths) {
      rows.push([`${parent}-${first}`, parent, 2, first, first + length - 1]);
      first += length;
    }
  }
  return new TreeModel(treeData(rows, { frames: 1000 }));
}
const spans = (blocks) => blocks.map(({ from, end, first, last }) => [end - from, first, last]);

test("short neighbours are a block; long ones and a few short ones are none", () => {
  const model = comb([100, 2, 2, 2, 2, 100, 2, 2, 100]);
  assert.deepEqual(spans(findBlocks(model, 2, 1)), [[4, 101, 108], [4, 601, 608]]);
  assert.deepEqual(findBlocks(model, 2, 10), []);
  assert.deepEqual(findBlocks(model, 0, 1), []);
});

test("a block has a count only while one of its nodes is as usual", () => {
  const model = comb([100, 2, 2, 2, 2, 100, 2, 2, 100]);
  const [block] = findBlocks(model, 2, 1);
  const nodes = model.rows[2].slice(block.from, block.end);
  const isCounted = (thin, matches = null) => isShown({ layout: { model }, thin, matches }, 2, block);
  assert.ok(isCounted(null) && isCounted(new Set(nodes.slice(1))));
  assert.ok(!isCounted(new Set(nodes)));
  const dimmed = (found) => ({ opacity: (i) => (i === found ? 1 : 0.2) });
  assert.ok(isCounted(null, dimmed(nodes[3])) && !isCounted(null, dimmed(model.rows[2][0])));
});

test("a block ends with its parent's last child once it is wide enough", () => {
  assert.deepEqual(spans(findBlocks(comb(Array(50).fill(10)), 2, 0.08)), [[50, 1, 500], [50, 501, 1000]]);
  assert.deepEqual(spans(findBlocks(comb(Array(50).fill(10)), 2, 0.02)), [[100, 1, 1000]]);
});

test("a block is no wider than the screen shows once it is opened", () => {
  const wide = findBlocks(comb(Array(250).fill(2)), 2, 1).map(({ first, last }) => last - first + 1);
  assert.ok(wide.length >= 10 && Math.max(...wide) <= 100);
});

test("neighbours that are apart are in different blocks", () => {
  const rows = [["root", -1, 0, 1, 300]];
  for (const first of [1, 4, 7, 101, 104, 107]) rows.push([`${first}`, 0, 1, first, first + 2]);
  const model = new TreeModel(treeData(rows, { frames: 300 }));
  assert.deepEqual(spans(findBlocks(model, 1, 1)), [[3, 1, 9], [3, 101, 109]]);
});

test("a block is found where it is drawn, and opens when it is zoomed to", () => {
  const at = new Layout(comb(Array(50).fill(10)));
  at.resize(GUTTER + 100 + 6, 300, 1);
  const y = at.rowTop(2) + 2;
  assert.equal(at.blockAt(GUTTER + 10, at.rowTop(1) + 2), null);
  const block = at.blockAt(GUTTER + 10, y);
  assert.equal(block?.end, 50);
  assert.equal(at.blocks(2), at.blocks(2));
  at.view.show(400, 600);
  assert.equal(at.blockAt(GUTTER + 10, y)?.end - at.blockAt(GUTTER + 10, y)?.from < 50, true);
  at.view.show(495, 505);
  assert.equal(at.blockAt(GUTTER + 10, y), null);
  at.folded.add(2);
  assert.deepEqual(at.blocks(2), []);
});
