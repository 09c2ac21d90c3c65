// What can be done with all that was found: show it in the grid, tag it, export it.

import { make, textButton } from "./dom.js";

/** @import { Finder } from "./finder.js" */

export class Actions {
  /** @param {Finder} finder */
  constructor(finder) {
    this.finder = finder;
    this.tagging = new TagForm((tag, remove) => this.act("tag", { tag, remove }));
    this.element = make(
      "div", { class: "a100-actions", role: "group", "aria-label": "With what was found", hidden: true },
      textButton("Show in grid", "Show these captions, and only these, in the grid", () => this.act("show")),
      textButton("As clips", "Show these segments as clips in the grid", () => this.act("show_clips")),
      textButton("Tag …", "Tag these captions", () => this.tagging.toggle()),
      textButton("Export …", "Show these captions in the grid, and export them", () => this.export()),
    );
  }

  /** @param {boolean} isAny whether anything was found */
  offer(isAny) {
    this.element.hidden = !isAny;
    if (!isAny) this.tagging.element.hidden = true;
  }

  /**
   * Does something with all rows; returns whether it could be done.
   *
   * @param {"show" | "show_clips" | "tag"} method
   * @param {object} more what else it takes
   */
  async act(method, more = {}) {
    const { finder } = this;
    const rows = finder.answer?.rows ?? [];
    const scope = finder.scope.value;
    const outcome = await finder.host.ask(method, {
      text: finder.input.value, scope, labels: rows.map((row) => row.label), samples: rows.map((row) => row.sample),
      of: [...new Set(rows.map((row) => row.field))], ...more,
    });
    if (method === "tag") this.tagging.element.hidden = true;
    // The grid now shows only what was found: the next search is not to be among that only.
    else if (scope !== "video") finder.chosenScope = "dataset";
    finder.say(outcome);
    return Boolean(outcome && !outcome.problem);
  }

  /** Shows what was found in the grid, whose view is what is exported. */
  async export() {
    if (await this.act("show")) await this.finder.host.ask("export", {});
  }
}

/** Asks for the name of a tag. */
class TagForm {
  /** @param {(tag: string, remove: boolean) => void} tag */
  constructor(tag) {
    this.input = make("input", {
      type: "text", class: "a100-search", maxlength: "100", placeholder: "Name of the tag", "aria-label": "Name of the tag",
      on: {
        keydown: (event) => {
          if (event.key === "Enter") this.give(false);
          else if (event.key === "Escape") this.toggle();
        },
      },
    });
    /** @type {(remove: boolean) => void} */
    this.give = (remove) => {
      if (this.input.value.trim()) tag(this.input.value, remove);
      else this.input.focus();
    };
    this.element = make(
      "div", { class: "a100-bar a100-tagging", hidden: true }, this.input,
      textButton("Tag", "Tag the captions below", () => this.give(false)),
      textButton("Take away", "Take this tag from the captions below", () => this.give(true)),
    );
  }

  toggle() {
    this.element.hidden = !this.element.hidden;
    if (!this.element.hidden) this.input.focus();
  }
}
