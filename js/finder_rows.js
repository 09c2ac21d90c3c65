// The rows of the Search panel: what was found, the best first or by video.

import { icon, linkButton, make } from "./dom.js";
import { formatCount, formatDuration, formatTime } from "./format.js";
import { fromFirstMark, markWords, queryWords } from "./marks.js";
import { addressOf, HEIGHT, pictures, WIDTH } from "./pictures.js";

/** @import { SearchAnswer, SearchRow } from "./types" */

/** Captions with more letters may not fit into their row: they are also shown while the mouse is on them. */
const LONG = 120;
/** Captions above a segment that are shown; those between are "…". */
const MOST_ABOVE = 3;

/**
 * @typedef {object} Shown what the rows are of
 * @property {SearchAnswer} answer
 * @property {string} text what was looked for
 * @property {boolean} byVideo whether the rows of a video are together
 * @property {boolean} oneVideo whether all are of the open video
 * @property {string[]} colours of the levels
 */

/** @typedef {{row: SearchRow, element: HTMLElement}} Item */

/**
 * Returns the rows in the order in which they are shown; by video, that of each video's best row.
 *
 * @param {SearchRow[]} rows
 * @param {boolean} byVideo
 */
export function ordered(rows, byVideo) {
  if (!byVideo) return rows;
  /** @type {Map<string, SearchRow[]>} */
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(row.sample);
    if (group) group.push(row);
    else groups.set(row.sample, [row]);
  }
  return [...groups.values()].flat();
}

/**
 * Returns the captions above a segment in one line: root › … › grandparent › parent.
 *
 * @param {string[]} path
 */
export function shortPath(path) {
  if (path.length <= MOST_ABOVE) return path;
  return [path[0], "…", ...path.slice(1 - MOST_ABOVE)];
}

export class Rows {
  /** In the order on screen. @type {Item[]} */
  items = [];
  active = -1;
  /** Whether a caption has a word that was looked for. */
  haveMarks = false;

  /**
   * @param {(row: SearchRow, loop: boolean) => void} open
   * @param {() => void} changed the active row is another
   */
  constructor(open, changed) {
    this.open = open;
    this.changed = changed;
    this.element = make("ol", {
      class: "a100-found", role: "grid", "aria-label": "What was found", id: "a100-found",
    });
    /** @type {WeakMap<Element, {source: string, at: number, canvas: HTMLCanvasElement}>} */
    this.wantedOf = new WeakMap();
    this.watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const wanted = this.wantedOf.get(target);
        if (!wanted || wanted.canvas.dataset.picture) continue;
        if (isIntersecting) pictures.want(wanted);
        else pictures.forget(wanted.canvas);
      }
    });
  }

  destroy() {
    this.clear();
  }

  clear() {
    for (const { element } of this.items) this.forget(element);
    this.watch.disconnect();
    this.items = [];
    this.element.replaceChildren();
    this.setActive(-1);
  }

  /** @param {HTMLElement} element of a row that goes */
  forget(element) {
    const wanted = this.wantedOf.get(element);
    if (wanted) pictures.forget(wanted.canvas);
    this.watch.unobserve(element);
  }

  /**
   * Shows the other segments of a row's branch below it, or hides them.
   *
   * @param {SearchRow} row
   * @param {HTMLElement} button
   * @param {Shown} shown
   * @param {string[]} words
   */
  toggleBranch(row, button, shown, words) {
    const place = this.items.findIndex((item) => item.row === row);
    const branch = row.branch ?? [];
    const isOpen = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isOpen));
    this.setActive(-1);
    if (isOpen) {
      for (const { element } of this.items.splice(place + 1, branch.length)) {
        this.forget(element);
        element.remove();
      }
    } else {
      const inner = branch.map((other) => ({ row: other, element: this.rowElement(other, shown, words) }));
      for (const { element } of inner) {
        element.classList.add("a100-inner");
        this.watch.observe(element);
      }
      this.items[place].element.after(...inner.map(({ element }) => element));
      this.items.splice(place + 1, 0, ...inner);
    }
  }

  /** @param {Shown} shown */
  show(shown) {
    this.clear();
    const { answer, byVideo, oneVideo } = shown;
    const words = queryWords(shown.text);
    this.haveMarks = false;
    let sample = "";
    for (const row of ordered(answer.rows, byVideo)) {
      if (byVideo && !oneVideo && row.sample !== sample) {
        sample = row.sample;
        this.element.append(videoHead(answer, sample));
      }
      const element = this.rowElement(row, shown, words);
      this.items.push({ row, element });
      this.element.append(element);
      this.watch.observe(element);
    }
  }

  /**
   * @param {SearchRow} row
   * @param {Shown} shown
   * @param {string[]} words
   */
  rowElement(row, shown, words) {
    const { answer, byVideo, oneVideo, colours } = shown;
    const video = answer.videos[row.sample];
    const canvas = make("canvas", { class: "a100-picture", width: String(WIDTH), height: String(HEIGHT) });
    const picture = this.playButton(row, canvas);
    const caption = make("span", { class: "a100-caption", dir: "auto", title: row.text.length > LONG ? row.text : null });
    for (const run of fromFirstMark(markWords(row.text, words, answer.indexed))) {
      this.haveMarks ||= run.marked;
      caption.append(run.marked ? make("mark", { text: run.text }) : document.createTextNode(run.text));
    }
    const path = make("span", { class: "a100-above", dir: "auto", title: row.path?.join(" › ") });
    path.textContent = shortPath(row.path ?? []).join(" › ");
    path.hidden = !row.path?.length;
    const facts = make(
      "span", { class: "a100-facts" },
      make("span", { text: `${formatTime(row.start, 1)} – ${formatTime(row.end, 1)}` }),
      make("span", { class: "a100-level", text: `Level ${row.level}`, style: levelStyle(colours, row.level) }),
      this.branchButton(row, shown, words),
    );
    const title = byVideo || oneVideo ? "" : video?.title ?? "";
    const origin = make(
      "span", { class: "a100-origin" },
      make("span", { dir: "auto", text: title, title }), make("span", { class: "a100-field", text: row.field }),
    );
    const reason = row.reason ? make("span", { class: "a100-reason", text: row.reason }) : null;
    const meter = make("meter", { min: "0", max: "1", value: String(row.score), "aria-hidden": "true" });
    const score = row.reason
      ? make("span", { class: "a100-score", role: "gridcell", title: "How much it stands out, in standard deviations" })
      : make("span", { class: "a100-score", role: "gridcell", title: "How well it matches: 1 for the same text" });
    score.append(make("span", { text: row.score.toFixed(row.reason ? 1 : 2) }), ...(row.reason ? [] : [meter]));
    const element = make(
      "li",
      {
        class: "a100-row", role: "row", "aria-selected": "false", "data-node": row.node, "data-sample": row.sample,
        id: `a100-row-${row.label}`, title: "Open the video at this segment (Enter)",
        on: { click: (event) => this.open(row, event.shiftKey) },
      },
      make("span", { class: "a100-cell", role: "gridcell" }, picture),
      make("span", { class: "a100-words", role: "gridcell" }, caption, reason, path, facts, origin), score,
    );
    if (video) this.wantedOf.set(element, { source: addressOf(video.path), at: row.at, canvas });
    else canvas.dataset.picture = "missing";
    return element;
  }

  /**
   * Returns the picture of a segment, which plays it.
   *
   * @param {SearchRow} row
   * @param {HTMLCanvasElement} canvas
   */
  playButton(row, canvas) {
    const label = "Play this segment, again and again";
    const lasts = formatDuration(row.end - row.start);
    return make(
      "button",
      {
        type: "button", class: "a100-frame-box", tabindex: "-1", "aria-label": `${label}: ${lasts}`, title: `${label} (⇧Enter)`,
        on: {
          click: (event) => {
            event.stopPropagation();
            this.open(row, true);
          },
        },
      },
      canvas, make("span", { class: "a100-plays" }, icon("play")),
      make("span", { class: "a100-lasts", text: lasts }),
    );
  }

  /**
   * Returns what says how many other segments of the branch were found, and shows them.
   *
   * @param {SearchRow} row
   * @param {Shown} shown
   * @param {string[]} words
   */
  branchButton(row, shown, words) {
    if (!row.branch?.length) return null;
    const button = linkButton(`+${row.branch.length} in the same branch`, () => {}, "Show the segments above and below this one");
    button.setAttribute("aria-expanded", "false");
    button.tabIndex = -1;
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      this.toggleBranch(row, button, shown, words);
    });
    return button;
  }

  /** The row that the keys have reached. */
  get activeRow() {
    return this.items[this.active]?.row ?? null;
  }

  /**
   * Moves to the next row (+1) or the one before (-1).
   *
   * @param {number} step
   */
  move(step) {
    const last = this.items.length - 1;
    this.setActive(Math.min(Math.max(this.active + step, last < 0 ? -1 : 0), last));
  }

  /** @param {number} place -1 for none */
  setActive(place) {
    this.items[this.active]?.element.setAttribute("aria-selected", "false");
    this.active = place;
    const element = this.items[place]?.element;
    element?.setAttribute("aria-selected", "true");
    element?.scrollIntoView({ block: "nearest" });
    this.changed();
  }
}

/**
 * @param {SearchAnswer} answer
 * @param {string} sample
 */
function videoHead(answer, sample) {
  const video = answer.videos[sample];
  const rows = answer.rows.filter((row) => row.sample === sample).length;
  const lasts = video?.seconds ? `, ${formatTime(video.seconds, 0)} long` : "";
  return make(
    "li", { class: "a100-video", role: "row" },
    make("b", { dir: "auto", role: "gridcell", text: video?.title ?? "" }),
    make("span", { role: "gridcell", text: `${formatCount(rows, "moment")}${lasts}` }),
  );
}

/**
 * @param {string[]} colours
 * @param {number} level
 */
function levelStyle(colours, level) {
  return colours.length ? `--a-level: ${colours[Math.max(0, level) % colours.length]}` : null;
}
