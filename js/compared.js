// Another dataset's tree of the open video, and what is different there. No browser is needed.

import { formatCount, formatNumber } from "./format.js";

/** @import { ComparedData } from "./types" */

export class ComparedTree {
  /**
   * @param {string} name of the other dataset
   * @param {ComparedData} data
   */
  constructor(name, data) {
    this.name = name;
    this.data = data;
    const levels = [...new Set(data.levels)].sort((a, b) => a - b);
    const rowOf = new Map(levels.map((level, row) => [level, row]));
    /** @type {number[][]} The nodes of each level, by their start. */
    this.rows = levels.map(() => []);
    data.levels.forEach((level, i) => this.rows[rowOf.get(level) ?? 0].push(i));
    for (const row of this.rows) row.sort((a, b) => data.starts[a] - data.starts[b]);
  }

  /**
   * Returns the node of a row at a time; -1 if there is none.
   *
   * @param {number} row
   * @param {number} seconds
   */
  nodeAt(row, seconds) {
    const { starts, ends } = this.data;
    return this.rows[row]?.find((i) => starts[i] <= seconds && seconds < ends[i]) ?? -1;
  }
}

/**
 * Says how far the two trees agree, in one line.
 *
 * @param {ComparedData} data
 */
export function agreement({ boundaries, recall, nodes, annotated }) {
  const near = boundaries.map(([within, f1]) => `${f1.toFixed(2)} within ${within} s`).join(", ");
  const [first, ...others] = recall.map(([least, share]) => [`${Math.round(100 * share)} %`, least]);
  const more = others.map(([share, least]) => `${share} of ${least}`).join(", ");
  const noun = annotated ? "annotated segment" : "segment";
  return (
    `Boundaries: F1 ${near}. Of ${formatCount(nodes, noun)} here, ${first[0]} ${nodes === 1 ? "is" : "are"} ` +
    `there too with an overlap of ${first[1]}, ${more}.`
  );
}

/**
 * Says which boundaries only one of the trees has.
 *
 * @param {ComparedData} data
 */
export function differences({ missing, added }) {
  const boundaries = missing.length === 1 ? "boundary" : "boundaries";
  return `▼ ${formatNumber(missing.length)} ${boundaries} only here · ▲ ${formatNumber(added.length)} only there`;
}

/**
 * Says what the figures mean, and how well the segments here are matched there, level by level.
 *
 * @param {ComparedData} data
 */
export function explanation({ overlap }) {
  const levels = overlap.map(([level, iou]) => `${level}: ${iou.toFixed(2)}`).join(", ");
  return (
    "F1 is 1 where both trees cut at the same places, each boundary being matched with one at most. " +
    "The overlap of two segments is the time that they share, divided by the time that either lasts. " +
    `Mean overlap of the segments here with the nearest there, by level: ${levels}.`
  );
}
