// The details of one node: its name, times, place in the tree, actions and texts.

import { CardTexts } from "./card_texts.js";
import { copyFrom, linkButton, make, textButton } from "./dom.js";
import { formatTime } from "./format.js";
import { NONE, NO_TREE } from "./model.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Action, Host } from "./types" */

const STATES = ["not annotated", "N/A: no action", "annotated"];

export class Card {
  /** @type {TreeModel} */
  model = NO_TREE;
  node = NONE;

  /**
   * @param {Pick<Host, "ask"> & {act: (action: Action) => void}} host
   * @param {(i: number) => void} go shows another node
   */
  constructor(host, go) {
    this.host = host;
    this.go = go;
    this.title = make("h3", { class: "a100-title", dir: "auto" });
    this.facts = make("p", { class: "a100-facts", title: "Times are of the source video, frames of the file" });
    this.place = make("p", { class: "a100-where" });
    this.actor = make("p", { class: "a100-where a100-of" });
    /** Where what judges the node is put. */
    this.slot = make("div", { class: "a100-judge" });
    this.toggle = make("input", { type: "checkbox", on: { change: () => this.setMarkChanges() } });
    this.toggle.checked = readSettings().changes === true;
    this.parts = textButton("Children", "Show its parts as a view in the grid", () => host.act("show_children"));
    this.actions = this.makeActions();
    this.texts = new CardTexts(host, go);
    this.texts.markChanges = this.toggle.checked;
    this.element = make(
      "section",
      { class: "a100-card", "aria-label": "Details of the node" },
      make("header", { class: "a100-head-line" }, this.title, this.texts.ofTitle), this.facts, this.place, this.actor, this.slot, this.actions, this.texts.element,
    );
  }

  makeActions() {
    /** @type {(action: Action) => () => void} */
    const act = (action) => () => this.host.act(action);
    const copy = textButton("Copy", "Copy all texts with their times", () => this.copyAll(copy));
    const label = make(
      "label",
      { class: "a100-check", title: "Underline the phrases that the parent's text lacks" },
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
      this.parts,
      copy,
      label,
    );
  }

  destroy() {
    this.texts.clear();
  }

  setMarkChanges() {
    this.texts.markChanges = this.toggle.checked;
    keepSettings({ changes: this.toggle.checked });
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
    for (const part of [this.actions, this.slot, this.facts, this.place, this.actor]) part.hidden = isBlank;
    this.texts.clear();
    if (isBlank) {
      this.title.textContent = model === NO_TREE ? "" : "Nothing of the tree is on screen at this moment";
      return;
    }
    this.title.textContent = model.label(node);
    this.parts.hidden = !model.children[node].length;
    this.facts.textContent = describe(model, node);
    this.place.replaceChildren(...this.placeInParent(node), ...this.sourceLink(node));
    this.showActor(node);
    this.texts.show(model, node);
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
   * Returns a link to the source video at a node's start; none for a video that is not on YouTube.
   *
   * @param {number} i
   */
  sourceLink(i) {
    const { youtube, starts } = this.model.data;
    if (!youtube) return [];
    const address = sourceAddress(youtube, starts[i]);
    const text = `On YouTube at ${formatTime(Math.floor(starts[i]), 0)}`;
    return [document.createTextNode(" · "), make("a", {
      class: "a100-link", href: address, target: "_blank", rel: "noopener noreferrer", text,
      title: "Open the source video at this second, in a tab of its own",
    })];
  }

  /**
   * Shows who acts: in a node, else in the nearest ancestor that says so.
   *
   * @param {number} i
   */
  showActor(i) {
    const { levels } = this.model.data;
    const found = this.model.actor(i);
    this.actor.hidden = !found;
    if (!found) return;
    const isOwn = found.node === i;
    const level = `level ${levels[found.node]}`;
    const label = isOwn ? "Actor: " : `Actor of the segment around it, ${level}: `;
    const tag = make("span", { class: "a100-actor", dir: "auto", text: found.name, "data-inherited": !isOwn });
    this.actor.replaceChildren(make("span", { text: label }), tag);
  }

  /** @param {HTMLElement} button */
  copyAll(button) {
    const { model, node } = this;
    const { own } = this.texts;
    if (!own) return;
    const lines = model.data.fields.map(({ name }, k) => own[k] && `${name}: ${own[k]}`);
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
    `${formatTime(starts[i])} – ${formatTime(ends[i])} of the video`,
    `${(ends[i] - starts[i]).toFixed(2)} s`,
    `frames ${first[i]} – ${last[i]}`,
    STATES[states[i]],
    model.truncated.has(i) ? "continues past the clip" : "",
    model.hidden?.has(i) ? "hidden by the view" : "",
  ].filter(Boolean).join(" · ");
}

/**
 * Returns the address of a second of a video on YouTube.
 *
 * @param {string} id
 * @param {number} seconds
 */
export function sourceAddress(id, seconds) {
  return `https://www.youtube.com/watch?v=${encodeURIComponent(id)}&t=${Math.max(0, Math.floor(seconds))}s`;
}
