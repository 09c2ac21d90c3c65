import assert from "node:assert/strict";
import test from "node:test";

import { chosenOf, spaceIn, withoutCaptions } from "../../js/overlay.js";

/** A player as the App's: what it draws is decided by its options. */
class Looker {
  state = { options: { filter: (field) => field !== "unticked", zoom: 1 } };
  updateOptions(options) {
    this.state.options = { ...this.state.options, ...options };
  }
  draws(field) {
    return this.state.options.filter(field, {});
  }
}

test("the App's captions of the tree's fields are not drawn, until they are given back", () => {
  const looker = new Looker();
  let changes = 0;
  const giveBack = withoutCaptions(looker, new Set(["brief"]), () => (changes += 1));
  assert.deepEqual(["brief", "boxes", "unticked"].map((f) => looker.draws(f)), [false, true, false]);
  looker.updateOptions({ filter: (field) => field !== "boxes" });
  looker.updateOptions({ zoom: 2 });
  assert.deepEqual(["brief", "boxes", "unticked"].map((f) => looker.draws(f)), [false, false, true]);
  assert.deepEqual([looker.state.options.zoom, changes], [2, 2]);
  giveBack();
  assert.deepEqual(["brief", "boxes", "unticked"].map((f) => looker.draws(f)), [true, false, true]);
  looker.updateOptions({ filter: undefined });
  assert.equal(looker.state.options.filter, undefined);
});

test("a player without options is left as it is", () => {
  assert.equal(withoutCaptions({}, new Set(["brief"]), () => {}), null);
});

test("captions take up to half of the video's height, in letters that fit its size", () => {
  assert.deepEqual(spaceIn({ width: 1000, height: 600 }), { letters: 20, room: 9 });
  assert.deepEqual(spaceIn({ width: 500, height: 400 }), { letters: 13, room: 9 });
  // Where the player is low, the video is not as wide as it.
  assert.deepEqual(spaceIn({ width: 914, height: 185 }), { letters: 12, room: 4 });
  assert.equal(spaceIn({ width: 300, height: 20 }).room, 1);
});

test("the finest captions are over the video, as many as were chosen and as there is room for", () => {
  const path = [7, 3, 9, 4];
  assert.deepEqual(chosenOf(path, "off", 0, 9), []);
  assert.deepEqual(chosenOf(path, "line", 3, 9), [4]);
  assert.deepEqual(chosenOf(path, "path", 0, 9), path);
  assert.deepEqual(chosenOf(path, "path", 2, 9), [9, 4]);
  assert.deepEqual(chosenOf(path, "path", 4, 3), [3, 9, 4]);
});
