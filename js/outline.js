// The tree as a list, like a video's chapters: what a screen reader reads. Only the rows in sight are
// elements.

import { make } from "./dom.js";
import { formatCount } from "./format.js";
import { NO_TREE, NONE } from "./model.js";
import { targetOf } from "./outline_keys.js";
import { makeRow, markFound, showPicture } from "./outline_row.js";
import { OutlineRows } from "./outline_rows.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Matches } from "./search.js" */

/** The height of a row, in pixels, and how many rows beyond those in sight are made. */
const ROW = 38;
const BEYOND = 6;
/** How far a level is indented at most, in pixels, and all of them together, as a share of the width. */
const INDENT = 16;
const INDENT_SHARE = 0.25;

/**
 * What the outline needs of the panel.
 *
 * @typedef {object} OutlinePanel
 * @property {(i: number) => void} pin
 * @property {(i: number) => void} zoom
 * @property {(i: number) => void} hover NONE: no row is under the mouse
 * @property {(i: number) => string} colour
 */

/** @typedef {{folds: Map<string, boolean>, cursor: string, top: string, below: number}} OutlinePlace `below`: pixels */

let outlines = 0;

export class Outline {
  rows = new OutlineRows(NO_TREE);
  /** The row that keys start from. */
  cursor = NONE;
  pinned = NONE;
  /** @type {Set<number>} The nodes on screen now. */
  active = new Set();
  /** @type {Matches | null} */
  matches = null;
  /** @type {Map<number, HTMLElement>} The elements of rows, by node. */
  elements = new Map();
  /** @type {((i: number, row: HTMLElement) => void)[]} What others add to a row. */
  decorators = [];
  height = 0;
  drawing = 0;

  /** @param {OutlinePanel} panel */
  constructor(panel) {
    this.panel = panel;
    outlines += 1;
    this.id = `a100-outline-${outlines}`;
    this.space = make("div", { role: "none", class: "a100-entries" });
    this.list = make(
      "div",
      {
        role: "tree", tabindex: "0", class: "a100-list", "aria-label": "Segments, from coarse to fine", on: {
          scroll: () => this.drawSoon(),
          keydown: (event) => this.press(event),
          click: (event) => this.click(event),
          dblclick: (event) => this.act(event, panel.zoom),
          pointerover: (event) => panel.hover(this.nodeOf(event)),
          pointerleave: () => panel.hover(NONE),
        },
      },
      this.space,
    );
    this.depth = make("select", {
      class: "a100-select", "aria-label": "Unfold", on: { change: () => this.unfoldTo(Number(this.depth.value)) },
    });
    this.element = make("div", { class: "a100-outline" }, this.list);
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.list);
  }

  destroy() {
    this.clear();
    this.sizes.disconnect();
    cancelAnimationFrame(this.drawing);
  }

  get model() {
    return this.rows.model;
  }

  /** @param {TreeModel} model */
  setModel(model) {
    this.clear();
    this.rows = new OutlineRows(model);
    this.cursor = this.rows.shown[0] ?? NONE;
    this.pinned = NONE;
    this.active = new Set();
    this.matches = null;
    const { counts } = this.rows;
    this.depth.replaceChildren(
      make("option", { value: "", text: "Unfold …", disabled: true, hidden: true }),
      ...counts.map((count, depth) => make("option", {
        value: String(depth),
        text: `${depth === counts.length - 1 ? "All" : `Down ${depth}`}: ${formatCount(count, "segment")}`,
      })),
    );
    this.depth.value = "";
    this.list.scrollTop = 0;
    this.resize();
    this.redraw();
  }

  /**
   * What is folded and in sight, by the ids of nodes: `showPlace` shows the same in another tree of the video.
   *
   * @returns {OutlinePlace}
   */
  get place() {
    const { rows, list, cursor } = this;
    const { ids } = this.model.data;
    const top = list.clientHeight ? rows.shown[Math.floor(list.scrollTop / ROW)] : NONE;
    return { folds: rows.folds, cursor: ids[cursor] ?? "", top: ids[top] ?? "", below: list.scrollTop % ROW };
  }

  /** @param {OutlinePlace} place */
  showPlace({ folds, cursor, top, below }) {
    const { rows, list } = this;
    const { nodeOfId } = this.model;
    rows.foldAs(folds);
    const at = nodeOfId.get(cursor) ?? this.cursor;
    this.cursor = rows.shown[rows.rowAbove(at)] ?? NONE;
    this.redraw();
    const first = rows.rowOf[nodeOfId.get(top) ?? NONE] ?? NONE;
    if (first === NONE) this.follow();
    else list.scrollTop = first * ROW + below;
    this.draw();
  }

  /** @param {number} depth */
  unfoldTo(depth) {
    this.rows.unfoldTo(depth);
    this.cursor = this.rows.shown[this.rows.rowAbove(this.cursor)] ?? NONE;
    this.redraw();
    this.scrollTo(this.cursor);
  }

  /**
   * Shows which node is pinned; unfolds what is above it.
   *
   * @param {number} i
   */
  setPinned(i) {
    if (i === this.pinned) return;
    this.pinned = i;
    if (i === NONE) this.drawSoon();
    else this.moveTo(i);
  }

  /** @param {Matches | null} matches what the search has found */
  setMatches(matches) {
    this.matches = matches;
    this.drawSoon();
  }

  /**
   * Shows which nodes are on screen.
   *
   * @param {number[]} nodes from coarse to fine
   * @param {boolean} follow whether to bring the finest into sight
   */
  setActive(nodes, follow) {
    this.active = new Set(nodes);
    if (!this.height) return;
    for (const [i, row] of this.elements) this.mark(i, row);
    if (follow && !this.list.matches(":hover, :focus-within")) this.follow();
  }

  /** Brings into sight what is pinned, else the finest node on screen. */
  follow() {
    const i = this.pinned === NONE ? [...this.active].at(-1) : this.pinned;
    if (i !== undefined) this.scrollTo(this.rows.shown[this.rows.rowAbove(i)]);
  }

  /**
   * Moves the cursor to a node, and the node into sight.
   *
   * @param {number} i
   */
  moveTo(i) {
    this.cursor = i;
    if (this.rows.reveal(i)) this.redraw();
    this.scrollTo(i);
    this.drawSoon();
  }

  /** @param {number} i */
  scrollTo(i) {
    const row = this.rows.rowOf[i] ?? NONE;
    const top = row * ROW;
    const { scrollTop } = this.list;
    if (row === NONE || !this.height || (top >= scrollTop && top + ROW <= scrollTop + this.height)) return;
    // One step further moves the list by a row, a leap puts the row a third below the top.
    const end = top + ROW - this.height;
    const near = top < scrollTop ? top : end;
    const place = Math.abs(near - scrollTop) <= ROW ? near : top - this.height / 3;
    this.list.scrollTop = Math.ceil(place / ROW) * ROW;
  }

  // The keys and the mouse.

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = targetOf(this, event.key, Math.max(1, Math.floor(this.height / ROW) - 1));
    if (target === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (target !== NONE) this.panel.pin(target);
  }

  /**
   * @param {number} i
   * @param {boolean} folded
   */
  setFolded(i, folded) {
    if (i === NONE || !this.rows.hasChildren(i)) return;
    this.rows.setFolded(i, folded);
    if (this.rows.rowOf[this.cursor] === NONE) this.cursor = i;
    this.redraw();
  }

  /** @param {Event} event */
  nodeOf({ target }) {
    const row = target instanceof Element ? target.closest("[data-node]") : null;
    return row instanceof HTMLElement ? Number(row.dataset.node) : NONE;
  }

  /** @param {MouseEvent} event */
  click(event) {
    const i = this.nodeOf(event);
    const isFold = event.target instanceof Element && event.target.closest(".a100-fold");
    if (isFold) this.setFolded(i, this.rows.isUnfolded(i));
    else this.act(event, this.panel.pin);
  }

  /**
   * @param {MouseEvent} event
   * @param {(i: number) => void} action
   */
  act(event, action) {
    const i = this.nodeOf(event);
    if (i !== NONE) action(i);
  }

  // The elements.

  resize() {
    const wasHidden = !this.height;
    this.height = this.list.clientHeight;
    const most = (INDENT_SHARE * this.list.clientWidth) / Math.max(1, this.rows.counts.length - 1);
    this.list.style.setProperty("--indent", `${Math.min(INDENT, most).toFixed(1)}px`);
    if (wasHidden) this.follow(); // what is hidden cannot be scrolled
    this.draw();
  }

  /** Makes all rows anew. */
  redraw() {
    this.clear();
    this.draw();
  }

  clear() {
    for (const [i, row] of this.elements) this.removeRow(i, row);
  }

  /**
   * @param {number} i
   * @param {HTMLElement} row
   */
  removeRow(i, row) {
    showPicture(this.model, i, row, false);
    row.remove();
    this.elements.delete(i);
  }

  drawSoon() {
    this.drawing ||= requestAnimationFrame(() => this.draw());
  }

  /** Makes the elements of the rows in sight, and the cursor's, and removes the others. */
  draw() {
    cancelAnimationFrame(this.drawing);
    this.drawing = 0;
    const { rows, elements, list } = this;
    this.space.style.height = `${rows.shown.length * ROW}px`;
    const first = Math.floor(list.scrollTop / ROW);
    const last = this.height ? Math.ceil((list.scrollTop + this.height) / ROW) : 0;
    const wanted = new Set(last ? rows.shown.slice(Math.max(0, first - BEYOND), last + BEYOND) : []);
    if (this.height && (rows.rowOf[this.cursor] ?? NONE) !== NONE) wanted.add(this.cursor);
    for (const [i, row] of elements) {
      if (!wanted.has(i)) this.removeRow(i, row);
    }
    for (const i of wanted) {
      const row = elements.get(i) ?? this.addRow(i);
      this.mark(i, row);
      showPicture(this.model, i, row, rows.rowOf[i] >= first && rows.rowOf[i] < last);
    }
    if (elements.has(this.cursor)) list.setAttribute("aria-activedescendant", this.rowId(this.cursor));
    else list.removeAttribute("aria-activedescendant");
  }

  /** @param {number} i */
  rowId(i) {
    return `${this.id}-${i}`;
  }

  /** @param {number} i */
  addRow(i) {
    const row = makeRow(this.rows, i, { id: this.rowId(i), top: this.rows.rowOf[i] * ROW, colour: this.panel.colour(i) });
    for (const decorate of this.decorators) decorate(i, row);
    this.elements.set(i, row);
    this.space.append(row);
    return row;
  }

  /**
   * Marks a row that is on screen, found, pinned or the cursor.
   *
   * @param {number} i
   * @param {HTMLElement} row
   */
  mark(i, row) {
    const isActive = this.active.has(i);
    if (isActive !== row.hasAttribute("aria-current")) {
      if (isActive) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    markFound(this.matches, i, row);
    const selected = String(i === this.pinned);
    if (row.getAttribute("aria-selected") !== selected) row.setAttribute("aria-selected", selected);
    row.classList.toggle("a100-cursor", i === this.cursor);
  }
}
