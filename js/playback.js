// What the panel shows of the player that it follows: the time, and which nodes are on screen.

import { handedOver } from "./hand_over.js";
import { NO_TREE, NONE } from "./model.js";
import { pictures } from "./pictures.js";

/** @import { Listener } from "./follower.js" */
/** @import { TreePanel } from "./panel.js" */

/** How often the time is shown while a video plays, in milliseconds. */
const TIME_MS = 250;

/** @implements {Listener} */
export class Playback {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;

  /** @param {TreePanel} panel */
  constructor(panel) {
    this.panel = panel;
  }

  destroy() {
    pictures.pause(false);
    clearTimeout(this.timer);
  }

  /** @param {boolean} available */
  onAvailable(available) {
    const { transport, overlay, player, current, model } = this.panel;
    transport.setEnabled(available);
    overlay.attach(player.looker);
    // The App may replace the player while a sample opens.
    if (!available) return;
    current.showClock();
    current.showHanded(handedOver(model.data.shown));
  }

  onFailure() {
    this.panel.transport.setEnabled(false);
    this.panel.notices.showFailure();
  }

  /**
   * @param {string} text
   * @param {boolean} covered
   */
  onWarning(text, covered = false) {
    this.panel.notices.showPlayer(text, covered);
  }

  /** @param {boolean} playing */
  onPlaying(playing) {
    const { transport, player } = this.panel;
    transport.setPlaying(playing);
    pictures.pause(playing);
    if (player.looker) this.onFrame(player.frame, true);
  }

  loopRange() {
    return this.panel.range.repeated;
  }

  startFrame() {
    return this.panel.model.data.clip?.[0] ?? 1;
  }

  /**
   * Shows what is on screen at a frame.
   *
   * @param {number} frame
   * @param {boolean} force whether to update what has not changed, too
   */
  onFrame(frame, force = false) {
    const { model, timeline, player, current, zoom } = this.panel;
    if (model === NO_TREE) return;
    current.goBack(frame);
    const isFollowing = player.looker !== null;
    const active = isFollowing ? model.activePath(frame) : [];
    const hasChanged = force || String(active) !== String(timeline.active);
    timeline.frame = isFollowing ? frame : 0;
    timeline.active = active;
    if (isFollowing && player.playing && zoom.keepOnScreen(frame)) this.panel.repaint();
    else if (hasChanged) timeline.paintHighlights();
    else timeline.placeHead();
    if (hasChanged) this.showActive();
    if (force || !player.playing) this.showTime(frame);
    else this.timer ??= setTimeout(() => this.showTime(timeline.frame), TIME_MS);
  }

  /** @param {number} frame */
  showTime(frame) {
    const { model, transport, player, root } = this.panel;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (model === NO_TREE) return;
    transport.showTime(model, player.looker ? frame : 0);
    root.dataset.frame = String(frame);
  }

  /** Shows on the card, in the outline and over the video which nodes are on screen now. */
  showActive() {
    const { model, timeline, current, details, overlay, player, root } = this.panel;
    const active = timeline.active.filter((i) => i !== NONE);
    const finest = active.at(-1) ?? NONE;
    root.dataset.active = finest === NONE ? "" : model.data.ids[finest];
    details.outline.setActive(active, current.pinned === NONE);
    overlay.show();
    const first = model.rows[0]?.[0] ?? NONE;
    current.show(current.pinned !== NONE ? current.pinned : player.looker ? finest : first);
  }
}
