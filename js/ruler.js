// The ruler of the time axis. It stays at the top, with the minimap, while the rows are scrolled.

import { toHex } from "./colours.js";
import { context2d, make } from "./dom.js";
import { formatTime } from "./format.js";
import { font } from "./labels.js";
import { RULER } from "./layout.js";
import { rulerStep } from "./viewport.js";

/** @import { Scene } from "./drawing.js" */

/** The length of a mark, and the space that its time needs, in pixels. */
const MARK = 5;
const TIME = 34;

export class Ruler {
  /** @param {HTMLElement} minimap */
  constructor(minimap) {
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.element = make("div", { class: "a100-ruler" }, this.canvas, minimap);
  }

  /** @param {Scene} scene */
  paint(scene) {
    const { layout, painter: { theme } } = scene;
    const height = layout.rowTop(0);
    const context = startStrip(this.canvas, scene, 0, height);
    context.fillStyle = toHex(theme.quiet);
    context.strokeStyle = toHex(theme.line);
    context.font = font();
    const { step, times } = rulerMarks(scene);
    for (const [time, x] of times) {
      drawLine(context, [x, RULER - MARK], [x, height]);
      if (x + TIME < layout.right) context.fillText(formatTime(time, step < 1 ? 1 : 0), x + 3, RULER / 2 + 1);
    }
  }
}

/**
 * Draws the ruler's marks through the rows.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function drawGrid(context, scene) {
  const { layout, painter: { theme } } = scene;
  context.strokeStyle = toHex(theme.line);
  for (const [, x] of rulerMarks(scene).times) drawLine(context, [x, layout.rowTop(0)], [x, layout.height]);
}

/**
 * Returns the ruler's marks, as seconds and pixels, and how many seconds they are apart.
 *
 * @param {Scene} scene
 */
function rulerMarks({ layout: { view, model } }) {
  const step = rulerStep((view.to - view.from) / model.fps, view.width);
  const end = view.to / model.fps;
  /** @type {[number, number][]} */
  const times = [];
  for (let k = Math.ceil(view.from / model.fps / step - 1e-9); k * step <= end + 1e-9; k += 1) {
    times.push([k * step, Math.round(view.x(k * step * model.fps)) + 0.5]);
  }
  return { step, times };
}

/**
 * Begins a canvas anew that is as wide as the timeline, and covers a part of its height.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {number} top where it begins in the layout
 * @param {number} bottom where it ends
 * @returns {CanvasRenderingContext2D} to draw in the layout's places
 */
export function startStrip(canvas, { layout: { pixelRatio, width }, painter: { theme } }, top, bottom) {
  const height = bottom - top;
  Object.assign(canvas, { width: Math.round(width * pixelRatio), height: Math.round(height * pixelRatio) });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = context2d(canvas);
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, -top * pixelRatio);
  context.fillStyle = toHex(theme.background);
  context.fillRect(0, top, width, height);
  context.textBaseline = "middle";
  return context;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} from
 * @param {[number, number]} to
 */
export function drawLine(context, from, to) {
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
