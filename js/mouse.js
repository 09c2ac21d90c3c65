// The mouse on the timeline: hover, click, double click, wheel and drag.

import { GUTTER, RULER } from "./layout.js";
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
  const { timeline } = panel;
  const surface = timeline.over;
  /**
   * Where the mouse was pressed and is; `from`: at which frame of the ruler, 0 if not on the ruler.
   *
   * @type {{start: number, last: number, moved: boolean, from: number} | null}
   */
  let drag = null;
  /** When a click has opened a block: what a double click would mean there is on screen no more. */
  let opened = -Infinity;

  /** @type {(event: MouseEvent) => [number, number]} */
  const position = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  /** @type {(x: number, y: number) => number} */
  const nodeAt = (x, y) => timeline.layout.nodeAt(x, y, timeline.cut);
  /** @type {(x: number, y: number) => boolean} */
  const isOnRuler = (x, y) => x >= GUTTER && y < RULER;
  const viewChanged = () => {
    panel.hover(NONE);
    panel.repaint();
  };
  timeline.moved = viewChanged;

  surface.addEventListener("pointermove", (event) => {
    const [x, y] = position(event);
    if (!drag) {
      panel.hover(nodeAt(x, y), x, y);
      surface.classList.toggle("a100-on-ruler", isOnRuler(x, y));
      surface.classList.toggle("a100-on-block", timeline.layout.blockAt(x, y) !== null);
      return;
    }
    if (!drag.moved && Math.abs(x - drag.start) < DRAG_PIXELS) return;
    if (!drag.moved) surface.setPointerCapture(event.pointerId);
    drag.moved = true;
    if (drag.from) {
      panel.range.choose(drag.from, timeline.layout.frameAt(x));
      return;
    }
    timeline.view.pan(drag.last - x);
    drag.last = x;
    viewChanged();
  });
  surface.addEventListener("pointerleave", () => panel.hover(NONE));
  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [x, y] = position(event);
    const from = isOnRuler(x, y) ? (panel.range.oppositeOf(x) ?? timeline.layout.frameAt(x)) : 0;
    drag = { start: x, last: x, moved: false, from };
    panel.root.focus({ preventScroll: true });
  });
  surface.addEventListener("pointerup", (event) => {
    const isClick = drag !== null && !drag.moved;
    if (drag?.from && drag.moved) panel.range.announce();
    drag = null;
    if (!isClick || event.timeStamp - opened < DOUBLE_CLICK_MS) return;
    const [x, y] = position(event);
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
    const i = nodeAt(...position(event));
    if (i !== NONE && event.timeStamp - opened > DOUBLE_CLICK_MS) panel.zoom.zoomTo(i);
  });
  surface.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      event.stopPropagation();
      const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (isSideways) timeline.view.pan(event.deltaX || event.deltaY);
      else timeline.view.zoom(position(event)[0], WHEEL_ZOOM ** event.deltaY);
      viewChanged();
    },
    { passive: false },
  );
}
