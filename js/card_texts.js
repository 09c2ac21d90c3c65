// The texts of the node on the card, a block for each.

import { copyFrom, iconButton, linkButton, make } from "./dom.js";
import { NONE, NOT_ANNOTATED, NO_TREE } from "./model.js";
import { isMostlyNew, newPhrases } from "./words.js";

/** @import { TreeModel } from "./model.js" */
/** @import { FieldData, Host } from "./types" */

/** A text of this many characters or more is shown without its new phrases marked. */
const MAX_MARKED = 20_000;
/** A text of this many characters or more has a height of its own, and is scrolled. */
const LONG = 1500;
/** How long a node is shown before its texts are fetched, in milliseconds. */
const FETCH_MS = 180;

/** @typedef {(string | null)[]} Texts a node's texts, in the order of the fields */

export class CardTexts {
  /** @type {TreeModel} */
  model = NO_TREE;
  node = NONE;
  /** @type {Texts | null} The texts of the node, once they are there. */
  own = null;
  /** Whether to mark the phrases that the parent's text lacks. */
  markChanges = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  fetching;
  /** @type {(field: string) => void} Opens the editor for a field of the node; the review gives it. */
  fix = () => {};

  /**
   * @param {Pick<Host, "ask">} host
   * @param {(i: number) => void} go shows another node
   */
  constructor(host, go) {
    this.host = host;
    this.go = go;
    this.element = make("div", { class: "a100-texts" });
    /** The buttons of the text that is the card's title. */
    this.ofTitle = make("span", { class: "a100-of-title" });
  }

  clear() {
    clearTimeout(this.fetching);
    this.element.replaceChildren();
    this.ofTitle.replaceChildren();
    this.own = null;
    this.node = NONE;
  }

  /**
   * Shows a node's texts; for a node that is not annotated, also those of the annotated segment
   * around it.
   *
   * @param {TreeModel} model
   * @param {number} i
   */
  show(model, i) {
    this.model = model;
    this.node = i;
    const { states } = model.data;
    const path = states[i] === NOT_ANNOTATED ? model.path(i).reverse() : [];
    const around = path.find((ancestor) => states[ancestor] !== NOT_ANNOTATED) ?? NONE;
    if (model.texts) {
      const fields = model.texts;
      /** @type {(node: number) => Texts | null} */
      const textsOf = (node) => (node === NONE ? null : fields.map((texts) => texts.get(node) ?? null));
      this.showBlocks(textsOf(i) ?? [], textsOf(model.parent(i)), around, textsOf(around));
      return;
    }
    this.element.append(quiet("Fetching the texts …"));
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
    this.element.replaceChildren();
    if (own) this.showBlocks(own, parents, around, others);
    else this.element.append(quiet("The texts could not be fetched"));
  }

  /**
   * @param {Texts} own
   * @param {Texts | null} parents the texts of the parent, to compare with
   * @param {number} around the annotated segment around the node
   * @param {Texts | null} others its texts
   */
  showBlocks(own, parents, around, others) {
    this.own = own;
    const { fields, levels } = this.model.data;
    if (!own.some(Boolean)) this.element.append(quiet("This node has no text in any field of the tree."));
    this.addBlocks(this.untitled(own), parents);
    if (!others) return;
    const level = `level ${levels[around]}`;
    this.element.append(make(
      "p",
      { class: "a100-around" },
      make("span", { text: `Not annotated itself; the annotated segment around it (${level}): ` }),
      linkButton(this.model.label(around), () => this.go(around)),
    ));
    // The other fields of that segment say nothing of this node.
    this.addBlocks(others.map((text, k) => (fields[k].group === "gpt" ? text : null)), null, `from ${level}`);
  }

  /**
   * Returns a node's texts without the one that is its title, which gets a button to copy it.
   *
   * @param {Texts} own
   */
  untitled(own) {
    const { node } = this;
    const { data } = this.model;
    const titled = data.labelFields[node];
    // A long text is a title in part.
    if (own[titled] !== data.labels[node]) return own;
    const { name } = data.fields[titled];
    this.ofTitle.append(this.copyButton(name, data.labels[node]), this.fixButton(name));
    return own.map((text, k) => (k === titled ? null : text));
  }

  /**
   * @param {string} name of the field
   * @param {string} text
   */
  copyButton(name, text) {
    const button = iconButton("copy", `Copy ${name}`, "", () => copyFrom(button, text));
    return button;
  }

  /**
   * Makes the button that fixes a text of the node itself; it is there during a review.
   *
   * @param {string} name of the field
   */
  fixButton(name) {
    const button = iconButton("fix", `Fix ${name}`, "", () => this.fix(name));
    button.classList.add("a100-fix");
    return button;
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
      if (!text || (field.actor && this.model.data.actors.names.includes(text))) return;
      this.element.append(this.block(field, text, before?.[k] ?? "", origin));
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
    const runs = this.markChanges && before && text.length < MAX_MARKED ? newPhrases(text, before) : [];
    const isNew = runs.length > 0 && isMostlyNew(runs);
    const head = make(
      "header",
      { title: field.description || field.name },
      make("span", { class: "a100-field", text: field.name }),
      isRaw ? make("span", { class: "a100-tag", text: "stage 2" }) : null,
      origin ? make("span", { class: "a100-tag", text: origin }) : null,
      isNew ? make("span", { class: "a100-tag", text: "new", title: "The parent's text says nearly nothing of this" }) : null,
      this.copyButton(field.name, text),
      origin ? null : this.fixButton(field.name),
    );
    const isLong = text.length >= LONG;
    const body = make("p", { class: "a100-text", dir: "auto", "data-long": isLong, tabindex: isLong ? "0" : null });
    if (runs.length && !isNew) {
      for (const run of runs) {
        body.append(run.added ? make("mark", { text: run.text }) : document.createTextNode(run.text));
      }
    } else body.textContent = text;
    const attributes = { class: "a100-block", "data-field": field.name, "data-origin": origin };
    return make("article", attributes, head, body);
  }
}

/** @param {string} text */
function quiet(text) {
  return make("p", { class: "a100-quiet", text });
}
