// Where each part of the timeline is, in CSS pixels from its top left corner.

import { findBlocks } from "./blocks.js";
import { SMALLEST } from "./labels.js";
import { NONE } from "./model.js";
import { Viewport } from "./viewport.js";

/** @import { Block } from "./blocks.js" */
/** @import { TreeModel } from "./model.js" */
/** @import { Rect } from "./types" */

/** The width of the column that names the rows. */
export const GUTTER = 54;
/** The heights of the ruler, and of the rows "cut" and "speech". */
export const RULER = 20;
export const BAND = 17;
/** The heights of the minimap: least, most, and of a row; it has the least where there is little space. */
const MAP = { least: 8, most: 34, row: 2 };
const LITTLE = 300;
/** The height of a folded row, and the least and the greatest height of another one. */
const FOLDED = 10;
const LOWEST = 15;
const HIGHEST = 112;
/** The space between the rows, and at the right end of the axis. */
const GAP = 3;
const MARGIN = 6;
/** The greatest size of a text, and how much higher a row has to be for the next size. */
const LARGEST = 16;
const PER_SIZE = 14;

/** The layout of one tree: a ruler, a minimap, a row per level, the cut and the speech, if there is any. */
export class Layout {
  /**
   * @param {TreeModel} model
   * @param {Set<number>} folded the levels whose rows are folded
   */
  constructor(model, folded = new Set()) {
    this.model = model;
    this.folded = folded;
    this.view = new Viewport(model.frames);
    /** The height of the rows that are not folded. */
    this.rowHeight = LOWEST;
    this.mapHeight = MAP.least;
    /** Where each row begins, and where the last one ends. */
    this.tops = [RULER + MAP.least];
    /** @type {{pixels: number, rows: Block[][]}} The blocks that were found last, and at which scale. */
    this.found = { pixels: 0, rows: [] };
    this.width = 0;
    this.height = 0;
    this.pixelRatio = 1;
  }

  /**
   * Fits the layout to a place: the rows share its height.
   *
   * @param {number} width
   * @param {number} maxHeight the layout is higher where its rows would be too low, and lower where they
   *   would be too high
   * @param {number} pixelRatio device pixels per CSS pixel
   */
  resize(width, maxHeight, pixelRatio) {
    const levels = this.model.rowLevels;
    const open = levels.filter((level) => !this.folded.has(level)).length;
    const bands = this.hasSpeech ? 2 : 1;
    const mapped = maxHeight < LITTLE ? 0 : levels.length * MAP.row;
    this.mapHeight = Math.max(MAP.least, Math.min(MAP.most, mapped));
    const top = RULER + this.mapHeight + GAP;
    const others = top + (levels.length - open) * FOLDED + 4 + bands * (BAND + GAP);
    const share = Math.floor((maxHeight - others) / Math.max(open, 1));
    this.rowHeight = Math.max(LOWEST, Math.min(HIGHEST, share));
    this.tops = [top];
    levels.forEach((_, row) => this.tops.push(this.tops[row] + this.heightOf(row)));
    this.width = width;
    this.height = others + open * this.rowHeight;
    this.pixelRatio = pixelRatio;
    this.view.place(GUTTER, width - GUTTER - MARGIN);
  }

  /** The right end of the axis. */
  get right() {
    return GUTTER + this.view.width;
  }

  get hasSpeech() {
    return this.model.data.speech.first.length > 0;
  }

  /** The size of the text in the rows, in pixels. */
  get fontSize() {
    return Math.min(LARGEST, SMALLEST + Math.max(0, Math.floor((this.rowHeight - 22) / PER_SIZE)));
  }

  /** @param {number} row */
  isFolded(row) {
    return this.folded.has(this.model.rowLevels[row]);
  }

  /** @param {number} row */
  rowTop(row) {
    return this.tops[row];
  }

  /** @param {number} row */
  heightOf(row) {
    return this.isFolded(row) ? FOLDED : this.rowHeight;
  }

  /**
   * Returns the row at a height; -1 if there is none.
   *
   * @param {number} y
   */
  rowAt(y) {
    const next = this.tops.findIndex((top) => y < top);
    return next < 0 ? -1 : next - 1;
  }

  /** Where the rows below the tree begin. */
  get bandsTop() {
    return this.tops[this.model.rows.length];
  }

  get cutTop() {
    return this.bandsTop + 4;
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
    const row = this.model.rowOf[i];
    return {
      x,
      y: this.rowTop(row) + 1,
      w: Math.max(this.snap(right - gap) - x, 1 / this.pixelRatio),
      h: this.heightOf(row) - 2,
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
   * Returns the blocks of a row; none of a folded one, which shows all of its nodes alike.
   *
   * @param {number} row
   * @returns {Block[]}
   */
  blocks(row) {
    if (this.isFolded(row)) return [];
    const pixels = this.view.width / (this.view.to - this.view.from);
    if (this.found.pixels !== pixels) this.found = { pixels, rows: [] };
    return (this.found.rows[row] ??= findBlocks(this.model, row, pixels));
  }

  /**
   * Returns the block at a point; null if there is none.
   *
   * @param {number} x
   * @param {number} y
   */
  blockAt(x, y) {
    const row = x < GUTTER ? -1 : this.rowAt(y);
    const frame = this.frameAt(x);
    return (row >= 0 && this.blocks(row).find(({ first, last }) => first <= frame && frame <= last)) || null;
  }

  /**
   * Returns the node at a point, in the tree or in the cut; NONE if there is none.
   *
   * @param {number} x
   * @param {number} y
   * @param {number[]} cut the nodes of the cut
   */
  nodeAt(x, y, cut) {
    if (x < GUTTER || y < this.tops[0]) return NONE;
    const frame = this.frameAt(x);
    const row = this.rowAt(y);
    if (row >= 0) return this.model.nodeAt(row, frame);
    if (y < this.cutTop || y >= this.cutTop + BAND) return NONE;
    const { first, last } = this.model.data;
    return cut.find((i) => first[i] <= frame && frame <= last[i]) ?? NONE;
  }
}
