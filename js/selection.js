// The caption that is selected in the App, and the node that is pinned here: each follows the other.

/** How long the App may take to say what was selected here, once it has been told. */
const ECHO_MS = 3000;
/** How much later it may say what it was told before that: its answers overtake each other. */
const LATE_MS = 1500;
/** Both are longer where telling it took long: so many times as long. */
const SLOWER = 4;

class Selection {
  /**
   * @param {(node: string) => Promise} ask selects a node's caption in the App
   * @param {(node: string) => void} pin is told which node the App has selected
   */
  constructor(ask, pin) {
    this.ask = ask;
    this.pin = pin;
    this.echoes = new Set();
    this.latest = null;
    this.lastLabel = null;
    this.took = 0;
  }

  /** Forgets what it waits for: another tree is shown, or the panel goes. */
  reset() {
    clearTimeout(this.waiting);
    clearTimeout(this.waited);
    this.echoes.clear();
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
   * quick walk would be pulled back. It may skip some, so there is an end to the waiting, which
   * begins anew with each selection.
   */
  async select(node) {
    clearTimeout(this.waited);
    this.echoes.add(node);
    this.latest = node;
    const began = performance.now();
    await this.ask(node);
    this.took = performance.now() - began;
    if (this.latest === node) this.forgetIn(ECHO_MS);
  }

  forgetIn(milliseconds) {
    clearTimeout(this.waited);
    const patience = Math.max(milliseconds, SLOWER * this.took);
    this.waited = setTimeout(() => this.echoes.clear(), patience);
  }

  /** Hears what the App has selected, `{label, node}`; the node is null where it is none. */
  heard(selected) {
    // The App says the same again and again; and some of it is only what was selected here.
    if (selected.label === this.lastLabel) return;
    this.lastLabel = selected.label;
    const own = this.echoes.has(selected.node);
    if (selected.node === this.latest) this.forgetIn(LATE_MS);
    if (!own && selected.node !== null) this.pin(selected.node);
  }
}
