// Draws the overview's figures: what can be clicked is a button, and lies where Python says.

import { make } from "./dom.js";

/** @import { OverviewFigure, OverviewMark, OverviewRow } from "./types" */

const SVG = "http://www.w3.org/2000/svg";
const HINT = "click to show in the grid";
/** The most characters below a plot that fit into a narrow one, which shows every other label of more. */
const MOST_CHARACTERS = 20;

/**
 * Draws a figure with its heading; the line below the heading says what the mouse or the focus is on.
 *
 * @param {OverviewFigure} data
 */
export function figure(data) {
  const keys = (data.keys ?? []).map((name, k) => make("span", { class: "a100-key", "data-key": String(k), text: name }));
  const drawn = data.kind === "plot" ? plot(data) : rows(data);
  const told = make("p", { class: "a100-told a100-quiet", "data-about": data.about, text: data.about });
  return make(
    "figure", { "data-figure": data.name, "data-kind": data.kind },
    make("figcaption", {}, make("h3", { text: data.title }), ...keys), told,
    make("div", { class: "a100-drawn", role: "group", "aria-label": data.title }, drawn),
  );
}

/**
 * Has the marks of figures say what they are, be reached by the arrow keys, and be clicked.
 *
 * @param {HTMLElement} page
 * @param {(id: string) => void} show
 */
export function withKeys(page, show) {
  page.addEventListener("click", ({ target }) => {
    const mark = markOf(target);
    if (mark?.dataset.id) show(mark.dataset.id);
  });
  for (const name of /** @type {const} */ (["pointerover", "focusin", "pointerout", "focusout"])) {
    page.addEventListener(name, ({ target }) => {
      const told = target instanceof Element ? target.closest("figure")?.querySelector(".a100-told") : null;
      if (!(told instanceof HTMLElement)) return;
      const mark = name === "pointerover" || name === "focusin" ? textOf(target) : null;
      told.textContent = mark ?? told.dataset.about ?? "";
    });
  }
  page.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const mark = markOf(event.target);
    if (!step || !mark) return;
    event.stopPropagation();
    const all = [.../** @type {Element} */ (mark.closest("figure")).querySelectorAll("button")];
    const next = all[all.indexOf(mark) + step];
    if (next) moveTo(next, mark);
    event.preventDefault();
  });
  page.addEventListener("focusin", ({ target }) => {
    const mark = markOf(target);
    const first = mark?.closest("figure")?.querySelector("button[tabindex='0']");
    if (mark && first instanceof HTMLButtonElement && first !== mark) moveTo(mark, first);
  });
}

/**
 * Makes a mark the one that the tab key reaches: there is one in each figure.
 *
 * @param {HTMLButtonElement} mark
 * @param {HTMLButtonElement} before
 */
function moveTo(mark, before) {
  before.tabIndex = -1;
  mark.tabIndex = 0;
  mark.focus();
}

/** @param {EventTarget | null} target */
function markOf(target) {
  const mark = target instanceof Element ? target.closest("figure button") : null;
  return mark instanceof HTMLButtonElement ? mark : null;
}

/** @param {EventTarget | null} target */
function textOf(target) {
  const mark = target instanceof Element ? target.closest("[data-text]") : null;
  return mark instanceof HTMLElement ? `${mark.dataset.text}${mark.dataset.id ? ` – ${HINT}` : ""}` : null;
}

/**
 * Makes what stands for a mark: a button if it can be clicked. What it shows is its name, if that is a text.
 *
 * @param {{id?: string, text: string}} mark
 * @param {Record<string, string>} attributes
 * @param {(Node | null)[]} children
 */
function button({ id, text }, attributes, ...children) {
  const element = make(id ? "button" : "span", { ...attributes, "data-text": text }, ...children);
  if (!id) return element;
  const about = element.textContent ? "aria-description" : "aria-label";
  for (const [name, value] of Object.entries({ type: "button", "data-id": id, [about]: text, tabindex: "-1" })) {
    element.setAttribute(name, value);
  }
  return element;
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(3)}%`;
}

/** @param {OverviewFigure} data */
function plot({ marks = [], lines = [], points = [], x = [], y = [], xTitle, yTitle }) {
  const characters = x.reduce((sum, [, label]) => sum + label.length, 0);
  const area = make("div", { class: characters > MOST_CHARACTERS ? "a100-area a100-many" : "a100-area" });
  for (const [at, label] of y) {
    area.append(make("span", { class: "a100-y", style: `bottom: ${percent(at)}`, text: label }));
  }
  for (const [at, label] of x) {
    area.append(make("span", { class: "a100-x", style: `left: ${percent(at)}`, text: label }));
  }
  if (lines.length) area.append(curves(lines));
  const width = percent(1 / Math.max(marks.length, 1));
  marks.forEach((mark, k) => area.append(column(mark, `left: ${percent(k / marks.length)}; width: ${width}`)));
  for (const point of points) {
    const style = `left: ${percent(point.x)}; bottom: ${percent(point.y)}`;
    area.append(button(point, { class: "a100-point", style }));
  }
  firstIsReached(area);
  return make(
    "div", { class: "a100-plot" },
    yTitle ? make("p", { class: "a100-up", text: yTitle }) : null, area,
    xTitle ? make("p", { class: "a100-across", text: xTitle }) : null,
  );
}

/**
 * @param {OverviewMark} mark
 * @param {string} style
 */
function column(mark, style) {
  const colour = mark.colour ? `; --a-mark: ${mark.colour}` : "";
  const bar = (/** @type {string} */ name, /** @type {number} */ low, /** @type {number} */ high) =>
    high > low ? make("i", { class: name, style: `bottom: ${percent(low)}; height: ${percent(high - low)}` }) : null;
  return button(
    mark, { class: mark.full === undefined ? "a100-column" : "a100-column a100-pair", style: style + colour },
    bar("a100-ours", mark.low, mark.high),
    mark.full === undefined ? null : bar("a100-theirs", 0, mark.full),
    mark.mid === undefined ? null : make("i", { class: "a100-mid", style: `bottom: ${percent(mark.mid)}` }),
  );
}

/** @param {{points: [number, number][]}[]} lines */
function curves(lines) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  lines.forEach(({ points }, k) => {
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("points", points.map(([x, y]) => `${x},${1 - y}`).join(" "));
    line.setAttribute("data-key", String(k));
    svg.append(line);
  });
  return svg;
}

/** @param {OverviewFigure} data */
function rows({ kind, rows = [] }) {
  const list = make("ul", { class: "a100-rows" });
  for (const row of rows) list.append(make("li", {}, bars(row), kind === "slices" ? slices(row) : null));
  firstIsReached(list);
  return list;
}

/** @param {OverviewRow} row */
function bars(row) {
  const line = (/** @type {string} */ name, /** @type {number} */ share, /** @type {string} */ shown) =>
    make(
      "span", { class: "a100-line" },
      share > 0 ? make("i", { class: name, style: `width: ${percent(share)}` }) : null, make("b", { text: shown }),
    );
  return button(
    row, { class: "a100-row" },
    make("span", { class: "a100-label", dir: "auto", text: row.label }),
    make(
      "span", { class: "a100-lines" },
      line("a100-ours", row.share, row.shown),
      row.full === undefined ? null : line("a100-theirs", row.full, row.fullShown ?? ""),
    ),
  );
}

/** @param {OverviewRow} row */
function slices({ parts = [], rest }) {
  const named = parts.map((part) =>
    button(
      part, { class: "a100-slice", style: `flex-grow: ${(100 * part.share).toFixed(2)}` },
      make("span", { dir: "auto", text: part.label }), make("b", { text: part.shown }),
    ));
  const others = rest ? button(rest, { class: "a100-slice a100-rest" }, make("span", { text: `${rest.label} ${rest.shown}` })) : null;
  return make("div", { class: "a100-slices" }, ...named, others);
}

/** @param {Element} drawn */
function firstIsReached(drawn) {
  drawn.querySelector("button")?.setAttribute("tabindex", "0");
}
