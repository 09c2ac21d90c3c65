// The search box: which nodes have a phrase in their texts, and the way from one to the next.

import { iconButton, make } from "./dom.js";
import { NO_TREE, NONE } from "./model.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Host } from "./types" */

/** How long to wait for the next letter, in milliseconds. */
const TYPING_MS = 120;

/** The nodes that were found, and how bright each node is drawn because of it. */
export class Matches {
  /**
   * @param {TreeModel} model
   * @param {number[]} nodes
   */
  constructor(model, nodes) {
    const { first } = model.data;
    this.model = model;
    /** In the order of time, from coarse to fine. */
    this.nodes = [...nodes].sort((a, b) => first[a] - first[b] || model.rowOf[a] - model.rowOf[b]);
    this.opacities = new Float32Array(model.count).fill(0.16);
    // Ancestors stay legible, to show where a match is.
    for (const i of nodes) for (const ancestor of model.path(i)) this.opacities[ancestor] = 0.5;
    for (const i of nodes) this.opacities[i] = 1;
    /** The place of the current match; -1 before the first step. */
    this.place = -1;
  }

  /** @param {number} i */
  opacity(i) {
    return this.opacities[i];
  }

  /** @param {number} i */
  has(i) {
    return this.opacities[i] === 1;
  }

  /**
   * Whether a node has a match below it, and is none itself.
   *
   * @param {number} i
   */
  hasBelow(i) {
    return this.opacities[i] === 0.5;
  }

  /**
   * Goes to the next match (+1) or the one before (-1) and returns it; NONE if there is none. The
   * first step goes from a frame on.
   *
   * @param {-1 | 1} step
   * @param {number} frame
   */
  go(step, frame) {
    const { length } = this.nodes;
    if (!length) return NONE;
    if (this.place >= 0) this.place += step;
    else {
      const next = this.nodes.findIndex((i) => this.model.data.first[i] >= frame);
      const after = next < 0 ? length : next;
      this.place = step > 0 ? after : after - 1;
    }
    this.place = (this.place + length) % length;
    return this.nodes[this.place];
  }

  /**
   * Makes a node the current match, if it is one.
   *
   * @param {number} i
   */
  goTo(i) {
    this.place = this.nodes.indexOf(i);
  }

  /** The current match among all, in words: "2 of 7", "– of 7", "none". */
  get summary() {
    const { length } = this.nodes;
    return length ? `${this.place < 0 ? "–" : this.place + 1} of ${length}` : "none";
  }
}

/**
 * What the search needs of the panel.
 *
 * @typedef {object} SearchPanel
 * @property {TreeModel} model
 * @property {Pick<Host, "ask">} host
 * @property {HTMLElement} root
 * @property {{frame: number}} player
 * @property {(matches: Matches | null) => void} setMatches
 * @property {{pin: (i: number, options: {reveal: boolean}) => void}} current
 */

/**
 * @typedef {object} Found
 * @property {string} query
 * @property {string[]} ids of the nodes
 * @property {string} current the id of the current match
 */

export class Search {
  /** @type {Matches | null} */
  matches = null;
  /** What was searched last, and in which tree. */
  phrase = "";
  model = NO_TREE;
  /**
   * What was searched for elsewhere, and the nodes that were found by it; null if nothing was.
   *
   * @type {Found | null}
   */
  found = null;
  /** How many searches were begun: only the last one's answer counts. */
  searches = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  typing;

  /** @param {SearchPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.input = make("input", {
      type: "search",
      class: "a100-search",
      placeholder: "Search the tree  ( / )",
      "aria-label": "Search the captions of this tree",
      spellcheck: "false",
      on: { input: () => this.runSoon(), keydown: (event) => this.press(event) },
    });
    this.summary = make("output", { class: "a100-matches", "aria-live": "polite" });
    this.previous = iconButton("previous", "Previous match", "⇧Enter", () => this.step(-1));
    this.next = iconButton("next", "Next match", "Enter", () => this.step(1));
    this.element = make(
      "div", { class: "a100-searchbox", role: "search" },
      this.input, this.summary, this.previous, this.next,
    );
    this.showSummary();
  }

  destroy() {
    clearTimeout(this.typing);
  }

  /** Empties the box. */
  clear() {
    this.input.value = "";
    this.run();
  }

  /** Searches again, even for the same phrase: another tree is shown, or the same one anew. */
  restart() {
    this.model = NO_TREE;
    const { found, panel } = this;
    const { nodeOfId } = panel.model;
    const nodes = (found?.ids ?? []).map((id) => nodeOfId.get(id) ?? NONE).filter((i) => i !== NONE);
    if (!found || found.query !== this.input.value || !nodes.length) this.run();
    else this.show(found.query, nodes, nodeOfId.get(found.current) ?? NONE);
  }

  runSoon() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.run(), TYPING_MS);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.key === "Enter") {
      clearTimeout(this.typing);
      this.run().then(() => this.step(event.shiftKey ? -1 : 1));
      event.preventDefault();
    } else if (event.key === "Escape") {
      this.clear();
      this.panel.root.focus();
    }
  }

  /** Searches for what is in the box; asks Python where the texts have not been sent. */
  async run() {
    const { model } = this.panel;
    const phrase = this.input.value;
    if (model === NO_TREE || (this.phrase === phrase && this.model === model)) return;
    this.phrase = phrase;
    this.model = model;
    const search = ++this.searches;
    if (!phrase.trim()) {
      this.setMatches(null);
      return;
    }
    let nodes = model.search(phrase);
    if (nodes === null) {
      this.summary.textContent = "…";
      const answer = await this.panel.host.ask("find", { phrase, sample: model.data.sample });
      if (this.panel.model !== model || this.input.value !== phrase || this.searches !== search) return;
      nodes = answer?.found ?? [];
    }
    this.setMatches(new Matches(model, nodes));
  }

  /**
   * Shows what was searched for elsewhere, one of its matches being the current one.
   *
   * @param {string} query
   * @param {number[]} nodes those that were found; none for those that have the query in a text
   * @param {number} current
   */
  async show(query, nodes, current) {
    this.input.value = query;
    this.model = NO_TREE; // searches even for the same phrase
    if (nodes.length && query.trim()) {
      this.phrase = query;
      this.model = this.panel.model;
      const { ids } = this.model.data;
      this.found = { query, ids: nodes.map((i) => ids[i]), current: ids[current] ?? "" };
      this.searches += 1;
      this.setMatches(new Matches(this.model, nodes));
    } else await this.run();
    if (this.input.value !== query) return;
    this.matches?.goTo(current);
    this.showSummary();
  }

  /** @param {Matches | null} matches */
  setMatches(matches) {
    this.matches = matches;
    this.showSummary();
    this.panel.setMatches(matches);
  }

  /** @param {-1 | 1} step */
  step(step) {
    if (!this.matches) return;
    const i = this.matches.go(step, this.panel.player.frame);
    this.showSummary();
    if (i !== NONE) this.panel.current.pin(i, { reveal: true });
  }

  showSummary() {
    this.summary.textContent = this.matches?.summary ?? "";
    this.previous.disabled = !this.matches?.nodes.length;
    this.next.disabled = this.previous.disabled;
  }
}
