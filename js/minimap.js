// The minimap under the ruler: the whole tree in small, and a window over what the time axis shows.

import { toHex } from "./colours.js";
import { context2d, make } from "./dom.js";
import { formatTime } from "./format.js";
import { GUTTER, RULER } from "./layout.js";

/** @import { Scene } from "./drawing.js" */
/** @import { Timeline } from "./timeline.js" */

/** So near to an edge of the window, in pixels, the mouse takes hold of it. */
const EDGE = 5;
/** The mouse has to move this far before it drags, in pixels. */
const DRAG_PIXELS = 4;
/** How far the arrow keys move the window, as a share of it. */
const STEP = 0.25;

/**
 * What the mouse has hold of: the window, one of its edges, or a new one that begins where it was pressed.
 *
 * @typedef {{part: "window" | "from" | "to" | "new", x: number, moved: boolean, from: number, to: number}} Hold
 */

export class Minimap {
  /** @type {Hold | null} */
  hold = null;
  /** @type {unknown[]} What was painted last. */
  painted = [];
  /** Where the playhead is, in pixels. */
  headAt = -1;

  /** @param {Timeline} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.window = make("div", { class: "a100-window" });
    this.head = make("div", { class: "a100-map-head", "aria-hidden": "true", hidden: true });
    this.element = make(
      "div",
      {
        class: "a100-map", role: "slider", tabindex: "0", "aria-label": "The part of the video on screen",
        title: "Drag the window or its edges; drag beside it for another one",
        on: {
          keydown: (event) => this.press(event),
          pointerdown: (event) => this.take(event),
          pointermove: (event) => this.drag(event),
          pointerup: (event) => this.release(event),
          pointercancel: () => (this.hold = null),
        },
      },
      this.canvas, this.window, this.head,
    );
    this.element.style.top = `${RULER}px`;
    this.element.style.left = `${GUTTER}px`;
  }

  get view() {
    return this.timeline.layout.view;
  }

  /**
   * Returns where a pixel of the minimap is in the video, in frames.
   *
   * @param {MouseEvent} event
   */
  at(event) {
    const { left, width } = this.element.getBoundingClientRect();
    return (Math.min(Math.max((event.clientX - left) / width, 0), 1)) * this.view.frames;
  }

  /** How many frames a pixel is. */
  get framesPerPixel() {
    return this.view.frames / this.view.width;
  }

  /** @param {PointerEvent} event */
  take(event) {
    if (event.button !== 0) return;
    const { view } = this;
    const at = this.at(event);
    const near = EDGE * this.framesPerPixel;
    /** @type {Hold["part"]} */
    let part = "new";
    if (!view.isWhole && Math.abs(at - view.from) < near) part = "from";
    else if (!view.isWhole && Math.abs(at - view.to) < near) part = "to";
    else if (!view.isWhole && view.from < at && at < view.to) part = "window";
    this.hold = { part, x: event.clientX, moved: false, from: view.from, to: view.to };
    if (part === "new") Object.assign(this.hold, { from: at, to: at });
    this.element.setPointerCapture(event.pointerId);
    event.stopPropagation();
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const { hold } = this;
    if (!hold || (!hold.moved && Math.abs(event.clientX - hold.x) < DRAG_PIXELS)) return;
    hold.moved = true;
    const moved = (event.clientX - hold.x) * this.framesPerPixel;
    if (hold.part === "window") {
      const start = Math.min(Math.max(hold.from + moved, 0), this.view.frames - (hold.to - hold.from));
      this.show(start, start + hold.to - hold.from);
    } else {
      const fixed = hold.part === "from" ? hold.to : hold.from;
      const at = this.at(event);
      this.show(Math.min(fixed, at), Math.max(fixed, at));
    }
  }

  /**
   * Ends a drag; a click beside the window moves it there.
   *
   * @param {PointerEvent} event
   */
  release(event) {
    const { hold, view } = this;
    this.hold = null;
    if (!hold || hold.moved || hold.part !== "new" || view.isWhole) return;
    const half = (view.to - view.from) / 2;
    const middle = this.at(event);
    this.show(middle - half, middle + half);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const { from, to, frames } = this.view;
    const start = Math.min(Math.max(from + step * (to - from), 0), frames - (to - from));
    this.show(start, start + to - from);
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  show(from, to) {
    this.view.show(from, to);
    this.timeline.moved();
  }

  /**
   * Puts the playhead where the player is; while a video plays, once per pixel.
   *
   * @param {number} frame 0 if there is none
   */
  placeHead(frame) {
    const { frames, width } = this.view;
    const x = frame ? Math.round(((frame - 0.5) / frames) * width) : -1;
    if (x === this.headAt) return;
    this.headAt = x;
    this.head.hidden = x < 0;
    this.head.style.transform = `translateX(${x}px)`;
  }

  /** Puts the window over what the axis shows. */
  place() {
    const { view, element } = this;
    const { from, to, frames, width, isWhole } = view;
    const { fps } = this.timeline.layout.model;
    this.window.style.transform = `translateX(${((from / frames) * width).toFixed(1)}px)`;
    this.window.style.width = `${Math.max(((to - from) / frames) * width, 4).toFixed(1)}px`;
    this.window.classList.toggle("a100-whole", isWhole);
    element.setAttribute("aria-valuemin", "0");
    element.setAttribute("aria-valuemax", String(Math.round(frames)));
    element.setAttribute("aria-valuenow", String(Math.round(from)));
    const [start, end, whole] = [from, to, frames].map((at) => formatTime(at / fps, 1));
    element.setAttribute("aria-valuetext", isWhole ? `All of ${whole}` : `${start} to ${end} of ${whole}`);
  }

  /**
   * Draws the tree, unless that was drawn already, and places the window.
   *
   * @param {Scene} scene
   */
  paint(scene) {
    const { layout, painter, colourBy, matches, thin } = scene;
    const { mapHeight, pixelRatio, view } = layout;
    const wanted = [layout, painter, colourBy, matches, thin, mapHeight, pixelRatio, view.width];
    this.place();
    if (wanted.every((value, k) => value === this.painted[k])) return;
    this.painted = wanted;
    const { canvas, element } = this;
    Object.assign(canvas, { width: Math.round(view.width * pixelRatio), height: Math.round(mapHeight * pixelRatio) });
    Object.assign(element.style, { width: `${view.width}px`, height: `${mapHeight}px` });
    drawTree(context2d(canvas), scene, canvas.width, canvas.height);
  }
}

/**
 * Draws a tree as one line per level, in device pixels.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} width
 * @param {number} height
 */
function drawTree(context, { layout: { model }, painter, colourBy, matches, thin }, width, height) {
  const { first, last } = model.data;
  const scale = width / model.frames;
  const mark = toHex(painter.theme.marks.match);
  model.rows.forEach((nodes, row) => {
    const top = Math.round((row * height) / model.rows.length);
    const bottom = Math.round(((row + 1) * height) / model.rows.length);
    for (const i of nodes) {
      const left = Math.round((first[i] - 1) * scale);
      const right = Math.max(Math.round(last[i] * scale) - 1, left + 1);
      const isMatch = matches?.has(i) ?? false;
      context.fillStyle = isMatch ? mark : painter.shades(model, i, colourBy).muted;
      context.globalAlpha = isMatch ? 1 : matches ? 0.25 : thin?.has(i) ? 0.4 : 1;
      context.fillRect(left, top, right - left, bottom - top);
    }
  });
  context.globalAlpha = 1;
}
