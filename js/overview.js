// The Overview panel: tiles of figures, then distributions, then the long tail, each of which shows
// in the grid what it counts. Python counts and writes all numbers; this side draws them.

import { readTheme } from "./colours.js";
import { make, textButton } from "./dom.js";
import OVERVIEW_STYLE from "./overview.css";
import { figure, withKeys } from "./overview_figures.js";
import STYLE from "./panel.css";

/** @import { Host, OverviewPage, OverviewTile } from "./types" */

export class Overview {
  /**
   * @param {HTMLElement} root
   * @param {Pick<Host, "ask" | "tell">} host
   */
  constructor(root, host) {
    this.root = root;
    this.host = host;
    /** Where the focus was in a page that is no longer shown. @type {{name: string, id: string | undefined} | null} */
    this.left = null;
    root.classList.add("a100", "a100-overview");
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", "Overview");
    this.problem = make("p", { class: "a100-notice", role: "alert", hidden: true });
    this.body = make("div", { class: "a100-page" });
    root.append(make("style", { text: STYLE + OVERVIEW_STYLE }), this.problem, this.body);
    withKeys(this.body, (id) => this.click(id));
    root.addEventListener("keydown", (event) => {
      // The App would hear these instead of the button.
      if ([" ", "Enter"].includes(event.key)) event.stopPropagation();
    });
    this.themes = new MutationObserver(() => this.readTheme());
    this.themes.observe(document.documentElement, { attributes: true });
    this.readTheme();
  }

  destroy() {
    this.themes.disconnect();
    this.root.replaceChildren();
  }

  readTheme() {
    this.root.dataset.theme = readTheme(this.root).dark ? "dark" : "light";
  }

  /** @param {OverviewPage | null} page null while it is on its way */
  show(page) {
    this.say(page?.problem ?? "");
    this.left = this.focused() ?? this.left;
    this.body.replaceChildren(...(page ? this.contents(page) : []));
    this.enter();
    this.root.dataset.state = !page || page.progress ? "counting" : "shown";
  }

  /**
   * @param {OverviewPage} page
   * @returns {HTMLElement[]}
   */
  contents(page) {
    const { host } = this;
    const parts = [];
    if (page.clips) {
      parts.push(textButton("Back to the clips' videos", "Show whole videos", () => host.tell("to_videos", {})));
    }
    if (page.progress) parts.push(progress(page.progress));
    if (page.counted) {
      const all = textButton("Count all", "Read every video of the view, which can take minutes", () => host.tell("count_all", {}));
      parts.push(make("div", { class: "a100-bar a100-quiet" }, make("span", { text: page.counted }), page.every ? null : all));
    }
    if (!page.tiles) return parts;
    parts.push(tiles(page.tiles));
    for (const section of page.sections ?? []) {
      const heading = make("h2", { text: section.title });
      const about = section.about ? make("p", { class: "a100-quiet", text: section.about }) : null;
      const figures = make("div", { class: "a100-figures" }, ...section.figures.map(figure));
      const label = { "aria-label": section.title };
      parts.push(make("section", label, heading, about, section.tiles ? tiles(section.tiles) : null, figures));
    }
    const again = textButton("Count again", "After changes that FiftyOne did not make", () => host.tell("recount", {}));
    const notes = make("ul", {}, ...(page.notes ?? []).map((text) => make("li", { text })));
    parts.push(make("footer", { class: "a100-quiet" }, notes, again));
    return parts;
  }

  /** Returns the figure and the mark that have the focus; null if none has. */
  focused() {
    const mark = this.body.querySelector("figure button:focus");
    if (!(mark instanceof HTMLElement)) return null;
    return { name: mark.closest("figure")?.dataset.figure ?? "", id: mark.dataset.id };
  }

  /**
   * Gives a mark the focus that it had in the page before, or the first of its figure if it is gone:
   * who works by keys stays there. Pages that only say that something is counted may come in between.
   */
  enter() {
    const { body, left } = this;
    if (!left) return;
    const isElsewhere = document.activeElement !== document.body;
    const marks = /** @type {HTMLElement[]} */ ([...body.querySelectorAll(`[data-figure="${left.name}"] button`)]);
    if (!isElsewhere && !marks.length) return;
    this.left = null;
    if (!isElsewhere) (marks.find(({ dataset }) => dataset.id === left.id) ?? marks[0]).focus();
  }

  /**
   * Asks for the view that a mark stands for, and says what went wrong.
   *
   * @param {string} id
   */
  async click(id) {
    this.root.dataset.state = "waiting"; // for the page of the other view
    const answer = await this.host.ask("click", { id });
    this.say(answer?.problem ?? "");
    if (answer?.problem) this.root.dataset.state = "shown";
  }

  /** @param {string} text */
  say(text) {
    this.problem.textContent = text;
    this.problem.hidden = !text;
  }
}

/** @param {{label: string, share: number}} counted */
function progress({ label, share }) {
  const bar = make("progress", { max: "1", value: String(share), "aria-label": label });
  return make("div", { class: "a100-bar", role: "status" }, make("span", { text: label }), bar);
}

/** @param {OverviewTile[]} found */
function tiles(found) {
  return make("dl", { class: "a100-tiles" }, ...found.map(tile));
}

/** @param {OverviewTile} figures */
function tile({ name, value, full, why, more }) {
  const release = full ? `full release ${full}${why ? `, ${why}` : ""}` : "";
  return make(
    "div", {},
    make("dt", { text: name }), make("dd", { class: "a100-figure", text: value }),
    more ? make("dd", { text: more }) : null,
    release ? make("dd", { text: release }) : null,
  );
}
