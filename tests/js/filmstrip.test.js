import assert from "node:assert/strict";
import test from "node:test";

import { tilesOf } from "../../js/filmstrip.js";
import { tipOfMoment } from "../../js/tooltip.js";
import { Viewport } from "../../js/viewport.js";
import { loaf } from "./trees.js";

/** The axis of 800 frames, 10 a second, on 400 pixels. */
function axis() {
  const view = new Viewport(800);
  view.place(42, 400);
  return view;
}

const moments = (tiles) => tiles.map(({ at }) => at);

test("tiles cover the axis, no wider than wanted and wider than half of that", () => {
  const tiles = tilesOf(axis(), 10, 90);
  assert.deepEqual(tiles.map(({ left, width }) => [left, width]), [0, 1, 2, 3, 4, 5, 6, 7].map((k) => [42 + 50 * k, 50]));
  // The middle of each tile's first frame.
  assert.deepEqual(moments(tiles).slice(0, 3), [0.05, 10.05, 20.05]);
});

test("half of the tiles keep their moments when one zooms in, and the coarsest are known", () => {
  const view = axis();
  const before = moments(tilesOf(view, 10, 90));
  view.show(0, 400);
  const tiles = tilesOf(view, 10, 90);
  assert.equal(tiles.length, 8);
  assert.deepEqual(moments(tiles).filter((at) => before.includes(at)), before.slice(0, 4));
  assert.deepEqual(tiles.map(({ rank }) => rank), [4, 0, 1, 0, 2, 0, 1, 0]);
});

test("only what is on screen has tiles, and every moment is a frame of the video", () => {
  const view = axis();
  view.show(395, 407);
  const tiles = tilesOf(view, 10, 90);
  assert.ok(tiles[0].left <= 42 && tiles.at(-1).left + tiles.at(-1).width >= 442);
  assert.ok(tiles.length < 12);
  view.show(788, 800);
  for (const { at } of tilesOf(view, 10, 300)) assert.ok(at > 0 && at < 80 && Math.abs((at * 10) % 1 - 0.5) < 1e-6);
});

test("under the mouse are the frame's picture, its time and its finest node", () => {
  const tip = { title: "0:02.0", facts: "Add flour", frame: 21, around: [16, 26] };
  assert.deepEqual(tipOfMoment(loaf(), 21, 5), tip);
  assert.equal(tipOfMoment(loaf(), 50, 5).facts, "Shape it");
});
