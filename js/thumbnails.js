// What thumbnails say. The App writes all captions of a ticked field, three at most and then "and 28
// more", each with its frames, and a duration in plain seconds. This leaves two captions without their
// frames, so that the picture is seen, and writes durations as clocks do.

import { formatTime } from "./format.js";

/** The most captions on a thumbnail. */
const MOST = 2;
const TAG = "[data-cy^='tag-']";
const DURATION = "metadata.duration";

const FRAMES = / \[\d+, \d+\]$/;
const MORE = /^and (\d+) more$/;

/**
 * Returns seconds, as the App writes them where the browser is set to, as a clock shows them.
 *
 * @param {string} text
 */
function clock(text) {
  const point = (1.5).toLocaleString().charAt(1);
  const seconds = Number(text.replace(point, "!").replace(/[^\d!]/g, "").replace("!", "."));
  return seconds > 0 ? formatTime(seconds, 0) : text;
}

/**
 * Returns what the tags of a thumbnail are to say, null for nothing.
 *
 * @param {{path: string, text: string}[]} tags as the App has written them
 * @returns {(string | null)[]}
 */
export function shortened(tags) {
  const withFrames = new Set(tags.filter(({ text }) => FRAMES.test(text)).map(({ path }) => path));
  let captions = 0;
  let more = 0;
  let rest = -1;
  const texts = tags.map(({ path, text }, place) => {
    if (path === DURATION) return clock(text);
    if (!withFrames.has(path)) return text;
    const left = MORE.exec(text);
    if (!left && captions < MOST) {
      captions += 1;
      return text.replace(FRAMES, "");
    }
    more += left ? Number(left[1]) : 1;
    rest = place;
    return null;
  });
  if (rest >= 0) texts[rest] = `and ${more} more`;
  return texts;
}

/**
 * Returns the field of a tag; "and 28 more" names it in its title only.
 *
 * @param {HTMLElement} tag
 */
function pathOf({ dataset, title }) {
  const path = (dataset.cy ?? "").replace(/^tag-/, "");
  return path === "undefined" ? title.replace(/: and \d+ more$/, "") : path;
}

/** @param {Element} holder of a thumbnail's tags */
function shorten(holder) {
  const elements = [...holder.children].filter((child) => child instanceof HTMLElement);
  const fresh = elements.some(({ dataset }) => !dataset.a100);
  if (!fresh) return;
  const tags = elements.map((element) => ({ path: pathOf(element), text: element.textContent ?? "" }));
  holder.classList.add("a100-tags");
  shortened(tags).forEach((text, place) => {
    const element = elements[place];
    element.dataset.a100 = "short";
    element.hidden = text === null;
    if (text === null) return;
    if (text !== tags[place].text) element.textContent = text;
    element.title = element.title.replace(FRAMES, "");
    element.classList.toggle("a100-more-captions", MORE.test(text));
  });
}

/** @type {Element | null} */
let watched = null;
/** @type {MutationObserver | null} */
let observer = null;

/**
 * Keeps the thumbnails of a grid short from now on.
 *
 * @param {Element} grid
 */
export function shortenThumbnails(grid) {
  if (grid === watched) return;
  observer?.disconnect();
  watched = grid;
  observer = new MutationObserver((records) => {
    const holders = new Set();
    for (const { target, addedNodes } of records) {
      if (target instanceof Element && target.querySelector(`:scope > ${TAG}`)) holders.add(target);
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        for (const tag of node.querySelectorAll(TAG)) holders.add(tag.parentElement);
      }
    }
    for (const holder of holders) shorten(holder);
  });
  observer.observe(grid, { childList: true, subtree: true });
  for (const tag of grid.querySelectorAll(`${TAG}:first-child`)) {
    if (tag.parentElement) shorten(tag.parentElement);
  }
}
