// The Search panel: one box, its answers as one types, and the way from a row to its segment.

import { Asking } from "./asking.js";
import { readTheme } from "./colours.js";
import { icon, make, textButton } from "./dom.js";
import FINDER_STYLE from "./finder.css";
import { Actions } from "./finder_actions.js";
import { Filters, Modes, nestedChoice, orderChoice, scopeChoice } from "./finder_controls.js";
import { keyList, listenToKeys } from "./finder_keys.js";
import { nothingFound, Notices } from "./finder_notices.js";
import { Rows } from "./finder_rows.js";
import { formatCount } from "./format.js";
import STYLE from "./panel.css";
import { keepSettings, readSettings } from "./settings.js";

/** @import { Host, SearchAnswer, SearchPlace, SearchRequest, SearchRow, SearchScope } from "./types" */

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
  /** Whether to repeat the first row once it is there, which Enter has asked for. @type {boolean | null} */
  awaited = null;
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
    this.scope = scopeChoice(() => this.chooseScope(this.scope.value));
    this.nested = nestedChoice(again);
    this.order = orderChoice(() => this.reorder());
    this.filters = new Filters(again);
    this.message = make("p", { class: "a100-notice", hidden: true });
    this.count = make("output", { class: "a100-count", "aria-live": "polite" });
    this.actions = new Actions(this);
    this.notices = new Notices(host, () => this.indexChanged());
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
    listenToKeys(this);
    this.themes = new MutationObserver(() => this.readTheme());
    this.themes.observe(document.documentElement, { attributes: true });
    onPage.add(this);
    this.readTheme();
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
      this.notices.element,
      make("div", { class: "a100-bar a100-result" }, this.count, this.actions.element),
      this.actions.tagging.element,
      this.hint, this.rows.element, this.more,
    );
    root.append(make("style", { text: STYLE + FINDER_STYLE }), this.message, body);
    return body;
  }

  destroy() {
    onPage.delete(this);
    this.asking.cancel();
    this.notices.destroy();
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
    this.notices.indexed = place.indexed;
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
    if (await this.notices.check()) this.showNotices();
  }

  indexChanged() {
    if (this.place) this.filters.offer({ ...this.place, indexed: this.notices.indexed });
    this.again();
  }

  /** @param {SearchScope} scope */
  chooseScope(scope) {
    this.chosenScope = scope;
    this.scope.value = scope;
    this.again();
  }

  // Asking.

  typed() {
    this.awaited = null;
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
    this.actions.offer(false);
    this.more.hidden = true;
    this.root.dataset.state = "idle";
    this.showNotices();
    this.hint.replaceChildren(
      make("p", { text: "Type what happens. Results come as you type." }),
      keyList(),
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
    this.actions.offer(Boolean(this.answer?.rows.length));
    this.hint.replaceChildren();
    this.count.textContent = "";
    if (this.answer) this.showRows(this.answer, request.text);
    else this.rows.clear();
    if (this.answer && !this.answer.rows.length) this.hint.append(...nothingFound(this, this.answer));
    this.showNotices(answer ? answer.problem : "The search could not be made: try again");
    if (this.awaited !== null) this.enter(this.awaited);
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

  /** @param {string} problem */
  showNotices(problem = "") {
    const { answer } = this;
    const isByMeaningOnly = Boolean(answer?.rows.length && answer.mode === "both" && !this.rows.haveMarks);
    this.notices.show(problem, answer, isByMeaningOnly);
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

  /** @param {{problem?: string} | null} outcome */
  say(outcome) {
    if (!outcome || outcome.problem) this.showNotices(outcome?.problem ?? "This could not be done: try again");
  }

  /**
   * Opens the row that the keys have reached, else the first; waits for an answer that is still to come.
   *
   * @param {boolean} loop
   */
  enter(loop) {
    const isAsking = this.root.dataset.state === "asking";
    this.awaited = isAsking ? loop : null;
    if (isAsking) {
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
