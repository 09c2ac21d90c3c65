import assert from "node:assert/strict";
import test from "node:test";

import { describe, sourceAddress } from "../../js/card.js";
import { secondsAt, sliderPlace } from "../../js/controls.js";
import { crumbsOf, omittedCrumbs, OPEN_CLIP, WHOLE_VIDEO } from "../../js/crumbs.js";
import { formatCount, formatDuration, formatTime, niceSeconds } from "../../js/format.js";
import { fitLines, fitText } from "../../js/labels.js";
import { foldedIn, keepFolded } from "../../js/levels.js";
import { keepSettings, readSettings } from "../../js/settings.js";
import { viewKey } from "../../js/show_and_open.js";
import { isCovered } from "../../js/show_tree_beside.js";
import { isMostlyNew, newPhrases } from "../../js/words.js";
import { A, A1, loaf, ROOT } from "./trees.js";

test("times", () => {
  assert.equal(formatTime(7.25), "0:07.25");
  assert.equal(formatTime(3729), "1:02:09.00");
  assert.equal(formatTime(59.999), "1:00.00");
  assert.equal(formatTime(61.4, 0), "1:01");
  assert.equal(formatTime(-1, 1), "0:00.0");
});

test("durations and counts", () => {
  assert.deepEqual([0.84, 9.99, 12.4, 119, 180, 4000].map(formatDuration), ["0.8 s", "10.0 s", "12 s", "119 s", "3.0 min", "67 min"]);
  assert.deepEqual([0, 1, 2, 1234].map((n) => formatCount(n, "node")), ["0 nodes", "1 node", "2 nodes", "1,234 nodes"]);
});

test("the slider goes by seconds that one would choose, and back to the same place", () => {
  assert.deepEqual([0.52, 2.96, 3.3, 9.8, 33.3, 119.4, 123].map(niceSeconds), [0.5, 3, 3.5, 10, 33, 119, 120]);
  assert.equal(secondsAt(0, 60), 0.5);
  assert.equal(secondsAt(200, 60), 60);
  assert.equal(sliderPlace(0.5, 60), 0);
  assert.equal(sliderPlace(60, 60), 200);
  for (const place of [20, 90, 170]) {
    assert.ok(Math.abs(sliderPlace(secondsAt(place, 600), 600) - place) <= 2);
  }
});

test("a node in one line", () => {
  const model = loaf({ truncated: [A], states: [2, 1, 0, 0, 0] });
  assert.equal(describe(model, ROOT), "Level 0 · root · 0:00.00 – 0:10.00 of the video · 10.00 s · frames 1 – 100 · annotated");
  assert.match(describe(model, A), /inner node .* · N\/A: no action · continues past the clip$/);
  model.hidden = new Set([A1]);
  assert.match(describe(model, A1), /leaf .* · not annotated · hidden by the view$/);
});

test("new phrases are marked, without case, endings and punctuation, and nothing is lost", () => {
  const added = (text, before) => newPhrases(text, before).filter((run) => run.added).map((run) => run.text.trim());
  const parent = "The cook mixes a dough in the bowl.";
  assert.deepEqual(added("The cook adds two cups of warm water to the BOWL, and mixed the dough with a spoon.", parent), [
    "The cook adds two cups of warm water to the BOWL,", "with a spoon.",
  ]);
  assert.deepEqual(added("mixing dough", parent), []);
  assert.deepEqual(added("one two", ""), ["one two"]);
  for (const text of ["  a  b\n\nc ", "…", "", "x ".repeat(900), "a b c, d and e. f; and and"]) {
    for (const before of ["", "a c", "x ".repeat(500)]) {
      assert.equal(newPhrases(text, before).map((run) => run.text).join(""), text);
    }
  }
});

test("a text that is new all over needs no marks", () => {
  const isNew = (text, before) => isMostlyNew(newPhrases(text, before));
  assert.equal(isNew("Open the oven, and slide the loaf in.", "Mix the dough."), true);
  assert.equal(isNew("Mix the dough by hand, and slide the loaf into the oven", "Mix the dough by hand"), false);
});

test("a source is linked at a whole second", () => {
  assert.equal(sourceAddress("abc-DEF_123", 41.96), "https://www.youtube.com/watch?v=abc-DEF_123&t=41s");
  assert.equal(sourceAddress("abc", -0.1), "https://www.youtube.com/watch?v=abc&t=0s");
});

test("a text is shortened to what fits", () => {
  const context = { measureText: (text) => ({ width: text.length * 5.2 }) };
  assert.equal(fitText(context, "short", 100), "short");
  assert.equal(fitText(context, "a long label", 40), "a long…");
  assert.equal(fitText(context, "anything", 11), "");
  assert.equal(fitText(context, "", 100), "");
  assert.equal(fitText(context, "👩🏽‍🍳👩🏽‍🍳", 30).includes("\ufffd"), false);
  assert.ok(fitText(context, "word ".repeat(20_000), 500).length <= 100);
});

test("a text is broken at its blanks, and the last line is shortened", () => {
  const context = { measureText: (text) => ({ width: text.length * 5.2 }) };
  /** @type {(text: string, width: number, most: number) => string[]} */
  const lines = (text, width, most) => fitLines(context, text, width, most, 12);
  assert.deepEqual(lines("add water", 60, 3), ["add water"]);
  assert.deepEqual(lines("add some water to the bowl", 60, 3), ["add some", "water to", "the bowl"]);
  assert.deepEqual(lines("add some water to the bowl", 60, 2), ["add some", "water to t…"]);
  assert.deepEqual(lines("incomprehensibilities", 60, 3), ["incomprehe…"]);
  assert.deepEqual(lines("", 60, 3), []);
});

test("the way to a node begins with the whole video; a root as long as it is left out", () => {
  const path = (model, zoomed) => crumbsOf(model, zoomed).map((step) => [step.label, step.isCurrent]);
  assert.deepEqual(path(loaf(), WHOLE_VIDEO), [["Whole video", true]]);
  assert.deepEqual(path(loaf(), A1), [["Whole video", false], ["Mix the dough", false], ["Add WATER", true]]);
  assert.deepEqual(path(loaf(), ROOT), [["Whole video", true]]);
  const short = loaf({ frames: 120 });
  assert.deepEqual(path(short, A), [["Whole video", false], ["Bake a loaf", false], ["Mix the dough", true]]);
});

test("in a clip, the way begins with the clip", () => {
  const clip = loaf({ clip: [21, 40] });
  assert.deepEqual(crumbsOf(clip, OPEN_CLIP).map((step) => [step.place, step.isCurrent]), [[WHOLE_VIDEO, false], [OPEN_CLIP, true]]);
  assert.deepEqual(crumbsOf(clip, WHOLE_VIDEO).map((step) => step.isCurrent), [true, false]);
});

test("long ways are shown in six steps", () => {
  assert.deepEqual([1, 5, 6, 7, 12].map(omittedCrumbs), [0, 0, 0, 2, 7]);
});

test("settings are kept beside each other, and rubbish is none", () => {
  const store = new Map();
  globalThis.window = { localStorage: { getItem: (key) => store.get(key) ?? null, setItem: (key, text) => store.set(key, text) } };
  assert.deepEqual(readSettings(), {});
  keepSettings({ colour: "verb" });
  keepSettings({ seconds: 2 });
  assert.deepEqual(readSettings(), { colour: "verb", seconds: 2 });
  for (const rubbish of ["{]", "null", "7"]) {
    store.set("action100m-tree", rubbish);
    assert.deepEqual(readSettings(), {});
  }
  delete globalThis.window;
  assert.deepEqual(readSettings(), {});
  keepSettings({ colour: "level" });
});

test("which levels are folded is remembered for each dataset", () => {
  const store = new Map();
  globalThis.window = { localStorage: { getItem: (key) => store.get(key) ?? null, setItem: (key, text) => store.set(key, text) } };
  keepFolded("a", new Set([2, 5]));
  keepFolded("b", new Set([1]));
  assert.deepEqual([...foldedIn("a")], [2, 5]);
  assert.deepEqual([...foldedIn("b")], [1]);
  keepFolded("a", new Set());
  assert.deepEqual(readSettings(), { folded: { b: [1] } });
  for (const folded of [{ b: 7 }, null]) {
    keepSettings({ folded });
    assert.equal(foldedIn("b").size, 0);
  }
  delete globalThis.window;
});

test("views are equal whatever the App adds to their stages", () => {
  const stage = (kwargs) => [{ _cls: "Select", kwargs }];
  assert.equal(viewKey(stage([["ids", [1]], ["_state", 7]])), viewKey(stage([["ids", [1]]])));
  assert.notEqual(viewKey(stage([["ids", [1]]])), viewKey(stage([["ids", [2]]])));
  assert.equal(viewKey(null), viewKey([]));
});

test("a panel is covered while another tab is in front of it", () => {
  const tab = { id: "1", type: "video" };
  const root = { children: [{ id: "c", children: [tab, { id: "2", type: "tree" }] }] };
  tab.parent = { activeChild: "2" };
  assert.equal(isCovered({ root }, "video"), true);
  tab.parent = { activeChild: "1" };
  assert.equal(isCovered({ root }, "video"), false);
  assert.equal(isCovered({ root }, "other"), false);
  assert.equal(isCovered(undefined, "video"), false);
});
