// The texts on a canvas: their font, and how they are made to fit.

/** The least size of a text, in pixels. */
export const SMALLEST = 12;
/** Lines are further apart than letters are high. */
const LINE = 1.25;
/** The widths of a common and of a wide letter, as shares of the size. */
const LETTER = 0.47;
const WIDE_LETTER = 0.85;
/** No screen shows more letters of one label. */
const MOST_LETTERS = 200;

/** @typedef {Pick<CanvasRenderingContext2D, "measureText">} Measure a context with the font set */

/** @param {number} size in pixels */
export function font(size = SMALLEST) {
  return `${size}px Palanquin, system-ui, sans-serif`;
}

/**
 * Shortens a text to a width, with an ellipsis; returns an empty text where nothing legible fits.
 *
 * @param {Measure} context
 * @param {string} text
 * @param {number} width in pixels
 * @param {number} size of the font
 */
export function fitText(context, text, width, size = SMALLEST) {
  if (!text || width < size) return "";
  const start = text.slice(0, MOST_LETTERS);
  let length = Math.floor(width / (LETTER * size));
  if (length >= start.length && context.measureText(start).width <= width) return start;
  const letters = Array.from(start);
  for (length = Math.min(length, letters.length - 1); length > 1; length -= 1) {
    const shortened = `${letters.slice(0, length).join("").trimEnd()}…`;
    const excess = context.measureText(shortened).width - width;
    if (excess <= 0) return shortened;
    length -= Math.floor(excess / (WIDE_LETTER * size));
  }
  return "";
}

/**
 * Breaks a text into lines at its blanks; the last one is shortened to what fits.
 *
 * @param {Measure} context
 * @param {string} text
 * @param {number} width in pixels
 * @param {number} most lines
 * @param {number} size of the font
 */
export function fitLines(context, text, width, most, size) {
  /** @type {string[]} */
  const lines = [];
  let rest = text.slice(0, MOST_LETTERS);
  while (lines.length < most - 1 && rest) {
    const end = lineEnd(context, rest, width, size);
    if (!end) break;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  const last = fitText(context, rest, width, size);
  return last ? [...lines, last] : lines;
}

/**
 * Returns where the first line of a text ends; 0 if the text needs no second line, or its first word is
 * too long.
 *
 * @param {Measure} context
 * @param {string} text
 * @param {number} width
 * @param {number} size
 */
function lineEnd(context, text, width, size) {
  const guess = Math.floor(width / (LETTER * size));
  if (text.length <= guess && context.measureText(text).width <= width) return 0;
  let end = text.lastIndexOf(" ", guess);
  while (end > 0 && context.measureText(text.slice(0, end)).width > width) end = text.lastIndexOf(" ", end - 1);
  return Math.max(end, 0);
}

/**
 * Returns a text as the lines that fit into a box.
 *
 * @param {Measure} context
 * @param {string} text
 * @param {{w: number, h: number}} box
 * @param {number} size of the font
 */
export function linesIn(context, text, box, size) {
  const most = Math.max(1, Math.floor((box.h - 2) / (LINE * size)));
  const lines = most > 1 ? fitLines(context, text, box.w, most, size) : [fitText(context, text, box.w, size)];
  return lines.filter(Boolean);
}

/**
 * Writes lines from the left of a box on, in its middle, in the current font and colour.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {string[]} lines
 * @param {{x: number, y: number, h: number}} box
 * @param {number} size of the font
 */
export function writeLines(context, lines, { x, y, h }, size) {
  context.textAlign = "left";
  const apart = Math.round(LINE * size);
  const first = y + h / 2 + 0.5 - ((lines.length - 1) * apart) / 2;
  lines.forEach((line, k) => context.fillText(line, x, first + k * apart));
}
