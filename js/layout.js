// Where each part of the timeline is, in CSS pixels from its top left corner.

import { NONE } from "./model.js";
import { Viewport } from "./viewport.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Rect } from "./types" */

/** The width of the column that names the rows. */
export const GUTTER = 42;
/** The heights of the ruler, of the rows "cut" and "speech", and of the strip that shows the zoom. */
export const RULER = 18;
export const BAND = 15;
export const STRIP = 3;
/** The space between the rows, and at the right end of the axis. */
const GAP = 3;
const MARGIN = 6;

/** The layout of one tree: a ruler, a row per level, the cut and the speech. */
export class Layout {
  /** @param {TreeModel} model */
  constructor(model) {
    this.model = model;
    this.view = new Viewport(model.frames);
    this.rowHeight = 18;
    this.width = 0;
    this.height = 0;
    this.pixelRatio = 1;
  }

  /**
   * Fits the layout to a width.
   *
   * @param {number} width
   * @param {number} maxHeight
   * @param {number} pixelRatio device pixels per CSS pixel
   */
  resize(width, maxHeight, pixelRatio) {
    const rows = Math.max(this.model.rows.length, 1);
    const others = RULER + 2 * (BAND + GAP) + 4;
    this.rowHeight = Math.max(13, Math.min(24, Math.floor((maxHeight - others) / rows)));
    this.width = width;
    this.height = others + this.model.rows.length * this.rowHeight;
    this.pixelRatio = pixelRatio;
    this.view.place(GUTTER, width - GUTTER - MARGIN);
  }

  /** The right end of the axis. */
  get right() {
    return GUTTER + this.view.width;
  }

  /** @param {number} row */
  rowTop(row) {
    return RULER + row * this.rowHeight;
  }

  get cutTop() {
    return this.rowTop(this.model.rows.length) + 4;
  }

  get speechTop() {
    return this.cutTop + BAND + GAP;
  }

  /**
   * Returns where frames begin and end on the axis; null if none of them is on screen.
   *
   * @param {number} first
   * @param {number} last
   * @returns {[number, number] | null}
   */
  stretch(first, last) {
    const left = this.view.x(first - 1);
    const right = this.view.x(last);
    return right < GUTTER || left > this.right ? null : [left, right];
  }

  /**
   * Returns a node's rectangle, clipped to the axis; null if it is not on screen.
   *
   * @param {number} i
   * @returns {Rect | null}
   */
  rect(i) {
    const { first, last } = this.model.data;
    const left = Math.max(this.view.x(first[i] - 1), GUTTER);
    const right = Math.min(this.view.x(last[i]), this.right);
    if (right <= GUTTER || left >= this.right || last[i] < first[i]) return null;
    const gap = right - left > 4 ? 1 : 0;
    // On whole device pixels, which a browser fills several times as fast as parts of them.
    const x = this.snap(left);
    return {
      x,
      y: this.rowTop(this.model.rowOf[i]) + 1,
      w: Math.max(this.snap(right - gap) - x, 1 / this.pixelRatio),
      h: this.rowHeight - 2,
    };
  }

  /** @param {number} x */
  snap(x) {
    return Math.round(x * this.pixelRatio) / this.pixelRatio;
  }

  /**
   * Returns the frame at a pixel.
   *
   * @param {number} x
   */
  frameAt(x) {
    return Math.min(Math.max(Math.floor(this.view.at(x)) + 1, 1), this.model.frames);
  }

  /**
   * Returns the node at a point, in the tree or in the cut; NONE if there is none.
   *
   * @param {number} x
   * @param {number} y
   * @param {number[]} cut the nodes of the cut
   */
  nodeAt(x, y, cut) {
    if (x < GUTTER || y < RULER) return NONE;
    const frame = this.frameAt(x);
    const row = Math.floor((y - RULER) / this.rowHeight);
    if (row < this.model.rows.length) return this.model.nodeAt(row, frame);
    if (y < this.cutTop || y >= this.cutTop + BAND) return NONE;
    const { first, last } = this.model.data;
    return cut.find((i) => first[i] <= frame && frame <= last[i]) ?? NONE;
  }
}
