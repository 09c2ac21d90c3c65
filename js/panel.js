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
