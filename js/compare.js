// Compares the tree with the one that another dataset has of the same video: draws that one below
// the timeline, on the same axis, marks the boundaries that only one of them has, and says how far
// they agree. Python is asked once the button is pressed, or if a dataset was chosen before.

import { toHex } from "./colours.js";
import { agreement, ComparedTree, differences, explanation } from "./compared.js";
import { context2d, make, placeOn, textButton } from "./dom.js";
import { formatDuration, formatTime } from "./format.js";
import { font } from "./labels.js";
import { GUTTER } from "./layout.js";
import { NO_TREE } from "./model.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { TreePanel } from "./panel.js" */
/** @import { ComparedData } from "./types" */

/** The height of the marks above and below the other tree, and of all its rows at most, in pixels. */
const MARKS = 8;
const ROWS = 60;
/** Stands for datasets that are still to be looked for; no dataset has such a name. */
const OTHERS = " ";
/** The heights of a row. */
const LOWEST = 3;
const HIGHEST = 11;

export class Compare {
  /** @type {ComparedTree | null} */
  tree = null;
  rowHeight = HIGHEST;

  /** @param {TreePanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.button = textButton("Compare", "Compare with the tree that another dataset has of this video", () => {
      if (this.element.hidden) this.offer();
      else this.end();
    });
    this.button.classList.add("a100-comparing");
    this.select = make("select", {
      class: "a100-select", "aria-label": "Compare with the dataset", on: {
        change: () => (this.select.value === OTHERS ? this.offer() : this.choose(this.select.value)),
      },
    });
    this.said = make("span", { role: "status" });
    this.canvas = make("canvas", { "aria-hidden": "true", on: {
      pointermove: (event) => this.hover(event),
      pointerleave: () => (this.tip.hidden = true),
      click: (event) => this.seek(event),
    } });
    this.head = make("div", { class: "a100-head a100-bare-head", "aria-hidden": "true", hidden: true });
    this.tip = make("div", { class: "a100-tip", role: "tooltip", hidden: true });
    this.stage = make("div", { class: "a100-compared" }, this.canvas, this.head);
    this.summary = make("summary", {});
    this.details = make("details", {}, this.summary, make("p", {}));
    this.element = make(
      "section",
      { class: "a100-compare", "aria-label": "Comparison with another tree", hidden: true },
      make(
        "div", { class: "a100-bar" }, this.select, this.said,
        textButton("Close", "Compare no more", () => this.end()),
      ),
      this.stage, this.tip, this.details,
    );
    panel.timeline.heads.push(this.head);
  }

  /** Shows another tree's comparison, if one was chosen for its dataset. */
  restart() {
    const { model } = this.panel;
    this.clear();
    this.element.hidden = true;
    const chosen = readSettings().compare?.[model.data.dataset];
    if (model === NO_TREE || !chosen) return;
    this.list([chosen], chosen, true);
    this.ask(chosen);
  }

  /** Asks which datasets there are to compare with, and compares with the only one. */
  async offer() {
    const { model, host } = this.panel;
    this.clear();
    this.open("Looking for this video in other datasets …");
    const answer = await host.ask("others", { sample: model.data.sample });
    if (this.panel.model !== model || this.element.hidden) return;
    const names = answer?.names ?? [];
    this.list(names, "");
    this.say(answer?.problem ?? (names.length ? "" : "No other dataset has a tree of this video."));
    if (names.length === 1) this.choose(names[0]);
  }

  /**
   * @param {string} text
   */
  open(text) {
    this.element.hidden = false;
    this.button.setAttribute("aria-pressed", "true");
    this.say(text);
  }

  /**
   * Offers datasets.
   *
   * @param {string[]} names
   * @param {string} chosen empty for none
   * @param {boolean} [more] whether there may be others
   */
  list(names, chosen, more = false) {
    const first = make("option", { value: "", text: "Compare with …", disabled: true });
    const others = more ? [make("option", { value: OTHERS, text: "Other datasets …" })] : [];
    const options = names.map((name) => make("option", { value: name, text: name }));
    this.select.replaceChildren(first, ...options, ...others);
    this.select.value = chosen;
    this.select.hidden = !names.length;
  }

  /**
   * Compares with a dataset from now on.
   *
   * @param {string} name
   */
  choose(name) {
    this.select.value = name;
    this.remember(name);
    this.ask(name);
  }

  /** @param {string | null} name null for none */
  remember(name) {
    const { dataset } = this.panel.model.data;
    const { [dataset]: _, ...others } = readSettings().compare ?? {};
    keepSettings({ compare: name === null ? others : { ...others, [dataset]: name } });
  }

  /** @param {string} name */
  async ask(name) {
    const { model, host } = this.panel;
    this.clear();
    this.open("Comparing …");
    const answer = await host.ask("compare", { sample: model.data.sample, other: name });
    if (this.panel.model !== model || this.select.value !== name || this.element.hidden) return;
    if (!answer || answer.problem) this.say(answer?.problem ?? "The trees could not be compared.");
    else this.show(new ComparedTree(name, /** @type {ComparedData} */ (answer)));
  }

  /** @param {ComparedTree} tree */
  show(tree) {
    this.tree = tree;
    this.say("");
    this.summary.textContent = `${differences(tree.data)}. ${agreement(tree.data)}`;
    this.details.lastElementChild?.replaceChildren(explanation(tree.data));
    this.stage.hidden = false;
    this.details.hidden = false;
    this.panel.root.dataset.compared = tree.name;
    this.panel.resize();
  }

  /** Takes away what is shown of another tree. */
  clear() {
    this.tree = null;
    this.stage.hidden = true;
    this.details.hidden = true;
    this.tip.hidden = true;
    this.panel.root.dataset.compared = "";
  }

  end() {
    this.remember(null);
    this.clear();
    this.element.hidden = true;
    this.button.setAttribute("aria-pressed", "false");
    this.panel.resize();
  }

  /** @param {string} text */
  say(text) {
    this.said.textContent = text;
    this.said.hidden = !text;
  }

  /** Draws the other tree on the axis of the timeline. */
  paint() {
    const { tree } = this;
    const { painter, layout } = this.panel.timeline;
    if (!tree || !painter || !layout.width) return;
    this.rowHeight = Math.max(LOWEST, Math.min(HIGHEST, Math.floor(ROWS / tree.rows.length)));
    const height = 2 * MARKS + tree.rows.length * this.rowHeight;
    const { width, pixelRatio } = layout;
    Object.assign(this.canvas, { width: Math.round(width * pixelRatio), height: Math.round(height * pixelRatio) });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.head.style.height = `${height}px`;
    const context = context2d(this.canvas);
    context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
    context.font = font();
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = toHex(painter.theme.quiet);
    context.fillText("other", GUTTER - 8, height / 2);
    context.beginPath();
    context.rect(GUTTER, 0, layout.view.width, height);
    context.clip();
    tree.rows.forEach((_, row) => this.paintRow(context, tree, row));
    this.shadeAfter(context, tree.data.end, height);
    context.fillStyle = toHex(painter.theme.text);
    for (const at of tree.data.missing) triangle(context, this.x(at), 0, MARKS - 2);
    for (const at of tree.data.added) triangle(context, this.x(at), height, 2 - MARKS);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {ComparedTree} tree
   * @param {number} row
   */
  paintRow(context, tree, row) {
    const { painter, layout } = this.panel.timeline;
    const { starts, ends, levels } = tree.data;
    const top = MARKS + row * this.rowHeight;
    const shades = painter?.shadesOfLevel(levels[tree.rows[row][0]]);
    context.fillStyle = shades?.muted ?? "";
    for (const i of tree.rows[row]) {
      const left = layout.snap(Math.max(this.x(starts[i]), GUTTER));
      const right = layout.snap(Math.min(this.x(ends[i]), layout.right));
      if (right < GUTTER || left > layout.right) continue;
      const gap = right - left > 3 ? 1 : 0;
      context.fillRect(left, top, Math.max(right - left - gap, 1 / layout.pixelRatio), this.rowHeight - 1);
    }
  }

  /**
   * Shades what was not compared: one of the clips ends earlier.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} end in seconds
   * @param {number} height
   */
  shadeAfter(context, end, height) {
    const { painter, layout } = this.panel.timeline;
    const left = this.x(end);
    if (!painter || left >= layout.right - 1) return;
    context.globalAlpha = 0.6;
    context.fillStyle = toHex(painter.theme.background);
    context.fillRect(left, 0, layout.right - left, height);
    context.globalAlpha = 1;
  }

  /** @param {number} seconds */
  x(seconds) {
    return this.panel.timeline.view.x(seconds * this.panel.model.fps);
  }

  /** @param {MouseEvent} event */
  hover(event) {
    const { tree } = this;
    const { layout, view } = this.panel.timeline;
    const { x, y } = placeOn(event, this.canvas);
    const row = Math.floor((y - MARKS) / this.rowHeight);
    const i = tree && x >= GUTTER ? tree.nodeAt(row, view.at(x) / this.panel.model.fps) : -1;
    this.tip.hidden = i < 0;
    if (!tree || i < 0) return;
    const { levels, starts, ends, labels } = tree.data;
    const facts = [`${tree.name}, level ${levels[i]}`, formatTime(starts[i], 1), formatDuration(ends[i] - starts[i])];
    this.tip.replaceChildren(
      make("b", { dir: "auto", text: labels[i] || "(no text)" }), make("span", { text: facts.join(" · ") }),
    );
    const isRight = x > layout.width / 2;
    this.tip.style.left = isRight ? "auto" : `${x + 12}px`;
    this.tip.style.right = isRight ? `${layout.width - x + 12}px` : "auto";
    this.tip.style.top = `${this.stage.offsetTop + this.stage.offsetHeight + 2}px`;
  }

  /** @param {MouseEvent} event */
  seek(event) {
    const { x } = placeOn(event, this.canvas);
    if (x >= GUTTER) this.panel.current.seek(this.panel.timeline.layout.frameAt(x));
  }
}

/**
 * Draws a mark that points down or, with a negative height, up.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} x of its tip
 * @param {number} y of its other side
 * @param {number} height
 */
function triangle(context, x, y, height) {
  context.beginPath();
  context.moveTo(x, y + height);
  context.lineTo(x - 4, y);
  context.lineTo(x + 4, y);
  context.fill();
}
