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
