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
