// The boundary at an end of a node: where it is, how far it can be moved, and what a move does.

import { formatTime } from "./format.js";
import { NONE } from "./model.js";

/** @import { TreeModel } from "./model.js" */

/** @typedef {"start" | "end"} Edge */

/**
 * @typedef {object} Boundary
 * @property {Edge} edge
 * @property {number} frame the first frame of what follows, 1-based
 * @property {number} least the first and the last frame that it can be moved to
 * @property {number} most
 * @property {number} before the finest node that ends there, NONE if there is none
 * @property {number} after the finest node that begins there
 */

/**
 * Returns the boundary at an end of a node; null at the ends of the tree.
 *
 * All nodes that end or begin there share it, so none of them may lose its last frame. Where the
 * neighbour is missing, it can be moved up to the next sibling, or to the parent's end.
 *
 * @param {TreeModel} model
 * @param {number} i
 * @param {Edge} edge
 * @returns {Boundary | null}
 */
export function boundaryOf(model, i, edge) {
  const { first, last } = model.data;
  if (i === NONE || last[i] < first[i] || first[i] < 1) return null;
  const frame = edge === "start" ? first[i] : last[i] + 1;
  const found = { edge, frame, least: 2, most: model.frames, before: NONE, after: NONE };
  for (let k = 0; k < model.count; k += 1) {
    if (last[k] < first[k]) continue;
    if (last[k] + 1 === frame && first[k] + 1 >= found.least) {
      found.least = first[k] + 1;
      found.before = k;
    } else if (first[k] === frame && last[k] <= found.most) {
      found.most = last[k];
      found.after = k;
    }
  }
  if (found.before !== NONE && found.after !== NONE) return found;
  const parent = parentBeyond(model, i, edge);
  if (parent === NONE || frame < 2 || frame > model.frames) return null;
  for (const k of model.children[parent]) {
    if (found.before === NONE && last[k] < frame) found.least = Math.max(found.least, last[k] + 1);
    if (found.after === NONE && first[k] > frame) found.most = Math.min(found.most, first[k]);
  }
  if (found.before === NONE) found.least = Math.max(found.least, first[parent]);
  else found.most = Math.min(found.most, last[parent] + 1);
  return found;
}

/**
 * Returns the finest node above that goes on beyond an end of a node; NONE if there is none.
 *
 * @param {TreeModel} model
 * @param {number} i
 * @param {Edge} edge
 */
function parentBeyond(model, i, edge) {
  const ends = edge === "start" ? model.data.first : model.data.last;
  return model.path(i).reverse().find((above) => ends[above] !== ends[i]) ?? NONE;
}

/**
 * Returns the frame nearest to the wanted one that a boundary can be moved to.
 *
 * @param {Boundary} boundary
 * @param {number} frame
 */
export function allowed({ least, most }, frame) {
  return Math.min(Math.max(Math.round(frame), least), most);
}

/**
 * Says where a boundary is moved to: "frame 123 · 0:04.88 · +3 frames · 4.88 s | 2.00 s", the last two
 * being the lengths of the finest nodes before and after it, a dash where there is none.
 *
 * @param {TreeModel} model
 * @param {Boundary} boundary
 * @param {number} frame
 */
export function describeMove(model, { frame: from, before, after }, frame) {
  const { first, last } = model.data;
  const moved = frame - from;
  const count = Math.abs(moved) === 1 ? "frame" : "frames";
  /** @type {(frames: number) => string} */
  const length = (frames) => `${(frames / model.fps).toFixed(2)} s`;
  const left = before === NONE ? "–" : length(frame - first[before]);
  const right = after === NONE ? "–" : length(last[after] + 1 - frame);
  return [
    `frame ${frame}`,
    formatTime((frame - 1) / model.fps),
    moved ? `${moved > 0 ? "+" : "−"}${Math.abs(moved)} ${count}` : "",
    `${left} | ${right}`,
  ].filter(Boolean).join(" · ");
}

/**
 * Moves a boundary in the tree that is shown, until Python sends it anew; returns what takes that back.
 *
 * @param {TreeModel} model
 * @param {number} from the first frame of what follows the boundary
 * @param {number} to
 */
export function moveShown(model, from, to) {
  const { first, last } = model.data;
  const nodes = model.data.ids.map((_, i) => i).filter((i) => last[i] >= first[i]);
  const ending = nodes.filter((i) => last[i] + 1 === from);
  const beginning = nodes.filter((i) => first[i] === from);
  /** @type {(frame: number) => void} */
  const put = (frame) => {
    for (const i of ending) last[i] = frame - 1;
    for (const i of beginning) first[i] = frame;
    model.measure();
  };
  put(to);
  return () => put(from);
}
