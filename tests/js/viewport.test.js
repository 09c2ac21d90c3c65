import assert from "node:assert/strict";
import test from "node:test";

import { rulerStep, Viewport } from "../../js/viewport.js";

function viewport() {
  const view = new Viewport(1000);
  view.place(30, 500);
  return view;
}

test("the whole video is shown at first", () => {
  const view = viewport();
  assert.equal(view.isWhole, true);
  assert.deepEqual([view.x(0), view.x(1000), view.x(500)], [30, 530, 280]);
  assert.equal(view.at(280), 500);
});

test("pixels and positions are each other's inverse while zoomed", () => {
  const view = viewport();
  view.show(100, 300);
  for (const at of [100, 150.5, 300]) assert.ok(Math.abs(view.at(view.x(at)) - at) < 1e-9);
  assert.deepEqual([view.x(100), view.x(300)], [30, 530]);
  assert.equal(view.isWhole, false);
});

test("a stretch stays within the video and has a least length", () => {
  const view = viewport();
  view.show(-50, 50);
  assert.deepEqual([view.from, view.to], [0, 100]);
  view.show(990, 1100);
  assert.deepEqual([view.from, view.to], [890, 1000]);
  view.show(500, 501);
  assert.deepEqual([view.from, view.to], [494.5, 506.5]);
  view.show(-1e6, 1e6);
  assert.equal(view.isWhole, true);
});

test("a video shorter than the least length is shown whole", () => {
  const view = new Viewport(3);
  view.show(1, 2);
  assert.deepEqual([view.from, view.to], [0, 3]);
});

test("zooming holds what is under the mouse", () => {
  const view = viewport();
  const held = view.at(130);
  view.zoom(130, 0.5);
  assert.ok(Math.abs(view.at(130) - held) < 1e-9);
  assert.equal(view.to - view.from, 500);
  view.zoom(130, 1e-9);
  assert.equal(view.to - view.from, 12);
  view.zoom(130, 1e9);
  assert.equal(view.isWhole, true);
});

test("panning moves by pixels, as far as the video goes", () => {
  const view = viewport();
  view.show(400, 600);
  view.pan(50);
  assert.deepEqual([view.from, view.to], [420, 620]);
  view.pan(-1e6);
  assert.deepEqual([view.from, view.to], [0, 200]);
  view.pan(1e6);
  assert.deepEqual([view.from, view.to], [800, 1000]);
});

test("marks of the ruler are at least so many pixels apart", () => {
  assert.equal(rulerStep(10, 640), 1);
  assert.equal(rulerStep(10, 639), 2);
  assert.equal(rulerStep(0.5, 640), 0.1);
  assert.equal(rulerStep(1e6, 640), 14400);
});
