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
