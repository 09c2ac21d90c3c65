// The keys of the Search panel. They work while it has the focus.

import { make } from "./dom.js";

/** @import { Finder } from "./finder.js" */

const HELP = [
  ["/", "to the box"],
  ["↑ ↓", "choose a row"],
  ["Enter", "open it in its video"],
  ["⇧Enter", "play it, again and again"],
  ["Esc", "clear"],
];

/** Returns the list of the keys. */
export function keyList() {
  const rows = HELP.flatMap(([key, does]) => [make("dt", { text: key }), make("dd", { text: does })]);
  return make("dl", {}, ...rows);
}

/**
 * Listens to the keys; the App does not hear the ones that did something.
 *
 * @param {Finder} finder
 */
export function listenToKeys(finder) {
  finder.root.addEventListener("keydown", (event) => {
    const isTyping = event.target === finder.input;
    const isOther = !isTyping && event.target instanceof Element && event.target.matches("input, select, button");
    const isForControl = isOther && event.key !== "Escape" && event.key !== "/";
    if (!isForControl && act(finder, event, isTyping)) event.preventDefault();
    else if (!isForControl && !isTyping) return;
    event.stopPropagation();
  });
}

/**
 * Does what a key does; returns whether it does anything.
 *
 * @param {Finder} finder
 * @param {KeyboardEvent} event
 * @param {boolean} isTyping
 */
function act(finder, { key, shiftKey, ctrlKey, metaKey, altKey, isComposing }, isTyping) {
  const { input, rows } = finder;
  if (ctrlKey || metaKey || altKey || isComposing) return false;
  if (key === "/" && !isTyping) input.focus();
  else if (key === "ArrowDown") rows.move(1);
  else if (key === "ArrowUp") rows.move(-1);
  else if (key === "Enter") finder.enter(shiftKey);
  else if (key === "Escape" && input.value) {
    input.value = "";
    input.focus();
    finder.typed();
  } else return false;
  return true;
}
