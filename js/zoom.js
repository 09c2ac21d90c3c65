// What the time axis shows: the whole video, the open clip, or a node.

import { Crumbs, OPEN_CLIP, WHOLE_VIDEO } from "./crumbs.js";

/** @import { Timeline } from "./timeline.js" */

/** The space beside a node, as a share of its length. */
const NODE_MARGIN = 0.02;

/** Moves the view of the timeline. */
export class Zoom {
  /** What the axis was set to show: a node, WHOLE_VIDEO or OPEN_CLIP. */
  place = WHOLE_VIDEO;
  /** What it showed at first. */
  homeFrom = 0;
  homeTo = 0;

  /**
   * @param {Timeline} timeline
   * @param {() => void} changed
   */
  constructor(timeline, changed) {
    this.timeline = timeline;
    this.changed = changed;
    this.crumbs = new Crumbs((place) => this.zoomTo(place));
  }

  get view() {
    return this.timeline.layout.view;
  }

  get model() {
    return this.timeline.layout.model;
  }

  /** Shows the open clip, or the whole video if no clip is open. */
  goHome() {
    this.zoomTo(this.model.data.clip ? OPEN_CLIP : WHOLE_VIDEO);
    this.homeFrom = this.view.from;
    this.homeTo = this.view.to;
  }

  get isHome() {
    return this.view.from === this.homeFrom && this.view.to === this.homeTo;
  }

  /** @param {number} place a node, WHOLE_VIDEO or OPEN_CLIP */
  zoomTo(place) {
    const { first, last, clip } = this.model.data;
    this.place = place;
    if (place === OPEN_CLIP && clip) this.view.show(clip[0] - 1, clip[1]);
    else if (place < 0) this.view.show(0, this.model.frames);
    else {
      const margin = (last[place] - first[place] + 1) * NODE_MARGIN;
      this.view.show(first[place] - 1 - margin, last[place] + margin);
    }
    this.crumbs.show(this.model, place);
    this.changed();
  }

  /**
   * Shows frames and a bit beside them; the breadcrumb stays, as they are no node.
   *
   * @param {number} first
   * @param {number} last
   */
  showFrames(first, last) {
    const margin = (last - first + 1) * NODE_MARGIN;
    this.view.show(first - 1 - margin, last + margin);
    this.changed();
  }

  /**
   * Zooms around a frame that is on screen, else around the nearest end of the axis.
   *
   * @param {number} factor less than 1 to zoom in
   * @param {number} frame 0 for the middle of the axis
   */
  zoomBy(factor, frame) {
    const { view } = this;
    const x = frame ? view.x(frame) : view.left + view.width / 2;
    view.zoom(Math.min(Math.max(x, view.left), view.left + view.width), factor);
    this.changed();
  }

  /**
   * Moves the axis and scrolls the rows so that a node is on screen.
   *
   * @param {number} i
   */
  reveal(i) {
    const { view } = this;
    this.timeline.scrollTo(i);
    const start = this.model.data.first[i] - 1;
    const end = this.model.data.last[i];
    if (start >= view.from && end <= view.to) return;
    const span = Math.max(view.to - view.from, (end - start) * 1.1);
    const middle = (start + end) / 2;
    view.show(middle - span / 2, middle + span / 2);
    this.changed();
  }

  /**
   * Moves the axis on when the video has played past its end; returns whether it did.
   *
   * @param {number} frame
   */
  keepOnScreen(frame) {
    const { view } = this;
    if (view.isWhole || (frame >= view.from && frame <= view.to)) return false;
    // The player of a clip may be just before the clip's first frame: that is no reason to leave it.
    const { clip } = this.model.data;
    if (clip && (frame < clip[0] || frame > clip[1])) return false;
    view.show(frame - 1, frame - 1 + view.to - view.from);
    return true;
  }
}
