// The Tree of Captions panel: holds its parts together. It reaches Python by its host and the video by
// a Follower. While a video plays, it asks nothing of Python.

import { Arrangement, SLOT_GAP } from "./arrangement.js";
import { assemble, probeOf } from "./assemble.js";
import { readTheme, styleMarks } from "./colours.js";
import { Compare } from "./compare.js";
import { Granularity, Transport } from "./controls.js";
import { CurrentNode } from "./current_node.js";
import { Details } from "./details.js";
import { make, textButton } from "./dom.js";
import { takeKeys } from "./enter_tree.js";
import { Filmstrip } from "./filmstrip.js";
import { Follower } from "./follower.js";
import { onHandOver } from "./hand_over.js";
import { HiddenNodes } from "./hidden.js";
import { helpSheet, keepFocus, listenToKeys } from "./keyboard.js";
import { LayoutChoice } from "./layout_choice.js";
import { Legend } from "./legend.js";
import { NO_TREE, NONE, TreeModel } from "./model.js";
import { keepOn, momentToKeep, showMoment } from "./moment.js";
import { listenToMouse } from "./mouse.js";
import { Notices } from "./notices.js";
import { Overlay } from "./overlay.js";
import { Playback } from "./playback.js";
import { FrameRange } from "./range.js";
import { makeReview } from "./review_setup.js";
import { leaveArrows, moveArrows } from "./sample_arrows.js";
import { Search } from "./search.js";
import { Timeline } from "./timeline.js";
import { tipOfNode, Tooltip } from "./tooltip.js";
import { Zoom } from "./zoom.js";

/** @import { Matches } from "./search.js" */
/** @import { Action, Host, Notice, Palette, Probe, TreeData } from "./types" */

/** The least height that the timeline has, in pixels. */
const MIN_TIMELINE = 120;

export class TreePanel {
  model = NO_TREE;
  /** @type {Palette | null} */
  palette = null;

  /**
   * @param {HTMLElement & {action100m?: Probe}} root
   * @param {Host} host
   */
  constructor(root, host) {
    this.root = root;
    this.host = { ...host, act: (/** @type {Action} */ action) => this.current.act(action) };
    this.timeline = new Timeline();
    this.tooltip = new Tooltip();
    this.zoom = new Zoom(this.timeline, () => this.viewChanged());
    this.search = new Search(this);
    this.transport = new Transport(this.host.act);
    const cutGrid = (/** @type {number} */ seconds) => this.host.tell("cut_grid", { seconds });
    this.granularity = new Granularity(() => this.recut(), cutGrid);
    this.hidden = new HiddenNodes(this);
    this.details = this.makeDetails();
    const { review, bar, handles } = makeReview(this);
    this.review = review;
    this.reviewBar = bar;
    this.reviewHandles = handles;
    this.legend = new Legend(() => this.recolour());
    this.compare = new Compare(this);
    this.layouts = new LayoutChoice(this);
    this.overlay = new Overlay(this);
    this.film = new Filmstrip(this);
    this.openButton = textButton("Open the video", "Open this video to play and move it", () => {
      this.current.call("open_sample");
    });
    this.notices = new Notices(this);
    this.announcement = make("div", { class: "a100-sr", "aria-live": "polite" });
    this.help = helpSheet(() => this.toggleHelp());
    this.slots = new Arrangement(() => this.resize());
    assemble(this);
    this.playback = new Playback(this);
    this.player = new Follower(this.playback);
    this.current = new CurrentNode(this);
    this.range = new FrameRange(this);
    this.stopTaking = onHandOver((segment) => this.current.showHanded(segment));
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(root);
    this.themes = new MutationObserver(() => this.readTheme());
    this.themes.observe(document.documentElement, { attributes: true });
    listenToKeys(this);
    keepFocus(root);
    listenToMouse(this);
    root.action100m = probeOf(this);
  }

  get card() {
    return this.details.card;
  }

  makeDetails() {
    const { timeline } = this;
    return new Details(this.host, {
      pin: (i) => this.current.pin(i, { reveal: true }),
      zoom: (i) => this.zoom.zoomTo(i),
      hover: (i) => this.highlight(i),
      colour: (i) => timeline.painter?.shades(this.model, i, timeline.colourBy).full ?? "",
    });
  }

  destroy() {
    keepOn(this);
    this.stopTaking();
    this.player.destroy();
    this.overlay.detach();
    this.film.destroy();
    this.playback.destroy();
    this.current.selection.reset();
    this.search.destroy();
    this.details.destroy();
    this.review.destroy();
    this.sizes.disconnect();
    this.slots.destroy();
    leaveArrows();
    this.themes.disconnect();
    delete this.root.action100m;
    this.root.replaceChildren();
  }

  /**
   * Shows a tree, or says why there is none. The settings stay; the pin and the zoom do not.
   *
   * @param {TreeData | Notice | null} data null while it is on its way
   * @param {Palette | null} palette
   */
  setTree(data, palette) {
    this.palette = palette;
    const moment = momentToKeep(this, data);
    const hasNone = this.notices.showTree(data);
    this.slots.element.hidden = hasNone;
    this.setModel(hasNone ? NO_TREE : new TreeModel(data));
    this.setLooker(this.player.offered);
    this.review.treeChanged();
    if (this.model === NO_TREE) return;
    this.search.restart();
    this.playback.onFrame(this.player.frame || 1, true);
    if (moment) showMoment(this, moment);
    else if (this.model.data.open) this.current.showFound();
    takeKeys(this.root);
  }

  /** @param {TreeModel} model */
  setModel(model) {
    const { sample, open } = model.data;
    const isSameVideo = model !== NO_TREE && sample === this.model.data.sample;
    this.model = model;
    this.timeline.setModel(model);
    this.details.setModel(model);
    this.current.reset(isSameVideo);
    this.hidden.setNodes(null);
    this.root.dataset.nodes = String(model.count);
    if (model === NO_TREE) return;
    Object.assign(this.root.dataset, { sample, open: String(open) });
    this.openButton.hidden = open;
    this.transport.element.hidden = !open;
    this.layouts.show();
    this.readTheme();
    this.granularity.fit(model.frames / model.fps);
    this.recolour();
    this.recut();
    this.resize();
    this.zoom.goHome();
    this.compare.restart();
  }

  readTheme() {
    if (!this.palette) return;
    const theme = readTheme(this.root);
    styleMarks(this.root, theme);
    this.timeline.setLook(this.palette, theme);
    this.root.dataset.theme = theme.dark ? "dark" : "light";
    this.repaint();
  }

  /** @param {unknown} looker the player that the App has now */
  setLooker(looker) {
    this.player.attach(looker, this.model.data.open);
  }

  /** @param {string} text */
  announce(text) {
    this.announcement.textContent = text;
  }

  // What is drawn.

  viewChanged() {
    this.root.dataset.zoomed = this.model.data.ids[this.zoom.place] ?? "";
    this.repaint();
  }

  /** Leaves the help, the range, the search, the node or the zoom; returns false if there was nothing to leave. */
  leave() {
    if (!this.help.hidden) this.toggleHelp();
    else if (this.range.shown) this.range.free();
    else if (this.review.leave()) return true;
    else if (this.search.input.value) this.search.clear();
    else if (this.current.pinned !== NONE) this.current.unpin();
    else if (this.model !== NO_TREE && !this.zoom.isHome) this.zoom.goHome();
    else return false;
    return true;
  }

  toggleHelp() {
    this.help.hidden = !this.help.hidden;
    if (this.help.hidden) this.root.focus();
    else this.help.querySelector("button")?.focus();
  }

  /** @param {Matches | null} matches */
  setMatches(matches) {
    this.timeline.matches = matches;
    this.details.outline.setMatches(matches);
    this.root.dataset.matches = matches ? String(matches.nodes.length) : "";
    this.repaint();
  }

  /**
   * @param {Set<number> | null} hidden the nodes that the App's view hides
   * @param {Set<number> | null} thin those that are drawn as thin lines
   */
  setHidden(hidden, thin) {
    this.root.dataset.hidden = thin ? String(thin.size) : "";
    if (hidden === this.model.hidden && thin === this.timeline.thin) return;
    this.model.hidden = hidden;
    this.timeline.thin = thin;
    this.recolour();
  }

  recolour() {
    this.timeline.colourBy = this.legend.by;
    this.overlay.show();
    if (this.palette) this.legend.show(this.model, this.palette, this.timeline.thin);
    this.details.redraw();
    this.repaint();
  }

  recut() {
    const cut = this.model.cut(this.granularity.seconds);
    this.timeline.cut = cut;
    this.granularity.showCount(cut.length);
    this.root.dataset.cut = String(cut.length);
    this.repaint();
  }

  /**
   * @param {number} i the node under the mouse, NONE if there is none
   * @param {{x: number, y: number, surface: HTMLElement, top: number}} [place] where the mouse is in the
   *   layout, on what, and where that begins
   */
  hover(i, place) {
    if (i === NONE || !place) this.tooltip.hide();
    else {
      const { x, y, surface, top } = place;
      const block = this.timeline.layout.blockAt(x, y);
      const tip = tipOfNode(this.model, i, block ? block.end - block.from : 0);
      this.tooltip.show(this.model, tip, surface, x, y - top);
    }
    this.highlight(i);
  }

  /**
   * Highlights a node on the timeline.
   *
   * @param {number} i the node under the mouse, here or in the outline; NONE if there is none
   */
  highlight(i) {
    if (i === this.timeline.hovered) return;
    this.timeline.hovered = i;
    this.root.dataset.hover = i === NONE ? "" : this.model.data.ids[i];
    this.timeline.paintHighlights();
  }

  resize() {
    const { compare, film, root, slots, timeline } = this;
    slots.fit(root.clientWidth, root.clientHeight);
    moveArrows(root);
    const width = timeline.element.clientWidth;
    if (this.model === NO_TREE || !width) return;
    const below = compare.element.hidden ? 0 : compare.element.offsetHeight + SLOT_GAP;
    const height = slots.timeline.clientHeight - below;
    timeline.resize(width, Math.max(MIN_TIMELINE, height - film.fit(height)));
    this.repaint();
  }

  repaint() {
    this.timeline.paint();
    this.compare.paint();
    this.range.place();
    this.reviewHandles.place();
    this.film.paint();
    this.root.dataset.drawn = String(this.timeline.stats.drawn);
  }
}
