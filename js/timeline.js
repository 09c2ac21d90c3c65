// The timeline: two canvases and a playhead. One canvas has what stays, the other one what moves with
// the video or the mouse, so that little is drawn anew while a video plays.

import { Bands } from "./bands.js";
import { Painter } from "./colours.js";
import { context2d, make } from "./dom.js";
import { drawBase, drawHighlights } from "./drawing.js";
import { GUTTER, Layout } from "./layout.js";
import { foldedIn, Levels } from "./levels.js";
import { Minimap } from "./minimap.js";
import { NO_TREE, NONE } from "./model.js";
import { Ruler } from "./ruler.js";

/** @import { ColourBy } from "./colours.js" */
/** @import { TreeModel } from "./model.js" */
/** @import { Matches } from "./search.js" */
/** @import { Palette, Theme } from "./types" */

export class Timeline {
  layout = new Layout(NO_TREE);
  /** @type {Painter | null} */
  painter = null;
  /** @type {ColourBy} */
  colourBy = "level";
  /** @type {Matches | null} */
  matches = null;
  /** @type {Set<number> | null} The nodes that are drawn as thin lines. */
  thin = null;
  /** @type {number[]} The nodes of the cut. */
  cut = [];
  /** @type {number[]} The nodes on screen now, per row. */
  active = [];
  pinned = NONE;
  hovered = NONE;
  /** The frame of the playhead; 0 if there is none. */
  frame = 0;
  headPlace = "";
  /** The place that the timeline was fitted to. */
  width = 0;
  maxHeight = 0;
  /** Called when the minimap has moved the axis, or a level was folded. */
  moved = () => this.paint();
  stats = { drawn: 0, paintMs: 0, overMs: 0, paints: 0, overs: 0 };

  constructor() {
    this.base = make("canvas", { class: "a100-base", "aria-hidden": "true" });
    this.over = make("canvas", { class: "a100-over", "aria-hidden": "true" });
    // The compositor moves the playhead, thirty times a second: no canvas is drawn for it.
    this.head = make("div", { class: "a100-head", "aria-hidden": "true", hidden: true });
    /** The playheads: this one, and those of what is drawn on the same axis. */
    this.heads = [this.head];
    this.levels = new Levels(this);
    this.minimap = new Minimap(this);
    this.ruler = new Ruler(this.minimap.element);
    this.bands = new Bands();
    this.element = make(
      "div", { class: "a100-stage" },
      this.ruler.element, this.base, this.over, this.levels.element, this.bands.element, this.head,
    );
  }

  /** @param {TreeModel} model */
  setModel(model) {
    this.layout = new Layout(model, foldedIn(model.data.dataset));
    this.levels.reset();
    this.matches = null;
    this.thin = null;
    this.active = [];
    this.pinned = NONE;
    this.hovered = NONE;
  }

  /**
   * @param {Palette} palette
   * @param {Theme} theme
   */
  setLook(palette, theme) {
    this.painter = new Painter(palette, theme);
  }

  /** The part of the video on screen. */
  get view() {
    return this.layout.view;
  }

  /**
   * Fits the canvases to their place.
   *
   * @param {number} width in CSS pixels
   * @param {number} maxHeight more than this is scrolled
   */
  resize(width, maxHeight) {
    const { layout } = this;
    const pixelRatio = window.devicePixelRatio || 1;
    this.width = width;
    this.maxHeight = maxHeight;
    layout.resize(width, maxHeight, pixelRatio);
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.round(width * pixelRatio);
      canvas.height = Math.round(layout.height * pixelRatio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${layout.height}px`;
    }
    this.head.style.height = `${layout.height}px`;
    this.element.style.height = `${Math.min(layout.height, maxHeight)}px`;
    this.levels.place();
  }

  /** Lays the rows out anew in the same place: a level was folded or opened. */
  refit() {
    this.resize(this.width, this.maxHeight);
    this.moved();
  }

  /**
   * Scrolls until a node's row is in sight, below the ruler and above the cut.
   *
   * @param {number} i
   */
  scrollTo(i) {
    const { element, layout } = this;
    const row = layout.model.rowOf[i];
    const [top, bottom] = [layout.rowTop(row), layout.rowTop(row + 1)];
    const [highest, lowest] = [bottom + layout.height - layout.bandsTop - element.clientHeight, top - layout.rowTop(0)];
    element.scrollTop = Math.min(Math.max(element.scrollTop, highest), lowest);
  }

  /** Returns what is to be drawn; null if there is nothing yet. */
  scene() {
    const { layout, painter } = this;
    return painter && layout.width && layout.model.count ? { ...this, painter } : null;
  }

  /** Draws everything. */
  paint() {
    const scene = this.scene();
    if (!scene) return;
    const began = performance.now();
    this.stats.drawn = drawBase(this.clear(this.base), scene);
    this.ruler.paint(scene);
    this.bands.paint(scene);
    this.minimap.paint(scene);
    this.stats.paintMs = performance.now() - began;
    this.stats.paints += 1;
    this.paintHighlights();
  }

  /** Draws what is highlighted, and places the playhead. */
  paintHighlights() {
    const scene = this.scene();
    if (!scene) return;
    const began = performance.now();
    drawHighlights(this.clear(this.over), scene);
    this.placeHead();
    this.stats.overs += 1;
    this.stats.overMs = performance.now() - began;
  }

  /** @param {HTMLCanvasElement} canvas */
  clear(canvas) {
    const { width, height, pixelRatio } = this.layout;
    const context = context2d(canvas);
    context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.textBaseline = "middle";
    return context;
  }

  /** Puts the playhead where the player is; changes nothing where it is there already. */
  placeHead() {
    this.minimap.placeHead(this.frame);
    // On whole device pixels: while a video plays, it then moves a few times a second.
    const x = this.layout.snap(this.view.x(this.frame - 0.5));
    const isVisible = this.frame > 0 && x >= GUTTER - 1 && x <= this.layout.right + 1;
    if (this.head.hidden === isVisible) for (const head of this.heads) head.hidden = !isVisible;
    const place = `translateX(${x}px)`;
    if (!isVisible || place === this.headPlace) return;
    this.headPlace = place;
    for (const head of this.heads) head.style.transform = place;
  }
}
