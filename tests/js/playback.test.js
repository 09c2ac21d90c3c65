// What the panel shows of its player.

import assert from "node:assert/strict";
import test from "node:test";

import { NONE } from "../../js/model.js";
import { pictures } from "../../js/pictures.js";
import { Playback } from "../../js/playback.js";
import { A, A1, A2, B, loaf, ROOT } from "./trees.js";

/** A panel whose player is at frame 1; `did` is what is drawn, `shown` what is on the card. */
function setUp({ pinned = NONE, playing = false, hasLooker = true } = {}) {
  const did = [];
  const note = (what) => () => void did.push(what);
  const panel = {
    did, shown: [], model: loaf(), root: { dataset: {} }, repaint: note("all"),
    timeline: { frame: 0, active: [], paintHighlights: note("highlights"), placeHead: note("head") },
    player: { looker: hasLooker ? {} : null, playing, frame: 1 },
    current: { pinned, goBack() {}, show: (i) => panel.shown.push(i) },
    details: { outline: { setActive: (active, follow) => (panel.listed = [active, follow]) } },
    overlay: { show() {} }, transport: { showTime() {}, setPlaying() {} },
    zoom: { keepOnScreen: (frame) => frame > 90 },
  };
  return { panel, playback: new Playback(panel) };
}

test("what is on screen is shown when it changes; between, only the playhead moves", () => {
  const { panel, playback } = setUp();
  playback.onFrame(5);
  playback.onFrame(6);
  playback.onFrame(21);
  playback.onFrame(50);
  assert.deepEqual(panel.did, ["highlights", "head", "highlights", "highlights"]);
  assert.deepEqual(panel.shown, [A1, A2, B]);
  assert.deepEqual(panel.listed, [[ROOT, B], true]);
  assert.equal(panel.root.dataset.active, "b");
});

test("a pinned node stays on the card", () => {
  const { panel, playback } = setUp({ pinned: A });
  playback.onFrame(50);
  assert.deepEqual([panel.shown, panel.listed], [[A], [[ROOT, B], false]]);
});

test("without a player nothing is on screen, and the root is on the card", () => {
  const { panel, playback } = setUp({ hasLooker: false });
  playback.onFrame(50, true);
  assert.deepEqual([panel.timeline.active, panel.timeline.frame, panel.shown], [[], 0, [ROOT]]);
});

test("while a video plays, the axis follows it, and no pictures are taken", () => {
  const { panel, playback } = setUp({ playing: true });
  playback.onPlaying(true);
  assert.equal(pictures.isPaused, true);
  panel.did.length = 0;
  playback.onFrame(95);
  assert.deepEqual(panel.did, ["all"]);
  playback.onPlaying(false);
  assert.equal(pictures.isPaused, false);
  playback.destroy();
});
