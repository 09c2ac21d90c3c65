import assert from "node:assert/strict";
import test from "node:test";

import { NO_TREE, NONE, TreeModel } from "../../js/model.js";
import { A, A1, A2, B, loaf, ROOT, ROWS, treeData } from "./trees.js";

test("rows are levels, each in the order of time, without nodes that have no frames", () => {
  const model = new TreeModel(treeData([...ROWS.toReversed(), ["gone", -1, 1, 0, 0]].map((row) => [row[0], -1, ...row.slice(2)])));
  assert.deepEqual(model.rowLevels, [0, 1, 2]);
  const ids = model.rows.map((row) => row.map((i) => model.data.ids[i]));
  assert.deepEqual(ids, [["root"], ["a", "b"], ["a1", "a2"]]);
});

test("levels may have gaps", () => {
  const model = new TreeModel(treeData([["r", -1, 0, 1, 9], ["x", 0, 7, 1, 9]]));
  assert.deepEqual(model.rowLevels, [0, 7]);
  assert.deepEqual([...model.rowOf], [0, 1]);
});

test("the active path has one node per row, NONE where a row has none", () => {
  const model = loaf();
  assert.deepEqual(model.activePath(1), [ROOT, A, A1]);
  assert.deepEqual(model.activePath(20), [ROOT, A, A1]);
  assert.deepEqual(model.activePath(21), [ROOT, A, A2]);
  assert.deepEqual(model.activePath(41), [ROOT, B, NONE]);
  assert.deepEqual(model.activePath(101), [NONE, NONE, NONE]);
});

test("of overlapping nodes the one that starts last is on screen, then an earlier one that lasts", () => {
  const model = new TreeModel(treeData([["long", -1, 0, 1, 90], ["short", -1, 0, 10, 20], ["late", -1, 0, 30, 31]]));
  assert.equal(model.nodeAt(0, 15), 1);
  assert.equal(model.nodeAt(0, 25), 0);
  assert.equal(model.nodeAt(0, 31), 2);
  assert.equal(model.nodeAt(0, 90), 0);
  assert.equal(model.nodeAt(0, 91), NONE);
});

test("paths end at the root, and where parents form a cycle", () => {
  assert.deepEqual(loaf().path(A2), [ROOT, A, A2]);
  const cycle = new TreeModel(treeData([["x", 1, 0, 1, 9], ["y", 0, 1, 1, 9], ["own", 2, 0, 1, 9]]));
  assert.deepEqual(cycle.path(0).sort(), [0, 1]);
  assert.equal(cycle.parent(2), NONE);
});

test("neighbours are siblings, else the next node of the level, else none", () => {
  const model = new TreeModel(treeData([...ROWS, ["b1", B, 2, 41, 60]]));
  assert.equal(model.neighbour(A1, 1), A2);
  assert.equal(model.neighbour(A2, -1), A1);
  assert.equal(model.neighbour(A2, 1), 5);
  assert.equal(model.neighbour(5, -1), A2);
  assert.equal(model.neighbour(ROOT, 1), NONE);
  assert.equal(model.neighbour(A, -1), NONE);
});

test("the child is the one on screen, else the first", () => {
  const model = loaf();
  assert.equal(model.child(A, 30), A2);
  assert.equal(model.child(A, 90), A1);
  assert.equal(model.child(A2, 30), NONE);
});

test("the cut has the nodes whose range of time scales holds the seconds", () => {
  const until = [1e9, 10, 10, 4, 4];
  const model = loaf({ from: [10, 4, 6, 2, 2], until });
  assert.deepEqual(model.cut(10), [ROOT]);
  assert.deepEqual(model.cut(9.9), [A, B]);
  assert.deepEqual(model.cut(4), [A]);
  assert.deepEqual(model.cut(3.9), [A1, A2]);
  assert.deepEqual(model.cut(1), []);
});

test("a search finds a phrase in any case and any field, and nothing where it is blank", () => {
  const model = loaf({ texts: [{ at: [A1, A2], texts: ["Add WATER", "Add flour"] }, { at: [B], texts: ["with water"] }] });
  assert.deepEqual(model.search(" water ").sort(), [B, A1]);
  assert.deepEqual(model.search("add"), [A1, A2]);
  assert.deepEqual(model.search("  "), []);
  assert.deepEqual(model.search("salt"), []);
});

test("a search has to ask Python where the texts were not sent", () => {
  assert.equal(loaf({ texts: null }).search("water"), null);
  assert.deepEqual(loaf({ texts: null }).search(""), []);
});

test("a node lasts as long as its frames", () => {
  assert.equal(loaf().seconds(A1), 2);
  assert.equal(loaf({ fps: 25 }).seconds(ROOT), 4);
});

test("a node without a text has a label all the same", () => {
  assert.equal(loaf({ labels: ["", "", "", "", ""] }).label(A), "(no text)");
  assert.equal(loaf().label(A), "Mix the dough");
});

test("there is a model of no tree", () => {
  assert.equal(NO_TREE.count, 0);
  assert.deepEqual(NO_TREE.activePath(1), []);
  assert.deepEqual(NO_TREE.cut(10), []);
});

test("who acts is said by a node itself, else by the nearest ancestor that says it", () => {
  const model = loaf({ actors: { names: ["A cook", "A guest"], of: [0, 1, -1, -1, -1] } });
  assert.deepEqual(model.actor(A), { node: A, name: "A guest" });
  assert.deepEqual(model.actor(A1), { node: A, name: "A guest" });
  assert.deepEqual(model.actor(B), { node: ROOT, name: "A cook" });
  assert.equal(loaf().actor(A1), null);
});
