// The rows below the tree: the cut, and what is said. They stay at the bottom while the tree's rows are
// scrolled.

import { mix, toHex } from "./colours.js";
import { make } from "./dom.js";
import { shadeOutsideClip } from "./drawing.js";
import { fitText, font, SMALLEST, writeLines } from "./labels.js";
import { BAND, GUTTER } from "./layout.js";
import { drawGrid, drawLine, startStrip } from "./ruler.js";

/** @import { Scene } from "./drawing.js" */

export class Bands {
  constructor() {
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.element = make("div", { class: "a100-bands" }, this.canvas);
  }

  /** @param {Scene} scene */
  paint(scene) {
    const { layout, painter: { theme } } = scene;
    const context = startStrip(this.canvas, scene, layout.bandsTop, layout.height);
    drawGrid(context, scene);
    drawNames(context, scene);
    context.save();
    context.beginPath();
    context.rect(GUTTER, layout.bandsTop, layout.view.width, layout.height);
    context.clip();
    drawCut(context, scene);
    drawSpeech(context, scene);
    shadeOutsideClip(context, scene);
    context.restore();
    context.strokeStyle = toHex(theme.line);
    drawLine(context, [0, layout.bandsTop + 0.5], [layout.width, layout.bandsTop + 0.5]);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
function drawNames(context, { layout, painter: { theme } }) {
  context.font = font();
  context.textAlign = "right";
  context.fillStyle = toHex(theme.quiet);
  context.fillText("cut", GUTTER - 8, layout.cutTop + BAND / 2);
  if (layout.hasSpeech) context.fillText("speech", GUTTER - 8, layout.speechTop + BAND / 2);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
function drawCut(context, scene) {
  const { layout, painter: { theme } } = scene;
  const { first, last, labels } = layout.model.data;
  const colours = [0.74, 0.62].map((share) => toHex(mix(theme.marks.cut, theme.background, share)));
  scene.cut.forEach((i, k) => {
    const at = layout.stretch(first[i], last[i]);
    if (!at) return;
    context.fillStyle = colours[k % 2];
    drawBand(context, scene, at, layout.cutTop, labels[i], at[1] - at[0], 40);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
function drawSpeech(context, scene) {
  const { layout, painter: { theme } } = scene;
  const { first, last, texts } = layout.model.data.speech;
  const colour = toHex(mix(theme.text, theme.background, 0.86));
  first.forEach((frame, k) => {
    const at = layout.stretch(frame, last[k]);
    if (!at) return;
    context.fillStyle = colour;
    drawBand(context, scene, at, layout.speechTop, texts[k], at[1] - at[0] - 1, 24);
  });
}

/**
 * Draws a stretch of the rows below the tree in the current fill, and its text.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {[number, number]} at its ends
 * @param {number} top
 * @param {string} label
 * @param {number} width of what is filled
 * @param {number} labelled wider than this, it is labelled
 */
function drawBand(context, { painter: { theme } }, [left, right], top, label, width, labelled) {
  context.fillRect(left, top, Math.max(width, 0.75), BAND);
  if (right - left <= labelled) return;
  context.font = font();
  context.fillStyle = toHex(theme.text);
  const visibleLeft = Math.max(left, GUTTER);
  const text = fitText(context, label, right - visibleLeft - 6);
  if (text) writeLines(context, [text], { x: visibleLeft + 3, y: top, h: BAND }, SMALLEST);
}
