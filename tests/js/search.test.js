import assert from "node:assert/strict";
import test from "node:test";

import { NONE } from "../../js/model.js";
import { Matches } from "../../js/search.js";
import { A, A1, A2, B, loaf, ROOT } from "./trees.js";

test("matches are in the order of time, the coarse ones first", () => {
  assert.deepEqual(new Matches(loaf(), [A2, B, A1, A, ROOT]).nodes, [ROOT, A, A1, A2, B]);
});

test("matches are bright, their ancestors less so, the rest is dim", () => {
  const matches = new Matches(loaf(), [A1]);
  assert.equal(matches.opacity(A1), 1);
  assert.equal(matches.opacity(A), 0.5);
  assert.equal(matches.opacity(ROOT), 0.5);
  assert.ok(matches.opacity(A2) < 0.2 && matches.opacity(B) < 0.2);
});

test("a match that is another one's ancestor stays bright", () => {
  const matches = new Matches(loaf(), [A1, A]);
  assert.equal(matches.opacity(A), 1);
});

test("the first step goes from a frame on, the others from match to match", () => {
  const matches = new Matches(loaf(), [A1, A2, B]);
  assert.equal(matches.summary, "– of 3");
  assert.equal(matches.go(1, 15), A2);
  assert.equal(matches.summary, "2 of 3");
  assert.equal(matches.go(1, 15), B);
  assert.equal(matches.go(1, 15), A1);
  assert.equal(matches.go(-1, 15), B);
});

test("the first step back goes to the match before a frame", () => {
  assert.equal(new Matches(loaf(), [A1, A2, B]).go(-1, 22), A2);
  assert.equal(new Matches(loaf(), [A1, A2, B]).go(-1, 1), B);
  assert.equal(new Matches(loaf(), [A1, A2, B]).go(-1, 100), B);
});

test("after the last match the first step starts at the beginning", () => {
  assert.equal(new Matches(loaf(), [A1, A2]).go(1, 90), A1);
});

test("without matches there is nowhere to go", () => {
  const matches = new Matches(loaf(), []);
  assert.equal(matches.go(1, 1), NONE);
  assert.equal(matches.summary, "none");
});
