// Makes elements. Texts are only ever set as text, never as markup: captions are untrusted.

/** @typedef {{[Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void}} Listeners */
/**
 * @typedef {object} Attributes
 * @property {string} [text] the element's text
 * @property {Listeners} [on] what it listens to
 */
/** @typedef {{[name: string]: string | boolean | null | undefined | Listeners}} OtherAttributes */

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes & OtherAttributes} attributes those that are false, null or undefined are left out
 * @param {(Node | null | undefined)[]} children
 */
export function make(tag, { text, on, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, listener] of Object.entries(on ?? {})) {
    element.addEventListener(name, /** @type {EventListener} */ (listener));
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "string") element.setAttribute(name, value);
    else if (value === true) element.setAttribute(name, "");
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** The icons, as paths in a square of 16 by 16. */
const ICONS = {
  start: "M3 3h2v10H3zM13 3v10L6 8z",
  previous: "M11 3v10L4 8z",
  play: "M4 3v10l9-5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M5 3v10l7-5z",
  end: "M11 3h2v10h-2zM3 3v10l7-5z",
  loop: "M4 4h7V2l3 3-3 3V6H5v3H3V5zM12 12H5v2l-3-3 3-3v2h6V7h2v4z",
  fit: "M2 7h3V5l3 3-3 3V9H2zM14 7h-3V5L8 8l3 3V9h3zM7.3 2h1.4v12H7.3z",
  pin: "M10 2l4 4-1 1-1-.3-2.6 2.6.1 2.6-1 1L6 10.4l-3.3 3.3-.7-.7 3.3-3.3L2.8 7.2l1-1 2.6.1L9 3.7 8.7 2.8z",
  search: "M7 2a5 5 0 1 0 3 9l3.3 3.2 1-1L11 10A5 5 0 0 0 7 2zm0 1.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z",
  undo: "M6 3v3h3a4 4 0 0 1 0 8H5v-1.6h4a2.4 2.4 0 0 0 0-4.8H6v3L1.5 6.8z",
  redo: "M10 3v3H7a4 4 0 0 0 0 8h4v-1.6H7a2.4 2.4 0 0 1 0-4.8h3v3l4.5-3.8z",
  beside: "M2 3h5v10H2zM3.2 4.2v7.6h2.6V4.2zM8.5 3H14v10H8.5z",
  below: "M2 2.5h12v5H2zM3.2 3.7v2.6h9.6V3.7zM2 9h12v4.5H2z",
  alone: "M2 3h12v10H2z",
  fix: "M11.2 2l2.8 2.8-7.6 7.6L3 13l.6-3.4zM2 14h12v1H2z",
  copy: "M5 2h8v9h-2v-1.5h.5v-6h-5V4H5zM3 5h7v9H3zm1.5 1.5v6h4v-6z",
};

/** @typedef {keyof typeof ICONS} IconName */

const SVG = "http://www.w3.org/2000/svg";

/** @param {IconName} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [attribute, value] of Object.entries({
    viewBox: "0 0 16 16", width: "14", height: "14", "aria-hidden": "true",
  })) svg.setAttribute(attribute, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}

/**
 * Makes a button that shows an icon, named for screen readers.
 *
 * @param {IconName} name
 * @param {string} label
 * @param {string} key that does the same; empty if none
 * @param {() => void} press
 */
export function iconButton(name, label, key, press) {
  const title = key ? `${label} (${key})` : label;
  const attributes = { type: "button", class: "a100-icon", "aria-label": label, title };
  return make("button", { ...attributes, on: { click: press } }, icon(name));
}

/**
 * @param {string} label
 * @param {string} title
 * @param {() => void} press
 */
export function textButton(label, title, press) {
  const attributes = { type: "button", class: "a100-button", title, text: label };
  return make("button", { ...attributes, on: { click: press } });
}

/**
 * Makes a button that looks like a link.
 *
 * @param {string} text
 * @param {() => void} press
 * @param {string} [title]
 */
export function linkButton(text, press, title) {
  const attributes = { type: "button", class: "a100-link", dir: "auto", title, text };
  return make("button", { ...attributes, on: { click: press } });
}

/**
 * Returns where an event is on an element, in pixels from its top left corner.
 *
 * @param {MouseEvent} event
 * @param {HTMLElement} element
 */
export function placeOn({ clientX, clientY }, element) {
  const { left, top } = element.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

/**
 * Returns a canvas's context. A browser has one for every canvas that asks for no other kind.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function context2d(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * Copies a text, and shows on a button for a moment that it was copied.
 *
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copyFrom(button, text) {
  await copyText(text);
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, 1500);
}

/**
 * Copies a text; by a hidden field where the browser has no clipboard, as over plain HTTP.
 *
 * @param {string} text
 */
async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = make("textarea", { "aria-hidden": "true", class: "a100-away" });
  area.value = text;
  document.body.append(area);
  const focused = document.activeElement;
  area.select();
  document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
}
