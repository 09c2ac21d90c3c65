// The mouse on the timeline: hover, click, double click, wheel and drag.

import { placeOn } from "./dom.js";
import { GUTTER } from "./layout.js";
import { NONE } from "./model.js";

/** @import { TreePanel } from "./panel.js" */

/** The mouse has to move this far before it drags, in pixels. */
const DRAG_PIXELS = 4;
/** The second click of a double click comes within so many milliseconds. */
const DOUBLE_CLICK_MS = 500;
/** How far a wheel zooms per pixel. */
const WHEEL_ZOOM = 1.0015;

/** @param {TreePanel} panel */
export function listenToMouse(panel) {
  const { timeline, film, compare } = panel;
  const bands = timeline.bands.canvas;
  listenToRows(panel, timeline.over, () => 0);
  listenToRows(panel, bands, () => timeline.layout.bandsTop);
  listenToRuler(panel);
  for (const surface of [timeline.over, bands, timeline.ruler.canvas, film.canvas, compare.canvas]) listenToWheel(panel, surface);
  timeline.moved = () => viewChanged(panel);
}

/** @param {TreePanel} panel */
function viewChanged(panel) {
  panel.hover(NONE);
  panel.repaint();
}

/**
 * A drag on the ruler chooses a range, or moves one of its ends; a click goes to a frame.
 *
 * @param {TreePanel} panel
 */
function listenToRuler({ timeline, range, current, root }) {
  const surface = timeline.ruler.canvas;
  /** @type {{start: number, from: number, moved: boolean} | null} `from`: the end of the range that stays */
  let drag = null;

  surface.addEventListener("pointerdown", (event) => {
    const { x } = placeOn(event, surface);
    if (event.button !== 0 || x < GUTTER) return;
    drag = { start: x, from: range.oppositeOf(x) ?? timeline.layout.frameAt(x), moved: false };
    surface.setPointerCapture(event.pointerId);
    root.focus({ preventScroll: true });
  });
  surface.addEventListener("pointermove", (event) => {
    const { x } = placeOn(event, surface);
    if (!drag || (!drag.moved && Math.abs(x - drag.start) < DRAG_PIXELS)) return;
    drag.moved = true;
    range.choose(drag.from, timeline.layout.frameAt(x));
  });
  surface.addEventListener("pointerup", (event) => {
    if (drag?.moved) range.announce();
    else if (drag) current.seek(timeline.layout.frameAt(placeOn(event, surface).x));
    drag = null;
  });
  surface.addEventListener("pointercancel", () => {
    drag = null;
  });
}

/**
 * The wheel zooms, sideways it pans.
 *
 * @param {TreePanel} panel
 * @param {HTMLElement} surface
 */
function listenToWheel(panel, surface) {
  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      event.stopPropagation();
      const { view } = panel.timeline;
      const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (isSideways) view.pan(event.deltaX || event.deltaY);
      else view.zoom(placeOn(event, surface).x, WHEEL_ZOOM ** event.deltaY);
      viewChanged(panel);
    },
    { passive: false },
  );
}

/**
 * The rows of the tree, or those below it: hover, click, double click and drag.
 *
 * @param {TreePanel} panel
 * @param {HTMLElement} surface
 * @param {() => number} top where the surface begins in the layout
 */
function listenToRows(panel, surface, top) {
  const { timeline } = panel;
  /** @type {{start: number, last: number, moved: boolean} | null} */
  let drag = null;
  /** When a click has opened a block: what a double click would mean there is on screen no more. */
  let opened = -Infinity;

  /** @param {MouseEvent} event */
  const position = (event) => {
    const { x, y } = placeOn(event, surface);
    return { x, y: y + top() };
  };
  /** @type {(x: number, y: number) => number} */
  const nodeAt = (x, y) => timeline.layout.nodeAt(x, y, timeline.cut);

  surface.addEventListener("pointermove", (event) => {
    const { x, y } = position(event);
    if (!drag) {
      panel.hover(nodeAt(x, y), { x, y, surface, top: top() });
      surface.classList.toggle("a100-on-block", timeline.layout.blockAt(x, y) !== null);
      return;
    }
    if (!drag.moved && Math.abs(x - drag.start) < DRAG_PIXELS) return;
    if (!drag.moved) surface.setPointerCapture(event.pointerId);
    drag.moved = true;
    timeline.view.pan(drag.last - x);
    drag.last = x;
    viewChanged(panel);
  });
  surface.addEventListener("pointerleave", () => panel.hover(NONE));
  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { x } = position(event);
    drag = { start: x, last: x, moved: false };
    panel.root.focus({ preventScroll: true });
  });
  surface.addEventListener("pointerup", (event) => {
    const isClick = drag !== null && !drag.moved;
    drag = null;
    if (!isClick || event.timeStamp - opened < DOUBLE_CLICK_MS) return;
    const { x, y } = position(event);
    const i = nodeAt(x, y);
    const block = timeline.layout.blockAt(x, y);
    if (block) {
      opened = event.timeStamp;
      panel.hover(NONE);
      panel.zoom.showFrames(block.first, block.last);
    } else if (i !== NONE) panel.current.pin(i);
    else if (x >= GUTTER) panel.current.seek(timeline.layout.frameAt(x));
  });
  surface.addEventListener("pointercancel", () => {
    drag = null;
  });
  surface.addEventListener("dblclick", (event) => {
    const { x, y } = position(event);
    const i = nodeAt(x, y);
    if (i !== NONE && event.timeStamp - opened > DOUBLE_CLICK_MS) panel.zoom.zoomTo(i);
  });
}
