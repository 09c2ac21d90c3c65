import assert from "node:assert/strict";
import test from "node:test";

import { CurrentNode } from "../../js/current_node.js";
import { forgetHandedOver, handedOver, handOver, onHandOver } from "../../js/hand_over.js";
import { Matches } from "../../js/search.js";
import { A, A1, A2, loaf, ROOT } from "./trees.js";

const SEGMENT = { sample: "s", node: "a1", query: "add", nodes: ["a1", "a2"], loop: false, ready: false };

/** The current node of a panel with a tree; `panel.did` is what it was told to do. */
function currentNode(model = loaf()) {
  const did = [];
  const note = (name) => (...values) => did.push([name, ...values]);
  const panel = {
    did, model, root: { dataset: {} }, announce() {},
    host: { ask: async () => null, labels: () => [] },
    details: { isRead: false, show() {}, outline: { setPinned() {} } }, review: { nodeChanged() {} },
    zoom: { reveal: note("reveal") },
    timeline: { paintHighlights() {} }, transport: { setPinned() {}, setLooping: note("loop") },
    player: { seek: note("seek"), playing: false, togglePlaying: note("play") },
    search: { show: note("search") }, range: { show() {}, clear() {} },
  };
  return new CurrentNode(panel);
}

/** What it was told to do of some kinds. */
const done = (current, ...kinds) => current.panel.did.filter(([kind]) => kinds.includes(kind));

test.afterEach(() => forgetHandedOver("s"));

test("a segment is kept for its sample, for a while, until a person goes elsewhere in it", () => {
  handOver(SEGMENT, 0);
  assert.equal(handedOver("s", 1000), SEGMENT);
  assert.equal(handedOver("other", 1000), null);
  assert.equal(handedOver("s", 61_000), null);
  forgetHandedOver("other"); // of a panel that is still there
  assert.equal(handedOver("s", 1000), SEGMENT);
  forgetHandedOver("s");
  assert.equal(handedOver("s", 1000), null);
});

test("a panel that is there is told, one that is gone is not", () => {
  const told = [];
  const end = onHandOver((segment) => told.push(segment));
  handOver(SEGMENT);
  end();
  handOver(SEGMENT);
  assert.deepEqual(told, [SEGMENT]);
});

test("a segment is pinned among what was found, once", () => {
  const current = currentNode();
  current.showHanded(SEGMENT);
  assert.equal(current.pinned, A1);
  assert.deepEqual(done(current, "seek", "reveal", "search"), [
    ["seek", 1], ["reveal", A1], ["search", "add", [A1, A2], A1],
  ]);
  current.showHanded({ ...SEGMENT, ready: true });
  assert.equal(done(current, "seek", "search").length, 2);
  current.selection.reset();
});

test("a segment is shown by the open tree of its sample only", () => {
  for (const more of [{ shown: "clip" }, { open: false }, { ids: ["0", "1", "2", "3", "4"] }]) {
    const current = currentNode(loaf(more));
    current.showHanded(SEGMENT);
    assert.equal(current.pinned, -1);
  }
});

test("without nodes the search box searches for the query", () => {
  const current = currentNode();
  current.showHanded({ ...SEGMENT, nodes: ["of another tree"] });
  assert.deepEqual(done(current, "search"), [["search", "add", [], A1]]);
  current.selection.reset();
});

test("a segment is repeated once the player is ready", () => {
  const current = currentNode();
  current.showHanded({ ...SEGMENT, loop: true });
  assert.equal(current.looping, false);
  current.showHanded({ ...SEGMENT, loop: true, ready: true });
  assert.deepEqual(current.loopRange(), [1, 20]);
  assert.deepEqual(done(current, "play"), [["play"]]);
  current.selection.reset();
});

test("a person who goes elsewhere is not taken back", () => {
  const current = currentNode();
  handOver(SEGMENT);
  current.showHanded(SEGMENT);
  current.pin(A2);
  assert.equal(handedOver("s"), null);
  current.selection.reset();
});

test("what the view's segments were found by is shown in the tree of each video", () => {
  const found = { query: "add", node: null, nodes: ["a1", "a2"] };
  const current = currentNode(loaf({ found }));
  current.showFound();
  assert.deepEqual(current.panel.did, [["search", "add", [A1, A2], -1]]);
  assert.equal(current.pinned, -1);
});

test("the segment of a clip is pinned, where its player begins", () => {
  const found = { query: "", node: "a2", nodes: ["a2"] };
  const current = currentNode(loaf({ found, shown: "clip", clip: [21, 40] }));
  current.showFound();
  assert.equal(current.pinned, A2);
  assert.deepEqual(done(current, "seek", "search"), []);
});

test("a clip's player is moved by a frame and back, so that it shows its time", () => {
  const current = currentNode(loaf({ clip: [21, 40] }));
  const { player } = current.panel;
  Object.assign(player, { looker: { state: { frameNumber: 21 } }, pending: { frame: 22 } });
  current.showClock();
  for (const frame of [21, 22, 22]) current.goBack(frame);
  assert.deepEqual(done(current, "seek"), [["seek", 22], ["seek", 21]]);
  // Whoever moves it meanwhile has it where he wants it.
  current.showClock();
  player.pending = { frame: 30 };
  for (const frame of [22, 30]) current.goBack(frame);
  assert.equal(done(current, "seek").length, 3);
  // It has been moved already.
  player.looker.state.frameNumber = 25;
  current.showClock();
  assert.equal(done(current, "seek").length, 3);
});

test("a segment that is handed over comes before what the view was found by", () => {
  const current = currentNode(loaf({ found: { query: "all", node: null, nodes: ["b"] } }));
  handOver(SEGMENT);
  current.showFound();
  assert.equal(current.pinned, A1);
  assert.deepEqual(done(current, "search"), [["search", "add", [A1, A2], A1]]);
  current.selection.reset();
});

test("a match becomes the current one", () => {
  const matches = new Matches(loaf(), [A2, A1, A]);
  matches.goTo(A2);
  assert.equal(matches.summary, "3 of 3");
  assert.equal(matches.go(1, 1), A);
  matches.goTo(ROOT);
  assert.equal(matches.summary, "– of 3");
});

test("what the App reports late of a node that was left pins nothing, though its tree came anew", async () => {
  for (const [isSameVideo, pinned] of [[true, A2], [false, A1]]) {
    const current = currentNode();
    current.panel.host = { ask: async () => "label of a1", labels: () => ["label of a1"] };
    current.pin(A1);
    await current.selection.select("a1");
    current.reset(isSameVideo);
    current.pin(A2, { selects: false });
    current.setSelected({ label: "label of a1", node: "a1" });
    assert.equal(current.pinned, pinned);
    current.selection.reset();
  }
});
