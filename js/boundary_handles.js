// The handles at the ends of the pinned node, by which its boundaries are moved: by mouse, or by keys.

import { allowed, boundaryOf, describeMove } from "./boundary.js";
import { make } from "./dom.js";
import { GUTTER } from "./layout.js";
import { NONE } from "./model.js";

/** @import { Boundary, Edge } from "./boundary.js" */
/** @import { Review, ReviewPanel } from "./review.js" */
/** @import { Timeline } from "./timeline.js" */

/** How far a key moves a boundary, in frames. */
const STEPS = /** @type {Record<string, number>} */ ({
  ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10,
});
/** How often the video follows a boundary that is dragged, in milliseconds. */
const SEEK_MS = 80;
/** How far beside its boundary a handle is, in pixels. */
const BESIDE = 4;
/** @type {Edge[]} */
const EDGES = ["start", "end"];

/** @typedef {{timeline: Timeline, current: ReviewPanel["current"] & {seek: (frame: number) => void}, root: HTMLElement}} Place */

export class BoundaryHandles {
  /** @type {Boundary | null} The boundary that is moved, and the frame that it is at. */
  moving = null;
  frame = 0;
  dragging = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  seekTimer;

  /**
   * @param {Review} review
   * @param {ReviewPanel & Place} panel
   */
  constructor(review, panel) {
    this.review = review;
    this.panel = panel;
    this.line = make("div", { class: "a100-boundary", "aria-hidden": "true", hidden: true });
    this.said = make("div", { class: "a100-tip a100-boundary-tip", role: "status", hidden: true });
    this.handles = {
      start: this.makeHandle("start"),
      end: this.makeHandle("end"),
    };
    panel.timeline.element.append(this.line, this.handles.start, this.handles.end, this.said);
  }

  destroy() {
    clearTimeout(this.seekTimer);
  }

  /** @param {Edge} edge */
  makeHandle(edge) {
    const handle = make("div", {
      class: "a100-handle", role: "slider", tabindex: "0", hidden: true, "data-edge": edge,
      "aria-label": `${edge === "start" ? "Start" : "End"} of the node`,
      title: "Drag to move the boundary; or arrow keys, Enter saves, Esc gives up",
    });
    handle.addEventListener("pointerdown", (event) => this.grab(event, edge));
    handle.addEventListener("pointermove", (event) => this.drag(event));
    handle.addEventListener("pointerup", () => this.drop());
    handle.addEventListener("pointercancel", () => this.giveUp());
    handle.addEventListener("keydown", (event) => this.press(event, edge));
    handle.addEventListener("blur", () => { if (!this.dragging) this.giveUp(); });
    return handle;
  }

  /** Puts the handles where the pinned node's ends are. */
  place() {
    const { model, current, timeline } = this.panel;
    const i = this.review.isActive ? current.pinned : NONE;
    const box = i === NONE ? null : timeline.layout.rect(i);
    for (const edge of EDGES) {
      const handle = this.handles[edge];
      const boundary = box && boundaryOf(model, i, edge);
      const isMoved = this.moving?.edge === edge;
      const x = boundary ? timeline.view.x((isMoved ? this.frame : boundary.frame) - 1) : -1;
      const isHidden = !box || !boundary || x < GUTTER - 1 || x > timeline.layout.right + 1;
      // What is hidden loses the focus, and the panel its keys.
      if (isHidden && document.activeElement === handle) this.panel.root.focus({ preventScroll: true });
      handle.hidden = isHidden;
      if (!box || !boundary || isHidden) continue;
      // Beside the node, so that the handles of a short one do not cover each other.
      const beside = x + (edge === "start" ? -BESIDE : BESIDE);
      handle.style.transform = `translate(${beside.toFixed(1)}px, ${box.y}px)`;
      handle.style.height = `${box.h}px`;
      handle.setAttribute("aria-valuemin", String(boundary.least));
      handle.setAttribute("aria-valuemax", String(boundary.most));
      handle.setAttribute("aria-valuenow", String(isMoved ? this.frame : boundary.frame));
      handle.setAttribute("aria-valuetext", describeMove(model, boundary, isMoved ? this.frame : boundary.frame));
    }
    this.placeLine();
  }

  placeLine() {
    const { moving, line, said } = this;
    const { model, timeline } = this.panel;
    line.hidden = !moving;
    said.hidden = !moving;
    if (!moving) return;
    const x = timeline.view.x(this.frame - 1);
    line.style.transform = `translateX(${x.toFixed(1)}px)`;
    line.style.height = `${timeline.layout.height}px`;
    said.textContent = describeMove(model, moving, this.frame);
    const { width } = timeline.layout;
    said.style.left = `${Math.min(Math.max(x + 8, 4), Math.max(4, width - said.offsetWidth - 8))}px`;
    said.style.top = `${timeline.element.scrollTop + 20}px`;
  }

  /**
   * Moves the focus to a handle: to that of the start, from there to that of the end. Returns false if
   * neither is there.
   */
  focus() {
    const { start, end } = this.handles;
    const isAtStart = document.activeElement === start;
    const handle = !start.hidden && (!isAtStart || end.hidden) ? start : end;
    if (handle.hidden) return false;
    handle.focus();
    return true;
  }

  /**
   * @param {PointerEvent} event
   * @param {Edge} edge
   */
  grab(event, edge) {
    if (event.button !== 0) return;
    event.stopPropagation();
    this.begin(edge);
    this.dragging = this.moving !== null;
    if (event.target instanceof Element) event.target.setPointerCapture(event.pointerId);
  }

  /** @param {Edge} edge */
  begin(edge) {
    if (this.moving?.edge === edge) return;
    this.moving = boundaryOf(this.panel.model, this.panel.current.pinned, edge);
    this.frame = this.moving?.frame ?? 0;
    this.place();
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (!this.dragging) return;
    const { timeline } = this.panel;
    const x = event.clientX - timeline.over.getBoundingClientRect().left;
    // The boundary before frame f is at position f - 1 of the axis.
    this.moveTo(timeline.view.at(x) + 1);
  }

  /** @param {number} frame */
  moveTo(frame) {
    if (!this.moving) return;
    this.frame = allowed(this.moving, frame);
    this.place();
    this.seekTimer ??= setTimeout(() => {
      this.seekTimer = undefined;
      if (this.moving) this.panel.current.seek(this.frame);
    }, SEEK_MS);
  }

  /** The boundary that is moved, and where it is; null if none is. */
  get moved() {
    return this.moving && { edge: this.moving.edge, frame: this.frame };
  }

  /**
   * Goes on moving a boundary in a tree that was sent anew.
   *
   * @param {{edge: Edge, frame: number}} moved
   */
  resume({ edge, frame }) {
    this.begin(edge);
    this.moveTo(frame);
  }

  drop() {
    this.dragging = false;
    this.save();
  }

  giveUp() {
    this.dragging = false;
    this.moving = null;
    this.place();
  }

  /** Moves the boundary to where the handle is. */
  save() {
    const { moving, frame, panel } = this;
    this.moving = null;
    const node = panel.model.data.ids[panel.current.pinned];
    if (moving && frame !== moving.frame && node !== undefined) {
      this.review.edit({ node, kind: "boundary", edge: moving.edge, frame });
    }
    this.place();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {Edge} edge
   */
  press(event, edge) {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey) return;
    if (Object.hasOwn(STEPS, key)) {
      this.begin(edge);
      this.moveTo(this.frame + STEPS[key] * (shiftKey ? 10 : 1));
    } else if (key === "Home" || key === "End") {
      this.begin(edge);
      if (this.moving) this.moveTo(key === "Home" ? this.moving.least : this.moving.most);
    } else if (key === "Enter" && this.moving) this.save();
    else if (key === "Escape") {
      this.giveUp();
      this.panel.root.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
