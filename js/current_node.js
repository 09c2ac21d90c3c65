// The node that keys and buttons act on: the pinned one, else the finest one on screen.

import { describe } from "./card.js";
import { WHOLE_VIDEO } from "./crumbs.js";
import { forgetHandedOver, handedOver } from "./hand_over.js";
import { NO_TREE, NONE } from "./model.js";
import { Selection } from "./selection.js";

/** @import { TreePanel } from "./panel.js" */
/** @import { Action, HandedSegment, SelectedCaption } from "./types" */

export class CurrentNode {
  pinned = NONE;
  /** The node on the card. */
  shown = NONE;
  /** Whether the pinned node is repeated. */
  looping = false;
  /** The frame to go back to; 0 if the player has not been moved to show its time. */
  wayBack = 0;
  /** @type {HandedSegment | null} What was handed over, until a person goes somewhere else. */
  handed = null;

  /** @param {TreePanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.selection = new Selection(
      { select: (node) => this.selectInApp(node), labels: () => panel.host.labels() },
      (node) => this.pinSelected(node),
    );
  }

  /** NONE if nothing is pinned or on screen. */
  get node() {
    return this.pinned !== NONE ? this.pinned : this.shown;
  }

  /**
   * Forgets the node: another tree is shown, or none.
   *
   * @param {boolean} isSameVideo whether it is the same video's tree anew: what the App has yet to report
   *   of its nodes is as old then as before
   */
  reset(isSameVideo) {
    if (!isSameVideo) this.selection.reset();
    this.handed = null;
    this.wayBack = 0;
    this.shown = NONE;
    this.setPinned(NONE);
    this.setLooping(false);
    this.panel.range.clear();
  }

  /**
   * Shows a node on the card.
   *
   * @param {number} i
   */
  show(i) {
    const { model, details, root, player } = this.panel;
    details.show(model, i);
    root.dataset.shown = i === NONE ? "" : model.data.ids[i];
    if (i === this.shown) return;
    this.shown = i;
    this.panel.review.nodeChanged();
    // While a video plays, a screen reader would never stop.
    if (i !== NONE && !player.playing && !details.isRead) this.panel.announce(`${model.label(i)}, ${describe(model, i)}`);
  }

  /**
   * Pins a node, goes to its first frame and selects it in the App.
   *
   * @param {number} i
   * @param {{reveal?: boolean, isSelected?: boolean, selects?: boolean}} options `reveal`: whether to move
   *   the axis to it; `isSelected`: it was selected in the App, so the video stays where it is;
   *   `selects`: whether to select it there
   */
  pin(i, { reveal = false, isSelected = false, selects = true } = {}) {
    const { model, zoom, timeline } = this.panel;
    if (model.data.ids[i] !== this.handed?.node) this.forgetHanded();
    this.setPinned(i);
    if (!isSelected) {
      // First of all: the rest is drawn while the player looks for the frame.
      this.seek(model.data.first[i]);
      if (selects) this.selection.selectSoon(model.data.ids[i]);
      else this.selection.moveOn();
    }
    if (reveal) zoom.reveal(i);
    this.show(i);
    timeline.paintHighlights();
  }

  /** Lets go of the pinned node and follows the video. */
  unpin() {
    this.forgetHanded();
    this.setPinned(NONE);
    this.setLooping(false);
    this.selection.cancel();
    this.panel.playback.showActive();
    this.panel.timeline.paintHighlights();
  }

  /**
   * Shows a segment that something else has found: pinned, among what was searched for, and repeated
   * if wanted, once the player has loaded it.
   *
   * @param {HandedSegment | null} segment
   */
  showHanded(segment) {
    const { model, search } = this.panel;
    const { shown, open } = model.data;
    const i = segment && open && shown === segment.sample ? model.nodeOfId.get(segment.node) : undefined;
    if (!segment || i === undefined) return;
    if (this.handed?.node !== segment.node || this.handed.query !== segment.query || this.pinned !== i) {
      this.handed = segment;
      this.pin(i, { reveal: true });
      const found = this.nodesOf(segment.nodes);
      search.show(segment.query, found.length ? [...new Set([...found, i])] : [], i);
    }
    if (segment.ready && segment.loop) this.loop(i);
  }

  /** Shows what was found in this video: the segment that was handed over, else all of the view's. */
  showFound() {
    const { model, search } = this.panel;
    const { found, shown } = model.data;
    const handed = handedOver(shown);
    if (handed) this.showHanded(handed);
    else if (found) {
      const i = model.nodeOfId.get(found.node ?? "") ?? NONE;
      // A clip begins there: the player and the time axis stay where they are.
      if (i !== NONE) this.pin(i, { isSelected: true });
      if (found.query) search.show(found.query, this.nodesOf(found.nodes), i);
    }
  }

  /**
   * Returns those of some nodes that the tree has.
   *
   * @param {string[]} ids
   */
  nodesOf(ids) {
    return ids.map((id) => this.panel.model.nodeOfId.get(id) ?? NONE).filter((i) => i !== NONE);
  }

  /**
   * Has the player of a clip show its time: until it has moved, it says 0:00. It goes to the second
   * frame, and back from there.
   */
  showClock() {
    const { model, player } = this.panel;
    const { clip } = model.data;
    if (!clip || clip[0] === clip[1] || player.looker?.state?.frameNumber !== clip[0]) return;
    this.wayBack = clip[0];
    player.seek(clip[0] + 1);
  }

  /**
   * Goes back to where the player of a clip was, unless it was moved meanwhile.
   *
   * @param {number} frame where it is
   */
  goBack(frame) {
    const { player } = this.panel;
    const start = this.wayBack;
    if (frame !== start + 1 || !start) return;
    this.wayBack = 0;
    if (player.pending?.frame === frame && !player.playing) player.seek(start);
  }

  forgetHanded() {
    this.handed = null;
    forgetHandedOver(this.panel.model.data.shown);
  }

  /** @param {number} i */
  setPinned(i) {
    const { model, details, root, timeline, transport } = this.panel;
    this.pinned = i;
    timeline.pinned = i;
    details.outline.setPinned(i);
    transport.setPinned(i !== NONE);
    if (this.looping) this.panel.range.show();
    if (i === NONE) delete root.dataset.pinned;
    else root.dataset.pinned = model.data.ids[i];
    this.panel.review.nodeChanged();
  }

  /** @param {SelectedCaption | undefined} selected what the App has selected */
  setSelected(selected) {
    const { model, root } = this.panel;
    if (model === NO_TREE || !selected) return;
    if (this.selection.report(selected)) root.dataset.selected = selected.node ?? "";
  }

  /** @param {string} node */
  async selectInApp(node) {
    const { model, host } = this.panel;
    return model === NO_TREE ? null : host.ask("select_node", { sample: model.data.sample, node });
  }

  /** @param {string} node */
  pinSelected(node) {
    const i = this.panel.model.nodeOfId.get(node);
    if (i !== undefined && i !== this.pinned) this.pin(i, { reveal: true, isSelected: true });
  }

  /** @param {"parent" | "child" | "previous" | "next"} direction */
  walk(direction) {
    const { node } = this;
    const { model, player } = this.panel;
    if (node === NONE) return;
    const target = {
      parent: () => model.parent(node),
      child: () => model.child(node, player.frame),
      previous: () => model.neighbour(node, -1),
      next: () => model.neighbour(node, 1),
    }[direction]();
    if (target !== NONE) this.pin(target, { reveal: true });
    else this.panel.announce(`There is no ${direction === "parent" ? "parent" : `${direction} node`}`);
  }

  /** @param {Action} action */
  act(action) {
    const { node } = this;
    forgetHandedOver(this.panel.model.data.shown);
    const { model, player, zoom } = this.panel;
    if (action === "play") player.togglePlaying();
    else if (action === "follow") this.unpin();
    else if (action === "whole") zoom.zoomTo(WHOLE_VIDEO);
    else if (node === NONE) return;
    else if (action === "zoom") zoom.zoomTo(node);
    else if (action === "start") this.seek(model.data.first[node]);
    else if (action === "end") this.seek(model.data.last[node]);
    else if (action === "loop") this.toggleLoop(node);
    else this.call(action);
  }

  /**
   * Calls a method of Python for the node.
   *
   * @param {string} method
   */
  call(method) {
    const { model, host } = this.panel;
    const { ids, sample } = model.data;
    if (model !== NO_TREE) host.tell(method, { sample, node: ids[this.node] ?? "" });
  }

  /**
   * Goes to a frame, in a clip no further than its ends.
   *
   * @param {number} frame
   */
  seek(frame) {
    const { clip } = this.panel.model.data;
    this.panel.player.seek(clip ? Math.min(Math.max(frame, clip[0]), clip[1]) : frame);
  }

  /** @param {number} i */
  toggleLoop(i) {
    if (this.looping) {
      this.setLooping(false);
      return;
    }
    if (this.pinned === NONE) this.pin(i);
    this.loop(i);
  }

  /** @param {number} i */
  loop(i) {
    const { model, player, range } = this.panel;
    range.clear();
    this.setLooping(true);
    this.seek(model.data.first[i]);
    if (!player.playing) player.togglePlaying();
  }

  /** @param {boolean} looping */
  setLooping(looping) {
    this.looping = looping;
    this.panel.transport.setLooping(looping);
    this.panel.range.show();
  }

  /**
   * Returns the frames to repeat; null if none are.
   *
   * @returns {[number, number] | null}
   */
  loopRange() {
    if (!this.looping || this.pinned === NONE) return null;
    const { first, last } = this.panel.model.data;
    return [first[this.pinned], last[this.pinned]];
  }
}
