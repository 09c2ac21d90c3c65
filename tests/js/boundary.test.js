import assert from "node:assert/strict";
import test from "node:test";

import { allowed, boundaryOf, describeMove, moveShown } from "../../js/boundary.js";
import { TreeModel } from "../../js/model.js";
import { A, A1, A2, B, loaf, ROOT, treeData } from "./trees.js";

test("a boundary is that of all nodes that share it, and none of them loses its last frame", () => {
  const model = loaf();
  const between = boundaryOf(model, A, "end");
  assert.deepEqual(between, { edge: "end", frame: 41, least: 22, most: 100, before: A2, after: B });
  assert.deepEqual(boundaryOf(model, B, "start"), { ...between, edge: "start" });
  assert.deepEqual(boundaryOf(model, A2, "end"), between);
});

test("the finest nodes are beside a boundary, in whichever order nodes are sent", () => {
  const rows = [["a2", 1, 2, 21, 40], ["a", 4, 1, 1, 40], ["b1", 3, 2, 41, 60], ["b", 4, 1, 41, 100], ["root", -1, 0, 1, 100]];
  const { before, after, least, most } = boundaryOf(new TreeModel(treeData(rows)), 1, "end");
  assert.deepEqual([before, after, least, most], [0, 2, 22, 60]);
});

test("the ends of the tree are no boundaries, nor are those of a node without frames", () => {
  const model = loaf();
  for (const [i, edge] of [[ROOT, "start"], [ROOT, "end"], [A, "start"], [A1, "start"], [B, "end"]]) {
    assert.equal(boundaryOf(model, i, edge), null);
  }
  assert.equal(boundaryOf(loaf({ first: [1, 1, 41, 1, 0], last: [100, 40, 100, 20, 0] }), A2, "start"), null);
  assert.equal(boundaryOf(model, -1, "start"), null);
});

test("where the neighbour is missing, a boundary can be moved as far as the next one", () => {
  const rows = [["root", -1, 0, 1, 100], ["a", 0, 1, 1, 20], ["b", 0, 1, 41, 60], ["b1", 2, 2, 41, 60]];
  const model = new TreeModel(treeData(rows));
  const start = boundaryOf(model, 3, "start");
  assert.deepEqual(start, { edge: "start", frame: 41, least: 21, most: 60, before: -1, after: 3 });
  assert.equal(describeMove(model, start, 41), "frame 41 · 0:04.00 · – | 2.00 s");
  const end = boundaryOf(model, 2, "end");
  assert.deepEqual(end, { edge: "end", frame: 61, least: 42, most: 100, before: 3, after: -1 });
  assert.deepEqual(boundaryOf(model, 1, "end").most, 41);
});

test("a boundary is moved to whole frames, as far as it can", () => {
  const boundary = boundaryOf(loaf(), A1, "end");
  assert.deepEqual([boundary.least, boundary.most], [2, 40]);
  assert.deepEqual([-5, 14.6, 99].map((frame) => allowed(boundary, frame)), [2, 15, 40]);
});

test("a move is told in numbers", () => {
  const model = loaf();
  const boundary = boundaryOf(model, A1, "end");
  assert.equal(describeMove(model, boundary, 21), "frame 21 · 0:02.00 · 2.00 s | 2.00 s");
  assert.equal(describeMove(model, boundary, 20), "frame 20 · 0:01.90 · −1 frame · 1.90 s | 2.10 s");
  assert.equal(describeMove(model, boundary, 23), "frame 23 · 0:02.20 · +2 frames · 2.20 s | 1.80 s");
});

test("ancestors and descendants follow a boundary that is shown moved, and follow it back", () => {
  const model = loaf();
  const { first, last } = model.data;
  const back = moveShown(model, 41, 31);
  assert.deepEqual([last[A], last[A2], first[B]], [30, 30, 31]);
  assert.equal(model.nodeAt(1, 30), A);
  assert.equal(model.nodeAt(1, 31), B);
  assert.deepEqual([last[ROOT], last[A1], first[A2]], [100, 20, 21]);
  moveShown(model, 31, 51);
  assert.equal(model.nodeAt(1, 45), A);
  moveShown(model, 51, 31);
  back();
  assert.deepEqual([last[A], last[A2], first[B]], [40, 40, 41]);
  assert.equal(model.nodeAt(1, 40), A);
});
