import assert from "node:assert/strict";
import test from "node:test";

import { FrameRange } from "../../js/range.js";
import { loaf } from "./trees.js";

/** A range without its marks on the page. */
function rangeOf(model = loaf()) {
  const did = [];
  const panel = {
    model, player: { frame: 30, playing: false, togglePlaying: () => did.push("play") },
    current: { loopRange: () => [1, 20], seek: (frame) => did.push(frame), setLooping: (on) => did.push(on) },
    announce: (text) => did.push(text), timeline: { view: { x: (at) => 100 + at } },
  };
  const range = Object.assign(Object.create(FrameRange.prototype), { panel, chosen: null, looping: false, show() {} });
  return { range, panel, did };
}

test("a range is chosen in either order, and within the clip", () => {
  const { range } = rangeOf();
  range.choose(50, 10);
  assert.deepEqual(range.chosen, [10, 50]);
  range.choose(-3, 500);
  assert.deepEqual(range.chosen, [1, 100]);
  const { range: inClip } = rangeOf(loaf({ clip: [21, 40] }));
  inClip.choose(10, 30);
  assert.deepEqual(inClip.chosen, [21, 30]);
});

test("keys begin and end a range where the video is", () => {
  const { range, panel, did } = rangeOf();
  range.chooseHere("first");
  assert.deepEqual(range.chosen, [30, 100]);
  panel.player.frame = 60;
  range.chooseHere("last");
  assert.deepEqual(range.chosen, [30, 60]);
  panel.player.frame = 80;
  range.chooseHere("first");
  assert.deepEqual(range.chosen, [80, 80]);
  assert.equal(did[1], "Range 0:02.90 to 0:06.00. Enter plays it again and again.");
});

test("a range that is played is repeated instead of a node, until it is freed", () => {
  const { range, did } = rangeOf();
  assert.equal(range.play(), false);
  assert.deepEqual(range.repeated, [1, 20]);
  range.choose(41, 60);
  assert.deepEqual([range.shown, range.repeated], [[41, 60], [1, 20]]);
  assert.equal(range.play(), true);
  assert.deepEqual(did, [false, 41, "play"]);
  assert.deepEqual(range.repeated, [41, 60]);
  range.clear();
  assert.deepEqual(range.repeated, [1, 20]);
});

test("the mouse takes hold of an end of the range", () => {
  const { range } = rangeOf();
  assert.equal(range.oppositeOf(140), null);
  range.choose(41, 60);
  assert.deepEqual([138, 140, 146, 150, 157, 160].map((x) => range.oppositeOf(x)), [60, 60, null, null, 41, 41]);
});
