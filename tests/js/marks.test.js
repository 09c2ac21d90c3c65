import assert from "node:assert/strict";
import test from "node:test";

import { ordered, shortPath } from "../../js/finder_rows.js";
import { fromFirstMark, markWords, queryWords } from "../../js/marks.js";

/** Marks the words of a query in a caption by brackets. */
function marked(caption, query, whole = true) {
  const runs = markWords(caption, queryWords(query), whole);
  assert.equal(runs.map((run) => run.text).join(""), caption, "nothing of the caption is lost");
  return runs.map((run) => (run.marked ? `[${run.text}]` : run.text)).join("");
}

test("the words that were looked for are marked, whatever their case and accents", () => {
  assert.equal(marked("Beat the eggs, then the CRÈME.", "eggs creme"), "Beat the [eggs], then the [CRÈME].");
  assert.equal(marked("Smør brød", "smor BRØD"), "[Smør] [brød]");
  assert.equal(marked("cre\u0301me", "crème"), "[cre\u0301me]");
});

test("parts of words are marked only where they are found", () => {
  assert.equal(marked("pancake in a pan", "pan"), "pancake in a [pan]");
  assert.equal(marked("pancake in a pan", "pan", false), "[pancake] in a [pan]");
});

test("words that every caption has are not marked beside others", () => {
  assert.equal(marked("fold the paper in the middle", "fold the paper"), "[fold] the [paper] in the middle");
  assert.equal(marked("fold the paper", "the"), "fold [the] paper");
});

test("what is no word marks nothing", () => {
  for (const query of ["", " ", "\"\"", "$where", "<b>", "(((", "\\"]) {
    assert.equal(marked("a <b>caption</b> (of where)", query).includes("[caption]"), false);
  }
  assert.equal(marked("a caption", ".*"), "a caption");
});

test("hostile captions stay whole", () => {
  for (const text of ["<img src=x onerror=alert(1)>", "\u202eاعجن العجين", "🧑‍🍳🍞 bake", "x".repeat(20_000)]) marked(text, "x bake img");
});

test("a long caption begins shortly before what was looked for", () => {
  const shown = (caption) => fromFirstMark(markWords(caption, ["pan"], true)).map(({ text }) => text).join("");
  assert.equal(shown("Put it into a pan"), "Put it into a pan");
  assert.equal(shown(`${"and then ".repeat(20)}warm the pan a bit`), "… and then and then and then warm the pan a bit");
  assert.equal(shown(`${"x".repeat(300)} pan`), "… pan");
  assert.equal(shown("and then ".repeat(20)), "and then ".repeat(20));
});

test("rows of a video are together, the video with the best row first", () => {
  const rows = ["a", "b", "a", "c", "b"].map((sample, rank) => ({ sample, rank }));
  assert.equal(ordered(rows, false), rows);
  assert.deepEqual(ordered(rows, true).map(({ rank }) => rank), [0, 2, 1, 4, 3]);
});

test("a long path keeps its root and what is next to the segment", () => {
  assert.deepEqual(shortPath(["a", "b", "c"]), ["a", "b", "c"]);
  assert.deepEqual(shortPath(["a", "b", "c", "d", "e"]), ["a", "…", "d", "e"]);
});
