// The bar by which trees are reviewed: buttons, progress, who reviews, messages, and the editor.

import { iconButton, linkButton, make, textButton } from "./dom.js";
import { NO_TREE, NONE } from "./model.js";
import { ReviewEditor } from "./review_editor.js";
import { nextSibling, REJECTED, ACCEPTED, describeReview, FIXED, statusOf } from "./review_state.js";

/** @import { Review, ReviewCommand } from "./review.js" */
/** @import { ReviewScope } from "./review_types" */

/** @type {[ReviewCommand, string, string][]} The buttons: what they do, their names and tooltips. */
const BUTTONS = [
  ["accept", "Accept", "The segment and its texts are right (a)"],
  ["reject", "Reject", "The segment or its texts are wrong (r)"],
  ["text", "Fix text", "Write a text of the node anew (t)"],
  ["note", "Note", "Write a note for others (w)"],
  ["split", "Split", "Split the node where the video is (x)"],
  ["merge", "Merge", "Merge the node with the next part of its parent (j)"],
  ["clear", "Clear", "Take the judgement back (Backspace)"],
];
/** Which status presses which button. */
const PRESSED = { accept: ACCEPTED, reject: REJECTED, text: FIXED };

/** @type {[ReviewScope, string][]} */
const SCOPES = [["video", "Video"], ["view", "View"], ["sample", "Sample"]];

export class ReviewBar {
  /** @param {Review} review */
  constructor(review) {
    this.review = review;
    const act = (/** @type {ReviewCommand} */ command) => () => review.act(command);
    this.toggle = textButton("Review", "Judge and mend the tree (v)", () => review.toggle());
    this.toggle.classList.add("a100-reviewing");
    this.buttons = new Map(BUTTONS.map(([name, label, title]) => [name, textButton(label, title, act(name))]));
    this.undo = iconButton("undo", "Undo", "Ctrl+Z", act("undo"));
    this.redo = iconButton("redo", "Redo", "Ctrl+⇧Z", act("redo"));
    this.next = textButton("Next ▸", "The next node that is not reviewed (n)", act("next"));
    this.judging = make(
      "div", { class: "a100-bar", role: "group", "aria-label": "Review the node" },
      ...this.buttons.values(), this.next,
    );
    this.editor = new ReviewEditor(review);
    this.nameInput = make("input", {
      type: "text", class: "a100-input", maxlength: "60", autocomplete: "name", "aria-label": "Your name",
      placeholder: "Your name",
    });
    this.name = this.makeName();
    this.message = make("p", { class: "a100-notice a100-review-message", role: "alert", hidden: true });
    this.remark = make("p", { class: "a100-facts", dir: "auto", hidden: true });
    this.about = make("p", { class: "a100-facts", dir: "auto" });
    this.share = make("progress", { class: "a100-progress", max: "1", "aria-label": "Reviewed" });
    this.progress = make("output", { class: "a100-time", "aria-live": "off" });
    this.scope = make("select", {
      class: "a100-select", "aria-label": "What is reviewed", title: "What “Next” and the progress are of: this video, the view in the grid, the review sample",
      on: { change: () => review.setScope(/** @type {ReviewScope} */ (this.scope.value)) },
    }, ...SCOPES.map(([value, text]) => make("option", { value, text })));
    this.scope.value = review.scope;
    this.goesOn = make("input", {
      type: "checkbox", on: { change: () => review.setGoesOn(this.goesOn.checked) },
    });
    this.goesOn.checked = review.goesOn;
    this.who = linkButton("", () => this.askName(), "Your name is kept with what you change");
    this.element = make(
      "section", { class: "a100-review", "aria-label": "Review", hidden: true },
      // The message comes and goes below the buttons, which stay where they are.
      this.name, this.judging, this.message, this.editor.element, this.remark, this.about, this.makeSettings(),
    );
  }

  makeSettings() {
    return make(
      "div", { class: "a100-bar" },
      this.undo, this.redo, this.share, this.progress, this.scope,
      make("label", { class: "a100-check", title: "After a judgement, go to the next node" },
        this.goesOn, document.createTextNode("Go on")),
      this.who,
    );
  }

  makeName() {
    const close = () => {
      this.name.hidden = true;
      this.review.panel.root.focus();
    };
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      if (!this.nameInput.value.trim()) return;
      close();
      this.review.setName(this.nameInput.value);
    };
    const keydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      close();
      // Nobody reviews without a name.
      if (!this.review.who) this.review.toggle();
    };
    return make(
      "form", { class: "a100-bar", hidden: true, on: { submit, keydown } },
      make("span", { text: "Who reviews? The name is kept with each change." }),
      this.nameInput,
      make("button", { type: "submit", class: "a100-button", text: "Begin" }),
    );
  }

  askName() {
    this.name.hidden = false;
    this.nameInput.value = this.review.who;
    this.nameInput.focus();
  }

  /**
   * @param {"text" | "note"} kind
   * @param {string} [field] the name of the field to fix
   */
  edit(kind, field) {
    this.editor.open(kind, field);
  }

  /** Returns false if neither the editor nor the name was asked for. */
  closeEditor() {
    if (!this.name.hidden && this.review.who) {
      this.name.hidden = true;
      return true;
    }
    return this.editor.close();
  }

  show() {
    const { review, element } = this;
    const { model, current, root } = review.panel;
    root.dataset.reviewing = String(review.isActive); // a text's own button to fix it is there then
    this.toggle.hidden = !review.isPossible;
    this.toggle.setAttribute("aria-pressed", String(review.on));
    element.hidden = !review.on || !review.isPossible;
    if (element.hidden) return;
    const i = model === NO_TREE ? NONE : current.node;
    const status = i === NONE ? NONE : statusOf(model, i);
    for (const [name, button] of this.buttons) {
      button.disabled = !review.isActive || i === NONE;
      if (name in PRESSED) {
        const wanted = PRESSED[/** @type {keyof typeof PRESSED} */ (name)];
        button.setAttribute("aria-pressed", String(wanted === status));
      }
    }
    const merge = this.buttons.get("merge");
    if (merge && i !== NONE && nextSibling(model, i) === NONE) merge.disabled = true;
    this.next.disabled = !review.isActive;
    this.undo.disabled = !review.isActive || review.steps.undo === 0;
    this.redo.disabled = !review.isActive || review.steps.redo === 0;
    const about = i === NONE ? "" : describeReview(model, i);
    this.about.textContent = about;
    this.about.hidden = !about;
    this.remark.textContent = review.remark;
    this.remark.hidden = !review.remark;
    this.progress.textContent = review.progress.text;
    this.share.value = review.progress.share;
    this.who.textContent = review.who ? `as ${review.who}` : "Say who you are";
    this.showMessage();
  }

  showMessage() {
    const { review, message } = this;
    const { conflictText } = review;
    const text = conflictText || review.problemText;
    message.hidden = !text;
    if (message.dataset.text === text) return; // an alert is read out again when it changes
    message.dataset.text = text;
    const take = textButton("Take theirs", "Show what the others have made of it", () => review.takeTheirs());
    const dismiss = textButton("Dismiss", "Close this message (Esc)", () => review.dismiss());
    message.replaceChildren(document.createTextNode(`${text} `), conflictText ? take : dismiss);
  }
}
