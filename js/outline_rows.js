// Which rows an outline has: the nodes from the top down, as far as their branches are unfolded.

import { NONE } from "./model.js";

/** @import { TreeModel } from "./model.js" */

/** An outline is first unfolded as far as it has no more rows than this. */
const FIRST_ROWS = 60;

export class OutlineRows {
  /** @type {Set<number>} The nodes whose children are not shown. */
  folded = new Set();
  /** @type {number[]} The nodes that have a row, from the top down. */
  shown = [];

  /** @param {TreeModel} model */
  constructor(model) {
    this.model = model;
    /** @type {number[]} All nodes, each after its parent. */
    this.order = [];
    /** How many steps each node is below its root. */
    this.depths = new Int32Array(model.count);
    /** How many nodes each node's branch has, itself included. */
    this.sizes = new Int32Array(model.count).fill(1);
    /** The row of each node, NONE if it has none. */
    this.rowOf = new Int32Array(model.count).fill(NONE);
    this.collect();
    /** How many nodes are at each depth, or above it. */
    this.counts = this.countByDepth();
    const last = this.counts.findLastIndex((count) => count <= FIRST_ROWS);
    this.unfoldTo(Math.max(1, last));
  }

  collect() {
    const { model, order, depths, sizes } = this;
    const isSeen = new Uint8Array(model.count);
    /** @type {(i: number, depth: number) => void} */
    const add = (i, depth) => {
      const place = order.push(i);
      isSeen[i] = 1;
      depths[i] = depth;
      for (const child of model.children[i]) if (!isSeen[child]) add(child, depth + 1);
      sizes[i] = order.length - place + 1;
    };
    const nodes = model.data.ids.map((_, i) => i);
    for (const i of [...model.rows.flat(), ...nodes]) if (!isSeen[i] && model.parent(i) === NONE) add(i, 0);
    // Parents that form a cycle have no root.
    for (const i of nodes) if (!isSeen[i]) add(i, 0);
  }

  countByDepth() {
    /** @type {number[]} */
    const counts = [];
    for (const depth of this.depths) {
      for (let k = counts.length; k <= depth; k += 1) counts.push(0);
      counts[depth] += 1;
    }
    let sum = 0;
    return counts.map((count) => (sum += count));
  }

  /** @param {number} i */
  hasChildren(i) {
    return this.sizes[i] > 1;
  }

  /** @param {number} i */
  isUnfolded(i) {
    return this.hasChildren(i) && !this.folded.has(i);
  }

  /**
   * Unfolds all nodes above a depth, and folds the others.
   *
   * @param {number} depth
   */
  unfoldTo(depth) {
    this.folded = new Set(this.order.filter((i) => this.depths[i] >= depth && this.hasChildren(i)));
    this.list();
  }

  /**
   * @param {number} i
   * @param {boolean} folded
   */
  setFolded(i, folded) {
    if (folded) this.folded.add(i);
    else this.folded.delete(i);
    this.list();
  }

  /** Whether each node that has parts is folded, by their ids. @returns {Map<string, boolean>} */
  get folds() {
    const { ids } = this.model.data;
    return new Map(this.order.filter((i) => this.hasChildren(i)).map((i) => [ids[i], this.folded.has(i)]));
  }

  /**
   * Folds the same nodes as before; those that are new stay as they are.
   *
   * @param {Map<string, boolean>} folds from `folds`, of this tree or of another one of the video
   */
  foldAs(folds) {
    const { ids } = this.model.data;
    const isFolded = (/** @type {number} */ i) => folds.get(ids[i]) ?? this.folded.has(i);
    this.folded = new Set(this.order.filter((i) => this.hasChildren(i) && isFolded(i)));
    this.list();
  }

  /**
   * Unfolds what is above a node, so that it has a row; returns whether anything was folded.
   *
   * @param {number} i
   */
  reveal(i) {
    if (this.rowOf[i] !== NONE) return false;
    for (const above of this.model.path(i)) if (above !== i) this.folded.delete(above);
    this.list();
    return true;
  }

  /**
   * Returns the row of a node, or of the nearest ancestor that has one.
   *
   * @param {number} i
   */
  rowAbove(i) {
    const path = this.model.path(i).reverse();
    const shown = path.find((at) => this.rowOf[at] !== NONE);
    return shown === undefined ? NONE : this.rowOf[shown];
  }

  list() {
    const { order, sizes, folded, rowOf } = this;
    rowOf.fill(NONE);
    this.shown = [];
    for (let k = 0; k < order.length; ) {
      const i = order[k];
      rowOf[i] = this.shown.push(i) - 1;
      k += folded.has(i) ? sizes[i] : 1;
    }
  }
}
