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
