// The keys of the panel. They work while it has the focus, as the App has arrows and letters of its own.

import { WHOLE_VIDEO } from "./crumbs.js";
import { make, textButton } from "./dom.js";
import { modifiedCommand, REVIEW_HELP, REVIEW_KEYS } from "./review_keys.js";

/** @import { TreePanel } from "./panel.js" */

const HELP = [
  ["↑", "parent"],
  ["↓", "child: the one on screen, else the first"],
  ["← →", "sibling before and after"],
  ["Space", "play and pause"],
  ["/", "search; Enter and ⇧Enter go from match to match"],
  ["l", "repeat the node"],
  ["[  ]", "begin and end a range where the video is; Enter plays it again and again"],
  ["s  e", "to the node's start, and its end"],
  ["z", "zoom to the node"],
  ["m", "more like this: search for captions like the node's"],
  ["0", "the whole video"],
  ["+  −", "zoom in and out"],
  ["f", "let go of the node and follow the video"],
  ...REVIEW_HELP,
  ["c", "captions over the video: the path, off, one line"],
  ["?", "this list"],
  ["Esc", "leave: this list, the range, the search, the node, the zoom, one after the other"],
  ["Mouse", "click: go there and pin; double click: zoom; wheel: zoom; drag: pan, on the ruler: choose a range"],
];

/**
 * What the keys do; `false` if a key does nothing at the moment.
 *
 * @type {Record<string, (panel: TreePanel) => boolean | void>}
 */
export const OWN_KEYS = {
  ArrowUp: (panel) => panel.current.walk("parent"),
  ArrowDown: (panel) => panel.current.walk("child"),
  ArrowLeft: (panel) => panel.current.walk("previous"),
  ArrowRight: (panel) => panel.current.walk("next"),
  " ": (panel) => panel.current.act("play"),
  "/": (panel) => panel.search.input.focus(),
  l: (panel) => panel.current.act("loop"),
  "[": (panel) => panel.range.chooseHere("first"),
  "]": (panel) => panel.range.chooseHere("last"),
  Enter: (panel) => panel.range.play(),
  s: (panel) => panel.current.act("start"),
  e: (panel) => panel.current.act("end"),
  z: (panel) => panel.current.act("zoom"),
  m: (panel) => panel.current.act("more_like"),
  0: (panel) => panel.zoom.zoomTo(WHOLE_VIDEO),
  "+": (panel) => panel.zoom.zoomBy(0.5, panel.player.frame),
  "=": (panel) => panel.zoom.zoomBy(0.5, panel.player.frame),
  "-": (panel) => panel.zoom.zoomBy(2, panel.player.frame),
  f: (panel) => panel.current.unpin(),
  c: (panel) => panel.overlay.next(),
  "?": (panel) => panel.toggleHelp(),
  Escape: (panel) => panel.leave(),
};

/** @type {typeof OWN_KEYS} */
const KEYS = { ...OWN_KEYS, ...REVIEW_KEYS };

/**
 * Listens to the keys of the panel; the App does not hear the ones that did something.
 *
 * @param {TreePanel} panel
 */
export function listenToKeys(panel) {
  panel.root.addEventListener("keydown", (event) => {
    if (isForControl(event) || isForHelp(event)) {
      event.stopPropagation();
      return;
    }
    const isModified = event.ctrlKey || event.metaKey || event.altKey;
    const command = modifiedCommand(event);
    const action = isModified || !Object.hasOwn(KEYS, event.key) ? null : KEYS[event.key];
    if (command ? !panel.review.act(command) : !action || action(panel) === false) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

/**
 * Gives the panel the focus that one of its controls has lost because it is gone or can do no more: keys
 * would go to the App.
 *
 * @param {HTMLElement} root
 */
export function keepFocus(root) {
  /** @param {() => boolean} isLost */
  const check = (isLost) => requestAnimationFrame(() => {
    if (document.activeElement === document.body && isLost()) root.focus({ preventScroll: true });
  });
  root.addEventListener("click", () => check(() => true));
  root.addEventListener("focusout", ({ target }) => {
    check(() => target instanceof HTMLElement && (target.matches(":disabled") || !target.checkVisibility()));
  });
}

/**
 * Whether a key is for the control that has the focus.
 *
 * @param {KeyboardEvent} event
 */
function isForControl({ target, key }) {
  if (!(target instanceof Element)) return false;
  if (target.matches("input:not([type=checkbox]), select, textarea")) return true;
  return target.matches("button, input[type=checkbox]") && [" ", "Enter"].includes(key);
}

/**
 * Whether a key is for the list of keys, which is scrolled by the arrows.
 *
 * @param {KeyboardEvent} event
 */
function isForHelp({ target, key }) {
  return target instanceof Element && target.closest(".a100-help") !== null && !["Escape", "?"].includes(key);
}

/** @param {() => void} close */
export function helpSheet(close) {
  const list = make("dl");
  for (const [key, meaning] of HELP) list.append(make("dt", { text: key }), make("dd", { text: meaning }));
  return make(
    "div",
    { class: "a100-help", role: "dialog", "aria-label": "Keys", hidden: true },
    make(
      "div", { class: "a100-bar" },
      make("h3", { text: "Keys, while this panel has the focus" }), textButton("Close", "Close (Esc)", close),
    ),
    list,
  );
}
