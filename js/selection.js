// Keeps the caption that is selected in the App and the node that is pinned in the panel the same.

/** @import { SelectedCaption } from "./types" */

/** How long to wait before selecting a pinned node: a walk selects the node where it ends. */
const SELECT_MS = 250;
/** How long the App may take to report what the panel has selected. */
const ECHO_MS = 3000;

/**
 * @typedef {object} AppSelection
 * @property {(node: string) => Promise<string | null>} select selects a node's caption; resolves to its
 *   label, null if the node has none
 * @property {() => string[] | null} labels returns the labels that are selected now, null if unknown
 */

export class Selection {
  /** @type {Set<string>} The nodes that the panel has selected and the App has yet to report. */
  echoes = new Set();
  /** @type {string | null} The node to select. */
  target = null;
  /** @type {string | null} The label that the App reported last. */
  reported = null;
  selecting = false;
  /** Whether the panel has pinned another node since, without selecting it. */
  movedOn = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  selectTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  echoTimer;

  /**
   * @param {AppSelection} app
   * @param {(node: string) => void} pin pins a node that was selected in the App
   */
  constructor(app, pin) {
    this.app = app;
    this.pin = pin;
  }

  /** Forgets all: another tree is shown, or the panel is closed. */
  reset() {
    this.cancel();
    this.target = null;
    this.forgetEchoes();
  }

  /** Cancels a selection that has not begun. */
  cancel() {
    clearTimeout(this.selectTimer);
  }

  /**
   * The panel has pinned another node without selecting it: what the App reports of those before pins
   * nothing, however late.
   */
  moveOn() {
    this.cancel();
    clearTimeout(this.echoTimer);
    this.movedOn = true;
  }

  /** @param {string} node */
  selectSoon(node) {
    this.cancel();
    this.selectTimer = setTimeout(() => this.select(node), SELECT_MS);
  }

  /**
   * Selects a node's caption in the App.
   *
   * One request is made at a time, for the node selected last. Until the App has reported that one,
   * what it reports of the ones before is old: it would pin a node that was left already.
   *
   * @param {string} node
   */
  async select(node) {
    clearTimeout(this.echoTimer);
    this.movedOn = false;
    this.echoes.add(node);
    this.target = node;
    if (this.selecting) return;
    this.selecting = true;
    let selected = null;
    let label = null;
    while (this.target !== null && selected !== this.target) {
      selected = this.target;
      label = await this.app.select(selected);
    }
    this.selecting = false;
    // The App reports nothing for a node without a caption, or one that was selected already.
    if (label === null || label === this.reported) this.forgetEchoes();
    else if (!this.movedOn) this.echoTimer = setTimeout(() => this.forgetEchoes(), ECHO_MS);
  }

  forgetEchoes() {
    clearTimeout(this.echoTimer);
    this.echoes.clear();
  }

  /**
   * Takes the App's report of what is selected, and returns whether it still is: reports may overtake
   * each other.
   *
   * @param {SelectedCaption} selected
   */
  report({ label, node }) {
    if (this.isOutdated(label)) return false;
    if (label === this.reported) return true;
    this.reported = label;
    if (node === null) return true;
    if (!this.echoes.has(node)) this.pin(node);
    else if (node === this.target) this.forgetEchoes();
    return true;
  }

  /** @param {string | null} label */
  isOutdated(label) {
    const labels = this.app.labels();
    if (labels === null) return false;
    return label === null ? labels.length > 0 : !labels.includes(label);
  }
}
