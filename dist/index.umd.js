// Action100M for FiftyOne, in the browser. Joined from js/ by scripts/join_js.py: edit there.
(function () {
"use strict";

// ---- js/player.js ----

// The open video's player ("looker"), which the App keeps in an atom of its own.
//
// Nothing here is a public interface of FiftyOne, so each part is looked for before it is used, and
// what is missing is said in words. Tried with FiftyOne 1.22.

const PLUGIN = "@action100m/explorer";

/** Returns what of the App's globals is missing, as words for a person; empty if nothing is. */
function missingGlobals() {
  const wanted = {
    React: window.React,
    recoil: window.recoil,
    "__fos__.modalLooker": window.__fos__ && window.__fos__.modalLooker,
    "__fos__.selectedLabels": window.__fos__ && window.__fos__.selectedLabels,
    "__foo__.registerOperator": window.__foo__ && window.__foo__.registerOperator,
    "__foo__.useTriggerPanelEvent": window.__foo__ && window.__foo__.useTriggerPanelEvent,
    "__fop__.registerComponent": window.__fop__ && window.__fop__.registerComponent,
  };
  return Object.keys(wanted).filter((name) => !wanted[name]);
}

/** Whether an object is a video's player that can be followed and moved. */
function canSeek(looker) {
  return Boolean(
    looker &&
      typeof looker.seekToFrame === "function" &&
      typeof looker.subscribeToState === "function",
  );
}

/** Returns the sample that a player shows, undefined where it does not say. */
function sampleOf(looker) {
  const config = looker && looker.state && looker.state.config;
  return config ? config.sampleId : undefined;
}

/** Whether a player is on the page: the App keeps the last one after it has gone. */
function isShown(looker) {
  const element = looker.lookerElement && looker.lookerElement.element;
  return !element || element.isConnected;
}

/** Whether a player has its video's length, without which it ignores a seek. */
function isLoaded(looker) {
  const duration = looker.state && looker.state.duration;
  return duration !== null && duration !== undefined;
}

/**
 * Returns the player once it shows a sample and has loaded it.
 *
 * @param {() => object|null} current gives the player that the App has now
 * @param {string|undefined} sampleId of the sample wanted; any if left out
 * @param {number} patience in seconds
 */
async function waitForPlayer(current, sampleId, patience) {
  const end = performance.now() + patience * 1000;
  for (;;) {
    const looker = current();
    if (canSeek(looker) && isShown(looker) && isLoaded(looker)) {
      const shown = sampleOf(looker);
      if (!sampleId || shown === undefined || shown === sampleId) return looker;
    }
    if (performance.now() > end) {
      throw new Error("No open video could be moved: open one, in the Explore tab");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// ---- js/seek.js ----

// The operator `seek_to_frame`, which Python triggers: the App's own does not move a native video.

const PATIENCE_SECONDS = 20;

/** For how long, in seconds, a player that was just opened may go back to its first frame. */
const HOLD_SECONDS = 6;
/** How often it is brought forward again: then it is where somebody wants it. */
const HOLD_TRIES = 5;
let latestSeek = 0;

/** Seeks again where the player begins anew by itself, or another takes its place, after a seek. */
async function holdAt(frame, current, sampleId) {
  latestSeek += 1;
  const own = latestSeek;
  const end = performance.now() + HOLD_SECONDS * 1000;
  for (let tries = 0; tries < HOLD_TRIES && performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const looker = current();
    if (own !== latestSeek || !canSeek(looker) || sampleOf(looker) !== sampleId) return;
    const { frameNumber, playing } = looker.state;
    if (playing) return;
    if (frameNumber !== 1 || frame === 1 || !isLoaded(looker)) continue;
    looker.seekToFrame(frame);
    tries += 1;
  }
}

/** Registers the operator; needs __foo__ and recoil. */
function registerSeek() {
  const { Operator, OperatorConfig, registerOperator, types } = window.__foo__;

  class SeekToFrame extends Operator {
    get config() {
      return new OperatorConfig({
        name: "seek_to_frame",
        label: "Seek to a frame",
        description: "Move the open video to a frame, counted from 1",
        unlisted: true,
      });
    }

    async resolveInput() {
      const inputs = new types.Object();
      inputs.int("frame", { label: "Frame", required: true });
      inputs.str("sample_id", { label: "Sample", required: false });
      return new types.Property(inputs);
    }

    useHooks() {
      // The snapshot is taken when it is asked for, so a player that opens later is seen.
      const current = window.recoil.useRecoilCallback(
        ({ snapshot }) =>
          () =>
            snapshot.getLoadable(window.__fos__.modalLooker).contents,
        [],
      );
      return { current };
    }

    async execute({ hooks, params }) {
      const frame = Number(params.frame);
      if (!Number.isFinite(frame) || frame < 1) {
        throw new Error(`not a frame: ${params.frame}`);
      }
      const looker = await waitForPlayer(hooks.current, params.sample_id, PATIENCE_SECONDS);
      looker.seekToFrame(frame);
      holdAt(frame, hooks.current, sampleOf(looker));
      return { frame };
    }
  }

  registerOperator(SeekToFrame, PLUGIN);
}

// ---- js/landing.js ----

// The operator `show_and_open`: shows a view, and opens one of its samples once the App has the view.
//
// The App asks for the open sample in the view that it has at that moment, and its page dies if it
// is not there. A new view arrives some time after it was set, so what follows waits for it, and a
// sample that the new view does not have is closed before.

/** For how long, in seconds, the App may take to close a sample, and to show a view. */
const VIEW_SECONDS = 30;

/** Waits until something is true; throws the words given where it does not come true. */
async function until(isTrue, words) {
  const end = performance.now() + VIEW_SECONDS * 1000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(words);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs an operator of the App and waits for it. */
function runOperator(name, params) {
  return new Promise((done, failed) => {
    const callback = (result) => (result && result.error ? failed(new Error(String(result.error))) : done(result));
    window.__foo__.executeOperator(name, params, { callback, skipErrorNotification: true });
  });
}

/** What two lists of stages have in common if they are the same view; the App adds marks of its own. */
function viewKey(stages) {
  const own = (stages || []).map(({ _cls, kwargs }) => [_cls, kwargs.filter(([name]) => !name.startsWith("_"))]);
  return JSON.stringify(own);
}

/** Registers the operator; needs __foo__, recoil and __fos__. */
function registerLanding() {
  const { Operator, OperatorConfig, registerOperator, types } = window.__foo__;

  class ShowAndOpen extends Operator {
    get config() {
      return new OperatorConfig({
        name: "show_and_open",
        label: "Show a view, and open one of its samples",
        unlisted: true,
      });
    }

    async resolveInput() {
      const inputs = new types.Object();
      inputs.list("view", new types.Object(), { label: "Stages", required: true });
      inputs.str("sample_id", { label: "Sample", required: false });
      inputs.int("frame", { label: "Frame", required: false });
      return new types.Property(inputs);
    }

    useHooks() {
      const { view, modalSelector } = window.__fos__;
      return {
        // Snapshots are taken when they are asked for.
        view: window.recoil.useRecoilCallback(
          ({ snapshot }) => () => snapshot.getLoadable(view).contents,
          [],
        ),
        modal: window.recoil.useRecoilCallback(
          ({ snapshot }) => () => snapshot.getLoadable(modalSelector).contents,
          [],
        ),
      };
    }

    async execute({ hooks, params }) {
      if (hooks.modal()) {
        await runOperator("close_sample", {});
        await until(() => !hooks.modal(), "The open sample could not be closed");
      }
      const before = viewKey(hooks.view());
      if (before !== viewKey(params.view)) {
        await runOperator("set_view", { view: params.view });
        await until(() => viewKey(hooks.view()) !== before, "The App has not shown the view");
      }
      if (params.labels && params.labels.length) await runOperator("set_selected_labels", { labels: params.labels });
      if (!params.sample_id) return;
      await runOperator("open_sample", { id: params.sample_id });
      if (params.frame) {
        await runOperator(`${PLUGIN}/seek_to_frame`, { frame: params.frame, sample_id: params.sample_id });
      }
    }
  }

  registerOperator(ShowAndOpen, PLUGIN);
}

// ---- js/beside.js ----

// The operator `show_tree_beside`: the App puts a panel of the modal into a tab over the video, so
// that one hides the other. This splits the two; the App's own split_panel reaches only the grid.

const MODAL_SPACES = "fiftyone-modal-spaces";
const TREE_PANEL = "tree_of_captions";
/** What the App calls the panel of the open sample. */
const SAMPLE_PANEL = "fo-sample-modal-plugin";

/** Finds the node of a panel in the App's layout. */
function findPanel(node, type) {
  if (node.type === type) return node;
  for (const child of node.children || []) {
    const found = findPanel(child, type);
    if (found) return found;
  }
  return null;
}

/** Whether a panel of a layout is in a tab that another tab is in front of. */
function isCovered(spaces, type) {
  const node = spaces && spaces.root ? findPanel(spaces.root, type) : null;
  return Boolean(node && node.parent && node.parent.activeChild && node.parent.activeChild !== node.id);
}

/** Registers the operator; needs __foo__ and __fosp__. */
function registerBeside() {
  const { Operator, OperatorConfig, registerOperator } = window.__foo__;
  const { useSpaces, Layout } = window.__fosp__;

  class ShowTreeBeside extends Operator {
    get config() {
      return new OperatorConfig({
        name: "show_tree_beside",
        label: "Show the tree beside the video",
        unlisted: true,
      });
    }

    useHooks() {
      return { update: useSpaces(MODAL_SPACES).updateSpaces };
    }

    async execute({ hooks }) {
      hooks.update((spaces) => {
        const node = findPanel(spaces.root, TREE_PANEL);
        if (!node) return;
        if (node.parent && spaces.canSplitLayout(node.parent)) {
          spaces.splitLayout(node.parent, Layout.Horizontal, node);
        } else spaces.setNodeActive(node);
      });
    }
  }

  registerOperator(ShowTreeBeside, PLUGIN);
}

// ---- js/dom.js ----

// Small helpers to make elements. Texts are only ever set as text: captions are untrusted.

/** Makes an element; `text` becomes its text, functions become listeners, the rest attributes. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Icons, as paths on a grid of 16 by 16. */
const ICONS = {
  start: "M3 3h2v10H3zM13 3v10L6 8z",
  previous: "M11 3v10L4 8z",
  play: "M4 3v10l9-5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  next: "M5 3v10l7-5z",
  end: "M11 3h2v10h-2zM3 3v10l7-5z",
  loop: "M4 4h7V2l3 3-3 3V6H5v3H3V5zM12 12H5v2l-3-3 3-3v2h6V7h2v4z",
  fit: "M2 7h3V5l3 3-3 3V9H2zM14 7h-3V5L8 8l3 3V9h3zM7.3 2h1.4v12H7.3z",
  pin: "M10 2l4 4-1 1-1-.3-2.6 2.6.1 2.6-1 1L6 10.400l-3.300 3.300-.7-.7 3.300-3.300L2.800 7.200l1-1 2.600.1L9 3.700 8.700 2.800z",
  copy: "M5 2h8v9h-2v-1.500h.5v-6h-5V4H5zM3 5h7v9H3zm1.500 1.500v6h4v-6z",
  close: "M4 3l4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4-4-4z",
};

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("width", "14");
  svg.setAttribute("height", "14");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}

/** A button that shows an icon and is named for those who do not see it. */
function iconButton(name, label, key, press) {
  const title = key ? `${label} (${key})` : label;
  return make(
    "button",
    { type: "button", class: "a100-icon", "aria-label": label, title, click: press },
    icon(name),
  );
}

function textButton(label, title, press) {
  return make("button", { type: "button", class: "a100-button", title, text: label, click: press });
}

// ---- js/model.js ----

// One video's tree as it came from Python, and the questions that drawing and walking ask of it.
//
// Nodes are numbers: their place in the columns. Frames are 1-based and inclusive.

const NONE = -1;
/** What the time axis can show beside a node: the open clip of a view of clips. */
const CLIP = -2;
const BARE = 0;
const NO_ACTION = 1;
const ANNOTATED = 2;

class TreeModel {
  /** @param {object} data the columns, see core/panel_tree.py */
  constructor(data) {
    this.data = data;
    this.count = data.ids.length;
    this.frames = Math.max(1, data.frames);
    this.fps = data.fps;
    this.truncated = new Set(data.truncated);
    this.hidden = null;
    this.place = new Map(data.ids.map((id, i) => [id, i]));
    this.rowLevels = [...new Set(data.levels)].sort((a, b) => a - b);
    const rowOf = new Map(this.rowLevels.map((level, row) => [level, row]));
    this.rowOf = Int32Array.from(data.levels, (level) => rowOf.get(level));
    this.rows = this.rowLevels.map(() => []);
    const byStart = Array.from({ length: this.count }, (_, i) => i);
    byStart.sort((a, b) => data.first[a] - data.first[b] || data.last[b] - data.last[a]);
    // How far a row's nodes reach, up to each: no earlier one can be on screen after that.
    this.reach = [];
    this.children = Array.from({ length: this.count }, () => []);
    for (const i of byStart) {
      if (data.last[i] >= data.first[i] && data.first[i] > 0) this.rows[this.rowOf[i]].push(i);
      const parent = data.parents[i];
      if (parent >= 0 && parent !== i) this.children[parent].push(i);
    }
    for (const row of this.rows) {
      let most = 0;
      this.reach.push(row.map((i) => (most = Math.max(most, data.last[i]))));
    }
    this.texts = data.texts ? data.texts.map((of) => new Map(of.at.map((i, k) => [i, of.texts[k]]))) : null;
  }

  /** How many nodes have frames, and so a rectangle. */
  get drawable() {
    return this.rows.reduce((sum, row) => sum + row.length, 0);
  }

  /** The place of the first node in a row that starts after a frame. */
  after(row, frame) {
    const nodes = this.rows[row];
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.data.first[nodes[middle]] <= frame) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The node of a row that is on screen at a frame; of several the one that began last. */
  nodeAt(row, frame) {
    const nodes = this.rows[row];
    const start = this.after(row, frame) - 1;
    // Sound trees need one look; where nodes overlap, an earlier one may last longer.
    for (let k = start; k >= 0 && this.reach[row][k] >= frame; k -= 1) {
      if (this.data.last[nodes[k]] >= frame) return nodes[k];
    }
    return NONE;
  }

  /** The nodes on screen at a frame, one a row, NONE where a row has none. */
  activePath(frame) {
    return this.rows.map((_, row) => this.nodeAt(row, frame));
  }

  parent(i) {
    const parent = this.data.parents[i];
    return parent >= 0 && parent !== i ? parent : NONE;
  }

  /** The nodes from the top to a node, both included; safe for cycles. */
  path(i) {
    const found = [];
    const seen = new Set();
    for (let at = i; at >= 0 && !seen.has(at); at = this.parent(at)) {
      seen.add(at);
      found.unshift(at);
    }
    return found;
  }

  /** A node and those beside it: its parent's children, or its row where it has no parent. */
  family(i) {
    const parent = this.parent(i);
    return parent === NONE ? this.rows[this.rowOf[i]] : this.children[parent];
  }

  /** The sibling before (-1) or after (+1), else the next in time of the same level, else NONE. */
  beside(i, step) {
    const family = this.family(i);
    const sibling = family[family.indexOf(i) + step];
    if (sibling !== undefined) return sibling;
    const row = this.rows[this.rowOf[i]];
    const next = row[row.indexOf(i) + step];
    return next === undefined ? NONE : next;
  }

  /** The child that is on screen at a frame, else the first, else NONE. */
  child(i, frame) {
    const here = this.children[i];
    const active = here.find((c) => this.data.first[c] <= frame && frame <= this.data.last[c]);
    return active !== undefined ? active : here.length ? here[0] : NONE;
  }

  /** The nodes of the cut at a time scale, by start. */
  cut(seconds) {
    const { from, until, first, last } = this.data;
    const found = [];
    for (let i = 0; i < this.count; i += 1) {
      if (from[i] <= seconds && seconds < until[i] && last[i] >= first[i]) found.push(i);
    }
    return found.sort((a, b) => first[a] - first[b]);
  }

  /** How long a node lasts in the clip, in seconds of its frames. */
  seconds(i) {
    return (this.data.last[i] - this.data.first[i] + 1) / this.fps;
  }

  /** The nodes whose texts hold a phrase, in any case; null where Python has to be asked. */
  search(phrase) {
    const wanted = phrase.trim().toLowerCase();
    if (!wanted) return [];
    if (!this.texts) return null;
    const found = new Set();
    for (const of of this.texts) {
      for (const [i, text] of of) if (text.toLowerCase().includes(wanted)) found.add(i);
    }
    return [...found];
  }

  /** A node's label as it is drawn, or what stands for one. */
  label(i) {
    return this.data.labels[i] || "(no text)";
  }
}

/** Seconds as a person reads them: 0:07.25, 1:02:09.00. */
function clock(seconds, digits = 2) {
  const unit = 10 ** digits;
  const rounded = Math.round(Math.max(0, seconds) * unit) / unit;
  const whole = Math.floor(rounded + 1e-9);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = (rounded % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** A duration in few characters: 0.8 s, 12 s, 3 min. */
function lasting(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${(seconds / 60).toFixed(seconds < 600 ? 1 : 0)} min`;
}

/** The words of a text, split so that joined they are the text again. */
function pieces(text) {
  return text.split(/(\s+)/).filter((piece) => piece !== "");
}

/**
 * Splits a text into runs that another has (`added` false) or has not (true).
 *
 * Longest common subsequence of words without case and punctuation; texts of more than 400 words
 * are compared as sets, which is what a person sees there anyway.
 */
function wordChanges(text, before) {
  const plain = (word) => word.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  const words = pieces(text);
  const own = words.map(plain);
  const other = pieces(before).map(plain).filter((word) => word);
  let kept;
  if (own.length > 800 || other.length > 400) {
    const known = new Set(other);
    kept = own.map((word) => !word || known.has(word));
  } else {
    kept = commonWords(own, other);
  }
  const runs = [];
  words.forEach((word, k) => {
    const added = !kept[k];
    const run = runs[runs.length - 1];
    // A blank goes with what precedes it.
    if (run && (run.added === added || !own[k])) run.text += word;
    else runs.push({ text: word, added });
  });
  return runs;
}

function commonWords(own, other) {
  const rows = own.length;
  const width = other.length + 1;
  const best = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      best[i * width + j] =
        own[i] && own[i] === other[j]
          ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
    }
  }
  const kept = own.map((word) => !word);
  for (let i = 0, j = 0; i < rows && j < other.length; ) {
    if (own[i] && own[i] === other[j]) {
      kept[i] = true;
      i += 1;
      j += 1;
    } else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return kept;
}

// ---- js/viewport.js ----

// Which part of the time axis is on screen, and where a frame is drawn.

const LEAST_FRAMES = 12;

class Viewport {
  constructor(frames) {
    this.frames = frames;
    this.from = 0;
    this.to = frames;
    this.left = 0;
    this.width = 1;
  }

  /** Whether the whole video is on screen. */
  get isWhole() {
    return this.from <= 0 && this.to >= this.frames;
  }

  /** Where the time axis is, in CSS pixels. */
  place(left, width) {
    this.left = left;
    this.width = Math.max(1, width);
  }

  /** Where a moment is drawn, given in frames from the video's start. */
  x(at) {
    return this.left + ((at - this.from) / (this.to - this.from)) * this.width;
  }

  /** The moment under a pixel, in frames from the video's start. */
  at(x) {
    return this.from + ((x - this.left) / this.width) * (this.to - this.from);
  }

  /** Shows a stretch, no shorter than LEAST_FRAMES and within the video. */
  show(from, to) {
    const span = Math.min(Math.max(to - from, LEAST_FRAMES), this.frames);
    const middle = (from + to) / 2;
    const start = Math.min(Math.max(middle - span / 2, 0), this.frames - span);
    this.from = start;
    this.to = start + span;
  }

  /** Zooms by a factor (less than 1: in) around a pixel. */
  zoom(x, factor) {
    const held = this.at(x);
    const span = Math.min(Math.max((this.to - this.from) * factor, LEAST_FRAMES), this.frames);
    const share = (x - this.left) / this.width;
    const start = Math.min(Math.max(held - share * span, 0), this.frames - span);
    this.from = start;
    this.to = start + span;
  }

  /** Moves by so many pixels. */
  pan(pixels) {
    const span = this.to - this.from;
    const start = this.from + (pixels / this.width) * span;
    this.from = Math.min(Math.max(start, 0), this.frames - span);
    this.to = this.from + span;
  }
}

/** Seconds between the marks of a ruler, so that they are at least so many pixels apart. */
function rulerStep(secondsOnScreen, width, apart = 64) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const least = (secondsOnScreen * apart) / width;
  return steps.find((step) => step >= least) || 14400;
}

// ---- js/colours.js ----

// Colours: of the theme, read from the App's own CSS; of a node, by level, verb or duration.

/** Reads "#rrggbb", "rgb(...)", "hsl(...)": whatever the browser can draw. */
function parseColour(text, context) {
  context.fillStyle = "#000";
  context.fillStyle = text;
  const value = context.fillStyle;
  if (value.startsWith("#")) {
    return [1, 3, 5].map((k) => parseInt(value.slice(k, k + 2), 16));
  }
  const numbers = value.match(/[\d.]+/g) || [0, 0, 0];
  return numbers.slice(0, 3).map(Number);
}

function hex(rgb) {
  return `#${rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;
}

/** A colour with a share of another in it. */
function mixed(rgb, other, share) {
  return rgb.map((c, k) => c + (other[k] - c) * share);
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => {
    const unit = c / 255;
    return unit <= 0.03928 ? unit / 12.92 : ((unit + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2's contrast of two colours. */
function contrast(one, two) {
  const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** Black or white, whichever reads better on a colour; of the two, one is always at 4.5 : 1. */
function inkOn(rgb) {
  return contrast(rgb, [255, 255, 255]) >= contrast(rgb, [0, 0, 0]) ? "#ffffff" : "#000000";
}

/** The theme's colours as they are now, for an element in the App. */
function readTheme(element, context) {
  const style = getComputedStyle(element);
  const read = (name, fallback) =>
    parseColour(style.getPropertyValue(name).trim() || fallback, context);
  const text = read("--fo-palette-text-primary", "#ffffff");
  const background = read("--fo-palette-background-level2", "#1a1a1a");
  const dark = luminance(background) < 0.4;
  return {
    dark,
    background,
    text,
    quiet: mixed(text, background, dark ? 0.32 : 0.3),
    line: mixed(text, background, dark ? 0.78 : 0.8),
    accent: read("--fo-palette-primary-main", "#ff6d04"),
  };
}

/** Gives each node its colour: fill, muted fill, and the ink that reads on them. */
class Painter {
  constructor(palette, theme) {
    this.palette = palette;
    this.theme = theme;
    this.known = new Map();
    this.scratch = document.createElement("canvas").getContext("2d");
    this.patterns = new Map();
  }

  /** The colour as the palette has it. */
  base(model, i, by) {
    if (by === "verb") {
      const verb = model.data.verbs.of[i];
      return verb >= 0 ? this.palette.verbs[verb % this.palette.verbs.length] : this.palette.tail;
    }
    if (by === "duration") {
      const lasts = model.seconds(i);
      return this.palette.durations.find((bin) => lasts < bin.below).colour;
    }
    const level = Math.max(0, model.data.levels[i]);
    return this.palette.levels[level % this.palette.levels.length];
  }

  /** The shades of a colour in this theme. */
  shades(colour) {
    let found = this.known.get(colour);
    if (!found) {
      const rgb = parseColour(colour, this.scratch);
      const muted = mixed(rgb, this.theme.background, this.theme.dark ? 0.42 : 0.38);
      const faint = mixed(rgb, this.theme.background, 0.86);
      const edge = mixed(rgb, this.theme.text, this.theme.dark ? 0.25 : 0.1);
      found = {
        full: hex(rgb),
        fullInk: inkOn(rgb),
        muted: hex(muted),
        mutedInk: inkOn(muted),
        faint: hex(faint),
        faintInk: hex(this.theme.text),
        edge: hex(edge),
      };
      this.known.set(colour, found);
    }
    return found;
  }

  /** Diagonal lines in a colour, for what has no action. */
  hatch(context, colour) {
    let found = this.patterns.get(colour);
    if (!found) {
      const tile = document.createElement("canvas");
      tile.width = 6;
      tile.height = 6;
      const draw = tile.getContext("2d");
      draw.strokeStyle = colour;
      draw.lineWidth = 1.6;
      draw.beginPath();
      for (const shift of [-6, 0, 6]) {
        draw.moveTo(shift - 1, 7);
        draw.lineTo(shift + 7, -1);
      }
      draw.stroke();
      found = context.createPattern(tile, "repeat");
      this.patterns.set(colour, found);
    }
    return found;
  }
}

// ---- js/timeline.js ----

// The drawn tree: one canvas for what stays (rectangles, ruler, speech, cut), one above it for what
// moves with the video or the mouse (playhead, active path, hover, pin).

const GUTTER = 30;
const RULER = 18;
const BAND = 15;
const STRIP = 3;
const FONT = "11px Palanquin, system-ui, sans-serif";
const SMALL = "10px Palanquin, system-ui, sans-serif";

class Timeline {
  /** @param {HTMLElement} stage what holds the canvases */
  constructor(stage) {
    this.stage = stage;
    this.base = make("canvas", { class: "a100-base", "aria-hidden": "true" });
    this.over = make("canvas", { class: "a100-over", "aria-hidden": "true" });
    // Moved by the compositor alone, thirty times a second: no canvas is painted for it.
    this.head = make("div", { class: "a100-head", "aria-hidden": "true", hidden: true });
    stage.append(this.base, this.over, this.head);
    this.model = null;
    this.view = new Viewport(1);
    this.rowHeight = 18;
    this.colourBy = "level";
    this.matches = null;
    this.hidden = null;
    this.cut = [];
    this.hover = NONE;
    this.pinned = NONE;
    this.frame = 0;
    this.active = [];
    this.stats = { drawn: 0, paintMs: 0, overMs: 0, paints: 0, overs: 0 };
  }

  setModel(model) {
    this.model = model;
    this.view = new Viewport(model.frames);
    this.matches = null;
    this.hidden = null;
    this.hover = NONE;
    this.pinned = NONE;
    this.active = [];
  }

  setLook(palette, theme) {
    this.theme = theme;
    this.painter = new Painter(palette, theme);
  }

  /** Fits the canvases to their place; `room` is how high they may be, in CSS pixels. */
  resize(width, room) {
    const rows = this.model ? this.model.rows.length : 1;
    const others = RULER + 2 * (BAND + 3) + 4;
    this.rowHeight = Math.max(13, Math.min(24, Math.floor((room - others) / Math.max(rows, 1))));
    this.width = width;
    this.height = others + rows * this.rowHeight;
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(this.height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${this.height}px`;
    }
    this.head.style.height = `${this.height}px`;
    this.stage.style.height = `${Math.min(this.height, room)}px`;
    this.ratio = ratio;
    this.view.place(GUTTER, width - GUTTER - 6);
  }

  top(row) {
    return RULER + row * this.rowHeight;
  }

  get cutTop() {
    return RULER + this.model.rows.length * this.rowHeight + 4;
  }

  get speechTop() {
    return this.cutTop + BAND + 3;
  }

  /** A node's rectangle in CSS pixels, clipped to the axis; null where it is not in sight. */
  rect(i) {
    const { first, last } = this.model.data;
    const left = Math.max(this.view.x(first[i] - 1), GUTTER);
    const right = Math.min(this.view.x(last[i]), GUTTER + this.view.width);
    if (right <= GUTTER || left >= GUTTER + this.view.width || last[i] < first[i]) return null;
    const gap = right - left > 4 ? 1 : 0;
    // On whole pixels, which are filled several times as fast as parts of them.
    const x = Math.round(left * this.ratio) / this.ratio;
    const end = Math.round((right - gap) * this.ratio) / this.ratio;
    return {
      x,
      y: this.top(this.model.rowOf[i]) + 1,
      w: Math.max(end - x, 1 / this.ratio),
      h: this.rowHeight - 2,
    };
  }

  /** The node under a point, else NONE; a node of under 3 px is found from a pixel beside it. */
  nodeUnder(x, y) {
    if (!this.model || x < GUTTER || y < RULER) return NONE;
    const row = Math.floor((y - RULER) / this.rowHeight);
    if (row >= this.model.rows.length) {
      const inCut = y >= this.cutTop && y < this.cutTop + BAND;
      return inCut ? this.cutAt(this.frameUnder(x)) : NONE;
    }
    return this.model.nodeAt(row, this.frameUnder(x));
  }

  cutAt(frame) {
    const { first, last } = this.model.data;
    const found = this.cut.find((i) => first[i] <= frame && frame <= last[i]);
    return found === undefined ? NONE : found;
  }

  frameUnder(x) {
    return Math.min(Math.max(Math.floor(this.view.at(x)) + 1, 1), this.model.frames);
  }

  clear(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.textBaseline = "middle";
    return context;
  }

  /** Paints what stays. */
  paint() {
    if (!this.model || !this.painter || !this.width) return;
    const began = performance.now();
    const context = this.clear(this.base);
    this.paintRuler(context);
    this.paintStrip(context);
    this.paintGutter(context);
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, this.view.width, this.height);
    context.clip();
    this.stats.drawn = 0;
    for (let row = 0; row < this.model.rows.length; row += 1) this.paintRow(context, row);
    this.paintCut(context);
    this.paintSpeech(context);
    this.paintOutside(context);
    context.restore();
    this.stats.paintMs = performance.now() - began;
    this.stats.paints += 1;
    this.paintOver();
  }

  /** While zoomed: which part of the video is shown, as a strip over the ruler. */
  paintStrip(context) {
    if (this.view.isWhole) return;
    const { left, width, from, to, frames } = this.view;
    context.fillStyle = hex(this.theme.line);
    context.fillRect(left, 0, width, STRIP);
    context.fillStyle = hex(this.theme.quiet);
    context.fillRect(left + (from / frames) * width, 0, Math.max(((to - from) / frames) * width, 3), STRIP);
  }

  paintRuler(context) {
    const { fps } = this.model;
    const seconds = (this.view.to - this.view.from) / fps;
    const step = rulerStep(seconds, this.view.width);
    context.font = SMALL;
    context.fillStyle = hex(this.theme.quiet);
    context.strokeStyle = hex(this.theme.line);
    context.textAlign = "left";
    context.lineWidth = 1;
    const start = Math.ceil(this.view.from / fps / step - 1e-9);
    const stop = this.view.to / fps;
    for (let k = start; k * step <= stop + 1e-9; k += 1) {
      const x = Math.round(this.view.x(k * step * fps)) + 0.5;
      context.beginPath();
      context.moveTo(x, RULER - 5);
      context.lineTo(x, this.height);
      context.stroke();
      const text = clock(k * step, step < 1 ? 1 : 0);
      if (x + 34 < GUTTER + this.view.width) context.fillText(text, x + 3, RULER / 2 + 1);
    }
  }

  paintGutter(context) {
    context.font = SMALL;
    context.textAlign = "right";
    context.fillStyle = hex(this.theme.quiet);
    this.model.rowLevels.forEach((level, row) => {
      context.fillText(String(level), GUTTER - 6, this.top(row) + this.rowHeight / 2);
    });
    context.fillText("cut", GUTTER - 5, this.cutTop + BAND / 2);
    if (this.model.data.speech.first.length) {
      context.fillText("said", GUTTER - 5, this.speechTop + BAND / 2);
    }
  }

  paintRow(context, row) {
    const nodes = this.model.rows[row];
    const { first } = this.model.data;
    // From the last node that starts before the view on; overlapping ones before it are rare.
    let k = Math.max(0, this.model.after(row, Math.floor(this.view.from)) - 8);
    for (; k < nodes.length && first[nodes[k]] - 1 < this.view.to; k += 1) {
      const box = this.rect(nodes[k]);
      if (box) {
        this.paintNode(context, nodes[k], box, false);
        this.stats.drawn += 1;
      }
    }
  }

  /** Paints one rectangle; `lit` is on the active path, hovered or pinned. */
  paintNode(context, i, box, lit) {
    const state = this.model.data.states[i];
    const shades = this.painter.shades(this.painter.base(this.model, i, this.colourBy));
    const dim = this.matches ? this.matches.shade(i) : 1;
    context.globalAlpha = lit ? 1 : dim;
    if (!lit && this.hidden && this.hidden.has(i)) {
      // A line instead of a box: told apart by its shape, in any colour.
      context.fillStyle = shades.muted;
      context.fillRect(box.x, box.y + Math.round(box.h / 2) - 1, box.w, 2);
      context.globalAlpha = 1;
      return;
    }
    if (state === BARE && !lit) {
      context.fillStyle = shades.muted;
      if (box.w > 2.5) {
        // An outline as two fills: a stroke takes longer.
        context.fillRect(box.x, box.y, box.w, box.h);
        context.fillStyle = shades.faint;
        context.fillRect(box.x + 1, box.y + 1, box.w - 2, box.h - 2);
      } else context.fillRect(box.x, box.y + 3, box.w, box.h - 6);
    } else {
      context.fillStyle = lit ? shades.full : shades.muted;
      context.fillRect(box.x, box.y, box.w, box.h);
      if (state === NO_ACTION && box.w > 2) {
        context.fillStyle = this.painter.hatch(context, hex(this.theme.background));
        context.globalAlpha *= 0.55;
        context.fillRect(box.x, box.y, box.w, box.h);
        context.globalAlpha = lit ? 1 : dim;
      }
    }
    if (box.w > 26) this.paintLabel(context, i, box, lit, shades, state);
    context.globalAlpha = 1;
  }

  paintLabel(context, i, box, lit, shades, state) {
    context.font = FONT;
    context.textAlign = "left";
    const text = fitted(context, this.model.data.labels[i], box.w - 8);
    if (!text) return;
    if (state === NO_ACTION) {
      // Hatching would run through the letters.
      const wide = Math.min(context.measureText(text).width + 8, box.w);
      context.fillStyle = lit ? shades.full : shades.muted;
      context.fillRect(box.x, box.y, wide, box.h);
    }
    context.fillStyle = lit ? shades.fullInk : state === BARE ? shades.faintInk : shades.mutedInk;
    context.fillText(text, box.x + 4, box.y + box.h / 2 + 0.5);
  }

  paintCut(context) {
    const { first, last } = this.model.data;
    this.cut.forEach((i, k) => {
      const left = this.view.x(first[i] - 1);
      const right = this.view.x(last[i]);
      if (right < GUTTER || left > GUTTER + this.view.width) return;
      const share = k % 2 ? 0.62 : 0.74;
      context.fillStyle = hex(mixed(this.theme.accent, this.theme.background, share));
      context.fillRect(left, this.cutTop, Math.max(right - left, 0.75), BAND);
      if (right - left > 40) {
        context.font = SMALL;
        context.fillStyle = hex(this.theme.text);
        const seen = Math.max(left, GUTTER);
        const text = fitted(context, this.model.data.labels[i], right - seen - 6);
        if (text) context.fillText(text, seen + 3, this.cutTop + BAND / 2 + 0.5);
      }
      // The same stretch, marked where it is in the tree.
      const box = this.rect(i);
      if (box) {
        context.fillStyle = hex(this.theme.accent);
        context.fillRect(box.x, box.y + box.h - 2, box.w, 2);
      }
    });
  }

  paintSpeech(context) {
    const { first, last, texts } = this.model.data.speech;
    context.font = SMALL;
    first.forEach((frame, k) => {
      const left = this.view.x(frame - 1);
      const right = this.view.x(last[k]);
      if (right < GUTTER || left > GUTTER + this.view.width) return;
      context.fillStyle = hex(mixed(this.theme.text, this.theme.background, 0.86));
      context.fillRect(left, this.speechTop, Math.max(right - left - 1, 0.75), BAND);
      if (right - left > 24) {
        context.fillStyle = hex(this.theme.text);
        const seen = Math.max(left, GUTTER);
        const text = fitted(context, texts[k], right - seen - 6);
        if (text) context.fillText(text, seen + 3, this.speechTop + BAND / 2 + 0.5);
      }
    });
  }

  /** Shades what the open clip does not reach. */
  paintOutside(context) {
    const { clip } = this.model.data;
    if (!clip) return;
    const [left, right] = [this.view.x(clip[0] - 1), this.view.x(clip[1])];
    context.fillStyle = hex(this.theme.background);
    context.globalAlpha = 0.6;
    context.fillRect(0, RULER, left, this.height);
    context.fillRect(right, RULER, this.width, this.height);
    context.globalAlpha = 1;
  }

  /** Puts the playhead where the player is; writes nothing where it is there already. */
  placeHead() {
    const x = this.view.x(this.frame - 0.5);
    const seen = this.frame > 0 && x >= GUTTER - 1 && x <= GUTTER + this.view.width + 1;
    if (this.head.hidden === seen) this.head.hidden = !seen;
    const place = `translateX(${x.toFixed(1)}px)`;
    if (!seen || place === this.headPlace) return;
    this.headPlace = place;
    this.head.style.transform = place;
  }

  /** Paints what is lit: the active path, the pinned node and the one under the mouse. */
  paintOver() {
    if (!this.model || !this.painter || !this.width) return;
    const began = performance.now();
    const context = this.clear(this.over);
    context.save();
    context.beginPath();
    context.rect(GUTTER - 1, 0, this.view.width + 2, this.height);
    context.clip();
    for (const i of this.active) if (i !== NONE) this.light(context, i, 1);
    if (this.pinned !== NONE) this.light(context, this.pinned, 2);
    if (this.hover !== NONE && this.hover !== this.pinned) this.light(context, this.hover, 1.5);
    context.restore();
    this.placeHead();
    this.stats.overs += 1;
    this.stats.overMs = performance.now() - began;
  }

  light(context, i, width) {
    const box = this.rect(i);
    if (!box) return;
    this.paintNode(context, i, box, true);
    context.strokeStyle = hex(this.theme.text);
    context.lineWidth = width;
    context.setLineDash(this.hidden && this.hidden.has(i) ? [3, 2] : []);
    const half = width / 2;
    context.strokeRect(box.x + half, box.y + half, Math.max(box.w - width, 0.5), box.h - width);
    if (i === this.pinned && box.w > 12) {
      context.fillStyle = hex(this.theme.accent);
      context.fillRect(box.x, box.y, 4, box.h);
    }
  }
}

/** A text cut to a width, with an ellipsis; empty where nothing legible fits. */
function fitted(context, text, width) {
  if (!text || width < 12) return "";
  const plain = text.length > 200 ? text.slice(0, 200) : text;
  let guess = Math.floor(width / 5.2);
  if (guess >= plain.length && context.measureText(plain).width <= width) return plain;
  const letters = Array.from(plain);
  guess = Math.min(guess, letters.length - 1);
  for (; guess > 1; guess -= 1) {
    const cut = `${letters.slice(0, guess).join("").trimEnd()}…`;
    const wide = context.measureText(cut).width;
    if (wide <= width) return cut;
    guess -= Math.max(0, Math.floor((wide - width) / 9));
  }
  return "";
}

// ---- js/card.js ----

// The detail card: everything that is known of one node, its texts side by side.

/** An actor of so many characters is shown as a text of its own. */
const LONG_ACTOR = 80;

class Card {
  /**
   * @param {object} host `call(method, params, callback)`, `act(name)`
   * @param {(i: number) => void} go shows another node
   */
  constructor(host, go) {
    this.host = host;
    this.go = go;
    this.node = NONE;
    this.changes = readSettings().changes !== false;
    this.asked = null;
    this.title = make("h3", { class: "a100-title", dir: "auto" });
    this.facts = make("p", { class: "a100-facts" });
    this.where = make("p", { class: "a100-where" });
    this.actions = make("div", { class: "a100-actions", role: "group", "aria-label": "Node" });
    this.texts = make("div", { class: "a100-texts" });
    this.buttons();
    this.element = make(
      "section",
      { class: "a100-card", "aria-label": "Details of the node" },
      this.title, this.facts, this.where, this.actions, this.texts,
    );
  }

  buttons() {
    const act = (name) => () => this.host.act(name);
    this.toggle = make("input", { type: "checkbox", change: () => this.setChanges() });
    this.toggle.checked = this.changes;
    this.actions.append(
      textButton("Zoom", "Show this segment over the whole width (z)", act("zoom")),
      textButton("Select", "Select this node's caption in the App", act("select_node")),
      textButton("As clip", "Show this segment alone, as a clip in the grid", act("show_clip")),
      textButton("Same action", "Find this action elsewhere, in all videos", act("same_action")),
      textButton("Children", "Show its parts as a view in the grid", act("show_children")),
      textButton("Copy", "Copy all texts with their times", (event) => this.copyAll(event.currentTarget)),
      make(
        "label",
        { class: "a100-check", title: "Underline words that the parent's text does not have" },
        this.toggle,
        document.createTextNode("Mark what is new"),
      ),
    );
  }

  setChanges() {
    this.changes = this.toggle.checked;
    keepSettings({ changes: this.changes });
    this.show(this.model, this.node, true);
  }

  /** Shows a node; the same one again only where `again` says so. */
  show(model, i, again = false) {
    if (!again && model === this.model && i === this.node) return;
    this.model = model;
    this.node = i;
    const blank = !model || i === NONE;
    this.actions.hidden = blank;
    this.facts.hidden = blank;
    this.where.hidden = blank;
    this.texts.replaceChildren();
    this.shown = null;
    if (blank) {
      this.title.textContent = model ? "Nothing of the tree is on screen at this moment" : "";
      return;
    }
    this.title.textContent = model.label(i);
    this.facts.textContent = this.describe(i);
    this.where.replaceChildren(...this.relatives(i));
    this.fill(i);
  }

  describe(i) {
    const { data } = this.model;
    const kind = this.model.children[i].length ? (this.model.parent(i) === NONE ? "root" : "mid") : "leaf";
    const state = ["not annotated", "N/A: no action", "annotated"][data.states[i]];
    const beyond = this.model.truncated.has(i) ? " · goes on past the clip" : "";
    const unseen = this.model.hidden && this.model.hidden.has(i) ? " · hidden by the view" : "";
    return (
      `Level ${data.levels[i]} · ${kind} · ${clock(data.starts[i])} – ${clock(data.ends[i])}` +
      ` · ${(data.ends[i] - data.starts[i]).toFixed(2)} s · frames ${data.first[i]} – ${data.last[i]}` +
      ` · ${state}${beyond}${unseen}`
    );
  }

  /** What a node is to its parent, with a way to go there. */
  relatives(i) {
    const { data } = this.model;
    const parent = this.model.parent(i);
    if (parent === NONE) return [make("span", { text: "The whole of the tree" })];
    const family = this.model.children[parent];
    const span = data.ends[parent] - data.starts[parent];
    const share = span > 0 ? Math.round((100 * (data.ends[i] - data.starts[i])) / span) : 0;
    const text = `Part ${family.indexOf(i) + 1} of ${family.length}, ${share} % of `;
    const link = make("button", {
      type: "button",
      class: "a100-link",
      dir: "auto",
      title: "Go to the parent (↑)",
      text: this.model.label(parent),
      click: () => this.go(parent),
    });
    return [make("span", { text }), link];
  }

  /** A node's texts; where it is not annotated, those of the segment around it that is. */
  fill(i) {
    const { model } = this;
    const states = model.data.states;
    const around =
      states[i] === BARE ? model.path(i).reverse().find((at) => states[at] !== BARE) : undefined;
    const wanted = [i, model.parent(i), around === undefined ? NONE : around];
    if (model.texts) {
      const of = (at) => (at === NONE ? null : model.texts.map((texts) => texts.get(at) ?? null));
      this.blocks(i, wanted[2], ...wanted.map(of));
      return;
    }
    this.texts.append(make("p", { class: "a100-quiet", text: "Fetching the texts …" }));
    clearTimeout(this.asked);
    // Not each node that flies by: the one that stays a moment.
    this.asked = setTimeout(() => this.fetch(i, wanted), 180);
  }

  destroy() {
    clearTimeout(this.asked);
  }

  async fetch(i, wanted) {
    const { model } = this;
    const { sample, ids } = model.data;
    const ask = async (at) => {
      const answer = at === NONE ? null : await this.host.ask("texts", { sample, node: ids[at] });
      return answer && answer.texts;
    };
    const [own, above, around] = await Promise.all(wanted.map(ask));
    if (this.model !== model || this.node !== i) return;
    this.texts.replaceChildren();
    if (own) this.blocks(i, wanted[2], own, above, around);
    else this.texts.append(make("p", { class: "a100-quiet", text: "The texts could not be fetched" }));
  }

  blocks(i, outer, texts, above, around) {
    this.shown = texts;
    const fields = this.model.data.fields;
    if (!texts.some((text) => text)) {
      const text = "This node has no text in any field that holds the tree.";
      this.texts.append(make("p", { class: "a100-quiet", text }));
    }
    this.addBlocks(texts, above);
    const actor = fields.findIndex((field) => field.actor);
    const own = actor >= 0 ? actorTag(texts[actor], "Actor") : null;
    if (own) this.facts.append(own);
    if (!around) return;
    const level = `level ${this.model.data.levels[outer]}`;
    const link = make("button", {
      type: "button",
      class: "a100-link",
      dir: "auto",
      text: this.model.label(outer),
      click: () => this.go(outer),
    });
    const says = `Not annotated itself; the annotated segment around it (${level}): `;
    const theirs = actor >= 0 ? actorTag(around[actor], `Actor of the segment around it, ${level}`) : null;
    this.texts.append(make("p", { class: "a100-around" }, make("span", { text: says }), link, theirs));
    const rest = around.map((text, k) => (fields[k].group === "gpt" || !texts[k] ? text : null));
    this.addBlocks(rest, null, `from ${level}`);
  }

  /** Adds a block for each text; `origin` says whose they are where they are not the node's own. */
  addBlocks(texts, above, origin = "") {
    this.model.data.fields.forEach((field, k) => {
      if (!texts[k] || (field.actor && texts[k].length < LONG_ACTOR)) return;
      this.texts.append(this.block(field, texts[k], above && above[k], origin));
    });
  }

  block(field, text, before, origin) {
    const raw = field.group && field.group !== "gpt";
    const head = make(
      "header",
      { title: field.description || field.name },
      make("span", { class: "a100-field", text: field.name }),
      raw ? make("span", { class: "a100-tag", text: "stage 2" }) : null,
      origin ? make("span", { class: "a100-tag", text: origin }) : null,
    );
    head.append(iconButton("copy", `Copy ${field.name}`, "", (event) => copied(event.currentTarget, text)));
    const body = make("p", { class: "a100-text", dir: "auto" });
    if (this.changes && before && text.length < 20000) {
      for (const run of wordChanges(text, before)) {
        if (run.added) body.append(make("mark", { text: run.text }));
        else body.append(document.createTextNode(run.text));
      }
    } else body.textContent = text;
    return make("article", { class: "a100-block", "data-field": field.name, "data-origin": origin }, head, body);
  }

  copyAll(button) {
    if (this.node === NONE || !this.shown) return;
    const lines = [this.describe(this.node)];
    this.model.data.fields.forEach((field, k) => {
      if (this.shown[k]) lines.push(`${field.name}: ${this.shown[k]}`);
    });
    copied(button, lines.join("\n"));
  }
}

/** An actor in few words, to stand in a line; null if there is none, or a long one. */
function actorTag(text, title) {
  if (!text || text.length >= LONG_ACTOR) return null;
  return make("span", { class: "a100-actor", dir: "auto", title, text });
}

/** Copies a text, and shows on the button for a moment that it has. */
async function copied(button, text) {
  await copyText(text);
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, 1500);
}

/** Copies a text; where the browser has no clipboard (plain http), by a hidden field. */
async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = make("textarea", { "aria-hidden": "true", class: "a100-away" });
  area.value = text;
  document.body.append(area);
  const before = document.activeElement;
  area.select();
  document.execCommand("copy");
  area.remove();
  if (before) before.focus();
}

// ---- js/search.js ----

// The search box: which nodes hold a phrase, and the way from one to the next.

/** What was found, and how bright each node is drawn because of it. */
class Matches {
  constructor(model, found) {
    const byTime = (a, b) => model.data.first[a] - model.data.first[b] || model.rowOf[a] - model.rowOf[b];
    this.found = [...found].sort(byTime);
    this.bright = new Uint8Array(model.count);
    for (const i of this.found) {
      // The ancestors stay readable, so that one sees where a match is.
      for (const above of model.path(i)) this.bright[above] = Math.max(this.bright[above], 1);
    }
    for (const i of this.found) this.bright[i] = 2;
    this.at = -1;
  }

  shade(i) {
    return [0.16, 0.5, 1][this.bright[i]];
  }

  /** The next match, or the one before; from a frame on, the first time. */
  step(by, model, frame) {
    const count = this.found.length;
    if (!count) return NONE;
    if (this.at < 0) {
      const next = this.found.findIndex((i) => model.data.first[i] >= frame);
      this.at = by > 0 ? (next < 0 ? 0 : next) : next < 0 ? count - 1 : (next - 1 + count) % count;
    } else this.at = (this.at + by + count) % count;
    return this.found[this.at];
  }
}

class Search {
  /** @param {object} panel is told `setMatches(matches)` and `choose(i)` */
  constructor(panel) {
    this.panel = panel;
    this.matches = null;
    this.input = make("input", {
      type: "search",
      class: "a100-search",
      placeholder: "Search the tree  ( / )",
      "aria-label": "Search the captions of this tree",
      spellcheck: "false",
      input: () => this.later(),
      keydown: (event) => this.key(event),
    });
    this.said = make("output", { class: "a100-said", "aria-live": "polite" });
    this.previous = iconButton("previous", "Previous match", "⇧Enter", () => this.step(-1));
    this.next = iconButton("next", "Next match", "Enter", () => this.step(1));
    this.element = make(
      "div", { class: "a100-searchbox", role: "search" },
      this.input, this.said, this.previous, this.next,
    );
    this.say();
  }

  later() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.run(), 120);
  }

  destroy() {
    clearTimeout(this.waiting);
  }

  key(event) {
    if (event.key === "Enter") {
      clearTimeout(this.waiting);
      this.run().then(() => this.step(event.shiftKey ? -1 : 1));
      event.preventDefault();
    } else if (event.key === "Escape") {
      this.input.value = "";
      this.run();
      this.panel.root.focus();
    }
  }

  /** Looks for what is in the box; asks Python where not all texts are here. */
  async run() {
    const { model } = this.panel;
    const phrase = this.input.value;
    if (!model) return;
    if (this.done === phrase && this.doneFor === model) return;
    this.done = phrase;
    this.doneFor = model;
    if (!phrase.trim()) {
      this.set(null);
      return;
    }
    let found = model.search(phrase);
    if (found === null) {
      this.said.textContent = "…";
      const answer = await this.panel.host.ask("find", { phrase, sample: model.data.sample });
      if (this.panel.model !== model || this.input.value !== phrase) return;
      found = answer ? answer.found : [];
    }
    this.set(new Matches(model, found));
  }

  set(matches) {
    this.matches = matches;
    this.say();
    this.panel.setMatches(matches);
  }

  step(by) {
    if (!this.matches) return;
    const i = this.matches.step(by, this.panel.model, this.panel.player.frame);
    this.say();
    if (i !== NONE) this.panel.choose(i, { reveal: true });
  }

  say() {
    const count = this.matches ? this.matches.found.length : 0;
    const at = this.matches && this.matches.at >= 0 ? this.matches.at + 1 : 0;
    this.said.textContent = this.matches ? (count ? `${at || "–"} of ${count}` : "none") : "";
    this.previous.disabled = !count;
    this.next.disabled = !count;
  }
}

// ---- js/hidden.js ----

// Which nodes the App's view hides, told in words, and drawn as thin lines until all are asked for.

class Hidden {
  /** @param {object} panel is told `setHidden(nodes)`, a Set or null; asks Python by its host */
  constructor(panel) {
    this.panel = panel;
    this.nodes = null;
    this.all = readSettings().all === true;
    this.said = make("span", { role: "status" });
    this.button = textButton("Show all", "", () => this.toggle());
    this.element = make("div", { class: "a100-bar a100-hidden", hidden: true }, this.said, this.button);
  }

  /** Asks Python anew: another tree is shown, or the view is another one. */
  async ask(view) {
    const { model } = this.panel;
    this.view = view;
    if (!model || !view) {
      this.set(null);
      return;
    }
    const answer = await this.panel.host.ask("hidden", { sample: model.data.sample });
    if (this.panel.model !== model || this.view !== view) return;
    this.set(answer && answer.nodes ? new Set(answer.nodes) : null);
  }

  /** Another tree is shown, of which nothing is known yet. */
  forget() {
    this.nodes = null;
    this.element.hidden = true;
    this.panel.root.dataset.hidden = "";
  }

  set(nodes) {
    this.nodes = nodes;
    this.tell();
  }

  toggle() {
    this.all = !this.all;
    keepSettings({ all: this.all });
    this.tell();
  }

  tell() {
    const { nodes, all } = this;
    const { model } = this.panel;
    const count = nodes ? nodes.size : 0;
    this.element.hidden = !count;
    this.panel.setHidden(count ? nodes : null, count && !all ? nodes : null);
    if (!count) return;
    const are = count === 1 ? "node is" : "nodes are";
    this.said.textContent =
      `${count.toLocaleString("en")} of ${model.count.toLocaleString("en")} ${are} hidden by the view` +
      (all ? ", and drawn all the same" : ": thin lines here");
    this.button.textContent = all ? "Dim them again" : "Show all";
    this.button.title = all
      ? "Draw the nodes that the view hides as thin lines"
      : "Draw all nodes alike; the view stays as it is";
    this.button.setAttribute("aria-pressed", String(all));
  }
}

// ---- js/settings.js ----

// What a person has set, kept in the browser for the next sample, data set and day.

const SETTINGS_KEY = "action100m-tree";

/** Returns what was set, `{}` where nothing was or the browser keeps nothing. */
function readSettings() {
  try {
    const kept = JSON.parse(window.localStorage.getItem(SETTINGS_KEY));
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

/** Keeps some settings beside the others. */
function keepSettings(some) {
  try {
    window.localStorage.setItem(SETTINGS_KEY, JSON.stringify({ ...readSettings(), ...some }));
  } catch {
    // A browser that keeps nothing forgets, and no more.
  }
}

// ---- js/bar.js ----

// The rows of controls: breadcrumb, transport, granularity, legend.

/** So many steps of the way back are shown at once; the levels between them on demand. */
const MOST_CRUMBS = 5;

/** The way from the root to what the time axis shows. */
class Crumbs {
  constructor(zoomTo) {
    this.zoomTo = zoomTo;
    this.list = make("ol", { class: "a100-crumbs" });
    this.element = make("nav", { "aria-label": "Zoom", class: "a100-grow" }, this.list);
  }

  show(model, zoomed, all = false) {
    const path = zoomed < 0 ? [] : model.path(zoomed);
    const items = path.map((i) => [i, model.label(i)]);
    // The root's rectangle is the whole video, so it is not named twice.
    if (path.length && model.data.first[path[0]] <= 1 && model.data.last[path[0]] >= model.frames) {
      items.shift();
    }
    if (model.data.clip) items.unshift([CLIP, "Clip"]);
    items.unshift([NONE, "Whole video"]);
    const between = all || items.length <= MOST_CRUMBS + 1 ? 0 : items.length - MOST_CRUMBS;
    this.list.classList.toggle("a100-all", all);
    this.list.replaceChildren(
      ...items.map(([i, text], k) => {
        // The first and the last ones stay: where it leads back to, and where one is.
        if (k >= 2 && k < 2 + between) return k === 2 ? this.more(between, () => this.show(model, zoomed, true)) : null;
        const here = i === zoomed || (zoomed >= 0 && i === items[items.length - 1][0]);
        const button = make("button", {
          type: "button",
          dir: "auto",
          title: text,
          text,
          "aria-current": here ? "true" : undefined,
          click: () => this.zoomTo(i),
        });
        return make("li", {}, button);
      }).filter((step) => step !== null),
    );
    if (all) this.list.querySelector("[aria-current]").focus();
  }

  /** The button that stands for the levels that are not shown. */
  more(count, show) {
    const label = `Show ${count} more levels`;
    return make("li", { class: "a100-more" }, make("button", { type: "button", text: "…", title: label, "aria-label": label, click: show }));
  }
}

/** Start, play, end, loop, follow, and what time it is. */
class Transport {
  constructor(act) {
    this.play = iconButton("play", "Play", "Space", () => act("play"));
    this.loop = iconButton("loop", "Repeat this node", "l", () => act("loop"));
    this.pin = iconButton("pin", "Pinned: press to follow the video", "f", () => act("follow"));
    this.clock = make("span");
    this.count = make("span", { class: "a100-frame" });
    this.time = make("span", { class: "a100-time" }, this.clock, this.count);
    this.players = [
      iconButton("start", "To the node's start", "s", () => act("start")),
      this.play,
      iconButton("end", "To the node's end", "e", () => act("end")),
      this.loop,
    ];
    this.element = make(
      "div",
      { class: "a100-bar", role: "group", "aria-label": "Player" },
      ...this.players,
      this.pin,
      iconButton("fit", "The whole video", "0", () => act("whole")),
      this.time,
    );
    this.loop.setAttribute("aria-pressed", "false");
  }

  setPlaying(playing) {
    this.play.replaceChildren(icon(playing ? "pause" : "play"));
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  setPinned(pinned) {
    this.pin.setAttribute("aria-pressed", String(pinned));
    const label = pinned ? "Pinned: press to follow the video" : "Following the video";
    this.pin.setAttribute("aria-label", label);
    this.pin.title = `${label} (f)`;
    this.pin.disabled = !pinned;
  }

  enable(able) {
    for (const button of this.players) button.disabled = !able;
  }

  say(model, frame) {
    const none = !model || frame < 1;
    const now = none ? "" : `${clock((frame - 1) / model.fps)} / ${clock(model.frames / model.fps)}`;
    const count = none ? "" : ` · frame ${frame}`;
    if (this.clock.textContent !== now) this.clock.textContent = now;
    if (this.count.textContent !== count) this.count.textContent = count;
  }
}

const SLIDER_STEPS = 200;
const SHORTEST_SECONDS = 0.5;

/** The time scale of the cut: a slider over seconds, by their logarithm. */
class Granularity {
  constructor(changed, apply) {
    this.changed = changed;
    this.longest = 60;
    // What was asked for: a short video between two long ones does not change it.
    const kept = Number(readSettings().seconds);
    this.wanted = kept >= SHORTEST_SECONDS ? kept : 10;
    this.seconds = this.wanted;
    this.range = make("input", {
      type: "range",
      class: "a100-range",
      min: "0",
      max: String(SLIDER_STEPS),
      step: "1",
      "aria-label": "Granularity in seconds",
      title: "The coarsest segments that last no longer than this",
      input: () => this.slide(),
    });
    this.said = make("output", { class: "a100-time", "aria-live": "polite" });
    this.button = textButton("Apply to grid", "Cut all trees of the grid at this time scale", () =>
      apply(this.seconds),
    );
    this.element = make(
      "div",
      { class: "a100-cutbar", role: "group", "aria-label": "Granularity" },
      make("span", { class: "a100-time", text: "Cut at" }),
      this.range, this.said, this.button,
    );
  }

  /** Takes a tree's length as the slider's end; keeps the seconds as far as it goes. */
  fit(seconds) {
    this.longest = Math.max(seconds, 2);
    this.seconds = Math.min(this.wanted, niceSeconds(this.longest));
    const span = Math.log(this.longest / SHORTEST_SECONDS);
    const at = (Math.log(this.seconds / SHORTEST_SECONDS) / span) * SLIDER_STEPS;
    this.range.value = String(Math.round(at));
  }

  slide() {
    const share = Number(this.range.value) / SLIDER_STEPS;
    const seconds = SHORTEST_SECONDS * (this.longest / SHORTEST_SECONDS) ** share;
    this.seconds = niceSeconds(seconds);
    this.wanted = this.seconds;
    keepSettings({ seconds: this.wanted });
    this.changed(this.seconds);
  }

  say(count) {
    const text = `≤ ${this.seconds} s: ${count} segment${count === 1 ? "" : "s"}`;
    this.said.textContent = text;
    this.range.setAttribute("aria-valuetext", text);
  }
}

/** Seconds that one would choose: tenths below 3, halves below 10, whole ones above. */
function niceSeconds(seconds) {
  if (seconds < 3) return Math.round(seconds * 10) / 10;
  if (seconds < 10) return Math.round(seconds * 2) / 2;
  if (seconds < 120) return Math.round(seconds);
  return Math.round(seconds / 10) * 10;
}

/** What the colours and the patterns stand for, with how many nodes there are of each. */
function legend(model, palette, by, hidden) {
  const entries = [];
  const { states, verbs } = model.data;
  const counted = (state) => states.reduce((sum, s) => sum + (s === state), 0);
  const add = (swatch, text, title) => entries.push(make("li", { title }, swatch, make("span", { text })));
  const item = (colour, text, state, title) => {
    const swatch = make("span", { class: "a100-swatch", "data-state": state });
    swatch.style.background = colour;
    add(swatch, text, title);
  };
  const mark = (name, text, title) => add(make("span", { class: "a100-swatch", "data-mark": name }), text, title);
  const grey = "#8a8f98";
  item(grey, `annotated ${counted(ANNOTATED)}`, ANNOTATED, "Filled: the refined captions have an action for it");
  item(grey, `N/A ${counted(NO_ACTION)}`, NO_ACTION, "Hatched: a summary, but nobody acts");
  item(grey, `not annotated ${counted(BARE)}`, BARE, "Outlined: no refined caption");
  if (hidden) mark("hidden", `hidden ${hidden.size}`, "A thin line: the App's view does not show it");
  mark("cut", "in the cut", "Underlined: in the cut at the slider's time scale, as in the row “cut”");
  mark("now", "on screen now", "Bright, with an outline: one node a level, what the video shows now");
  mark("pinned", "pinned", "Bright, with a bar at the left: the node that was clicked");
  if (by === "duration") for (const bin of palette.durations) item(bin.colour, bin.name);
  if (by === "verb") {
    verbs.names.forEach((name, k) => item(palette.verbs[k % palette.verbs.length], `${name} ${verbs.counts[k]}`));
    if (verbs.rest) item(palette.tail, `other verbs ${verbs.rest}`);
  }
  // By level there is nothing to say: the rows are the levels.
  return entries;
}

// ---- js/keyboard.js ----

// Keys, while the panel has the focus and only then: the App has arrows and letters of its own.

const KEYS = [
  ["↑", "parent"],
  ["↓", "child: the one on screen, else the first"],
  ["← →", "sibling before and after"],
  ["Space", "play and pause"],
  ["/", "search; Enter and ⇧Enter go from match to match"],
  ["l", "repeat the node"],
  ["s  e", "to the node's start, and its end"],
  ["z", "zoom to the node"],
  ["0", "the whole video"],
  ["+  −", "zoom in and out"],
  ["f", "let go of the node and follow the video"],
  ["?", "this list"],
  ["Esc", "leave: this list, the search, the node, the zoom, one after the other"],
  ["Mouse", "click: go there and pin; double click: zoom; wheel: zoom; drag: pan"],
];

/** Does what a key stands for; returns whether it stands for anything. */
function pressed(panel, event) {
  const walk = {
    ArrowUp: () => panel.walk("parent"),
    ArrowDown: () => panel.walk("child"),
    ArrowLeft: () => panel.walk("previous"),
    ArrowRight: () => panel.walk("next"),
    " ": () => panel.act("play"),
    "/": () => panel.search.input.focus(),
    l: () => panel.act("loop"),
    s: () => panel.act("start"),
    e: () => panel.act("end"),
    z: () => panel.act("zoom"),
    0: () => panel.zoomTo(NONE),
    "+": () => panel.zoomBy(0.5),
    "=": () => panel.zoomBy(0.5),
    "-": () => panel.zoomBy(2),
    f: () => panel.follow(),
    "?": () => panel.toggleHelp(),
    Escape: () => panel.leave(),
  };
  const action = walk[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey) return false;
  return action() !== false;
}

/** Listens on the panel's own element; a handled key goes no further. */
function listenToKeys(panel) {
  panel.root.addEventListener("keydown", (event) => {
    const target = event.target;
    const typing = target.matches("input[type=search], select, input[type=range]");
    const pressing = target.matches("button, input[type=checkbox]") && [" ", "Enter"].includes(event.key);
    if (typing || pressing) {
      event.stopPropagation();
      return;
    }
    if (pressed(panel, event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  });
}

function helpSheet(close) {
  const list = make("dl");
  for (const [key, what] of KEYS) list.append(make("dt", { text: key }), make("dd", { text: what }));
  return make(
    "div",
    { class: "a100-help", role: "dialog", "aria-label": "Keys", hidden: true },
    make("h3", { text: "Keys, while this panel has the focus" }),
    list,
    make("p", {}, textButton("Close", "Close (Esc)", close)),
  );
}

// ---- js/mouse.js ----

// The mouse on the timeline: hover, click, double click, wheel and drag.

const DRAG_PIXELS = 4;

function listenToMouse(panel) {
  const { timeline } = panel;
  const surface = timeline.over;
  let drag = null;

  const point = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  surface.addEventListener("pointermove", (event) => {
    const [x, y] = point(event);
    if (drag) {
      if (!drag.moved && Math.abs(x - drag.x) < DRAG_PIXELS) return;
      if (!drag.moved) surface.setPointerCapture(event.pointerId);
      drag.moved = true;
      timeline.view.pan(drag.last - x);
      drag.last = x;
      panel.hover(NONE);
      panel.repaint();
      return;
    }
    panel.hover(timeline.nodeUnder(x, y), x, y);
  });
  surface.addEventListener("pointerleave", () => panel.hover(NONE));
  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const [x] = point(event);
    drag = { x, last: x, moved: false };
    panel.root.focus({ preventScroll: true });
  });
  surface.addEventListener("pointerup", (event) => {
    const was = drag;
    drag = null;
    if (!was || was.moved || !panel.model) return;
    const [x, y] = point(event);
    const i = timeline.nodeUnder(x, y);
    if (i !== NONE) panel.choose(i);
    else if (x >= GUTTER) panel.seek(timeline.frameUnder(x));
  });
  surface.addEventListener("pointercancel", () => {
    drag = null;
  });
  surface.addEventListener("dblclick", (event) => {
    const i = timeline.nodeUnder(...point(event));
    if (i !== NONE) panel.zoomTo(i);
  });
  surface.addEventListener(
    "wheel",
    (event) => {
      if (!panel.model) return;
      event.preventDefault();
      event.stopPropagation();
      const [x] = point(event);
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        timeline.view.pan(event.deltaX || event.deltaY);
      } else timeline.view.zoom(x, 1.0015 ** event.deltaY);
      panel.hover(NONE);
      panel.repaint();
    },
    { passive: false },
  );
}

// ---- js/style.js ----

// The panel's look, in the App's own variables, so that it follows the theme.

const STYLE = `
.a100 { --a-text: var(--fo-palette-text-primary, #fff); --a-quiet: var(--fo-palette-text-secondary, #b3b3b3);
  --a-bg: var(--fo-palette-background-level2, #1a1a1a); --a-card: var(--fo-palette-background-level1, #333);
  --a-line: var(--fo-palette-divider, #333); --a-accent: var(--fo-palette-primary-main, #ff6d04);
  container: a100 / inline-size; box-sizing: border-box; height: 100%; width: 100%; min-width: 0; display: flex; flex-direction: column;
  gap: 6px; padding: 8px 10px; background: var(--a-bg); color: var(--a-text); overflow: auto; outline: none;
  font: 13px/1.4 var(--fo-fontFamily-body, system-ui), sans-serif; text-align: left; }
.a100 *, .a100 *::before { box-sizing: border-box; }
.a100 [hidden] { display: none !important; }
.a100:focus-visible { box-shadow: inset 0 0 0 1px var(--a-accent); }
.a100 button, .a100 select, .a100 input { font: inherit; color: inherit; }
.a100 :is(button, select, input, a):focus-visible { outline: 2px solid var(--a-accent); outline-offset: 1px; }
.a100 > *, .a100 > div > * { flex: none; }
.a100-bar { display: flex; align-items: center; flex-wrap: wrap; gap: 4px 8px; min-height: 26px; }
.a100-grow { flex: 1 1 0; min-width: 0; }
.a100-crumbs { display: flex; flex: 1 1 160px; min-width: 0; align-items: center; overflow: hidden; white-space: nowrap; margin: 0; padding: 0; list-style: none; }
.a100-crumbs.a100-all { flex-wrap: wrap; }
.a100-crumbs li { display: flex; min-width: 38px; flex: 0 1 auto; }
.a100-crumbs .a100-more { flex: none; }
.a100-crumbs li + li::before { content: "›"; color: var(--a-quiet); padding: 0 4px; }
.a100-crumbs button { background: none; border: 0; padding: 2px 3px; border-radius: 3px; cursor: pointer; max-width: 190px; min-width: 24px; overflow: hidden; text-overflow: ellipsis; color: var(--a-quiet); }
.a100-crumbs button:hover, .a100-crumbs [aria-current] { color: var(--a-text); }
.a100-crumbs [aria-current] { font-weight: 600; }
.a100-searchbox { display: flex; align-items: center; gap: 4px; flex: 0 1 250px; min-width: 150px; }
.a100-cutbar { display: flex; align-items: center; gap: 4px 8px; flex: 1 1 270px; min-width: 0; }
.a100-search { flex: 1 1 auto; min-width: 60px; height: 26px; padding: 0 8px; border: 1px solid var(--a-line); border-radius: 4px; background: var(--fo-palette-background-field, transparent); }
.a100-search::placeholder { color: var(--a-quiet); opacity: 1; }
.a100-said { min-width: 44px; text-align: center; color: var(--a-quiet); font-size: 12px; white-space: nowrap; }
.a100-said:empty { min-width: 0; }
.a100-icon { width: 26px; height: 26px; display: inline-flex; align-items: center; justify-content: center; flex: none; border: 0; border-radius: 4px; background: none; cursor: pointer; padding: 0; }
.a100-icon:hover:not(:disabled), .a100-button:hover:not(:disabled) { background: var(--fo-palette-action-hover, rgba(128,128,128,.2)); }
.a100 button:disabled { opacity: .4; cursor: default; }
.a100 [data-done] { color: var(--a-accent); }
.a100 [data-done]::after { content: "✓"; margin-left: 2px; }
.a100-icon[aria-pressed=true] { background: var(--a-accent); color: #111; }
.a100-stage { position: relative; flex: none; overflow: hidden auto; border: 1px solid var(--a-line); border-radius: 4px; cursor: default; touch-action: none; contain: layout paint; }
.a100-stage canvas { display: block; }
.a100-over { position: absolute; left: 0; top: 0; }
.a100-head { position: absolute; left: -5px; top: 0; width: 10px; pointer-events: none; will-change: transform; background: linear-gradient(var(--a-accent), var(--a-accent)) center / 1.5px 100% no-repeat; }
.a100-head::before { content: ""; display: block; border: 5px solid transparent; border-top: 7px solid var(--a-accent); border-bottom: 0; }
.a100-tip { position: absolute; z-index: 2; pointer-events: none; max-width: min(340px, 90%); padding: 4px 8px; border-radius: 4px; background: var(--fo-palette-background-tooltip, #0d0d0d); color: var(--a-text); border: 1px solid var(--a-line); font-size: 12px; line-height: 1.35; box-shadow: 0 2px 8px rgba(0,0,0,.35); }
.a100-tip b { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; font-weight: 600; }
.a100-tip span { color: var(--a-quiet); }
.a100-time, .a100-frame { font-variant-numeric: tabular-nums; color: var(--a-quiet); font-size: 12px; white-space: nowrap; }
.a100-range { flex: 1 1 90px; min-width: 70px; max-width: 260px; accent-color: var(--a-accent); height: 18px; }
.a100-button { height: 26px; padding: 0 9px; border: 1px solid var(--a-line); border-radius: 4px; background: none; cursor: pointer; white-space: nowrap; font-size: 12px; }
.a100-select { height: 26px; border: 1px solid var(--a-line); border-radius: 4px; background: var(--a-bg); padding: 0 4px; font-size: 12px; }
.a100-legend { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 0; padding: 0; list-style: none; color: var(--a-quiet); font-size: 12px; }
.a100-legend li { display: inline-flex; align-items: center; gap: 5px; }
.a100-swatch { width: 14px; height: 10px; border-radius: 1px; flex: none; }
.a100-swatch[data-state="1"] { background-image: repeating-linear-gradient(135deg, transparent 0 2px, var(--a-bg) 2px 4px) !important; }
.a100-swatch[data-state="0"] { background: none !important; border: 1px solid currentColor; }
.a100-swatch[data-mark=hidden] { height: 2px; background: currentColor; }
.a100-hidden { font-size: 12px; color: var(--a-quiet); justify-content: space-between; min-height: 0; padding: 2px 2px 2px 8px; border-left: 3px solid var(--a-line); }
.a100-hidden .a100-button { height: 23px; color: var(--a-text); }
.a100-swatch[data-mark=cut] { border-bottom: 2px solid var(--a-accent); background: color-mix(in srgb, currentColor 30%, transparent); }
.a100-swatch[data-mark=now] { border: 1.5px solid var(--a-text); background: color-mix(in srgb, currentColor 60%, transparent); }
.a100-swatch[data-mark=pinned] { border: 1.5px solid var(--a-text); border-left: 5px solid var(--a-accent); background: color-mix(in srgb, currentColor 60%, transparent); }
.a100 > div > .a100-card { flex: 1 0 auto; display: flex; flex-direction: column; gap: 5px; padding: 8px 0 0; border-top: 1px solid var(--a-line); min-height: 120px; }
.a100-title { margin: 0; font-size: 15px; line-height: 1.3; font-weight: 600; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }
.a100-facts, .a100-where { margin: 0; font-size: 12px; color: var(--a-quiet); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.a100-actor { display: inline-block; margin-left: 8px; padding: 0 7px; border: 1px solid var(--a-line); border-radius: 9px; color: var(--a-text); }
.a100-link { background: none; border: 0; padding: 0; cursor: pointer; text-decoration: underline; text-underline-offset: 2px; text-align: left; display: inline; overflow-wrap: anywhere; color: var(--a-text); }
.a100-actions { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
.a100-actions .a100-button { height: 23px; padding: 0 7px; }
.a100-check { display: inline-flex; align-items: center; gap: 5px; font-size: 12px; color: var(--a-quiet); cursor: pointer; }
.a100-check input { accent-color: var(--a-accent); margin: 0; }
.a100-texts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr)); gap: 6px; align-items: start; }
.a100-block { background: var(--fo-palette-background-card, rgba(128,128,128,.1)); border: 1px solid var(--a-line); border-radius: 4px; padding: 3px 8px 6px; min-width: 0; }
.a100-block header { display: flex; align-items: center; gap: 6px; color: var(--a-quiet); font-size: 11px; }
.a100-block header .a100-icon { margin-left: auto; }
.a100-field { font-family: ui-monospace, monospace; overflow: hidden; text-overflow: ellipsis; }
.a100-tag { border: 1px solid var(--a-line); border-radius: 3px; padding: 0 4px; }
.a100-text { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 180px; overflow-y: auto; unicode-bidi: plaintext; }
.a100-text mark { background: none; color: inherit; font-weight: 600; text-decoration: underline; text-decoration-color: var(--a-accent); text-decoration-thickness: 2px; text-underline-offset: 3px; }
.a100-around { grid-column: 1 / -1; margin: 2px 0 0; font-size: 12px; color: var(--a-quiet); }
.a100-quiet { color: var(--a-quiet); margin: 0; }
.a100-beside { align-self: flex-start; flex: none; }
.a100-notice { margin: 0; padding: 7px 10px; border-left: 3px solid var(--a-accent); background: var(--fo-palette-background-card, rgba(128,128,128,.1)); border-radius: 0 4px 4px 0; overflow-wrap: anywhere; }
.a100-help { position: absolute; inset: 8px; z-index: 5; overflow: auto; padding: 12px 16px; border: 1px solid var(--a-line); border-radius: 6px; background: var(--a-bg); box-shadow: 0 6px 24px rgba(0,0,0,.45); }
.a100-help h3 { margin: 0 0 8px; font-size: 15px; }
.a100-help dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 14px; margin: 0; }
.a100-help dt { font-family: ui-monospace, monospace; }
.a100-help dd { margin: 0; }
.a100-sr, .a100-away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@container a100 (min-width: 420px) { [data-open=true] > div > .a100-stage { margin-right: 36px; } } /* The App's arrow to the next sample floats there. */
@container a100 (max-width: 620px) { .a100-bar > nav { flex: 1 1 calc(100% - 40px); } .a100-searchbox { flex: 1 1 150px; order: 2; } .a100-select { order: 3; } .a100-crumbs button { max-width: 120px; } }
@container a100 (max-width: 400px) { .a100-time .a100-frame { display: none; } .a100-cutbar { flex-wrap: wrap; } }
`;

// ---- js/follower.js ----

// Follows the player that the App has now: where it is, whether it plays, whether it is there at all.
//
// It counts how long its listeners take, which is what a move of the playhead costs.

const NO_PLAYER =
  "No player can be followed here, so the tree stands still: it is the Explore tab's video that " +
  "a panel can follow, not the Annotate tab's.";

const COVERED =
  "The video is in the other tab here, covered by this one. Side by side, the tree follows it.";

/** For how long, in milliseconds, a move that was asked for is worth making by the next player. */
const ASKED_MS = 3000;
/** For how long a player that has just got its video may go back to the first frame by itself. */
const SETTLE_MS = 1500;
/** How often it is brought forward again: then it is where somebody wants it. */
const SETTLE_TRIES = 3;

class Follower {
  /**
   * @param {object} listener is told `moved(frame, again)`, `played(on)`, `able(on)`, `warn(words, covered)`;
   *   says by `repeated()` which frames to repeat, `[first, last]`, or null
   */
  constructor(listener) {
    this.listener = listener;
    this.given = null;
    this.looker = null;
    this.wanted = false;
    this.covered = false;
    this.undo = [];
    this.frame = 0;
    this.asked = null;
    this.later = 0;
    this.playing = false;
    this.next = 0;
    this.moves = 0;
    this.movesMs = 0;
    this.sought = 0;
    // Nothing says that a player has left the page, as it does for the Annotate tab.
    this.watch = setInterval(() => {
      if (canSeek(this.given) && isShown(this.given) !== this.shownBefore) this.take(this.given, this.wanted);
    }, 700);
  }

  /** Takes the player that the App has now; `wanted`: there is an open tree that it could move. */
  take(looker, wanted) {
    this.given = looker;
    this.wanted = wanted;
    this.letGo();
    this.shownBefore = canSeek(looker) && isShown(looker);
    this.looker = this.shownBefore && wanted ? looker : null;
    this.listener.able(this.looker !== null);
    this.frame = 0;
    this.listener.warn("");
    if (!this.looker) {
      this.listener.moved(1, true);
      if (wanted) this.patience = setTimeout(() => this.sayWhy(), this.covered ? 300 : 2500);
      return;
    }
    this.undo.push(looker.subscribeToState("frameNumber", (frame) => this.heard(frame)));
    this.undo.push(looker.subscribeToState("playing", (playing) => this.setPlaying(playing)));
    const state = looker.state || {};
    this.setPlaying(Boolean(state.playing));
    this.heard(state.frameNumber || 1);
    this.goOn();
  }

  /** The App has put another panel over the player, or has taken it away. */
  setCovered(covered) {
    if (covered === this.covered) return;
    this.covered = covered;
    this.take(this.given, this.wanted);
  }

  sayWhy() {
    this.listener.warn(this.covered ? COVERED : NO_PLAYER, this.covered);
  }

  letGo() {
    for (const end of this.undo) end();
    this.undo = [];
    clearTimeout(this.patience);
    clearTimeout(this.later);
  }

  destroy() {
    this.letGo();
    clearInterval(this.watch);
    cancelAnimationFrame(this.next);
  }

  setPlaying(playing) {
    this.playing = playing;
    this.listener.played(playing);
  }

  /** The player is at another frame; told once a screen refresh however often it says so. */
  heard(frame) {
    if (!Number.isFinite(frame)) return;
    this.frame = frame;
    this.holdOn(frame);
    const repeated = this.playing ? this.listener.repeated() : null;
    if (repeated && (frame >= repeated[1] || frame < repeated[0] - 1)) this.seek(repeated[0]);
    if (this.next) return;
    this.next = requestAnimationFrame(() => {
      this.next = 0;
      const began = performance.now();
      this.listener.moved(this.frame);
      this.moves += 1;
      this.movesMs += performance.now() - began;
    });
  }

  /** Moves the player, once it can be moved; `waited`: how often that was not at once. */
  seek(frame, waited = 0) {
    const looker = this.looker;
    if (!looker) return;
    this.asked = { frame, waited, sample: sampleOf(looker), until: performance.now() + ASKED_MS };
    clearTimeout(this.later);
    if (isLoaded(looker)) {
      looker.seekToFrame(frame);
      this.sought = performance.now();
    } else this.later = setTimeout(() => this.seek(frame, waited || 1), 100);
  }

  /** Seeks again where a player that was waited for has begun anew: its video came after all. */
  holdOn(frame) {
    const asked = this.asked;
    if (!asked || !asked.waited || this.playing || frame !== 1 || asked.frame === 1) return;
    if (asked.waited > SETTLE_TRIES || performance.now() - this.sought > SETTLE_MS) return;
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      if (this.asked === asked && this.frame === 1) this.seek(asked.frame, asked.waited + 1);
    }, 100);
  }

  /** A player that takes another's place on the same video goes where that was to go. */
  goOn() {
    const asked = this.asked;
    if (!asked || performance.now() > asked.until) return;
    if (sampleOf(this.looker) === asked.sample) this.seek(asked.frame);
  }

  /** What moves of the playhead have cost, and when the player was last told to move. */
  stats() {
    return { moves: this.moves, movesMs: this.movesMs, sought: this.sought };
  }

  playOrPause() {
    if (!this.looker) return;
    if (this.playing) this.looker.pause();
    else this.looker.play();
  }
}

// ---- js/selection.js ----

// The caption that is selected in the App, and the node that is pinned here: each follows the other.

/** How long the App may take to say what was selected here, once it has been told. */
const ECHO_MS = 3000;

class Selection {
  /**
   * @param {object} app `ask(node)` selects a node's caption in the App and promises the label that
   *   this selected, null if none; `labels()` are those that the App has selected now, null where
   *   that cannot be seen
   * @param {(node: string) => void} pin is told which node the App has selected
   */
  constructor(app, pin) {
    this.app = app;
    this.pin = pin;
    this.echoes = new Set();
    this.latest = null;
    this.lastLabel = null;
    this.asking = false;
  }

  /** Forgets what it waits for: another tree is shown, or the panel goes. */
  reset() {
    clearTimeout(this.waiting);
    this.latest = null;
    this.settle();
  }

  /** Does not select after all what was only just asked for. */
  cancel() {
    clearTimeout(this.waiting);
  }

  /** Selects a node in a moment: a walk selects where it ends, not each node on the way. */
  later(node) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.select(node), 250);
  }

  /**
   * Selects a node's caption in the App, which will then say what is selected.
   *
   * Until it has said so of the node asked for last, what it says of those before it is old: a
   * quick walk would be pulled back. One is asked for after the other, those between are left out,
   * so the last is what stays selected.
   */
  async select(node) {
    clearTimeout(this.waited);
    this.echoes.add(node);
    this.latest = node;
    if (this.asking) return;
    this.asking = true;
    let asked = null;
    let label = null;
    // Null: forgotten meanwhile, as another tree is shown.
    while (this.latest !== null && asked !== this.latest) {
      asked = this.latest;
      label = await this.app.ask(asked);
    }
    this.asking = false;
    // It says nothing of what was selected already, and of what has no caption.
    if (label === null || label === this.lastLabel) this.settle();
    else this.waited = setTimeout(() => this.settle(), ECHO_MS);
  }

  /** From now on, what the App says is news. */
  settle() {
    clearTimeout(this.waited);
    this.echoes.clear();
  }

  /**
   * Hears what the App had selected, `{label, node}`; the node is null where it is none.
   *
   * Returns whether it still has: its answers overtake each other.
   */
  heard(selected) {
    if (this.isOld(selected.label)) return false;
    // The App says the same again and again; and some of it is only what was selected here.
    if (selected.label === this.lastLabel) return true;
    this.lastLabel = selected.label;
    const own = this.echoes.has(selected.node);
    if (own && selected.node === this.latest) this.settle();
    if (!own && selected.node !== null) this.pin(selected.node);
    return true;
  }

  isOld(label) {
    const labels = this.app.labels();
    if (labels === null) return false;
    return label === null ? labels.length > 0 : !labels.includes(label);
  }
}

// ---- js/panel.js ----

// The panel itself: holds the parts together. It knows Python only by `host`, the video by a Follower.
//
// host.ask(method, params) asks Python and promises its answer; host.tell(method, params) does not
// wait. While a video plays neither is used.

class TreePanel {
  constructor(root, host) {
    this.root = root;
    this.host = { ...host, act: (name) => this.act(name) };
    this.model = null;
    this.palette = null;
    this.pinned = NONE;
    this.zoomed = NONE;
    this.looping = false;
    this.shown = NONE;
    this.selection = new Selection(
      { ask: (node) => this.selectInApp(node), labels: () => this.host.labels() },
      (node) => this.pinSelected(node),
    );
    this.build();
    this.player = new Follower(this);
    this.size = new ResizeObserver(() => this.resize());
    this.size.observe(root);
    this.themes = new MutationObserver(() => this.readTheme());
    this.themes.observe(document.documentElement, { attributes: true });
    listenToKeys(this);
    listenToMouse(this);
    root.action100m = this.probe();
  }

  build() {
    this.root.classList.add("a100");
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", "Tree of Captions");
    const style = make("style", { text: STYLE });
    this.stage = make("div", { class: "a100-stage" });
    this.timeline = new Timeline(this.stage);
    this.tip = make("div", { class: "a100-tip", role: "tooltip", hidden: true });
    this.stage.append(this.tip);
    this.notice = make("p", { class: "a100-notice", role: "status", hidden: true });
    this.warning = make("p", { class: "a100-notice", role: "status", hidden: true });
    this.beside = textButton("Side by side", "Show the video and its tree beside each other", () =>
      runOperator(`${PLUGIN}/show_tree_beside`, {}).catch(() => {}),
    );
    this.beside.classList.add("a100-beside");
    this.beside.hidden = true;
    this.crumbs = new Crumbs((i) => this.zoomTo(i));
    this.search = new Search(this);
    this.transport = new Transport((name) => this.act(name));
    this.granularity = new Granularity(
      () => this.recut(),
      (seconds) => this.host.tell("cut_grid", { seconds }),
    );
    this.colour = make("select", { class: "a100-select", "aria-label": "Colour by", change: () => this.setColour() });
    for (const by of ["level", "verb", "duration"]) {
      const selected = by === readSettings().colour;
      this.colour.append(make("option", { value: by, text: `Colour: ${by}`, selected }));
    }
    this.keys = make("button", {
      type: "button", class: "a100-icon", text: "?", title: "Keys (?)", "aria-label": "Keys",
      click: () => this.toggleHelp(),
    });
    this.open = textButton("Open the video", "Open this video to play and move it", () => this.tellNode("open_sample"));
    this.hidden = new Hidden(this);
    this.legend = make("ul", { class: "a100-legend", "aria-label": "Legend" });
    this.card = new Card(this.host, (i) => this.choose(i, { reveal: true }));
    this.live = make("div", { class: "a100-sr", "aria-live": "polite" });
    this.listing = make("ol", { class: "a100-sr", "aria-label": "On screen now, from coarse to fine" });
    this.help = helpSheet(() => this.toggleHelp());
    this.body = make(
      "div",
      { style: "display: contents" },
      make("div", { class: "a100-bar" }, this.crumbs.element, this.search.element, this.colour, this.keys),
      this.stage,
      make("div", { class: "a100-bar" }, this.transport.element, this.open, this.granularity.element),
      this.hidden.element, this.legend, this.card.element, this.live, this.listing,
    );
    this.root.append(style, this.warning, this.beside, this.notice, this.body, this.help);
    this.body.hidden = true;
  }

  /** What tests and benchmarks may read; nothing here changes anything. */
  probe() {
    return Object.freeze({
      rect: (id) => this.timeline.rect(this.model.place.get(id)),
      stats: () => ({ ...this.timeline.stats, ...this.player.stats() }),
      span: () => [this.timeline.view.from, this.timeline.view.to],
      active: () => this.timeline.active.filter((i) => i !== NONE).map((i) => this.model.data.ids[i]),
      cut: () => this.timeline.cut.map((i) => this.model.data.ids[i]),
      repaint: () => this.timeline.paint(),
    });
  }

  destroy() {
    this.player.destroy();
    this.selection.reset();
    this.search.destroy();
    this.card.destroy();
    this.size.disconnect();
    this.themes.disconnect();
    clearTimeout(this.telling);
    delete this.root.action100m;
    this.root.replaceChildren();
  }

  readTheme() {
    if (!this.palette) return;
    const scratch = document.createElement("canvas").getContext("2d");
    this.timeline.setLook(this.palette, readTheme(this.root, scratch));
    this.root.dataset.theme = this.timeline.theme.dark ? "dark" : "light";
    this.repaint();
  }

  /** Shows a tree, or says in words why there is none. Settings stay; pin and zoom do not. */
  setTree(data, palette) {
    this.palette = palette;
    if (!data || data.notice) {
      this.model = null;
      this.body.hidden = true;
      this.notice.hidden = false;
      this.notice.textContent = data ? data.notice : "Waiting for the tree …";
      this.root.dataset.nodes = "0";
      this.setLooker(this.player.given);
      return;
    }
    const model = new TreeModel(data);
    this.model = model;
    this.pinned = NONE;
    this.zoomed = NONE;
    this.shown = NONE;
    this.selection.reset();
    this.hidden.forget();
    delete this.root.dataset.pinned;
    this.root.dataset.zoomed = "";
    this.setLoop(false);
    this.notice.hidden = true;
    this.body.hidden = false;
    this.timeline.setModel(model);
    this.root.dataset.sample = data.sample;
    this.root.dataset.nodes = String(model.count);
    this.root.dataset.open = String(data.open);
    this.open.hidden = data.open;
    this.transport.element.hidden = !data.open;
    this.readTheme();
    this.granularity.fit(model.frames / model.fps);
    this.transport.setPinned(false);
    this.recolour();
    this.recut();
    this.resize();
    this.zoomTo(this.home);
    this.homeSpan = [this.timeline.view.from, this.timeline.view.to];
    this.setLooker(this.player.given);
    this.search.doneFor = null;
    this.search.run();
    this.moved(this.player.frame || 1, true);
  }

  /** Takes the player that the App has now. */
  setLooker(looker) {
    this.player.take(looker, Boolean(this.model && this.model.data.open));
  }

  able(able) {
    this.transport.enable(able);
  }

  warn(text, covered = false) {
    this.beside.hidden = !covered;
    const words = [this.host.problem, text].filter(Boolean).join(" ");
    this.warning.textContent = words;
    this.warning.hidden = !words;
  }

  played(playing) {
    this.transport.setPlaying(playing);
    if (this.model && this.player.looker) this.moved(this.player.frame, true);
  }

  /** The frames that the player is to repeat, null if none. */
  repeated() {
    if (!this.looping || this.pinned === NONE) return null;
    return [this.model.data.first[this.pinned], this.model.data.last[this.pinned]];
  }

  /** The player is at a frame. What did not change by that is left as it is. */
  moved(frame, again = false) {
    if (!this.model) return;
    const { timeline } = this;
    const follows = this.player.looker !== null;
    const active = follows ? this.model.activePath(frame) : [];
    const changed = again || active.length !== timeline.active.length || active.some((i, row) => i !== timeline.active[row]);
    timeline.frame = follows ? frame : 0;
    timeline.active = active;
    if (this.keepInSight(frame)) timeline.paint();
    else if (changed) timeline.paintOver();
    else timeline.placeHead();
    if (changed) this.told();
    // Nobody reads more than ten times a second; where the player stopped is said at once.
    if (!this.player.playing || again) this.tell(frame);
    else if (!this.telling) this.telling = setTimeout(() => this.tell(this.timeline.frame), 100);
  }

  /** Says in words at which frame the player is. */
  tell(frame) {
    clearTimeout(this.telling);
    this.telling = 0;
    if (!this.model) return;
    this.transport.say(this.model, this.player.looker ? frame : 0);
    this.root.dataset.frame = String(frame);
  }

  /** While a zoomed video plays on past the edge, the axis goes with it; returns whether it did. */
  keepInSight(frame) {
    const { view } = this.timeline;
    const { playing, looker } = this.player;
    if (!playing || view.isWhole || !looker || (frame <= view.to && frame >= view.from)) return false;
    // A clip's player may be a moment before its first frame: that is no reason to leave the clip.
    const { clip } = this.model.data;
    if (clip && (frame < clip[0] || frame > clip[1])) return false;
    view.show(frame - 1, frame - 1 + view.to - view.from);
    return true;
  }

  /** The active path is another one: says so on the card, and to those who do not see. */
  told() {
    const active = this.timeline.active.filter((i) => i !== NONE);
    const leaf = active.length ? active[active.length - 1] : NONE;
    this.root.dataset.active = leaf === NONE ? "" : this.model.data.ids[leaf];
    this.listing.replaceChildren(
      ...active.map((i) => make("li", { text: `Level ${this.model.data.levels[i]}: ${this.model.label(i)}` })),
    );
    const root = this.model.rows[0][0];
    const rest = this.player.looker ? leaf : root === undefined ? NONE : root;
    this.present(this.pinned !== NONE ? this.pinned : rest);
  }

  present(i) {
    this.card.show(this.model, i);
    this.root.dataset.shown = i === NONE ? "" : this.model.data.ids[i];
    if (i === this.shown) return;
    this.shown = i;
    // A running video would never stop talking.
    if (i !== NONE && !this.player.playing) this.live.textContent = `${this.model.label(i)}, ${this.card.describe(i)}`;
  }

  /** Pins a node and goes to its first frame. */
  choose(i, { reveal = false, quiet = false } = {}) {
    this.pinned = i;
    this.timeline.pinned = i;
    this.root.dataset.pinned = this.model.data.ids[i];
    this.transport.setPinned(true);
    if (!quiet) {
      // First of all: while the player looks for the frame, the rest is drawn.
      this.seek(this.model.data.first[i]);
      this.selection.later(this.model.data.ids[i]);
    }
    if (reveal) this.reveal(i);
    this.present(i);
    this.timeline.paintOver();
  }

  /** Lets go of the pinned node. */
  follow() {
    this.pinned = NONE;
    this.timeline.pinned = NONE;
    delete this.root.dataset.pinned;
    this.transport.setPinned(false);
    this.setLoop(false);
    this.selection.cancel();
    this.told();
    this.timeline.paintOver();
  }

  /** What the App has selected; `null` where it is no node. */
  setSelected(selected) {
    if (!this.model || !selected) return;
    if (this.selection.heard(selected)) this.root.dataset.selected = selected.node || "";
  }

  selectInApp(node) {
    if (!this.model) return null;
    return this.host.ask("select_node", { sample: this.model.data.sample, node });
  }

  pinSelected(node) {
    const i = this.model.place.get(node);
    if (i !== undefined && i !== this.pinned) this.choose(i, { reveal: true, quiet: true });
  }

  /** Scrolls the axis so that a node is in sight. */
  reveal(i) {
    const { first, last } = this.model.data;
    const { view } = this.timeline;
    if (first[i] - 1 >= view.from && last[i] <= view.to) return;
    const span = Math.max(view.to - view.from, (last[i] - first[i] + 1) * 1.1);
    const middle = (first[i] - 1 + last[i]) / 2;
    view.show(middle - span / 2, middle + span / 2);
    this.repaint();
  }

  /** Goes to a frame, in a clip no further than its edges. */
  seek(frame) {
    const { clip } = this.model.data;
    this.player.seek(clip ? Math.min(Math.max(frame, clip[0]), clip[1]) : frame);
  }

  /** The node that keys start from: pinned, else the finest on screen, else the root. */
  get here() {
    return this.pinned !== NONE ? this.pinned : this.shown;
  }

  walk(direction) {
    const i = this.here;
    if (!this.model || i === NONE) return;
    const target = {
      parent: () => this.model.parent(i),
      child: () => this.model.child(i, this.player.frame),
      previous: () => this.model.beside(i, -1),
      next: () => this.model.beside(i, 1),
    }[direction]();
    if (target !== NONE) this.choose(target, { reveal: true });
    else this.live.textContent = `There is no ${direction === "parent" ? "parent" : direction}`;
  }

  act(name) {
    const i = this.here;
    if (name === "play") this.player.playOrPause();
    else if (name === "follow") this.follow();
    else if (name === "whole") this.zoomTo(NONE);
    else if (i === NONE || !this.model) return;
    else if (name === "zoom") this.zoomTo(i);
    else if (name === "start") this.seek(this.model.data.first[i]);
    else if (name === "end") this.seek(this.model.data.last[i]);
    else if (name === "loop") this.loop(i);
    else this.tellNode(name);
  }

  loop(i) {
    if (this.looping) {
      this.setLoop(false);
      return;
    }
    if (this.pinned === NONE) this.choose(i);
    this.setLoop(true);
    this.seek(this.model.data.first[i]);
    if (!this.player.playing) this.player.playOrPause();
  }

  setLoop(on) {
    this.looping = on;
    this.transport.loop.setAttribute("aria-pressed", String(on));
  }

  tellNode(method) {
    const i = this.here;
    const node = i === NONE ? "" : this.model.data.ids[i];
    if (this.model) this.host.tell(method, { sample: this.model.data.sample, node });
  }

  /** What the time axis shows at first: the whole video, or the clip of it that is open. */
  get home() {
    return this.model.data.clip ? CLIP : NONE;
  }

  /** Shows a node's time over the whole width; NONE: the whole video; CLIP: the open clip's. */
  zoomTo(i) {
    if (!this.model) return;
    this.zoomed = i;
    const { view } = this.timeline;
    const { first, last } = this.model.data;
    const { clip } = this.model.data;
    if (i === NONE) view.show(0, this.model.frames);
    else if (i === CLIP) view.show(clip[0] - 1, clip[1]);
    else {
      const margin = (last[i] - first[i] + 1) * 0.02;
      view.show(first[i] - 1 - margin, last[i] + margin);
    }
    this.root.dataset.zoomed = i < 0 ? "" : this.model.data.ids[i];
    this.crumbs.show(this.model, i);
    this.repaint();
  }

  zoomBy(factor) {
    const { view } = this.timeline;
    const { frame } = this.player;
    const x = frame ? view.x(frame) : view.left + view.width / 2;
    view.zoom(Math.min(Math.max(x, view.left), view.left + view.width), factor);
    this.repaint();
  }

  leave() {
    if (!this.help.hidden) this.toggleHelp();
    else if (this.search.input.value) {
      this.search.input.value = "";
      this.search.run();
    } else if (this.pinned !== NONE) this.follow();
    else if (this.model && !this.isHome) this.zoomTo(this.home);
    else return false;
    return true;
  }

  /** Whether the time axis shows what it showed at first. */
  get isHome() {
    const { from, to } = this.timeline.view;
    return from === this.homeSpan[0] && to === this.homeSpan[1];
  }

  toggleHelp() {
    this.help.hidden = !this.help.hidden;
    if (this.help.hidden) this.root.focus();
    else this.help.querySelector("button").focus();
  }

  setMatches(matches) {
    this.timeline.matches = matches;
    this.root.dataset.matches = matches ? String(matches.found.length) : "";
    this.repaint();
  }

  /** The nodes that the view hides, and those that are drawn so; null if none. */
  setHidden(nodes, drawn) {
    this.root.dataset.hidden = drawn ? String(drawn.size) : "";
    if (!this.model || (nodes === this.model.hidden && drawn === this.timeline.hidden)) return;
    this.model.hidden = nodes;
    this.timeline.hidden = drawn;
    this.card.show(this.model, this.card.node, true);
    this.recolour();
  }

  setColour() {
    keepSettings({ colour: this.colour.value });
    this.recolour();
  }

  recolour() {
    this.timeline.colourBy = this.colour.value;
    if (!this.model) return;
    this.legend.replaceChildren(...legend(this.model, this.palette, this.colour.value, this.timeline.hidden));
    this.repaint();
  }

  recut() {
    if (!this.model) return;
    this.timeline.cut = this.model.cut(this.granularity.seconds);
    this.granularity.say(this.timeline.cut.length);
    this.root.dataset.cut = String(this.timeline.cut.length);
    this.repaint();
  }

  hover(i, x = 0, y = 0) {
    this.tip.hidden = i === NONE;
    if (i !== NONE) this.describe(i, x, y);
    if (i === this.timeline.hover) return;
    this.timeline.hover = i;
    this.root.dataset.hover = i === NONE ? "" : this.model.data.ids[i];
    this.timeline.paintOver();
  }

  describe(i, x, y) {
    if (this.tipped !== i || this.tipModel !== this.model) {
      const lasts = lasting(this.model.data.ends[i] - this.model.data.starts[i]);
      const { data, hidden } = this.model;
      const state = ["not annotated", "N/A", "annotated"][data.states[i]];
      const unseen = hidden && hidden.has(i) ? " · hidden by the view" : "";
      const facts = `Level ${data.levels[i]} · ${clock(data.starts[i], 1)} · ${lasts} · ${state}${unseen}`;
      this.tip.replaceChildren(make("b", { dir: "auto", text: this.model.label(i) }), make("span", { text: facts }));
      this.tipped = i;
      this.tipModel = this.model;
    }
    const wide = this.timeline.width;
    const left = x > wide / 2;
    this.tip.style.left = left ? "auto" : `${x + 12}px`;
    this.tip.style.right = left ? `${wide - x + 12}px` : "auto";
    this.tip.style.top = `${y + 14}px`;
  }

  resize() {
    if (!this.model) return;
    const width = this.stage.clientWidth;
    if (!width) return;
    this.timeline.resize(width, Math.max(150, Math.round(this.root.clientHeight * 0.46)));
    this.repaint();
  }

  repaint() {
    this.timeline.paint();
    this.root.dataset.drawn = String(this.timeline.stats.drawn);
  }
}

// ---- js/component.js ----

// The panel as the App knows it: a React component that only hands things on.

const COMPONENT = "Action100MTreeOfCaptions";

/** Registers the component; needs React and __fop__. */
function registerTree() {
  const { React } = window;
  const { registerComponent, PluginComponentType } = window.__fop__;

  // The App's hooks, looked up once: which there are does not change while it runs.
  const lookerAtom = window.__fos__ && window.__fos__.modalLooker;
  const usePlayer =
    window.recoil && lookerAtom ? () => window.recoil.useRecoilValue(lookerAtom) : () => null;
  const labelsAtom = window.__fos__ && window.__fos__.selectedLabels;
  const useLabels =
    window.recoil && labelsAtom ? () => window.recoil.useRecoilValue(labelsAtom) : () => null;
  // The tab of the open sample: while another is in front of it, there is no player on the page.
  const { useSpaces } = window.__fosp__ || {};
  const useCovered = useSpaces ? () => isCovered(useSpaces(MODAL_SPACES).spaces, SAMPLE_PANEL) : () => false;
  const useTrigger = (window.__foo__ && window.__foo__.useTriggerPanelEvent) || (() => null);

  function TreeOfCaptions(props) {
    const place = React.useRef(null);
    const panel = React.useRef(null);
    const looker = usePlayer();
    const labels = useLabels();
    const covered = useCovered();
    const trigger = useTrigger();
    const latest = React.useRef({});
    latest.current = { trigger, labels, view: (props.schema && props.schema.view) || {} };
    const data = props.data || {};

    React.useEffect(() => {
      const made = new TreePanel(place.current, hostOf(latest));
      panel.current = made;
      return () => {
        panel.current = null;
        made.destroy();
      };
    }, []);
    React.useEffect(() => {
      if (data.palette && data.tree) panel.current.setTree(JSON.parse(data.tree), data.palette);
      else panel.current.setTree(null, null);
    }, [data.tree, Boolean(data.palette)]);
    React.useEffect(() => panel.current.setLooker(looker), [looker]);
    React.useEffect(() => panel.current.player.setCovered(covered), [covered]);
    React.useEffect(() => {
      panel.current.hidden.ask(data.view);
    }, [data.tree, data.view, Boolean(data.palette)]);
    React.useEffect(() => panel.current.setSelected(data.selected), [data.selected, labels]);

    return React.createElement("div", { ref: place });
  }

  registerComponent({
    name: COMPONENT,
    label: "Tree of Captions",
    component: TreeOfCaptions,
    type: PluginComponentType.Component,
    activator: () => true,
  });
}

/** How the panel reaches Python: by the methods that render() names. */
function hostOf(latest) {
  const send = (method, params, callback) => {
    const { trigger, view } = latest.current;
    if (!trigger || !view[method]) {
      callback(null);
      return;
    }
    trigger(view[method], params, false, callback);
  };
  return {
    problem: missingWords(),
    labels: () => latest.current.labels && latest.current.labels.map((label) => label.labelId),
    tell: (method, params) => send(method, params, () => {}),
    ask: (method, params) =>
      new Promise((done) => {
        send(method, params, (answer) => done((answer && answer.result) || null));
      }),
  };
}

/** Says what this FiftyOne lacks; empty if nothing. */
function missingWords() {
  const missing = missingGlobals();
  if (!missing.length) return "";
  return (
    `This version of FiftyOne has no ${missing.join(", ")}, so the tree cannot follow or move ` +
    "the video as it should; it was made for FiftyOne 1.22."
  );
}

// ---- js/main.js ----

// Where everything is registered, once, when the App loads the plugin.

(function register() {
  const missing = missingGlobals();
  if (missing.length) {
    console.warn(`${PLUGIN}: this FiftyOne has no ${missing.join(", ")}; made for 1.22`);
  }
  const { __foo__: operators, __fop__: plugins } = window;
  if (operators && operators.registerOperator && window.recoil && window.__fos__) {
    registerSeek();
    registerLanding();
  }
  if (operators && operators.registerOperator && window.__fosp__) registerBeside();
  if (plugins && plugins.registerComponent && window.React) registerTree();
})();

})();
