// Draws a scene on the two canvases of the timeline.

import { drawCounts, READABLE } from "./block_counts.js";
import { toHex } from "./colours.js";
import { font, linesIn, writeLines } from "./labels.js";
import { GUTTER } from "./layout.js";
import { NO_ACTION, NONE, NOT_ANNOTATED } from "./model.js";
import { drawStatus, markWidth } from "./review_marks.js";
import { drawGrid } from "./ruler.js";

/** @import { ColourBy, Painter, Shades } from "./colours.js" */
/** @import { Layout } from "./layout.js" */
/** @import { Matches } from "./search.js" */
/** @import { Rect } from "./types" */

/**
 * What is drawn.
 *
 * @typedef {object} Scene
 * @property {Layout} layout
 * @property {Painter} painter
 * @property {ColourBy} colourBy
 * @property {Matches | null} matches of the search
 * @property {Set<number> | null} thin the nodes that are drawn as thin lines
 * @property {number[]} cut the nodes of the cut
 * @property {number[]} active the nodes on screen now, per row
 * @property {number} pinned
 * @property {number} hovered
 */

/** A rectangle has its text if it is as wide and as high. */
const LABELLED = 26;
const LEGIBLE = 13;
/** The width of the bar at the left of the pinned node, and the height of the line over a match. */
const PIN = 4;
const MATCH = 3;
/** A lower rectangle has thinner lines: its text needs the space. */
const ROOMY = 18;

/**
 * Draws what does not move with the video or the mouse; returns how many nodes that is.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function drawBase(context, scene) {
  const { layout } = scene;
  drawGrid(context, scene);
  clipTo(context, GUTTER, layout.view.width, layout.height);
  let drawn = 0;
  layout.model.rows.forEach((_, row) => (drawn += drawRow(context, scene, row)));
  underlineCut(context, scene);
  shadeOutsideClip(context, scene);
  context.restore();
  return drawn;
}

/**
 * Draws what is highlighted: the nodes on screen now, the pinned one and the one under the mouse.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function drawHighlights(context, scene) {
  const { layout, active, pinned, hovered } = scene;
  clipTo(context, GUTTER - 1, layout.view.width + 2, layout.height);
  for (const i of active) if (i !== NONE) drawHighlight(context, scene, i, 1);
  if (pinned !== NONE) drawHighlight(context, scene, pinned, 2);
  if (hovered !== NONE && hovered !== pinned) drawHighlight(context, scene, hovered, 1.5);
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context to restore afterwards
 * @param {number} left
 * @param {number} width
 * @param {number} height
 */
function clipTo(context, left, width, height) {
  context.save();
  context.beginPath();
  context.rect(left, 0, width, height);
  context.clip();
}

/**
 * Draws the nodes of a row that are on screen; returns how many they are.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} row
 */
function drawRow(context, scene, row) {
  const { model, view } = scene.layout;
  const nodes = model.rows[row];
  const isPlain = !scene.matches && !scene.thin;
  const pixel = 1 / scene.layout.pixelRatio;
  let drawn = 0;
  let covered = NaN;
  let k = model.firstAfter(row, Math.floor(view.from));
  while (k > 0 && model.reach[row][k - 1] > view.from) k -= 1;
  for (; k < nodes.length && model.data.first[nodes[k]] - 1 < view.to; k += 1) {
    const box = scene.layout.rect(nodes[k]);
    if (!box) continue;
    drawn += 1;
    // Of several nodes within one pixel, the first one is seen.
    if (isPlain && box.w <= pixel && box.x === covered) continue;
    covered = box.x;
    drawNode(context, scene, nodes[k], box, false);
  }
  drawCounts(context, scene, row);
  return drawn;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} i
 * @param {Rect} box
 * @param {boolean} highlighted
 */
function drawNode(context, scene, i, box, highlighted) {
  const { layout: { model }, painter } = scene;
  const state = model.data.states[i];
  const shades = painter.shades(model, i, scene.colourBy);
  const alpha = highlighted ? 1 : (scene.matches?.opacity(i) ?? 1);
  context.globalAlpha = alpha;
  context.fillStyle = highlighted ? shades.full : shades.muted;
  if (!highlighted && scene.thin?.has(i)) {
    context.fillRect(box.x, box.y + Math.round(box.h / 2) - 1, box.w, 2);
  } else {
    if (state === NOT_ANNOTATED && !highlighted) drawOutline(context, box, shades);
    else context.fillRect(box.x, box.y, box.w, box.h);
    if (state === NO_ACTION && box.w > 2) {
      context.fillStyle = painter.hatch(toHex(painter.theme.background)) ?? "transparent";
      context.globalAlpha = alpha * 0.55;
      context.fillRect(box.x, box.y, box.w, box.h);
      context.globalAlpha = alpha;
    }
    const status = model.data.review?.status[i] ?? 0;
    const label = status ? { ...box, w: box.w - markWidth(box, status) } : box;
    if (label.w > LABELLED && box.h >= LEGIBLE && alpha >= READABLE) {
      context.globalAlpha = 1;
      drawLabel(context, scene, i, label, shades, highlighted);
      context.globalAlpha = alpha;
    }
    if (status) drawStatus(context, box, status, painter.theme);
  }
  context.globalAlpha = 1;
  if (!highlighted && scene.matches?.has(i)) {
    context.fillStyle = toHex(painter.theme.marks.match);
    context.fillRect(box.x, box.y, box.w, box.h < ROOMY ? MATCH - 1 : MATCH);
  }
}

/**
 * Draws an outline as two fills, which is faster than a stroke; where it is too narrow, a low bar.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Rect} box
 * @param {Shades} shades
 */
function drawOutline(context, box, shades) {
  if (box.w <= 2.5) {
    context.fillRect(box.x, box.y + Math.round(box.h / 4), box.w, Math.ceil(box.h / 2));
    return;
  }
  context.fillRect(box.x, box.y, box.w, box.h);
  context.fillStyle = shades.faint;
  context.fillRect(box.x + 1, box.y + 1, box.w - 2, box.h - 2);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} i
 * @param {Rect} box
 * @param {Shades} shades
 * @param {boolean} highlighted
 */
function drawLabel(context, { layout }, i, box, shades, highlighted) {
  const { labels, states } = layout.model.data;
  const size = layout.fontSize;
  context.font = font(size);
  const inner = { ...box, x: box.x + PIN + 2, w: box.w - PIN - 6 };
  const lines = linesIn(context, labels[i], inner, size);
  if (!lines.length) return;
  if (states[i] === NO_ACTION) {
    // The hatching would run through the letters.
    const widest = Math.max(...lines.map((line) => context.measureText(line).width));
    context.fillStyle = highlighted ? shades.full : shades.muted;
    context.fillRect(box.x, box.y, Math.min(widest + 8, box.w), box.h);
  }
  if (highlighted) context.fillStyle = shades.fullInk;
  else context.fillStyle = states[i] === NOT_ANNOTATED ? shades.faintInk : shades.mutedInk;
  writeLines(context, lines, inner, size);
}

/**
 * Underlines the nodes of the cut.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
function underlineCut(context, { layout, painter: { theme }, cut }) {
  context.fillStyle = toHex(theme.marks.cut);
  for (const i of cut) {
    const box = layout.rect(i);
    if (box) context.fillRect(box.x, box.y + box.h - 2, box.w, 2);
  }
}

/**
 * Shades what is outside of the open clip.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 */
export function shadeOutsideClip(context, { layout, painter: { theme } }) {
  const { clip } = layout.model.data;
  if (!clip) return;
  const left = layout.view.x(clip[0] - 1);
  const right = layout.view.x(clip[1]);
  context.fillStyle = toHex(theme.background);
  context.globalAlpha = 0.6;
  const top = layout.rowTop(0);
  context.fillRect(0, top, left, layout.height);
  context.fillRect(right, top, layout.width, layout.height);
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Scene} scene
 * @param {number} i
 * @param {number} lineWidth
 */
function drawHighlight(context, scene, i, lineWidth) {
  const box = scene.layout.rect(i);
  if (!box) return;
  const { theme } = scene.painter;
  drawNode(context, scene, i, box, true);
  context.strokeStyle = toHex(theme.text);
  context.lineWidth = lineWidth;
  context.setLineDash(scene.thin?.has(i) ? [3, 2] : []);
  const half = lineWidth / 2;
  context.strokeRect(box.x + half, box.y + half, Math.max(box.w - lineWidth, 0.5), box.h - lineWidth);
  if (i === scene.pinned && box.w > 12) {
    context.fillStyle = toHex(theme.text);
    context.fillRect(box.x, box.y, PIN, box.h);
    if (box.h < ROOMY) return;
    // A light line between the outline and a colour that may be as dark.
    context.strokeStyle = toHex(theme.background);
    context.lineWidth = 1;
    context.strokeRect(box.x + PIN + 0.5, box.y + 2.5, box.w - PIN - 3, box.h - 5);
  }
}
