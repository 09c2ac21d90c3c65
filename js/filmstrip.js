// The filmstrip above the ruler: pictures of the video along the axis of the timeline, each of the
// moment at its left edge. It follows the zoom; until a picture is taken, a coarser one stands for it.
// Under the mouse, a larger one is shown in a tooltip.

import { context2d, make, placeOn } from "./dom.js";
import { GUTTER } from "./layout.js";
import { NO_TREE } from "./model.js";
import { addressOf, pictures } from "./pictures.js";
import { keepSettings, readSettings } from "./settings.js";
import { tipOfMoment } from "./tooltip.js";

/** @import { TreePanel } from "./panel.js" */
/** @import { Viewport } from "./viewport.js" */

/** The strip's height: this share of that of its slot, within these bounds; and that of a folded one. */
const SHARE = 0.12;
const LOWEST = 30;
const HIGHEST = 64;
const FOLDED = 16;
/** Slots lower than this are left to the timeline, in pixels. */
const LOWEST_SLOT = 180;
/** The line between the strip and the timeline, and that above. */
const LINES = 2;
/** The width of a picture by its height, until one is known. */
const ASPECT = 16 / 9;
/** How long the axis has to stand still before pictures are taken, in milliseconds. */
const SETTLE_MS = 150;

/**
 * @typedef {object} Tile a part of the axis that one picture stands for
 * @property {number} at the middle of its first frame, in seconds
 * @property {number} left where it is drawn, in pixels
 * @property {number} width
 * @property {number} rank how often its place can be halved: coarser tiles begin there, too
 */

/**
 * Divides what is on screen into tiles. The whole video is halved as often as it takes for a tile to be
 * no wider than wanted, so that half of the tiles keep their pictures when one zooms in or out.
 *
 * @param {Viewport} view
 * @param {number} fps
 * @param {number} widest in pixels
 * @returns {Tile[]}
 */
export function tilesOf(view, fps, widest) {
  const perPixel = (view.to - view.from) / view.width;
  const halvings = Math.max(Math.ceil(Math.log2(view.frames / (perPixel * widest))), 0);
  const step = view.frames / 2 ** halvings;
  const tiles = [];
  for (let k = Math.floor(view.from / step + 1e-9); k * step < view.to - 1e-6; k += 1) {
    const frame = Math.floor(k * step + 1e-6) + 1;
    const rank = k ? Math.log2(k & -k) : halvings;
    const left = view.x(k * step);
    tiles.push({ at: (frame - 0.5) / fps, left, width: view.x((k + 1) * step) - left, rank });
  }
  return tiles;
}

export class Filmstrip {
  height = 0;
  /** What was asked for and is not there yet, by its moment. @type {Map<number, Tile>} */
  asked = new Map();
  /** The video that it was asked of. */
  askedOf = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  settled;
  refresh = 0;

  /** @param {TreePanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.button = make("button", {
      type: "button", class: "a100-film-name", text: "film", on: { click: () => this.fold(!this.isFolded) },
    });
    this.canvas = make("canvas", { "aria-hidden": "true", on: {
      click: (event) => this.seek(event),
      pointermove: (event) => this.hover(event),
      pointerleave: () => panel.tooltip.hide(),
    } });
    this.head = make("div", { class: "a100-head a100-bare-head", "aria-hidden": "true", hidden: true });
    this.element = make("div", { class: "a100-film" }, this.canvas, this.button, this.head);
    panel.timeline.heads.push(this.head);
    this.setFolded(readSettings().film === false);
  }

  destroy() {
    this.forget(() => true);
    cancelAnimationFrame(this.refresh);
  }

  get isFolded() {
    return this.element.hasAttribute("data-folded");
  }

  /** @param {boolean} isFolded */
  fold(isFolded) {
    this.setFolded(isFolded);
    keepSettings({ film: !isFolded });
    this.panel.resize();
  }

  /** @param {boolean} isFolded */
  setFolded(isFolded) {
    const label = isFolded ? "Show the film strip" : "Fold the film strip";
    this.element.toggleAttribute("data-folded", isFolded);
    this.button.setAttribute("aria-expanded", String(!isFolded));
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
  }

  /** The address of the video; empty if there is none. */
  get source() {
    const { model } = this.panel;
    return model === NO_TREE ? "" : addressOf(model.data.path);
  }

  /** The width of a picture by its height. */
  get aspect() {
    return pictures.shapeOf(this.source) ?? ASPECT;
  }

  /**
   * Takes what it needs of the height that there is for it and the timeline; returns how much that is.
   *
   * @param {number} height
   */
  fit(height) {
    const { source } = this;
    const isShown = Boolean(source) && !pictures.isRefused(source) && height >= LOWEST_SLOT;
    const share = Math.min(Math.max(Math.round(height * SHARE), LOWEST), HIGHEST);
    this.element.hidden = !isShown;
    this.height = this.isFolded ? FOLDED : share;
    return isShown ? this.height + LINES : 0;
  }

  /** Draws the strip on the axis of the timeline, and asks for what it lacks. */
  paint() {
    const { source } = this;
    const { view, width } = this.panel.timeline.layout;
    const isShown = !this.element.hidden && width > 0;
    const tiles = isShown && !this.isFolded ? tilesOf(view, this.panel.model.fps, this.height * this.aspect) : [];
    const missing = new Map((isShown ? this.draw(source, tiles) : []).map((tile) => [tile.at, tile]));
    this.forget((tile) => source !== this.askedOf || !missing.has(tile.at));
    this.askedOf = source;
    this.element.dataset.missing = String(missing.size);
    if ([...missing.keys()].some((at) => !this.asked.has(at))) {
      this.settled = setTimeout(() => this.ask(source, missing), SETTLE_MS);
    }
  }

  /**
   * Draws tiles; returns those whose own picture is still to be taken.
   *
   * @param {string} source
   * @param {Tile[]} tiles
   */
  draw(source, tiles) {
    const { view, width, pixelRatio } = this.panel.timeline.layout;
    Object.assign(this.canvas, { width: Math.round(width * pixelRatio), height: Math.round(this.height * pixelRatio) });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${this.height}px` });
    this.head.style.height = `${this.height}px`;
    const context = context2d(this.canvas);
    context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
    context.beginPath();
    context.rect(GUTTER, 0, view.width, this.height);
    context.clip();
    return tiles.filter((tile) => !this.drawTile(context, source, tile));
  }

  /**
   * Draws a tile; returns whether its own picture is there.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {string} source
   * @param {Tile} tile
   */
  drawTile(context, source, { at, left, width }) {
    const own = pictures.get(source, at);
    const picture = own ?? pictures.near(source, at, 0, at);
    if (!picture) return false;
    // The middle of the picture, as wide as the tile.
    const shown = Math.min(picture.width, (width / this.height) * picture.height);
    const drawn = (shown / picture.height) * this.height;
    context.drawImage(
      picture, (picture.width - shown) / 2, 0, shown, picture.height, left, 0, Math.min(drawn, width) + 0.5, this.height,
    );
    return own !== null;
  }

  /**
   * Asks for the pictures of tiles, the coarsest first.
   *
   * @param {string} source
   * @param {Map<number, Tile>} missing by their moments
   */
  ask(source, missing) {
    const tiles = [...missing.values()].filter(({ at }) => !this.asked.has(at)).sort((a, b) => b.rank - a.rank);
    for (const tile of tiles) {
      this.asked.set(tile.at, tile);
      pictures.ask(tile, { source, at: tile.at, done: (picture) => this.take(tile, picture) });
    }
  }

  /**
   * @param {Tile} tile
   * @param {import("./pictures.js").Picture | null} picture
   */
  take(tile, picture) {
    if (this.asked.get(tile.at) === tile) this.asked.delete(tile.at);
    this.refresh ||= requestAnimationFrame(() => {
      this.refresh = 0;
      // Where the video cannot be played, the timeline has all the room.
      if (picture) this.paint();
      else this.panel.resize();
    });
  }

  /** @param {(tile: Tile) => boolean} isGone which of the pictures are no longer wanted */
  forget(isGone) {
    clearTimeout(this.settled);
    for (const [at, tile] of this.asked) {
      if (!isGone(tile)) continue;
      pictures.forget(tile);
      this.asked.delete(at);
    }
  }

  /** @param {MouseEvent} event */
  seek(event) {
    const { x } = placeOn(event, this.canvas);
    if (x >= GUTTER) this.panel.current.seek(this.panel.timeline.layout.frameAt(x));
  }

  /**
   * Shows the picture of the frame under the mouse, larger, and its time.
   *
   * @param {MouseEvent} event
   */
  hover(event) {
    const { model, timeline, tooltip } = this.panel;
    const { x, y } = placeOn(event, this.canvas);
    if (x < GUTTER || model === NO_TREE) {
      tooltip.hide();
      return;
    }
    const { from, to, width } = timeline.view;
    const tile = ((to - from) / width) * this.height * this.aspect;
    tooltip.show(model, tipOfMoment(model, timeline.layout.frameAt(x), tile), this.canvas, x, y);
  }
}
