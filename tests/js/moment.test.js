// What is looked at is kept while the tree is sent anew, or the panel is made anew.

import assert from "node:assert/strict";
import test, { mock } from "node:test";

import { forgetHandedOver, handOver } from "../../js/hand_over.js";
import { NO_TREE } from "../../js/model.js";
import { keepMoment, keepOn, momentToKeep, showMoment } from "../../js/moment.js";
import { Viewport } from "../../js/viewport.js";
import { A1, B, loaf } from "./trees.js";

/** A panel at a node; `did` is what it was told. */
function panelAt(model = loaf(), node = A1) {
  const did = [];
  const note = (what) => (...values) => void did.push([what, ...values]);
  const view = new Viewport(100);
  view.show(10, 40);
  return {
    did, model, root: { scrollTop: 3, isConnected: true, contains: () => false, focus: note("focus") },
    slots: { timeline: { scrollTop: 4 }, details: { scrollTop: 0 } },
    timeline: { view, element: { scrollTop: 5 }, scrollTo: note("scroll") },
    details: { cardPane: { scrollTop: 6 }, outline: { place: "unfolded", showPlace: note("outline") } },
    current: { pinned: node, handed: null, looping: true, pin: note("pin"), setLooping: note("loop") },
    range: { chosen: [11, 30], looping: false, choose: note("range") },
    reviewHandles: { moved: null, resume: note("boundary") },
    search: { input: { value: "water" }, found: null, restart: note("search") },
    zoom: { place: node, zoomTo: note("zoom") }, viewChanged: note("view"),
  };
}

/** A panel that the App has made anew. */
const blank = () => Object.assign(panelAt(NO_TREE, -1), { search: { input: { value: "" }, found: null, restart() {} } });

test.beforeEach(() => {
  globalThis.HTMLElement = class {};
  globalThis.document = { activeElement: null, querySelector: () => ({ firstElementChild: "modal" }) };
});

test("all that is looked at is shown again in a tree that is sent anew", () => {
  const panel = panelAt();
  panel.current.handed = { node: "a1" };
  const moment = momentToKeep(panel, loaf().data);
  const next = panelAt();
  next.timeline.element.scrollTop = next.details.cardPane.scrollTop = 0;
  next.search.input.value = "";
  showMoment(next, moment);
  assert.deepEqual(next.did, [
    ["zoom", A1], ["pin", A1, { isSelected: true }], ["loop", true], ["range", 11, 30, false], ["search"],
    ["outline", "unfolded"], ["view"],
  ]);
  assert.deepEqual(next.current.handed, { node: "a1" });
  assert.deepEqual([next.timeline.view.from, next.timeline.view.to], [10, 40]);
  assert.deepEqual([next.timeline.element.scrollTop, next.details.cardPane.scrollTop], [5, 6]);
});

test("of a panel that is off the page, the pinned node is in sight", () => {
  const [panel, next] = [panelAt(), panelAt()];
  panel.root.isConnected = false;
  next.timeline.element.scrollTop = 7;
  showMoment(next, momentToKeep(panel, loaf().data));
  assert.deepEqual([next.timeline.element.scrollTop, next.did.at(-1)], [7, ["scroll", A1]]);
});

test("nothing is kept for another video", () => {
  assert.equal(momentToKeep(panelAt(), loaf({ shown: "other" }).data), null);
  keepMoment(panelAt());
  assert.equal(momentToKeep(blank(), loaf({ shown: "other" }).data), null);
});

test("a panel that shows no tree meanwhile, or is made anew more than once, shows the same again", () => {
  const [notice, { data }] = [{ notice: "Select one" }, loaf()];
  assert.equal(momentToKeep(panelAt(loaf(), B), notice), null);
  assert.equal(momentToKeep(blank(), data).node, "b");
  assert.equal(momentToKeep(blank(), data), null);
  keepMoment(panelAt());
  const first = blank();
  assert.equal(momentToKeep(first, data).node, "a1");
  keepOn(Object.assign(first, { model: loaf(), current: { pinned: A1 } }));
  assert.equal(momentToKeep(blank(), data).node, "a1");
});

test("the focus stays in a panel that is made anew more than once, unless something else has got it", () => {
  const matching = (found) => Object.assign(new HTMLElement(), { matches: (selector) => found && selector.includes(found) });
  for (const [meanwhile, isBack] of [[matching("body"), true], [matching("looker"), true], [matching(""), false]]) {
    document.activeElement = new HTMLElement();
    keepMoment(Object.assign(panelAt(), { root: { isConnected: true, contains: () => true } }));
    document.activeElement = meanwhile; // as the panel is off the page
    for (let times = 0; times < 2; times += 1) {
      keepOn(panelAt());
      const made = panelAt();
      showMoment(made, momentToKeep(blank(), loaf().data));
      assert.equal(made.did.some(([what]) => what === "focus"), isBack);
    }
  }
});

test("after a while, a panel shows the same again if the sample has stayed open, and nothing was found since", () => {
  const { data } = loaf();
  keepMoment(panelAt());
  mock.method(performance, "now", () => 1e9);
  keepOn(panelAt());
  handOver({ sample: data.shown, node: "b" });
  assert.equal(momentToKeep(blank(), data), null);
  forgetHandedOver(data.shown);
  assert.equal(momentToKeep(blank(), data).node, "a1");
  assert.equal(momentToKeep(blank(), data), null);
  keepOn(panelAt());
  document.querySelector = () => null; // it was closed
  assert.equal(momentToKeep(blank(), data), null);
  mock.restoreAll();
});
