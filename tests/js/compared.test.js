// What a comparison with another dataset's tree says, and which node is where.

import assert from "node:assert/strict";
import { test } from "node:test";

import { agreement, ComparedTree, differences, explanation } from "../../js/compared.js";

/** @type {import("../../js/types").ComparedData} */
const DATA = {
  levels: [0, 2, 1, 2, 1],
  starts: [0, 2, 0, 0, 4.5],
  ends: [10, 4.5, 4.5, 2, 10],
  labels: ["all", "b", "ab", "a", "c"],
  end: 10,
  missing: [1],
  added: [2, 6.25],
  boundaries: [[0.5, 0.666], [1, 1]],
  overlap: [[0, 1], [1, 0.904]],
  recall: [[0.5, 1], [0.7, 0.5], [0.9, 0]],
  nodes: 3,
  annotated: true,
};

test("rows are levels, whose nodes are found by their time", () => {
  const tree = new ComparedTree("other", DATA);
  assert.deepEqual(tree.rows, [[0], [2, 4], [3, 1]]);
  assert.equal(tree.nodeAt(2, 1.99), 3);
  assert.equal(tree.nodeAt(2, 2), 1);
  assert.equal(tree.nodeAt(2, 5), -1);
  assert.equal(tree.nodeAt(1, 9.99), 4);
  assert.equal(tree.nodeAt(7, 1), -1);
});

test("what is said has the figures in plain words", () => {
  assert.equal(
    agreement(DATA),
    "Boundaries: F1 0.67 within 0.5 s, 1.00 within 1 s. Of 3 annotated segments here, 100 % are there too " +
      "with an overlap of 0.5, 50 % of 0.7, 0 % of 0.9.",
  );
  assert.match(agreement({ ...DATA, nodes: 1, annotated: false }), /Of 1 segment here, 100 % is there/);
  assert.equal(differences(DATA), "▼ 1 boundary only here · ▲ 2 only there");
  assert.equal(differences({ ...DATA, missing: [] }), "▼ 0 boundaries only here · ▲ 2 only there");
  assert.match(explanation(DATA), /by level: 0: 1\.00, 1: 0\.90\.$/);
});
