import assert from "node:assert/strict";
import test from "node:test";

import { NONE, TreeModel } from "../../js/model.js";
import { targetOf } from "../../js/outline_keys.js";
import { OutlineRows } from "../../js/outline_rows.js";
import { A, A1, A2, B, loaf, ROOT, ROWS, treeData } from "./trees.js";

test("an outline has the nodes from the top down, parts below their whole", () => {
  const rows = new OutlineRows(loaf());
  assert.deepEqual(rows.shown, [ROOT, A, A1, A2, B]);
  assert.deepEqual([...rows.depths], [0, 1, 1, 2, 2]);
  assert.deepEqual(rows.counts, [1, 3, 5]);
  assert.deepEqual([ROOT, A, B].map((i) => rows.isUnfolded(i)), [true, true, false]);
});

test("what is folded has no rows; a node in it is found by what is above it, or shown", () => {
  const rows = new OutlineRows(loaf());
  rows.setFolded(A, true);
  assert.deepEqual(rows.shown, [ROOT, A, B]);
  assert.equal(rows.rowOf[A1], NONE);
  assert.equal(rows.rowAbove(A1), 1);
  assert.equal(rows.reveal(A2), true);
  assert.deepEqual(rows.shown, [ROOT, A, A1, A2, B]);
  assert.equal(rows.reveal(A2), false);
  for (const i of [A, ROOT]) rows.setFolded(i, true);
  rows.reveal(A);
  assert.deepEqual(rows.shown, [ROOT, A, B]);
  rows.unfoldTo(1);
  assert.deepEqual(rows.shown, [ROOT, A, B]);
  rows.unfoldTo(0);
  assert.deepEqual(rows.shown, [ROOT]);
});

test("in a tree that is sent anew the same nodes are folded, whatever was added", () => {
  const before = new OutlineRows(loaf());
  before.setFolded(A, true);
  const rows = new OutlineRows(new TreeModel(treeData([
    ["b1", 3, 2, 41, 60], ...ROWS.map(([id, parent, ...row]) => [id, parent + (parent >= 0), ...row]),
  ])));
  rows.foldAs(before.folds);
  assert.deepEqual(rows.shown.map((i) => rows.model.data.ids[i]), ["root", "a", "b", "b1"]);
  before.unfoldTo(0);
  rows.foldAs(before.folds);
  assert.deepEqual(rows.shown.map((i) => rows.model.data.ids[i]), ["root"]);
});

test("the keys are those of a tree: from row to row, into what is folded and out of it", () => {
  const rows = new OutlineRows(loaf());
  const outline = { rows, cursor: A, setFolded: (i, folded) => rows.setFolded(i, folded) };
  const press = (key, from) => targetOf(Object.assign(outline, { cursor: from }), key, 3);
  assert.deepEqual(["ArrowDown", "ArrowUp", "End", "Home", "Enter"].map((key) => press(key, A)), [A1, ROOT, B, ROOT, A]);
  assert.deepEqual([press("ArrowDown", B), press("ArrowUp", ROOT)], [B, ROOT]);
  assert.deepEqual([press("PageDown", A), press("PageUp", B), press("PageUp", A)], [B, A, ROOT]);
  assert.equal(press("ArrowRight", A), A1);
  assert.equal(press("ArrowLeft", A1), A);
  assert.equal(press("ArrowLeft", A), NONE);
  assert.deepEqual(rows.shown, [ROOT, A, B]);
  assert.equal(press("ArrowLeft", A), ROOT);
  assert.equal(press("ArrowRight", A), NONE);
  assert.deepEqual(rows.shown, [ROOT, A, A1, A2, B]);
  assert.equal(press("z", A), null);
});

test("a large tree is unfolded as far as a screen or two", () => {
  const nodes = Array.from({ length: 255 }, (_, i) => [`n${i}`, Math.ceil(i / 2) - 1, Math.floor(Math.log2(i + 1)), 1, 100]);
  const rows = new OutlineRows(new TreeModel(treeData(nodes)));
  assert.equal(rows.shown.length, 31);
  rows.foldAs(new Map([["n1", true]]));
  assert.equal(rows.shown.length, 17);
  assert.equal(rows.counts.at(-1), 255);
});

test("nodes whose parents form a cycle, or that have no frames, have a row", () => {
  const rows = new OutlineRows(new TreeModel(treeData([
    ["root", -1, 0, 1, 100], ["a", 2, 1, 1, 50], ["b", 1, 2, 1, 50], ["bare", 0, 1, 0, 0],
  ])));
  assert.deepEqual(rows.shown, [0, 3, 1, 2]);
});
