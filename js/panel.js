// The panel itself: holds the parts together. It knows the player and Python only by `host`.
//
// host.ask(method, params) asks Python and promises its answer; host.tell(method, params) does not
// wait. While a video plays neither is used.

class TreePanel {
  constructor(root, host) {
    this.root = root;
    this.host = { ...host, act: (name) => this.act(name) };
    this.model = null;
    this.palette = null;
    this.looker = null;
    this.undo = [];
    this.frame = 0;
    this.pinned = NONE;
    this.zoomed = NONE;
    this.looping = false;
    this.echoes = new Set();
    this.latest = null;
    this.lastSelected = null;
    this.playing = false;
    this.shown = NONE;
    this.build();
    this.size = new ResizeObserver(() => this.resize());
    this.size.observe(root);
    this.themes = new MutationObserver(() => this.readTheme());
    this.themes.observe(document.documentElement, { attributes: true });
    // Nothing says that a player has left the page, as it does for the Annotate tab.
    this.watch = setInterval(() => {
      if (canSeek(this.given) && isShown(this.given) !== this.shownBefore) this.setLooker(this.given);
    }, 700);
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
    this.crumbs = new Crumbs((i) => this.zoomTo(i));
    this.search = new Search(this);
    this.transport = new Transport((name) => this.act(name));
    this.granularity = new Granularity(
      () => this.recut(),
      (seconds) => this.host.tell("cut_grid", { seconds }),
    );
    this.colour = make("select", { class: "a100-select", "aria-label": "Colour by", change: () => this.recolour() });
    for (const by of ["level", "verb", "duration"]) {
      this.colour.append(make("option", { value: by, text: `Colour: ${by}` }));
    }
    this.keys = make("button", {
      type: "button", class: "a100-icon", text: "?", title: "Keys (?)", "aria-label": "Keys",
      click: () => this.toggleHelp(),
    });
    this.open = textButton("Open the video", "Open this video to play and move it", () => this.tellNode("open_sample"));
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
      this.legend, this.card.element, this.live, this.listing,
    );
    this.root.append(style, this.warning, this.notice, this.body, this.help);
    this.body.hidden = true;
  }

  /** What tests and benchmarks may read; nothing here changes anything. */
  probe() {
    return Object.freeze({
      rect: (id) => this.timeline.rect(this.model.place.get(id)),
      stats: () => ({ ...this.timeline.stats }),
      span: () => [this.timeline.view.from, this.timeline.view.to],
      active: () => this.timeline.active.filter((i) => i !== NONE).map((i) => this.model.data.ids[i]),
      cut: () => this.timeline.cut.map((i) => this.model.data.ids[i]),
      repaint: () => this.timeline.paint(),
    });
  }

  destroy() {
    this.setLooker(null);
    this.size.disconnect();
    this.themes.disconnect();
    clearInterval(this.watch);
    clearTimeout(this.patience);
    clearTimeout(this.selecting);
    clearTimeout(this.waited);
    cancelAnimationFrame(this.next);
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
      this.setLooker(this.given);
      return;
    }
    const model = new TreeModel(data);
    this.model = model;
    this.pinned = NONE;
    this.zoomed = NONE;
    this.shown = NONE;
    clearTimeout(this.selecting);
    this.echoes.clear();
    delete this.root.dataset.pinned;
    this.root.dataset.zoomed = "";
    this.setLoop(false);
    this.notice.hidden = true;
    this.body.hidden = false;
    this.timeline.setModel(model);
    this.root.dataset.sample = data.sample;
    this.root.dataset.nodes = String(model.count);
    this.open.hidden = data.open;
    this.transport.element.hidden = !data.open;
    this.readTheme();
    this.granularity.fit(model.frames / model.fps);
    this.crumbs.show(model, NONE);
    this.transport.setPinned(false);
    this.recolour();
    this.recut();
    if (data.clip) this.timeline.view.show(data.clip[0] - 1, data.clip[1]);
    this.resize();
    this.setLooker(this.given);
    this.search.doneFor = null;
    this.search.run();
    this.moved(this.frame || 1, true);
  }

  /** Takes the player that the App has now; listens to it where it can be listened to. */
  setLooker(looker) {
    this.given = looker;
    for (const end of this.undo) end();
    this.undo = [];
    this.shownBefore = canSeek(looker) && isShown(looker);
    const able = this.shownBefore && Boolean(this.model && this.model.data.open);
    this.looker = able ? looker : null;
    this.transport.enable(able);
    this.frame = 0;
    clearTimeout(this.patience);
    this.warn("");
    if (!able) {
      if (this.model) this.moved(1, true);
      if (this.model && this.model.data.open) {
        this.patience = setTimeout(() => this.warn(NO_PLAYER), 2500);
      }
      return;
    }
    this.undo.push(looker.subscribeToState("frameNumber", (frame) => this.heard(frame)));
    this.undo.push(looker.subscribeToState("playing", (playing) => this.setPlaying(playing)));
    const state = looker.state || {};
    this.setPlaying(Boolean(state.playing));
    this.heard(state.frameNumber || 1);
  }

  warn(text) {
    const words = [this.host.problem, text].filter(Boolean).join(" ");
    this.warning.textContent = words;
    this.warning.hidden = !words;
  }

  setPlaying(playing) {
    this.playing = playing;
    this.transport.setPlaying(playing);
  }

  /** The player is at another frame; painted once a screen refresh however often it says so. */
  heard(frame) {
    if (!this.model || !Number.isFinite(frame)) return;
    this.frame = frame;
    if (this.looping && this.pinned !== NONE) {
      const { first, last } = this.model.data;
      if (this.playing && (frame >= last[this.pinned] || frame < first[this.pinned] - 1)) {
        this.looker.seekToFrame(first[this.pinned]);
      }
    }
    if (this.next) return;
    this.next = requestAnimationFrame(() => {
      this.next = 0;
      this.moved(this.frame);
    });
  }

  moved(frame, again = false) {
    if (!this.model) return;
    const before = this.timeline.active.join();
    this.timeline.frame = this.looker ? frame : 0;
    this.timeline.active = this.looker ? this.model.activePath(frame) : [];
    this.keepInSight(frame);
    this.timeline.paintOver();
    this.transport.say(this.model, this.looker ? frame : 0);
    this.root.dataset.frame = String(frame);
    if (again || before !== this.timeline.active.join()) this.told();
  }

  /** While a zoomed video plays on past the edge, the axis goes with it. */
  keepInSight(frame) {
    const { view } = this.timeline;
    if (!this.playing || view.isWhole || !this.looker) return;
    const span = view.to - view.from;
    if (frame > view.to || frame < view.from) {
      view.show(frame - 1, frame - 1 + span);
      this.timeline.paint();
    }
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
    const rest = this.looker ? leaf : root === undefined ? NONE : root;
    this.present(this.pinned !== NONE ? this.pinned : rest);
  }

  present(i) {
    this.card.show(this.model, i);
    this.root.dataset.shown = i === NONE ? "" : this.model.data.ids[i];
    if (i === this.shown) return;
    this.shown = i;
    // A running video would never stop talking.
    if (i !== NONE && !this.playing) this.live.textContent = `${this.model.label(i)}, ${this.card.describe(i)}`;
  }

  /** Pins a node and goes to its first frame. */
  choose(i, { reveal = false, quiet = false } = {}) {
    this.pinned = i;
    this.timeline.pinned = i;
    this.root.dataset.pinned = this.model.data.ids[i];
    this.transport.setPinned(true);
    if (reveal) this.reveal(i);
    this.present(i);
    this.timeline.paintOver();
    if (!quiet) {
      this.seek(this.model.data.first[i]);
      clearTimeout(this.selecting);
      // A walk selects where it ends, not each node on the way.
      this.selecting = setTimeout(() => this.selectInApp(), 250);
    }
  }

  /**
   * Selects the pinned node's caption in the App, which will then say what is selected.
   *
   * Until it has said so of the node asked for last, what it says of those before it is old: a
   * quick walk would be pulled back. It may skip some, so there is an end to the waiting.
   */
  async selectInApp() {
    const { sample, ids } = this.model.data;
    const node = ids[this.here];
    this.echoes.add(node);
    this.latest = node;
    await this.host.ask("select_node", { sample, node });
    clearTimeout(this.waited);
    this.waited = setTimeout(() => this.echoes.clear(), ECHO_MS);
  }

  /** Lets go of the pinned node. */
  follow() {
    this.pinned = NONE;
    this.timeline.pinned = NONE;
    delete this.root.dataset.pinned;
    this.transport.setPinned(false);
    this.setLoop(false);
    clearTimeout(this.selecting);
    this.told();
    this.timeline.paintOver();
  }

  /** What the App has selected; `null` where it is no node. */
  setSelected(selected) {
    if (!this.model || !selected) return;
    this.root.dataset.selected = selected.node || "";
    // The App says the same again and again; and some of it is only what was selected here.
    if (selected.label === this.lastSelected) return;
    this.lastSelected = selected.label;
    const own = this.echoes.has(selected.node);
    if (selected.node === this.latest) this.echoes.clear();
    if (own) return;
    const i = selected.node === null ? undefined : this.model.place.get(selected.node);
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

  seek(frame) {
    if (this.looker) this.looker.seekToFrame(frame);
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
      child: () => this.model.child(i, this.frame),
      previous: () => this.model.beside(i, -1),
      next: () => this.model.beside(i, 1),
    }[direction]();
    if (target !== NONE) this.choose(target, { reveal: true });
    else this.live.textContent = `There is no ${direction === "parent" ? "parent" : direction}`;
  }

  act(name) {
    const i = this.here;
    if (name === "play") this.playOrPause();
    else if (name === "follow") this.follow();
    else if (name === "whole") this.zoomTo(NONE);
    else if (i === NONE || !this.model) return;
    else if (name === "zoom") this.zoomTo(i);
    else if (name === "start") this.seek(this.model.data.first[i]);
    else if (name === "end") this.seek(this.model.data.last[i]);
    else if (name === "loop") this.loop(i);
    else this.tellNode(name);
  }

  playOrPause() {
    if (!this.looker) return;
    if (this.playing) this.looker.pause();
    else this.looker.play();
  }

  loop(i) {
    if (this.looping) {
      this.setLoop(false);
      return;
    }
    if (this.pinned === NONE) this.choose(i);
    this.setLoop(true);
    this.seek(this.model.data.first[i]);
    if (!this.playing) this.playOrPause();
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

  /** Shows a node's time over the whole width; NONE: the whole video. */
  zoomTo(i) {
    if (!this.model) return;
    this.zoomed = i;
    const { view } = this.timeline;
    const { first, last } = this.model.data;
    if (i === NONE) view.show(0, this.model.frames);
    else {
      const margin = (last[i] - first[i] + 1) * 0.02;
      view.show(first[i] - 1 - margin, last[i] + margin);
    }
    this.root.dataset.zoomed = i === NONE ? "" : this.model.data.ids[i];
    this.crumbs.show(this.model, i);
    this.repaint();
  }

  zoomBy(factor) {
    const { view } = this.timeline;
    const x = this.frame ? view.x(this.frame) : view.left + view.width / 2;
    view.zoom(Math.min(Math.max(x, view.left), view.left + view.width), factor);
    this.repaint();
  }

  leave() {
    if (!this.help.hidden) this.toggleHelp();
    else if (this.search.input.value) {
      this.search.input.value = "";
      this.search.run();
    } else if (this.pinned !== NONE) this.follow();
    else if (this.model && !this.timeline.view.isWhole) this.zoomTo(NONE);
    else return false;
    return true;
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

  recolour() {
    this.timeline.colourBy = this.colour.value;
    if (!this.model) return;
    this.legend.replaceChildren(...legend(this.model, this.palette, this.colour.value));
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
      const state = ["not annotated", "N/A", "annotated"][this.model.data.states[i]];
      const facts = `Level ${this.model.data.levels[i]} · ${clock(this.model.data.starts[i], 1)} · ${lasts} · ${state}`;
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

/** How long the App may take to say what was selected here, once it has been told. */
const ECHO_MS = 3000;

const NO_PLAYER =
  "No player can be followed here, so the tree stands still: it is the Explore tab's video that " +
  "a panel can follow, not the Annotate tab's.";
