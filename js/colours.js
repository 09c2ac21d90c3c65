// The colours of the App's theme, and those of the nodes: by level, verb or duration.

import { context2d } from "./dom.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Mark, Palette, Rgb, Theme } from "./types" */

/** What nodes can be coloured by. */
export const COLOUR_BY = /** @type {const} */ (["level", "verb", "duration"]);
/** @typedef {typeof COLOUR_BY[number]} ColourBy */

/**
 * A colour in the shades that a node is drawn with, and the ink that is legible on each.
 *
 * @typedef {Record<"full" | "fullInk" | "muted" | "mutedInk" | "faint" | "faintInk", string>} Shades
 */

/**
 * What each mark looks like besides its colour: a line with a triangle (the playhead), a line at a
 * node's lower edge (the cut), a bracket over frames (the range), a line at a node's upper edge (a match
 * of the search), a ring (the focus of the keyboard).
 *
 * @type {Record<"dark" | "light", Record<Mark, string>>}
 */
export const MARKS = {
  dark: { head: "#ff6d04", cut: "#00c2a8", range: "#ff9bf5", match: "#fff36b", focus: "#4f83ff" },
  light: { head: "#d95400", cut: "#008f7a", range: "#b01090", match: "#5c4300", focus: "#1a4fe0" },
};

/**
 * Parses a CSS colour by having the browser write it as `#rrggbb` or `rgb(...)`.
 *
 * @param {string} text
 * @param {{fillStyle: unknown}} context of a canvas
 * @returns {Rgb}
 */
export function parseColour(text, context) {
  context.fillStyle = "#000";
  context.fillStyle = text;
  const value = String(context.fillStyle);
  const parts = value.startsWith("#")
    ? [1, 3, 5].map((k) => parseInt(value.slice(k, k + 2), 16))
    : (value.match(/[\d.]+/g) ?? []).map(Number);
  const [r = 0, g = 0, b = 0] = parts;
  return [r, g, b];
}

/** @param {Rgb} rgb */
export function toHex(rgb) {
  return `#${rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Mixes a share of another colour into a colour.
 *
 * @param {Rgb} rgb
 * @param {Rgb} other
 * @param {number} share 0 to 1
 * @returns {Rgb}
 */
export function mix([r, g, b], other, share) {
  return [r + (other[0] - r) * share, g + (other[1] - g) * share, b + (other[2] - b) * share];
}

/**
 * Returns the relative luminance, as WCAG 2 defines it.
 *
 * @param {Rgb} rgb
 */
export function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => {
    const share = c / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * Returns the contrast of two colours, as WCAG 2 defines it: 1 to 21.
 *
 * @param {Rgb} one
 * @param {Rgb} other
 */
export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/**
 * Returns black or white, whichever is more legible on a colour. One of them has a contrast of 4.5.
 *
 * @param {Rgb} rgb
 */
export function inkOn(rgb) {
  return contrast(rgb, [255, 255, 255]) >= contrast(rgb, [0, 0, 0]) ? "#ffffff" : "#000000";
}

/**
 * Reads the colours of the App's theme.
 *
 * @param {Element} element in the App
 * @returns {Theme}
 */
export function readTheme(element) {
  const scratch = context2d(document.createElement("canvas"));
  const style = getComputedStyle(element);
  /** @type {(name: string, fallback: string) => Rgb} */
  const read = (name, fallback) => parseColour(style.getPropertyValue(name).trim() || fallback, scratch);
  const text = read("--fo-palette-text-primary", "#ffffff");
  const background = read("--fo-palette-background-level2", "#1a1a1a");
  const dark = luminance(background) < 0.4;
  return {
    dark,
    background,
    text,
    quiet: mix(text, background, dark ? 0.32 : 0.3),
    line: mix(text, background, dark ? 0.78 : 0.8),
    marks: marksOf(dark, scratch),
  };
}

/**
 * @param {boolean} dark
 * @param {{fillStyle: unknown}} context of a canvas
 */
function marksOf(dark, context) {
  const colours = Object.entries(dark ? MARKS.dark : MARKS.light);
  return /** @type {Record<Mark, Rgb>} */ (
    Object.fromEntries(colours.map(([mark, colour]) => [mark, parseColour(colour, context)]))
  );
}

/**
 * Gives the marks' colours to the style sheets, as `--a-cut` and so on.
 *
 * @param {HTMLElement} element that has the marks
 * @param {Theme} theme
 */
export function styleMarks(element, { marks }) {
  for (const [mark, rgb] of Object.entries(marks)) element.style.setProperty(`--a-${mark}`, toHex(rgb));
}

/**
 * Returns a node's colour as the palette has it.
 *
 * @param {Palette} palette
 * @param {TreeModel} model
 * @param {number} i
 * @param {ColourBy} by
 */
export function nodeColour(palette, model, i, by) {
  if (by === "verb") {
    const verb = model.data.verbs.of[i];
    return verb >= 0 ? palette.verbs[verb % palette.verbs.length] : palette.tail;
  }
  if (by === "duration") {
    const seconds = model.seconds(i);
    const longest = palette.durations[palette.durations.length - 1];
    return (palette.durations.find((bin) => seconds < bin.below) ?? longest).colour;
  }
  return levelColour(palette, model.data.levels[i]);
}

/**
 * @param {Palette} palette
 * @param {number} level
 */
function levelColour(palette, level) {
  return palette.levels[Math.max(0, level) % palette.levels.length];
}

/** Makes the shades and patterns of a theme, each once. */
export class Painter {
  /**
   * @param {Palette} palette
   * @param {Theme} theme
   */
  constructor(palette, theme) {
    this.palette = palette;
    this.theme = theme;
    /** @type {Map<string, Shades>} */
    this.shadesOf = new Map();
    /** @type {Map<string, CanvasPattern | null>} */
    this.hatchOf = new Map();
    this.scratch = context2d(document.createElement("canvas"));
  }

  /**
   * Returns the shades of a node.
   *
   * @param {TreeModel} model
   * @param {number} i
   * @param {ColourBy} by
   */
  shades(model, i, by) {
    return this.shadesOfColour(nodeColour(this.palette, model, i, by));
  }

  /**
   * Returns the shades of a level.
   *
   * @param {number} level
   */
  shadesOfLevel(level) {
    return this.shadesOfColour(levelColour(this.palette, level));
  }

  /** @param {string} colour */
  shadesOfColour(colour) {
    let shades = this.shadesOf.get(colour);
    if (!shades) {
      shades = shadesOf(parseColour(colour, this.scratch), this.theme);
      this.shadesOf.set(colour, shades);
    }
    return shades;
  }

  /**
   * Returns a pattern of diagonal lines.
   *
   * @param {string} colour
   */
  hatch(colour) {
    let pattern = this.hatchOf.get(colour);
    if (pattern === undefined) {
      pattern = this.scratch.createPattern(hatchTile(colour), "repeat");
      this.hatchOf.set(colour, pattern);
    }
    return pattern;
  }
}

/** How much of the background is in the shade of what is not on screen now, in a dark and a light theme. */
const MUTED = { dark: 0.26, light: 0.5 };

/**
 * @param {Rgb} rgb
 * @param {Theme} theme
 * @returns {Shades}
 */
export function shadesOf(rgb, theme) {
  const muted = mix(rgb, theme.background, theme.dark ? MUTED.dark : MUTED.light);
  return {
    full: toHex(rgb),
    fullInk: inkOn(rgb),
    muted: toHex(muted),
    mutedInk: inkOn(muted),
    faint: toHex(mix(rgb, theme.background, 0.86)),
    faintInk: toHex(theme.text),
  };
}

/** @param {string} colour */
function hatchTile(colour) {
  const tile = document.createElement("canvas");
  tile.width = 6;
  tile.height = 6;
  const context = context2d(tile);
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.beginPath();
  for (const shift of [-6, 0, 6]) {
    context.moveTo(shift - 1, 7);
    context.lineTo(shift + 7, -1);
  }
  context.stroke();
  return tile;
}
