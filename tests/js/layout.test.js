import assert from "node:assert/strict";
import test from "node:test";

import { GUTTER, Layout, RULER } from "../../js/layout.js";
import { NONE, TreeModel } from "../../js/model.js";
import { A, A1, A2, B, loaf, ROOT, treeData } from "./trees.js";

function layout(maxHeight = 300) {
  const made = new Layout(loaf());
  made.resize(GUTTER + 500 + 6, maxHeight, 1);
  return made;
}

test("rows share the height that there is, and are never too low to read", () => {
  assert.equal(layout(300).rowHeight, 81);
  assert.equal(layout(300).tops.at(-1), layout(300).tops[0] + 3 * 81);
  assert.equal(layout(110).rowHeight, 18);
  assert.equal(layout(50).rowHeight, 15);
  assert.equal(layout(5000).rowHeight, 112);
  assert.ok(layout(300).height <= 300 && layout(300).height > 295);
});

test("texts grow with the rows", () => {
  assert.deepEqual([50, 120, 165, 205, 300].map((height) => layout(height).fontSize), [12, 12, 13, 14, 16]);
});

test("the minimap is between the ruler and the rows, low where there is little space", () => {
  const levels = Array.from({ length: 15 }, (_, k) => k);
  const rows = levels.map((level) => [`${level}`, level - 1, level, 1, 100]);
  const at = new Layout(new TreeModel(treeData(rows)));
  at.resize(500, 600, 1);
  assert.equal(at.mapHeight, 30);
  assert.ok(at.tops[0] > RULER + 30);
  at.resize(500, 250, 1);
  assert.equal(at.mapHeight, 8);
});

test("a folded row is low, and the others have its height", () => {
  const at = new Layout(loaf(), new Set([1]));
  at.resize(GUTTER + 506, 300, 1);
  assert.deepEqual([0, 1, 2].map((row) => at.heightOf(row)), [112, 10, 112]);
  assert.equal(at.rect(A).h, 8);
  assert.equal(at.nodeAt(GUTTER + 50, at.rowTop(1) + 5, []), A);
  assert.equal(at.nodeAt(GUTTER + 50, at.rowTop(2) + 5, []), A1);
  assert.equal(at.height, at.tops[0] + 234 + 4 + 20);
});

test("a folded row has no blocks: its short nodes are drawn alike", () => {
  const rows = [["root", -1, 0, 1, 1000]];
  for (let k = 0; k < 100; k += 1) rows.push([`${k}`, 0, 1, 10 * k + 1, 10 * k + 10]);
  const at = new Layout(new TreeModel(treeData(rows, { frames: 1000 })));
  at.resize(GUTTER + 200 + 6, 200, 1);
  assert.ok(at.blocks(1).length > 0);
  at.folded.add(1);
  assert.deepEqual(at.blocks(1), []);
});

test("a rectangle is as long as its node and lies in its parent's", () => {
  const at = layout();
  const [root, a, a2] = [ROOT, A, A2].map((i) => at.rect(i));
  assert.deepEqual([root.x, root.w], [GUTTER, 499]);
  assert.deepEqual([a.x, a.w], [GUTTER, 199]);
  assert.deepEqual([a2.x, a2.w], [GUTTER + 100, 99]);
  assert.ok(root.y < a.y && a.y < a2.y);
});

test("rectangles are on whole device pixels and at least one wide", () => {
  const at = new Layout(loaf());
  at.resize(GUTTER + 101 + 6, 300, 2);
  for (const i of [ROOT, A, B, A1, A2]) {
    const { x, w } = at.rect(i);
    assert.equal(x * 2, Math.round(x * 2));
    assert.equal((x + w) * 2, Math.round((x + w) * 2));
  }
  at.resize(GUTTER + 1 + 6, 300, 2);
  assert.equal(at.rect(A2).w, 0.5);
});

test("what is not on screen has no rectangle, and what is partly is clipped", () => {
  const at = layout();
  at.view.show(30, 70);
  assert.equal(at.rect(A1), null);
  assert.deepEqual([at.rect(ROOT).x, at.rect(ROOT).w], [GUTTER, 499]);
  assert.equal(at.rect(B).x, GUTTER + 125);
});

test("a node without frames has no rectangle", () => {
  const at = new Layout(loaf({ first: [1, 1, 41, 1, 0], last: [100, 40, 100, 20, -1] }));
  at.resize(536, 300, 1);
  assert.equal(at.rect(A2), null);
});

test("the node at a point is the one that is drawn there", () => {
  const at = layout();
  for (const i of [ROOT, A, B, A1, A2]) {
    const { x, y, w, h } = at.rect(i);
    assert.equal(at.nodeAt(x + w / 2, y + h / 2, []), i);
    assert.equal(at.nodeAt(x + 1, y + 1, []), i);
  }
  const below = at.rect(B).y + at.rowHeight + 3;
  assert.equal(at.nodeAt(GUTTER + 400, below, []), NONE);
  assert.equal(at.nodeAt(GUTTER - 1, RULER + 5, []), NONE);
  assert.equal(at.nodeAt(GUTTER + 5, RULER - 1, []), NONE);
});

test("the cut can be pointed at, too", () => {
  const at = layout();
  assert.equal(at.nodeAt(GUTTER + 50, at.cutTop + 2, [A, B]), A);
  assert.equal(at.nodeAt(GUTTER + 300, at.cutTop + 2, [A, B]), B);
  assert.equal(at.nodeAt(GUTTER + 300, at.cutTop + 2, [A]), NONE);
  assert.equal(at.nodeAt(GUTTER + 50, at.speechTop + 2, [A, B]), NONE);
});

test("the frame at a pixel is 1-based and within the video", () => {
  const at = layout();
  assert.equal(at.frameAt(GUTTER), 1);
  assert.equal(at.frameAt(GUTTER + 5), 2);
  assert.equal(at.frameAt(GUTTER + 499), 100);
  assert.equal(at.frameAt(-1000), 1);
  assert.equal(at.frameAt(1e6), 100);
});
