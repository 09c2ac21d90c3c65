// One video's tree as Python sends it, with what drawing and walking need to know of it.
//
// A node is a number: its place in the columns. Frames are 1-based and inclusive.

/** @import { TreeData } from "./types" */

/** No node. */
export const NONE = -1;

/** The states of a node: without a refined caption, with one but no action (N/A), with an action. */
export const NOT_ANNOTATED = 0;
export const NO_ACTION = 1;
export const ANNOTATED = 2;

export class TreeModel {
  /** @param {TreeData} data */
  constructor(data) {
    this.data = data;
    this.count = data.ids.length;
    this.frames = Math.max(1, data.frames);
    this.fps = data.fps;
    this.truncated = new Set(data.truncated);
    /** @type {Set<number> | null} The nodes that the App's view hides; null if none. */
    this.hidden = null;
    this.nodeOfId = new Map(data.ids.map((id, i) => [id, i]));

    /** The level of each row. */
    this.rowLevels = [...new Set(data.levels)].sort((a, b) => a - b);
    const rowOfLevel = new Map(this.rowLevels.map((level, row) => [level, row]));
    this.rowOf = Int32Array.from(data.levels, (level) => rowOfLevel.get(level) ?? 0);
    /** @type {number[][]} The nodes that have frames, per row, in the order of their first frames. */
    this.rows = this.rowLevels.map(() => []);
    /** @type {number[][]} Per node, its children in the same order. */
    this.children = data.ids.map(() => []);
    const byStart = data.ids.map((_, i) => i);
    byStart.sort((a, b) => data.first[a] - data.first[b] || data.last[b] - data.last[a]);
    for (const i of byStart) {
      if (data.last[i] >= data.first[i] && data.first[i] > 0) this.rows[this.rowOf[i]].push(i);
      const parent = this.parent(i);
      if (parent !== NONE) this.children[parent].push(i);
    }
    /** @type {number[][]} Per row and place in it, the greatest last frame up to there. */
    this.reach = [];
    this.measure();
    /** Per field, the texts by node; null if they have not been sent. */
    this.texts = data.texts?.map(({ at, texts }) => new Map(at.map((i, k) => [i, texts[k]]))) ?? null;
  }

  /** Computes what depends on where nodes end. */
  measure() {
    this.reach = this.rows.map((row) => {
      let furthest = 0;
      return row.map((i) => (furthest = Math.max(furthest, this.data.last[i])));
    });
  }

  /**
   * Returns the place in a row of the first node that starts after a frame.
   *
   * @param {number} row
   * @param {number} frame
   */
  firstAfter(row, frame) {
    const nodes = this.rows[row];
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.data.first[nodes[middle]] <= frame) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Returns the node of a row that is on screen at a frame, of several the one that starts last.
   *
   * @param {number} row
   * @param {number} frame
   */
  nodeAt(row, frame) {
    const nodes = this.rows[row];
    // In a valid tree the first one looked at decides; where nodes overlap, an earlier one may last longer.
    for (let k = this.firstAfter(row, frame) - 1; k >= 0 && this.reach[row][k] >= frame; k -= 1) {
      if (this.data.last[nodes[k]] >= frame) return nodes[k];
    }
    return NONE;
  }

  /**
   * Returns the nodes on screen at a frame, one per row, NONE for a row that has none.
   *
   * @param {number} frame
   */
  activePath(frame) {
    return this.rows.map((_, row) => this.nodeAt(row, frame));
  }

  /**
   * Returns a node's parent, NONE for a root.
   *
   * @param {number} i
   * @returns {number}
   */
  parent(i) {
    const parent = this.data.parents[i];
    return parent >= 0 && parent !== i ? parent : NONE;
  }

  /**
   * Returns the nodes from the root to a node, both included; ends also where parents form a cycle.
   *
   * @param {number} i
   */
  path(i) {
    /** @type {Set<number>} */
    const nodes = new Set();
    for (let at = i; at !== NONE && !nodes.has(at); at = this.parent(at)) nodes.add(at);
    return [...nodes].reverse();
  }

  /**
   * Returns the sibling before (-1) or after (+1), else the neighbour in the row, else NONE.
   *
   * @param {number} i
   * @param {-1 | 1} step
   */
  neighbour(i, step) {
    const parent = this.parent(i);
    const row = this.rows[this.rowOf[i]];
    const siblings = parent === NONE ? row : this.children[parent];
    return siblings[siblings.indexOf(i) + step] ?? row[row.indexOf(i) + step] ?? NONE;
  }

  /**
   * Returns the child that is on screen at a frame, else the first child, else NONE.
   *
   * @param {number} i
   * @param {number} frame
   */
  child(i, frame) {
    const { first, last } = this.data;
    const children = this.children[i];
    return children.find((c) => first[c] <= frame && frame <= last[c]) ?? children[0] ?? NONE;
  }

  /**
   * Returns the nodes of the cut at a time scale, by their start.
   *
   * @param {number} seconds the longest that a node of the cut may last
   */
  cut(seconds) {
    const { from, until, first, last } = this.data;
    const nodes = this.data.ids.map((_, i) => i);
    return nodes
      .filter((i) => from[i] <= seconds && seconds < until[i] && last[i] >= first[i])
      .sort((a, b) => first[a] - first[b]);
  }

  /**
   * Returns how long a node's frames last, in seconds of the clip.
   *
   * @param {number} i
   */
  seconds(i) {
    return (this.data.last[i] - this.data.first[i] + 1) / this.fps;
  }

  /**
   * Returns the nodes that have a phrase in a text, in any case; null if the texts have not been sent.
   *
   * @param {string} phrase
   */
  search(phrase) {
    const needle = phrase.trim().toLowerCase();
    if (!needle) return [];
    if (!this.texts) return null;
    /** @type {Set<number>} */
    const nodes = new Set();
    for (const field of this.texts) {
      for (const [i, text] of field) if (text.toLowerCase().includes(needle)) nodes.add(i);
    }
    return [...nodes];
  }

  /**
   * Returns who acts in a node, and the node that says so: itself, else its nearest ancestor that does;
   * null if none does.
   *
   * @param {number} i
   */
  actor(i) {
    const { names, of } = this.data.actors;
    const node = this.path(i).reverse().find((at) => of[at] >= 0);
    return node === undefined ? null : { node, name: names[of[node]] };
  }

  /**
   * Returns the text that a node is labelled with.
   *
   * @param {number} i
   */
  label(i) {
    return this.data.labels[i] || "(no text)";
  }
}

/** The model while there is no tree to show. */
export const NO_TREE = new TreeModel({
  dataset: "", sample: "", shown: "", title: "", path: "", fps: 1, frames: 0, clip: null, open: false,
  ids: [], parents: [], levels: [], first: [], last: [], starts: [], ends: [], truncated: [],
  from: [], until: [], states: [], labels: [], labelFields: [], fields: [], texts: null, youtube: null,
  actors: { names: [], of: [] },
  verbs: { names: [], counts: [], rest: 0, of: [] },
  speech: { first: [], last: [], texts: [] },
});
