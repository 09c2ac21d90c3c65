// The details of one node: times, place in the tree, actions and texts.

import { copyFrom, iconButton, linkButton, make, textButton } from "./dom.js";
import { formatTime } from "./format.js";
import { NONE, NOT_ANNOTATED, NO_TREE } from "./model.js";
import { keepSettings, readSettings } from "./settings.js";
import { wordChanges } from "./words.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Action, FieldData, Host } from "./types" */

/** An actor of this many characters or more is shown as a text of its own. */
const LONG_ACTOR = 80;
/** A text of this many characters or more is shown without its new words marked. */
const MAX_MARKED = 20_000;
/** How long a node is shown before its texts are fetched, in milliseconds. */
const FETCH_MS = 180;

const STATES = ["not annotated", "N/A: no action", "annotated"];

/** @typedef {(string | null)[]} Texts a node's texts, in the order of the fields */

export class Card {
  /** @type {TreeModel} */
  model = NO_TREE;
  node = NONE;
  /** @type {Texts | null} The texts of the node, once they are there. */
  ownTexts = null;
  markChanges = readSettings().changes !== false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  fetching;

  /**
   * @param {Pick<Host, "ask"> & {act: (action: Action) => void}} host
   * @param {(i: number) => void} go shows another node
   */
  constructor(host, go) {
    this.host = host;
    this.go = go;
    this.title = make("h3", { class: "a100-title", dir: "auto" });
    this.facts = make("p", { class: "a100-facts" });
    this.place = make("p", { class: "a100-where" });
    this.toggle = make("input", { type: "checkbox", on: { change: () => this.setMarkChanges() } });
    this.toggle.checked = this.markChanges;
    this.actions = this.makeActions();
    this.texts = make("div", { class: "a100-texts" });
    this.element = make(
      "section",
      { class: "a100-card", "aria-label": "Details of the node" },
      this.title, this.facts, this.place, this.actions, this.texts,
    );
  }

  makeActions() {
    /** @type {(action: Action) => () => void} */
    const act = (action) => () => this.host.act(action);
    const copy = textButton("Copy", "Copy all texts with their times", () => this.copyAll(copy));
    const label = make(
      "label",
      { class: "a100-check", title: "Underline the words that the parent's text lacks" },
      this.toggle,
      document.createTextNode("Mark what is new"),
    );
    return make(
      "div",
      { class: "a100-actions", role: "group", "aria-label": "Node" },
      textButton("Zoom", "Show this segment over the whole width (z)", act("zoom")),
      textButton("Select", "Select this node's caption in the App", act("select_node")),
      textButton("As clip", "Show this segment alone, as a clip in the grid", act("show_clip")),
      textButton("Same action", "Find this action elsewhere, in all videos", act("same_action")),
      textButton("More like this", "Search for segments with a caption like this one (m)", act("more_like")),
      textButton("Children", "Show its parts as a view in the grid", act("show_children")),
      copy,
      label,
    );
  }

  destroy() {
    clearTimeout(this.fetching);
  }

  setMarkChanges() {
    this.markChanges = this.toggle.checked;
    keepSettings({ changes: this.markChanges });
    this.redraw();
  }

  /**
   * Shows a node.
   *
   * @param {TreeModel} model
   * @param {number} i NONE if no node is on screen
   */
  show(model, i) {
    if (model === this.model && i === this.node) return;
    this.model = model;
    this.node = i;
    this.redraw();
  }

  redraw() {
    const { model, node } = this;
    const isBlank = node === NONE;
    for (const part of [this.actions, this.facts, this.place]) part.hidden = isBlank;
    this.texts.replaceChildren();
    this.ownTexts = null;
    if (isBlank) {
      this.title.textContent = model === NO_TREE ? "" : "Nothing of the tree is on screen at this moment";
      return;
    }
    this.title.textContent = model.label(node);
    this.facts.textContent = describe(model, node);
    this.place.replaceChildren(...this.placeInParent(node));
    this.showTexts(node);
  }

  /**
   * Returns what part of its parent a node is, with a link to the parent.
   *
   * @param {number} i
   */
  placeInParent(i) {
    const { starts, ends } = this.model.data;
    const parent = this.model.parent(i);
    if (parent === NONE) return [make("span", { text: "The whole of the tree" })];
    const siblings = this.model.children[parent];
    const seconds = ends[parent] - starts[parent];
    const percent = seconds > 0 ? Math.round((100 * (ends[i] - starts[i])) / seconds) : 0;
    const text = `Part ${siblings.indexOf(i) + 1} of ${siblings.length}, ${percent} % of `;
    const link = linkButton(this.model.label(parent), () => this.go(parent), "Go to the parent (↑)");
    return [make("span", { text }), link];
  }

  /**
   * Shows a node's texts; for a node that is not annotated, also those of the annotated segment
   * around it.
   *
   * @param {number} i
   */
  showTexts(i) {
    const { model } = this;
    const { states } = model.data;
    const path = states[i] === NOT_ANNOTATED ? model.path(i).reverse() : [];
    const around = path.find((ancestor) => states[ancestor] !== NOT_ANNOTATED) ?? NONE;
    clearTimeout(this.fetching);
    if (model.texts) {
      const fields = model.texts;
      /** @type {(node: number) => Texts | null} */
      const textsOf = (node) => (node === NONE ? null : fields.map((texts) => texts.get(node) ?? null));
      this.showBlocks(textsOf(i) ?? [], textsOf(model.parent(i)), around, textsOf(around));
      return;
    }
    this.texts.append(quiet("Fetching the texts …"));
    this.fetching = setTimeout(() => this.fetchTexts(i, around), FETCH_MS);
  }

  /**
   * Asks Python for the texts, where they have not been sent.
   *
   * @param {number} i
   * @param {number} around
   */
  async fetchTexts(i, around) {
    const { model } = this;
    const { sample, ids } = model.data;
    /** @type {(node: number) => Promise<Texts | null>} */
    const textsOf = async (node) => {
      const answer = node === NONE ? null : await this.host.ask("texts", { sample, node: ids[node] });
      return answer?.texts ?? null;
    };
    const [own, parents, others] = await Promise.all([i, model.parent(i), around].map(textsOf));
    if (this.model !== model || this.node !== i) return;
    this.texts.replaceChildren();
    if (own) this.showBlocks(own, parents, around, others);
    else this.texts.append(quiet("The texts could not be fetched"));
  }

  /**
   * @param {Texts} own
   * @param {Texts | null} parents the texts of the parent, to compare with
   * @param {number} around the annotated segment around the node
   * @param {Texts | null} others its texts
   */
  showBlocks(own, parents, around, others) {
    this.ownTexts = own;
    const { fields, levels } = this.model.data;
    if (!own.some(Boolean)) this.texts.append(quiet("This node has no text in any field of the tree."));
    this.addBlocks(own, parents);
    const actorField = fields.findIndex((field) => field.actor);
    const actor = actorTag(own[actorField], "Actor");
    if (actor) this.facts.append(actor);
    if (!others) return;
    const level = `level ${levels[around]}`;
    this.texts.append(make(
      "p",
      { class: "a100-around" },
      make("span", { text: `Not annotated itself; the annotated segment around it (${level}): ` }),
      linkButton(this.model.label(around), () => this.go(around)),
      actorTag(others[actorField], `Actor of the segment around it, ${level}`),
    ));
    // The other fields of that segment say nothing of this node.
    this.addBlocks(others.map((text, k) => (fields[k].group === "gpt" ? text : null)), null, `from ${level}`);
  }

  /**
   * Adds a block per text.
   *
   * @param {Texts} texts
   * @param {Texts | null} before the texts to compare with
   * @param {string} origin whose texts they are; empty for the node's own
   */
  addBlocks(texts, before, origin = "") {
    this.model.data.fields.forEach((field, k) => {
      const text = texts[k];
      if (!text || (field.actor && text.length < LONG_ACTOR)) return;
      this.texts.append(this.block(field, text, before?.[k] ?? "", origin));
    });
  }

  /**
   * @param {FieldData} field
   * @param {string} text
   * @param {string} before
   * @param {string} origin
   */
  block(field, text, before, origin) {
    const isRaw = field.group && field.group !== "gpt";
    const copy = iconButton("copy", `Copy ${field.name}`, "", () => copyFrom(copy, text));
    const head = make(
      "header",
      { title: field.description || field.name },
      make("span", { class: "a100-field", text: field.name }),
      isRaw ? make("span", { class: "a100-tag", text: "stage 2" }) : null,
      origin ? make("span", { class: "a100-tag", text: origin }) : null,
      copy,
    );
    const body = make("p", { class: "a100-text", dir: "auto" });
    if (this.markChanges && before && text.length < MAX_MARKED) {
      for (const run of wordChanges(text, before)) {
        body.append(run.added ? make("mark", { text: run.text }) : document.createTextNode(run.text));
      }
    } else body.textContent = text;
    const attributes = { class: "a100-block", "data-field": field.name, "data-origin": origin };
    return make("article", attributes, head, body);
  }

  /** @param {HTMLElement} button */
  copyAll(button) {
    const { model, node, ownTexts } = this;
    if (!ownTexts) return;
    const lines = model.data.fields.map(({ name }, k) => ownTexts[k] && `${name}: ${ownTexts[k]}`);
    copyFrom(button, [describe(model, node), ...lines.filter(Boolean)].join("\n"));
  }
}

/**
 * Describes a node in one line: its level, times, frames and state.
 *
 * @param {TreeModel} model
 * @param {number} i
 */
export function describe(model, i) {
  const { levels, starts, ends, first, last, states } = model.data;
  const inner = model.parent(i) === NONE ? "root" : "inner node";
  return [
    `Level ${levels[i]}`,
    model.children[i].length ? inner : "leaf",
    `${formatTime(starts[i])} – ${formatTime(ends[i])}`,
    `${(ends[i] - starts[i]).toFixed(2)} s`,
    `frames ${first[i]} – ${last[i]}`,
    STATES[states[i]],
    model.truncated.has(i) ? "continues past the clip" : "",
    model.hidden?.has(i) ? "hidden by the view" : "",
  ].filter(Boolean).join(" · ");
}

/** @param {string} text */
function quiet(text) {
  return make("p", { class: "a100-quiet", text });
}

/**
 * Makes a tag for an actor; returns null if there is none, or too long a text.
 *
 * @param {string | null | undefined} text
 * @param {string} title
 */
function actorTag(text, title) {
  if (!text || text.length >= LONG_ACTOR) return null;
  return make("span", { class: "a100-actor", dir: "auto", title, text });
}
