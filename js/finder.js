// The Search panel: one box, its answers as one types, and the way from a row to its segment.

import { PLUGIN, runOperator } from "./app.js";
import { Asking } from "./asking.js";
import { readTheme } from "./colours.js";
import { icon, make, textButton } from "./dom.js";
import FINDER_STYLE from "./finder.css";
import { Filters, Modes, nestedChoice, orderChoice, scopeChoice, TagForm } from "./finder_controls.js";
import { Rows } from "./finder_rows.js";
import { formatCount } from "./format.js";
import STYLE from "./panel.css";
import { keepSettings, readSettings } from "./settings.js";

/** @import { Host, SearchAnswer, SearchPlace, SearchRequest, SearchRow } from "./types" */

/** How many captions are looked up at first; *More* looks up four times as many. */
const LIMIT = 100;

/** The text that stays in the box, of all panels of the page, and the fields that were asked for. */
const kept = { text: "", fields: /** @type {string[]} */ ([]), focus: false };
/** The panels on the page. @type {Set<Finder>} */
const onPage = new Set();

/**
 * Puts a text into the box of the panels, those to come included.
 *
 * @param {string | null} text null to leave it and only give the box the focus
 * @param {string[]} fields those to search; none for all
 */
export function askPanels(text, fields) {
  kept.focus = true;
  if (text !== null) Object.assign(kept, { text, fields });
  for (const panel of onPage) panel.takeKept();
}

export class Finder {
  /** @type {SearchPlace | null} */
  place = null;
  /** @type {SearchAnswer | null} */
  answer = null;
  limit = LIMIT;
  /** What `check` has found. */
  stale = "";
  /** @type {string[] | null} */
  indexed = null;
  isIndexing = false;
  /** Where to search, once a person has chosen. @type {string} */
  chosenScope = "";

  /**
   * @param {HTMLElement} root
   * @param {Pick<Host, "problem" | "ask">} host
   */
  constructor(root, host) {
    this.root = root;
    this.host = host;
    const settings = readSettings();
    const again = () => this.again();
    this.input = make("input", {
      type: "search", class: "a100-search", placeholder: "What happens? For example: whisk the eggs", maxlength: "2000",
      "aria-label": "Search the captions", "aria-controls": "a100-found", spellcheck: "false", autocomplete: "off",
      on: { input: () => this.typed() },
    });
    this.modes = new Modes(again);
    this.scope = scopeChoice(() => {
      this.chosenScope = this.scope.value;
      this.again();
    });
    this.nested = nestedChoice(again);
    this.order = orderChoice(() => this.reorder());
    this.tagging = new TagForm((tag, remove) => this.act("tag", { tag, remove }));
    this.filters = new Filters(again);
    this.message = make("p", { class: "a100-notice", hidden: true });
    this.count = make("output", { class: "a100-count", "aria-live": "polite" });
    this.actions = this.makeActions();
    this.notices = make("div", { class: "a100-notices", role: "status" });
    this.hint = make("div", { class: "a100-hint" });
    this.rows = new Rows((row, loop) => this.open(row, loop), () => this.showActive());
    this.more = textButton("More", "Look further", () => {
      this.limit *= 4;
      this.ask();
    });
    this.more.classList.add("a100-further");
    this.body = this.assemble();
    /** @type {Asking<SearchRequest, SearchAnswer>} */
    this.asking = new Asking((request) => host.ask("search", request), (answer, request) => this.show(answer, request));
    if (settings.searchMode) this.modes.set(settings.searchMode);
    if (settings.searchNested) this.nested.value = settings.searchNested;
    if (settings.searchOrder) this.order.value = settings.searchOrder;
    root.addEventListener("keydown", (event) => this.press(event));
    this.themes = new MutationObserver(() => this.readTheme());
    this.themes.observe(document.documentElement, { attributes: true });
    onPage.add(this);
    this.readTheme();
  }

  makeActions() {
    return make(
      "div", { class: "a100-actions", role: "group", "aria-label": "With what was found", hidden: true },
      textButton("Show in grid", "Show these captions, and only these, in the grid", () => this.act("show")),
      textButton("As clips", "Show these segments as clips in the grid", () => this.act("show_clips")),
      textButton("Tag …", "Tag these captions", () => this.tagging.toggle()),
      textButton("Export …", "Show these captions in the grid, and export them", () => this.export()),
    );
  }

  assemble() {
    const { root } = this;
    root.classList.add("a100", "a100-finder");
    root.tabIndex = -1;
    root.setAttribute("role", "search");
    root.setAttribute("aria-label", "Search");
    const body = make(
      "div", { style: "display: contents", hidden: true },
      make(
        "div", { class: "a100-bar a100-ask" },
        make("label", { class: "a100-box" }, icon("search"), this.input), this.modes.element,
      ),
      make(
        "div", { class: "a100-bar" },
        this.scope.element, this.nested.element, this.order.element, this.filters.button,
      ),
      this.filters.element,
      this.notices,
      make("div", { class: "a100-bar a100-result" }, this.count, this.actions),
      this.tagging.element,
      this.hint, this.rows.element, this.more,
    );
    root.append(make("style", { text: STYLE + FINDER_STYLE }), this.message, body);
    return body;
  }

  destroy() {
    onPage.delete(this);
    this.asking.cancel();
    this.rows.destroy();
    this.themes.disconnect();
    this.root.replaceChildren();
  }

  readTheme() {
    this.root.dataset.theme = readTheme(this.root).dark ? "dark" : "light";
  }

  /**
   * Takes what can be searched now, and searches again.
   *
   * @param {SearchPlace | null} place null while it is on its way
   */
  setPlace(place) {
    const before = this.place;
    this.place = place;
    this.message.textContent = place ? place.notice ?? this.host.problem : "";
    this.message.hidden = !this.message.textContent;
    this.body.hidden = !place || Boolean(place.notice);
    if (!place || place.notice) return;
    const isOther = before?.dataset !== place.dataset;
    if (isOther) this.filters.clear();
    if (isOther || before?.sample !== place.sample) this.chosenScope = "";
    this.indexed = place.indexed;
    this.modes.offer(place.modes);
    this.scope.offer(place.scopes);
    if (!place.scopes.some((scope) => scope === this.chosenScope)) this.chosenScope = "";
    this.scope.value = /** @type {typeof this.scope.value} */ (this.chosenScope || place.scopes[0]);
    this.filters.offer(place);
    this.takeKept();
    if (isOther) this.check();
  }

  /** Takes the text that was asked for, or that another panel of the page has. */
  takeKept() {
    if (!this.place || this.place.notice) return;
    this.input.value = kept.text;
    if (kept.fields.length) this.filters.choose(kept.fields);
    kept.fields = [];
    if (kept.focus) {
      kept.focus = false;
      this.input.focus();
      this.input.select();
    }
    this.again();
  }

  async check() {
    const found = await this.host.ask("check", {});
    if (!found || found.problem) return;
    this.indexed = found.indexed;
    this.stale = found.stale;
    this.showNotices();
  }

  // Asking.

  typed() {
    kept.text = this.input.value;
    this.limit = LIMIT;
    if (!this.input.value.trim()) this.showNothing();
    else {
      this.root.dataset.state = "asking";
      this.asking.soon(this.request());
    }
  }

  /** Asks again, as something else than the text has changed. */
  again() {
    keepSettings({
      searchMode: this.modes.value, searchNested: this.nested.value, searchOrder: this.order.value,
    });
    this.limit = LIMIT;
    this.ask();
  }

  ask() {
    if (!this.input.value.trim()) {
      this.showNothing();
      return;
    }
    this.root.dataset.state = "asking";
    this.count.textContent = "Searching …";
    this.asking.now(this.request());
  }

  /** @returns {SearchRequest} */
  request() {
    return {
      text: this.input.value, mode: this.modes.value, nested: this.nested.value, scope: this.scope.value,
      order: this.order.value, limit: this.limit, ...this.filters.values,
    };
  }

  // What came of it.

  showNothing() {
    this.asking.cancel();
    this.answer = null;
    this.rows.clear();
    this.count.textContent = "";
    this.actions.hidden = true;
    this.tagging.element.hidden = true;
    this.more.hidden = true;
    this.root.dataset.state = "idle";
    this.showNotices();
    this.hint.replaceChildren(
      make("p", { text: "Type what happens. Results come as you type." }),
      keys([["/", "to the box"], ["↑ ↓", "choose a row"], ["Enter", "open it in its video"], ["⇧Enter", "open and repeat it"], ["Esc", "clear"]]),
    );
  }

  /**
   * @param {SearchAnswer | null} answer
   * @param {SearchRequest} request
   */
  show(answer, request) {
    this.answer = answer && !answer.problem ? answer : null;
    this.root.dataset.state = "shown";
    this.root.dataset.query = request.text;
    this.more.hidden = !this.answer?.more;
    this.actions.hidden = !this.answer?.rows.length;
    if (this.actions.hidden) this.tagging.element.hidden = true;
    this.hint.replaceChildren();
    this.count.textContent = "";
    if (this.answer) this.showRows(this.answer, request.text);
    else this.rows.clear();
    if (this.answer && !this.answer.rows.length) this.sayNothingFound(this.answer);
    this.showNotices(answer ? answer.problem : "The search could not be made: try again");
  }

  /**
   * @param {SearchAnswer} answer
   * @param {string} text
   */
  showRows(answer, text) {
    const { moments, segments, more, rows } = answer;
    const videos = new Set(rows.map((row) => row.sample)).size;
    const further = more ? ", and more" : "";
    this.count.textContent = rows.length
      ? `${formatCount(moments, "moment")}, ${formatCount(segments, "segment")} in ${formatCount(videos, "video")}${further}`
      : "Nothing found";
    this.rows.show({
      answer, text, byVideo: this.order.value === "video", oneVideo: this.scope.value === "video",
      colours: this.place?.levels ?? [],
    });
  }

  /** Orders the rows in another way: doubtful ones are told by Python, the rest is done here. */
  reorder() {
    if (this.order.value === "doubt" || this.answer?.rows.some((row) => row.reason)) this.again();
    keepSettings({ searchOrder: this.order.value });
    if (this.answer) this.showRows(this.answer, this.root.dataset.query ?? "");
  }

  /** @param {SearchAnswer} answer */
  sayNothingFound(answer) {
    const why = answer.mode === "words" && !answer.indexed ? "No caption has all of these words" : "No caption has these words";
    this.hint.append(make("p", { text: `${why}${this.filters.count ? " and passes the filters" : ""}.` }));
    const offers = make("div", { class: "a100-actions" });
    if (this.filters.count) {
      offers.append(textButton("Clear the filters", "Search all captions", () => {
        this.filters.clear();
        this.again();
      }));
    }
    if (this.scope.value !== "dataset") {
      offers.append(textButton("Search the whole dataset", "Search all videos", () => {
        this.chosenScope = "dataset";
        this.scope.value = "dataset";
        this.again();
      }));
    }
    if (this.modes.value === "words" && answer.indexed) {
      offers.append(textButton("Search by meaning", "Whatever the words", () => {
        this.modes.set("both");
        this.again();
      }));
    }
    if (offers.childElementCount) this.hint.append(offers);
  }

  /** @param {string} problem */
  showNotices(problem = "") {
    const lines = [];
    if (problem) lines.push(notice(problem));
    else if (this.isIndexing) lines.push(notice("Indexing the captions …"));
    else if (this.place && !this.indexed) {
      lines.push(notice("Captions are found by their words only. An index also finds them by what they mean.", this.indexButton("Index the captions")));
    } else {
      if (this.answer?.notice) lines.push(notice(capital(this.answer.notice)));
      if (this.stale) lines.push(notice(capital(this.stale), this.indexButton("Update the index")));
      if (this.answer && this.isByMeaningOnly()) {
        lines.push(notice("None of these captions has one of the words: they are the nearest in meaning."));
      }
    }
    this.notices.replaceChildren(...lines);
  }

  /** Whether words were looked for as well, and no row has any. */
  isByMeaningOnly() {
    const { answer } = this;
    return Boolean(answer?.rows.length && answer.mode === "both" && !this.rows.haveMarks);
  }

  /** @param {string} label */
  indexButton(label) {
    return textButton(label, "Runs for a while: about 100 to 200 new texts a second", () => this.index());
  }

  async index() {
    this.isIndexing = true;
    this.showNotices();
    try {
      await runOperator(`${PLUGIN}/index_captions`, {});
    } catch (error) {
      console.warn(error);
    }
    this.isIndexing = false;
    await this.check();
    if (this.place) this.filters.offer({ ...this.place, indexed: this.indexed });
    this.again();
  }

  // What is done with it.

  /**
   * @param {SearchRow} row
   * @param {boolean} loop whether to repeat the segment
   */
  async open(row, loop) {
    const { sample, node, field } = row;
    this.rows.setActive(this.rows.items.findIndex((item) => item.row === row));
    // The tree marks all that was found in this video.
    const found = (this.answer?.rows ?? []).flatMap((each) => [each, ...(each.branch ?? [])]);
    const nodes = new Set(found.filter((each) => each.sample === sample && each.node).map((each) => each.node));
    const params = { sample, node, field, text: this.input.value, nodes: [...nodes], loop };
    this.say(await this.host.ask("open", params));
  }

  /**
   * Does something with all rows; returns whether it could be done.
   *
   * @param {"show" | "show_clips" | "tag"} method
   * @param {object} more what else it takes
   */
  async act(method, more = {}) {
    const rows = this.answer?.rows ?? [];
    const scope = this.scope.value;
    const outcome = await this.host.ask(method, {
      text: this.input.value, scope, labels: rows.map((row) => row.label), samples: rows.map((row) => row.sample),
      of: [...new Set(rows.map((row) => row.field))], ...more,
    });
    if (method === "tag") this.tagging.element.hidden = true;
    // The grid now shows only what was found: the next search is not to be among that only.
    else if (scope !== "video") this.chosenScope = "dataset";
    this.say(outcome);
    return Boolean(outcome && !outcome.problem);
  }

  /** Shows what was found in the grid, whose view is what is exported. */
  async export() {
    if (await this.act("show")) await this.host.ask("export", {});
  }

  /** @param {{problem?: string} | null} outcome */
  say(outcome) {
    if (!outcome || outcome.problem) this.showNotices(outcome?.problem ?? "This could not be done: try again");
  }

  // Keys.

  /** @param {KeyboardEvent} event */
  press(event) {
    const isTyping = event.target === this.input;
    const isOther = !isTyping && event.target instanceof Element && event.target.matches("input, select, button");
    if (isOther && event.key !== "Escape" && event.key !== "/") {
      event.stopPropagation();
      return;
    }
    if (!this.act_on(event, isTyping)) {
      if (isTyping) event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * Does what a key does; returns whether it does anything.
   *
   * @param {KeyboardEvent} event
   * @param {boolean} isTyping
   */
  act_on({ key, shiftKey, ctrlKey, metaKey, altKey, isComposing }, isTyping) {
    if (ctrlKey || metaKey || altKey || isComposing) return false;
    if (key === "/" && !isTyping) this.input.focus();
    else if (key === "ArrowDown") this.rows.move(1);
    else if (key === "ArrowUp") this.rows.move(-1);
    else if (key === "Enter") this.enter(shiftKey);
    else if (key === "Escape" && this.input.value) {
      this.input.value = "";
      this.input.focus();
      this.typed();
    } else return false;
    return true;
  }

  /**
   * Opens the row that the keys have reached, else the first, once the answer is there.
   *
   * @param {boolean} loop
   */
  enter(loop) {
    if (this.root.dataset.state === "asking") {
      this.asking.now(this.request());
      return;
    }
    const row = this.rows.activeRow ?? this.rows.items[0]?.row;
    if (row) this.open(row, loop);
  }

  showActive() {
    const item = this.rows.items[this.rows.active];
    if (item) this.input.setAttribute("aria-activedescendant", item.element.id);
    else this.input.removeAttribute("aria-activedescendant");
  }
}

/**
 * @param {string} text
 * @param {(Node | null)[]} parts
 */
function notice(text, ...parts) {
  return make("p", { class: "a100-notice" }, make("span", { text, dir: "auto" }), ...parts);
}

/** @param {[string, string][]} list */
function keys(list) {
  return make("dl", {}, ...list.flatMap(([key, does]) => [make("dt", { text: key }), make("dd", { text: does })]));
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
