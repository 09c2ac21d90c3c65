// What the Search panel is told: how to look, where, and among which captions.

import { make, textButton } from "./dom.js";

/** @import { Nested, SearchMode, SearchOrder, SearchPlace, SearchScope } from "./types" */

/** @type {[SearchMode, string, string][]} */
const MODES = [
  ["words", "words", "Captions that have the words"],
  ["meaning", "meaning", "Captions that mean the same, whatever their words"],
  ["both", "both", "The meaning and the words together"],
  ["video", "pictures", "Segments whose pictures show it, whatever their captions"],
];
/** @type {[SearchScope, string][]} */
const SCOPES = [["video", "this video"], ["view", "current view"], ["dataset", "whole dataset"]];
/** @type {[Nested, string][]} */
const NESTED = [
  ["best", "best of each branch"],
  ["outermost", "outermost"],
  ["finest", "finest"],
  ["all", "all segments"],
];
/** @type {[SearchOrder, string][]} */
const ORDERS = [["rank", "best first"], ["video", "by video"], ["doubt", "doubtful first"]];
/** @type {[string, string][]} as they are stored, and in words */
const TIERS = [["root", "whole videos"], ["mid", "between"], ["leaf", "finest"]];

/**
 * Makes a choice of one among several, as a list to drop down.
 *
 * @template {string} Value
 */
export class Choice {
  /**
   * @param {string} label
   * @param {[Value, string][]} choices
   * @param {() => void} changed
   */
  constructor(label, choices, changed) {
    this.choices = choices;
    this.element = make("select", {
      class: "a100-select", "aria-label": label, title: label, on: { change: () => changed() },
    });
    this.offer(choices.map(([value]) => value));
  }

  /** @param {Value[]} values those that can be chosen */
  offer(values) {
    const { value } = this;
    const offered = this.choices.filter((choice) => values.includes(choice[0]));
    this.element.replaceChildren(...offered.map(([name, text]) => make("option", { value: name, text })));
    this.value = values.includes(value) ? value : values[0];
    this.element.hidden = values.length < 2;
  }

  get value() {
    return /** @type {Value} */ (this.element.value);
  }

  set value(value) {
    this.element.value = value;
  }
}

/** @param {() => void} changed */
export function scopeChoice(changed) {
  return new Choice("Where to search", SCOPES, changed);
}

/** @param {() => void} changed */
export function nestedChoice(changed) {
  return new Choice("Of segments inside each other", NESTED, changed);
}

/** @param {() => void} changed */
export function orderChoice(changed) {
  return new Choice("Order", ORDERS, changed);
}

/** Words, meaning, or both: buttons side by side. */
export class Modes {
  /** @param {() => void} changed */
  constructor(changed) {
    /** @type {SearchMode} */
    this.value = "both";
    this.buttons = MODES.map(([value, label, title]) => {
      const button = textButton(label, title, () => {
        this.set(value);
        changed();
      });
      button.dataset.mode = value;
      return button;
    });
    this.element = make("div", { class: "a100-modes", role: "group", "aria-label": "Find by" }, ...this.buttons);
    this.set("both");
  }

  /** @param {SearchMode[]} values those that can be chosen */
  offer(values) {
    for (const button of this.buttons) button.hidden = !values.some((value) => value === button.dataset.mode);
    if (!values.includes(this.value)) this.set("both");
  }

  /** @param {SearchMode} value */
  set(value) {
    this.value = value;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.mode === value));
  }
}

/** Which captions take part: their fields, levels, durations and tiers. */
export class Filters {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.fields = make("div", { class: "a100-checks", role: "group", "aria-label": "Fields" });
    this.tiers = make("div", { class: "a100-checks", role: "group", "aria-label": "Tiers" });
    this.leastLevel = this.number("Lowest level", "0", "1");
    this.mostLevel = this.number("Highest level", "any", "1");
    this.leastSeconds = this.number("Shortest, in seconds", "0", "any");
    this.mostSeconds = this.number("Longest, in seconds", "any", "any");
    this.tiers.append(...TIERS.map(([tier, text]) => this.check(tier, "", text)));
    this.tierLine = line("Segments", this.tiers);
    this.element = make(
      "div", { class: "a100-filters", hidden: true },
      line("Fields", this.fields),
      line("Level", this.leastLevel, make("span", { text: "to" }), this.mostLevel),
      line("Lasts", this.leastSeconds, make("span", { text: "to" }), this.mostSeconds, make("span", { text: "seconds" })),
      this.tierLine,
      line("", textButton("Clear the filters", "Search all captions again", () => {
        this.clear();
        changed();
      })),
    );
    this.button = textButton("Filters", "Choose fields, levels and durations", () => this.toggle());
    this.button.setAttribute("aria-expanded", "false");
  }

  toggle() {
    this.element.hidden = !this.element.hidden;
    this.button.setAttribute("aria-expanded", String(!this.element.hidden));
  }

  /**
   * @param {string} label
   * @param {string} placeholder
   * @param {string} step
   */
  number(label, placeholder, step) {
    return make("input", {
      type: "number", min: "0", step, class: "a100-number", placeholder, "aria-label": label,
      on: { input: () => this.change() },
    });
  }

  /**
   * @param {string} value
   * @param {string} [note]
   * @param {string} [text] the value in words
   */
  check(value, note, text = value) {
    const input = make("input", { type: "checkbox", value, on: { change: () => this.change() } });
    const span = make("span", { text });
    return make("label", { class: "a100-check" }, input, span, note ? make("i", { text: note }) : null);
  }

  change() {
    this.showCount();
    this.changed();
  }

  /** @param {SearchPlace} place */
  offer({ fields, indexed, tiers }) {
    const { fields: chosen } = this.values;
    this.fields.replaceChildren(
      ...fields.map((field) => this.check(field, indexed && !indexed.includes(field) ? "not indexed" : "")),
    );
    this.tierLine.hidden = !tiers;
    if (!tiers) for (const box of boxes(this.tiers)) box.checked = false;
    this.choose(chosen);
  }

  /** @param {string[]} fields those to search; none for all */
  choose(fields) {
    for (const box of boxes(this.fields)) box.checked = fields.includes(box.value);
    this.showCount();
  }

  clear() {
    for (const box of [...boxes(this.fields), ...boxes(this.tiers)]) box.checked = false;
    for (const input of [this.leastLevel, this.mostLevel, this.leastSeconds, this.mostSeconds]) input.value = "";
    this.showCount();
  }

  get values() {
    return {
      fields: checked(this.fields),
      tiers: checked(this.tiers),
      least_level: numberIn(this.leastLevel),
      most_level: numberIn(this.mostLevel),
      least_seconds: numberIn(this.leastSeconds),
      most_seconds: numberIn(this.mostSeconds),
    };
  }

  /** How many filters are set. */
  get count() {
    return Object.values(this.values).filter((value) => (Array.isArray(value) ? value.length : value !== null)).length;
  }

  showCount() {
    this.button.textContent = this.count ? `Filters · ${this.count}` : "Filters";
    this.button.toggleAttribute("data-set", this.count > 0);
  }
}

/**
 * @param {string} label
 * @param {Node[]} parts
 */
function line(label, ...parts) {
  return make("div", { class: "a100-filter" }, make("span", { class: "a100-name", text: label }), ...parts);
}

/** @param {HTMLElement} element */
function boxes(element) {
  return [...element.querySelectorAll("input")];
}

/** @param {HTMLElement} element */
function checked(element) {
  return boxes(element).filter((box) => box.checked).map((box) => box.value);
}

/** @param {HTMLInputElement} input */
function numberIn(input) {
  return input.value === "" ? null : input.valueAsNumber;
}
