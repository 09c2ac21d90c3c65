import assert from "node:assert/strict";
import test from "node:test";

import { shortened } from "../../js/thumbnails.js";

const said = (...tags) => shortened(tags.map(([path, text]) => ({ path, text })));

test("two captions are left on a thumbnail, without their frames", () => {
  const tags = [
    ["title", "Flat Bread"], ["brief", "Bake [1, 2250]"], ["brief", "Knead [1, 435]"],
    ["brief", "Roll [436, 900]"], ["brief", "and 28 more"],
  ];
  assert.deepEqual(said(...tags), ["Flat Bread", "Bake", "Knead", null, "and 29 more"]);
  const fields = [["brief", "Bake [1, 2250]"], ["summary", "Bread is baked [1, 2250]"], ["actor", "a man [1, 2]"]];
  assert.deepEqual(said(...fields), ["Bake", "Bread is baked", "and 1 more"]);
  assert.deepEqual(said(["brief", "Cut [at 3, 4] [1, 2]"]), ["Cut [at 3, 4]"]);
});

test("what is not a segment stays as it is", () => {
  const tags = [["tags", "todo"], ["words", "one"], ["words", "two"], ["words", "three"], ["words", "and 2 more"]];
  assert.deepEqual(said(...tags), tags.map(([, text]) => text));
  assert.deepEqual(said(), []);
});

test("durations are written as clocks do, however the browser writes numbers", () => {
  assert.deepEqual(said(["metadata.duration", "90.02"]), ["1:30"]);
  assert.deepEqual(said(["metadata.duration", "3,725.5"]), ["1:02:06"]);
  assert.deepEqual(said(["metadata.duration", "None"]), ["None"]);
  const write = Number.prototype.toLocaleString;
  Number.prototype.toLocaleString = () => "1,5";
  assert.deepEqual(said(["metadata.duration", "1.234,5"]), ["20:35"]);
  Number.prototype.toLocaleString = write;
});
