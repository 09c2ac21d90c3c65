// Captions over the video: the path of the moment, from the root to the finest node, as far as there is
// room; and the finest one's caption beside the player's clock. While they are shown, the App's own
// captions of the same fields are not: within a field, the App orders those by their words.

import { make } from "./dom.js";
import { NO_TREE, NONE } from "./model.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { TreePanel } from "./panel.js" */
/** @import { Looker } from "./types" */

/** @typedef {"off" | "line" | "path"} OverlayMode */

/** What the button goes through, and how it is called. @type {Record<OverlayMode, string>} */
const MODES = { path: "the path", off: "off", line: "one line" };
const ORDER = /** @type {OverlayMode[]} */ (Object.keys(MODES));
/** How many levels can be chosen; 0 for all. */
const LEVELS = [0, 1, 2, 3, 4, 6];
/** The share of the video's height that captions may cover. */
const SHARE = 0.45;
/** The height of a line by that of its letters, and the letters' size by the video's width, in pixels. */
const LINE = 1.5;
/** A lower place has letters as if the video were so wide by its height. */
const ASPECT = 16 / 9;
const LETTERS = { share: 0.026, least: 12, most: 20 };

export class Overlay {
  /** @type {Looker | null} */
  looker = null;
  /** Gives the App its own captions back. @type {(() => void) | null} */
  giveBack = null;
  size = { width: 0, height: 0 };

  /** @param {TreePanel} panel */
  constructor(panel) {
    this.panel = panel;
    const { overlay, overlayLevels } = readSettings();
    this.mode = overlay && Object.hasOwn(MODES, overlay) ? overlay : "path";
    this.list = make("ol", { class: "a100-overlay", "aria-hidden": "true" });
    this.now = make("span", { class: "a100-now", dir: "auto" });
    this.button = make("button", {
      type: "button", class: "a100-cc", text: "CC", on: { click: () => this.next() },
    });
    this.levels = make(
      "select",
      {
        class: "a100-cc-levels", "aria-label": "Levels of the captions over the video", title: "The finest levels, or all",
        on: { change: () => this.setLevels(Number(this.levels.value)) },
      },
      ...LEVELS.map((n) => make("option", { value: String(n), text: n ? `finest ${n}` : "all levels" })),
    );
    this.levels.value = String(overlayLevels ?? 0);
    if (!this.levels.value) this.levels.value = "0";
    this.controls = make(
      "div",
      // The App has keys of its own, which play the video.
      { class: "a100-cc-bar", on: { keydown: (event) => event.stopPropagation() } },
      this.now, this.levels, this.button,
    );
    this.sizes = new ResizeObserver(([{ contentRect }]) => {
      this.size = contentRect;
      this.show();
    });
  }

  /**
   * Shows the captions over a player's video, those of another one no longer.
   *
   * @param {Looker | null} looker
   */
  attach(looker) {
    this.detach();
    const place = looker?.lookerElement?.element;
    if (!looker || !place || this.panel.model === NO_TREE) return;
    this.looker = looker;
    place.append(this.list);
    this.sizes.observe(place);
    this.apply();
  }

  detach() {
    this.looker = null;
    this.giveBack?.();
    this.giveBack = null;
    this.sizes.disconnect();
    this.list.remove();
    this.controls.remove();
  }

  /** Has the App show its own captions or not, and shows ours as the mode says. */
  apply() {
    const { looker, mode, panel } = this;
    const label = `Captions over the video: ${MODES[mode]}`;
    this.button.setAttribute("aria-label", label);
    this.button.title = `${label}. Press for ${MODES[following(mode)]} (c)`;
    this.button.dataset.mode = mode;
    this.levels.hidden = mode !== "path";
    panel.root.dataset.overlay = mode;
    if (looker && mode !== "off") {
      const fields = new Set(panel.model.data.fields.map(({ name }) => name));
      this.giveBack ??= withoutCaptions(looker, fields, () => this.show());
    } else {
      this.giveBack?.();
      this.giveBack = null;
    }
    this.show();
  }

  next() {
    this.mode = following(this.mode);
    keepSettings({ overlay: this.mode });
    this.apply();
    this.panel.announce(`Captions over the video: ${MODES[this.mode]}`);
  }

  /** @param {number} levels 0 for all */
  setLevels(levels) {
    keepSettings({ overlayLevels: levels });
    this.show();
  }

  /** Shows the captions of the nodes that are on screen now. */
  show() {
    const { looker, mode } = this;
    if (!looker) return;
    const { model, timeline } = this.panel;
    // What the view hides is not over the video, unless it is drawn like the others.
    const nodes = timeline.active.filter((i) => i !== NONE && model.data.labels[i] && !timeline.thin?.has(i));
    const finest = nodes.at(-1) ?? NONE;
    this.placeControls(looker);
    const now = finest === NONE ? "" : model.label(finest);
    Object.assign(this.now, { textContent: now, title: now });
    const { letters, room } = spaceIn(this.size);
    const shown = chosenOf(nodes, mode, Number(this.levels.value), room);
    this.list.hidden = !shown.length;
    this.list.style.fontSize = `${letters}px`;
    this.list.replaceChildren(...shown.map((i, step) => this.line(i, step)));
  }

  /**
   * @param {number} i
   * @param {number} step how far it is indented
   */
  line(i, step) {
    const { model, timeline } = this.panel;
    const colour = timeline.painter?.shades(model, i, timeline.colourBy).full ?? "#fff";
    const style = `--a-step: ${step}; --a-level: ${colour}`;
    return make("li", { style }, make("span", { dir: "auto", text: this.caption(i) }));
  }

  /**
   * Returns a node's label or, if another field is ticked rather than the label's, its text there.
   *
   * @param {number} i
   */
  caption(i) {
    const { data, texts } = this.panel.model;
    const ticked = new Set(this.looker?.state?.options?.activePaths);
    if (texts && !ticked.has(data.fields[data.labelFields?.[i] ?? NONE]?.name)) {
      const other = data.fields.findIndex(({ name }, k) => ticked.has(name) && texts[k].has(i));
      if (other >= 0) return texts[other].get(i);
    }
    return this.panel.model.label(i);
  }

  /**
   * Puts the controls beside the clock of the player, which the App may make later than the player.
   *
   * @param {Looker} looker
   */
  placeControls(looker) {
    if (this.controls.isConnected) return;
    const modal = looker.lookerElement?.element?.closest("#modal");
    modal?.querySelector("[data-testid=timeline-controls-root]")?.append(this.controls);
  }
}

/** @param {OverlayMode} mode */
function following(mode) {
  return ORDER[(ORDER.indexOf(mode) + 1) % ORDER.length];
}

/**
 * Returns the nodes whose captions are over the video, from the root down.
 *
 * @param {number[]} nodes those on screen now
 * @param {OverlayMode} mode
 * @param {number} levels how many of the finest, 0 for all
 * @param {number} room for how many there is room
 */
export function chosenOf(nodes, mode, levels, room) {
  if (mode === "off") return [];
  return nodes.slice(mode === "line" ? -1 : -Math.min(levels || room, room));
}

/**
 * Returns how large letters over a video are, in pixels, and for how many lines there is room.
 *
 * @param {{width: number, height: number}} size of what is shown of the video
 */
export function spaceIn({ width, height }) {
  const { share, least, most } = LETTERS;
  const letters = Math.min(Math.max(Math.min(width, ASPECT * height) * share, least), most);
  return { letters, room: Math.max(Math.floor((height * SHARE) / (letters * LINE)), 1) };
}

/**
 * Keeps a player from drawing the labels of some fields, whatever is ticked; returns what ends it.
 *
 * @param {Looker} looker
 * @param {Set<string>} fields
 * @param {() => void} changed called when the App has changed the player's options
 */
export function withoutCaptions(looker, fields, changed) {
  const { updateOptions } = looker;
  if (!updateOptions || !looker.state?.options) return null;
  let { filter } = looker.state.options;
  /** @type {NonNullable<typeof filter>} */
  const strict = (field, label) => !fields.has(field) && (filter?.(field, label) ?? true);
  looker.updateOptions = (options, ...rest) => {
    // The App's filter changes with what is ticked and what is filtered in the sidebar.
    if ("filter" in options) filter = options.filter;
    updateOptions.call(looker, { ...options, filter: strict }, ...rest);
    changed();
  };
  updateOptions.call(looker, { filter: strict }, true);
  return () => {
    looker.updateOptions = updateOptions;
    updateOptions.call(looker, { filter }, true);
  };
}
