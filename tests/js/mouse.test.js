import assert from "node:assert/strict";
import test from "node:test";

import { GUTTER, Layout } from "../../js/layout.js";
import { NONE, TreeModel } from "../../js/model.js";
import { listenToMouse } from "../../js/mouse.js";
import { treeData } from "./trees.js";

/** What of a canvas the mouse needs. */
class Surface extends EventTarget {
  classList = { toggle() {} };
  getBoundingClientRect() { return { left: 0, top: 0 }; }
  setPointerCapture() {}

  /** Presses the mouse at the first place, and releases it at the last one. */
  drag(...places) {
    const [first] = places;
    const last = places.at(-1);
    const send = (type, [clientX, clientY]) => {
      this.dispatchEvent(Object.assign(new Event(type), { clientX, clientY, button: 0, pointerId: 1 }));
    };
    send("pointerdown", first);
    for (const place of places.slice(1)) send("pointermove", place);
    send("pointerup", last);
  }

  doubleClick(place) {
    this.drag(place);
    this.drag(place);
    const [clientX, clientY] = place;
    this.dispatchEvent(Object.assign(new Event("dblclick"), { clientX, clientY }));
  }
}

/** A panel of a root and 100 children of 10 frames, drawn two pixels wide; it notes what it is told. */
function panelOfShortNodes() {
  const rows = [["root", -1, 0, 1, 1000]];
  for (let k = 0; k < 100; k += 1) rows.push([`${k}`, 0, 1, 10 * k + 1, 10 * k + 10]);
  const layout = new Layout(new TreeModel(treeData(rows, { frames: 1000 })));
  layout.resize(GUTTER + 200 + 6, 200, 1);
  const told = [];
  const note = (kind) => (...values) => void told.push([kind, ...values]);
  const panel = {
    told, layout, root: { focus() {} }, repaint: note("repaint"), hover() {},
    film: { canvas: new Surface() }, compare: { canvas: new Surface() },
    timeline: { layout, view: layout.view, cut: [], over: new Surface(), ruler: { canvas: new Surface() }, bands: { canvas: new Surface() } },
    current: { pin: note("pin"), seek: note("seek") },
    zoom: { zoomTo: note("zoomTo"), showFrames: note("show") },
    range: { oppositeOf: () => null, choose: note("choose"), announce: note("announce") },
  };
  listenToMouse(panel);
  return panel;
}

test("a click on a block shows its frames; the second click of a double click does nothing", () => {
  const { timeline, told, layout } = panelOfShortNodes();
  const place = [GUTTER + 20, layout.rowTop(1) + 4];
  const block = layout.blockAt(...place);
  timeline.over.doubleClick(place);
  assert.deepEqual(told, [["show", block.first, block.last]]);
});

test("a click on a node pins it, and a double click zooms to it", () => {
  const { timeline, told, layout } = panelOfShortNodes();
  timeline.over.doubleClick([GUTTER + 20, layout.rowTop(0) + 4]);
  assert.deepEqual(told, [["pin", 0], ["pin", 0], ["zoomTo", 0]]);
  layout.view.show(100, 150);
  timeline.over.drag([GUTTER + 100, layout.rowTop(1) + 4]); // short no more
  assert.deepEqual(told.at(-1), ["pin", 13]);
  assert.equal(layout.nodeAt(GUTTER + 100, layout.rowTop(1) + 4, []), 13);
});

test("a drag on the rows pans", () => {
  const { timeline, told, layout } = panelOfShortNodes();
  layout.view.show(400, 600);
  timeline.over.drag([GUTTER + 100, layout.rowTop(0) + 4], [GUTTER + 50, layout.rowTop(0) + 4]);
  assert.deepEqual(told, [["repaint"]]);
  assert.equal(layout.view.from, 450);
});

test("a drag on the ruler chooses a range, and a click there goes to a frame", () => {
  const { timeline, told } = panelOfShortNodes();
  timeline.ruler.canvas.drag([GUTTER + 100, 5], [GUTTER + 60, 5], [GUTTER + 40, 9]);
  assert.deepEqual(told, [["choose", 501, 301], ["choose", 501, 201], ["announce"]]);
  told.length = 0;
  timeline.ruler.canvas.drag([GUTTER + 100, 5], [GUTTER + 101, 5]);
  timeline.ruler.canvas.drag([GUTTER - 5, 5]);
  assert.deepEqual(told, [["seek", 506]]);
});

test("an end of the range is moved, the other one stays", () => {
  const { timeline, told, ...panel } = panelOfShortNodes();
  panel.range.oppositeOf = () => 301;
  timeline.ruler.canvas.drag([GUTTER + 100, 5], [GUTTER + 140, 5]);
  assert.deepEqual(told[0], ["choose", 301, 701]);
});

test("what is under the mouse is hovered over, and nothing once it has left", () => {
  const { timeline, layout, ...panel } = panelOfShortNodes();
  const hovered = [];
  panel.hover = (i) => hovered.push(i);
  const fresh = { ...panel, timeline, layout };
  listenToMouse(fresh);
  const [clientX, clientY] = [GUTTER + 20, layout.rowTop(0) + 4];
  timeline.over.dispatchEvent(Object.assign(new Event("pointermove"), { clientX, clientY }));
  timeline.over.dispatchEvent(new Event("pointerleave"));
  assert.deepEqual(hovered, [0, NONE]);
});

test("the cut is below the tree, wherever its rows are scrolled to", () => {
  const { timeline, told, layout, ...panel } = panelOfShortNodes();
  timeline.cut = [1];
  const y = layout.cutTop - layout.bandsTop + 4;
  timeline.bands.canvas.drag([GUTTER + 1, y]);
  timeline.bands.canvas.drag([GUTTER + 100, y]);
  assert.deepEqual(told, [["pin", 1], ["seek", 501]]);
  const tips = [];
  panel.hover = (i, place) => tips.push([i, place.surface, place.y - place.top]);
  listenToMouse({ ...panel, timeline });
  timeline.bands.canvas.dispatchEvent(Object.assign(new Event("pointermove"), { clientX: GUTTER + 1, clientY: y }));
  assert.deepEqual(tips, [[1, timeline.bands.canvas, y]]);
});

test("the wheel zooms around the mouse on all that has the axis, sideways it pans", () => {
  const panel = panelOfShortNodes();
  const { view, over, ruler, bands } = { ...panel.timeline, view: panel.layout.view };
  for (const surface of [over, bands.canvas, ruler.canvas, panel.film.canvas, panel.compare.canvas]) {
    const [before, at] = [view.to - view.from, view.at(GUTTER + 100)];
    const wheel = (deltaX, deltaY) => surface.dispatchEvent(
      Object.assign(new Event("wheel", { cancelable: true }), { clientX: GUTTER + 100, clientY: 5, deltaX, deltaY }),
    );
    assert.equal(wheel(0, -100), false);
    assert.ok(view.to - view.from < 0.9 * before);
    assert.ok(Math.abs(view.at(GUTTER + 100) - at) < 1e-6);
    const { from, to } = view;
    wheel(10, 0);
    assert.ok(view.from > from && Math.abs(view.to - view.from - (to - from)) < 1e-6);
    view.show(0, 1000);
  }
});
