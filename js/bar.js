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
