// The lines above the results: what went wrong, how things were found, and the index, which they offer
// to make and to update.

import { PLUGIN, runOperator } from "./app.js";
import { make, textButton } from "./dom.js";

/** @import { Finder } from "./finder.js" */
/** @import { Host, SearchAnswer } from "./types" */

/** The indexing that this page has started. */
const job = { isRunning: false, label: "", share: /** @type {number | null} */ (null) };
/** Those on the page. @type {Set<Notices>} */
const onPage = new Set();

/**
 * Shows in all panels of the page how far the indexing is.
 *
 * @param {string} label
 * @param {number | null} share of what is to be done, from 0 to 1; null if that is unknown
 */
export function showIndexProgress(label, share) {
  Object.assign(job, { label, share });
  for (const notices of onPage) notices.show(...notices.shown);
}

export class Notices {
  /** What `check` has found. */
  stale = "";
  /** The fields that are indexed; null if there is no index. @type {string[] | null} */
  indexed = null;
  /** What `show` was given last. @type {[string, SearchAnswer | null, boolean]} */
  shown = ["", null, false];

  /**
   * @param {Pick<Host, "ask">} host
   * @param {() => void} changed the index is another
   */
  constructor(host, changed) {
    this.host = host;
    this.changed = changed;
    this.element = make("div", { class: "a100-notices", role: "status" });
    onPage.add(this);
  }

  destroy() {
    onPage.delete(this);
  }

  /**
   * @param {string} problem
   * @param {SearchAnswer | null} answer
   * @param {boolean} isByMeaningOnly whether words were looked for as well, and no row has any
   */
  show(problem = "", answer = null, isByMeaningOnly = false) {
    this.shown = [problem, answer, isByMeaningOnly];
    const lines = [];
    if (problem) lines.push(notice(problem));
    else if (job.isRunning) lines.push(indexing());
    else if (!this.indexed) {
      const offer = this.button("Index the captions");
      lines.push(notice("Captions are found by their words only. An index also finds them by what they mean.", offer));
    } else {
      if (answer?.notice) lines.push(notice(capital(answer.notice)));
      if (this.stale) lines.push(notice(capital(this.stale), this.button("Update the index")));
      if (isByMeaningOnly) lines.push(notice("None of these captions has one of the words: they are the nearest in meaning."));
    }
    this.element.replaceChildren(...lines);
  }

  /** Asks whether there is an index, and whether it is up to date. */
  async check() {
    const found = await this.host.ask("check", {});
    if (!found || found.problem) return false;
    this.indexed = found.indexed;
    this.stale = found.stale;
    return true;
  }

  /** @param {string} label */
  button(label) {
    return textButton(label, "Runs for a while: about 100 to 200 new texts a second", () => this.index());
  }

  async index() {
    job.isRunning = true;
    showIndexProgress("", null);
    try {
      await runOperator(`${PLUGIN}/index_captions`, { in_panel: true });
    } catch (error) {
      console.warn(error);
    }
    job.isRunning = false;
    await Promise.all([...onPage].map((notices) => notices.check()));
    for (const notices of onPage) notices.changed();
  }
}

/** Returns what says how far the indexing is; captions are found by their words meanwhile. */
function indexing() {
  const { label, share } = job;
  const bar = make("progress", { max: "1", value: share === null ? null : String(share), "aria-label": "Indexing" });
  return notice(label ? `Indexing the captions: ${label}` : "Indexing the captions …", bar);
}

/**
 * Returns what says that nothing was found, and what else can be tried.
 *
 * @param {Finder} finder
 * @param {SearchAnswer} answer
 */
export function nothingFound(finder, answer) {
  const { filters, modes, scope } = finder;
  const why = answer.mode === "words" && !answer.indexed ? "No caption has all of these words" : "No caption has these words";
  const said = make("p", { text: `${why}${filters.count ? " and passes the filters" : ""}.` });
  const offers = [];
  if (filters.count) {
    offers.push(textButton("Clear the filters", "Search all captions", () => {
      filters.clear();
      finder.again();
    }));
  }
  if (scope.value !== "dataset") {
    offers.push(textButton("Search the whole dataset", "Search all videos", () => finder.chooseScope("dataset")));
  }
  if (modes.value === "words" && answer.indexed) {
    offers.push(textButton("Search by meaning", "Whatever the words", () => {
      modes.set("both");
      finder.again();
    }));
  }
  return offers.length ? [said, make("div", { class: "a100-actions" }, ...offers)] : [said];
}

/**
 * @param {string} text
 * @param {(Node | null)[]} parts
 */
function notice(text, ...parts) {
  return make("p", { class: "a100-notice" }, make("span", { text, dir: "auto" }), ...parts);
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
