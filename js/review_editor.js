// The inline editor of a node's text, or of its note. Enter saves, Esc gives up. What was written and is
// neither saved nor given up is there again, also once another node or another video was shown.

import { make, textButton } from "./dom.js";

/** @import { Review } from "./review.js" */
/** @import { TreeModel } from "./model.js" */

/** What was written and is neither saved nor given up, by what it is of. */
const drafts = /** @type {Map<string, string>} */ (new Map());

export class ReviewEditor {
  /** @type {"text" | "note"} */
  kind = "text";
  /** The node that is edited, by its id. */
  node = "";
  /** @type {TreeModel | null} */
  model = null;
  /** @type {(string | null)[]} The node's texts, in the order of the fields. */
  texts = [];
  /** The name of the field that was chosen last, which is offered first; empty before one was. */
  fixed = "";

  /** @param {Review} review */
  constructor(review) {
    this.review = review;
    this.field = make("select", {
      class: "a100-select", "aria-label": "Field", on: { change: () => this.changeField() },
    });
    this.about = make("span", { class: "a100-quiet", dir: "auto" });
    this.area = make("textarea", {
      class: "a100-input", rows: "3", dir: "auto", spellcheck: "true",
      on: { input: () => drafts.set(this.place, this.area.value) },
    });
    this.element = make(
      "form",
      {
        class: "a100-editor", hidden: true, "aria-label": "Editor",
        on: { submit: (event) => this.submit(event), keydown: (event) => this.press(event) },
      },
      make("div", { class: "a100-bar" }, this.field, this.about),
      this.area,
      make(
        "div", { class: "a100-bar" },
        make("button", { type: "submit", class: "a100-button", text: "Save", title: "Save (Enter)" }),
        textButton("Cancel", "Give up (Esc)", () => this.giveUp()),
        make("span", { class: "a100-quiet", text: "Enter saves, ⇧Enter begins a line, Esc gives up" }),
      ),
    );
  }

  /**
   * Opens the editor for the current node.
   *
   * @param {"text" | "note"} kind
   * @param {string} [field] the name of the field to fix
   */
  async open(kind, field = this.fixed) {
    const { panel } = this.review;
    const { model, current } = panel;
    const i = current.node;
    this.kind = kind;
    this.fixed = field;
    this.model = model;
    this.node = model.data.ids[i];
    this.field.hidden = kind === "note";
    this.about.textContent = this.about.title = `${kind === "note" ? "on" : "of"} “${model.label(i)}”`;
    this.area.setAttribute("aria-label", kind === "note" ? "Note" : "Text");
    if (kind === "note") this.area.value = drafts.get(this.place) ?? model.data.review?.notes[i] ?? "";
    else if (!(await this.fill(model, i, field))) return;
    this.element.hidden = false;
    this.area.focus();
    if (!drafts.has(this.place)) this.area.select();
  }

  /** What is edited: a field of a node of a video, or its note. */
  get place() {
    return [this.model?.data.sample, this.node, this.kind, this.kind === "note" ? "" : this.field.value].join(" ");
  }

  /**
   * Fills in a node's texts; resolves to false where there is none, or another node is edited by now.
   *
   * @param {TreeModel} model
   * @param {number} i
   * @param {string} field the name of the field to begin with, if the node has a text there; else its label's
   */
  async fill(model, i, field) {
    const { ids, sample, fields, labelFields } = model.data;
    const sent = model.texts?.map((texts) => texts.get(i) ?? null);
    const texts = sent ?? (await this.review.panel.host.ask("texts", { sample, node: ids[i] }))?.texts ?? [];
    if (this.node !== ids[i] || this.kind !== "text") return false;
    this.texts = texts;
    const filled = fields.map(({ name }, k) => ({ name, k })).filter(({ k }) => texts[k]);
    if (!filled.length) {
      this.review.fail("This node has no text to fix: write a note instead.");
      return false;
    }
    this.field.replaceChildren(
      ...filled.map(({ name, k }) => make("option", { value: String(k), text: name })),
    );
    const shown = filled.find(({ name }) => name === field) ?? filled.find(({ k }) => k === labelFields[i]);
    if (shown) this.field.value = String(shown.k);
    this.showText();
    return true;
  }

  changeField() {
    this.fixed = this.model?.data.fields[Number(this.field.value)].name ?? "";
    this.showText();
  }

  showText() {
    this.area.value = drafts.get(this.place) ?? this.texts[Number(this.field.value)] ?? "";
  }

  /** Closes the editor; returns false if it was not open. */
  close() {
    if (this.element.hidden) return false;
    this.element.hidden = true;
    /** @type {HTMLElement | null} */ (this.element.closest(".a100"))?.focus();
    return true;
  }

  giveUp() {
    drafts.delete(this.place);
    this.close();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    event.stopPropagation();
    if (event.key === "Escape") this.giveUp();
    else if (event.key === "Enter" && !event.shiftKey && event.target === this.area && !event.isComposing) {
      this.submit(event);
    }
  }

  /** @param {Event} event */
  async submit(event) {
    event.preventDefault();
    const { review, kind, node, model, place } = this;
    const text = this.area.value.trim();
    const k = Number(this.field.value);
    if (kind === "text" && !text) return; // a caption has words: what is wrong altogether is rejected
    if (model !== review.panel.model && !review.panel.model.nodeOfId.has(node)) return;
    this.giveUp();
    if (kind === "text" && text === (this.texts[k] ?? "").trim()) return;
    const field = kind === "text" ? { field: review.panel.model.data.fields[k].name } : {};
    if (!(await review.edit({ node, kind, ...field, text }))) this.keep(place, text);
  }

  /**
   * Shows a text again that was not saved, so that it is not lost.
   *
   * @param {string} place
   * @param {string} text
   */
  keep(place, text) {
    drafts.set(place, text);
    if (place !== this.place) return; // it is there once its node is edited again
    this.element.hidden = false;
    this.area.value = text;
  }
}
