// The rows of controls: breadcrumb, transport, granularity, legend.

/** The way from the root to what the time axis shows. */
class Crumbs {
  constructor(zoomTo) {
    this.zoomTo = zoomTo;
    this.list = make("ol", { class: "a100-crumbs" });
    this.element = make("nav", { "aria-label": "Zoom", class: "a100-grow" }, this.list);
  }

  show(model, zoomed) {
    const path = zoomed === NONE ? [] : model.path(zoomed);
    const items = [[NONE, "Whole video"], ...path.map((i) => [i, model.label(i)])];
    // The root's rectangle is the whole video, so it is not named twice.
    if (path.length && model.data.first[path[0]] <= 1 && model.data.last[path[0]] >= model.frames) {
      items.splice(1, 1);
    }
    this.list.replaceChildren(
      ...items.map(([i, text], k) => {
        const here = k === items.length - 1;
        const button = make("button", {
          type: "button",
          dir: "auto",
          title: text,
          text,
          "aria-current": here ? "true" : undefined,
          click: () => this.zoomTo(i),
        });
        return make("li", {}, button);
      }),
    );
  }
}

/** Start, play, end, loop, follow, and what time it is. */
class Transport {
  constructor(act) {
    this.play = iconButton("play", "Play", "Space", () => act("play"));
    this.loop = iconButton("loop", "Repeat this node", "l", () => act("loop"));
    this.pin = iconButton("pin", "Pinned: press to follow the video", "f", () => act("follow"));
    this.time = make("span", { class: "a100-time" });
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
    if (!model || frame < 1) this.time.textContent = "";
    else {
      const now = clock((frame - 1) / model.fps);
      this.time.textContent = `${now} / ${clock(model.frames / model.fps)}`;
      this.time.append(make("span", { class: "a100-frame", text: ` · frame ${frame}` }));
    }
  }
}

const SLIDER_STEPS = 200;
const SHORTEST_SECONDS = 0.5;

/** The time scale of the cut: a slider over seconds, by their logarithm. */
class Granularity {
  constructor(changed, apply) {
    this.changed = changed;
    this.longest = 60;
    this.seconds = 10;
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

  /** Takes a tree's length as the slider's end; keeps the seconds. */
  fit(seconds) {
    this.longest = Math.max(seconds, 2);
    this.seconds = Math.min(this.seconds, niceSeconds(this.longest));
    const span = Math.log(this.longest / SHORTEST_SECONDS);
    const at = (Math.log(this.seconds / SHORTEST_SECONDS) / span) * SLIDER_STEPS;
    this.range.value = String(Math.round(at));
  }

  slide() {
    const share = Number(this.range.value) / SLIDER_STEPS;
    const seconds = SHORTEST_SECONDS * (this.longest / SHORTEST_SECONDS) ** share;
    this.seconds = niceSeconds(seconds);
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
function legend(model, palette, by) {
  const entries = [];
  const { states, verbs } = model.data;
  const counted = (state) => states.reduce((sum, s) => sum + (s === state), 0);
  const item = (colour, text, state) => {
    const swatch = make("span", { class: "a100-swatch", "data-state": state });
    swatch.style.background = colour;
    entries.push(make("li", {}, swatch, make("span", { text })));
  };
  const grey = "#8a8f98";
  item(grey, `annotated ${counted(ANNOTATED)}`, ANNOTATED);
  item(grey, `N/A ${counted(NO_ACTION)}`, NO_ACTION);
  item(grey, `not annotated ${counted(BARE)}`, BARE);
  if (by === "duration") for (const bin of palette.durations) item(bin.colour, bin.name);
  if (by === "verb") {
    verbs.names.forEach((name, k) => item(palette.verbs[k % palette.verbs.length], `${name} ${verbs.counts[k]}`));
    if (verbs.rest) item(palette.tail, `other verbs ${verbs.rest}`);
  }
  // By level there is nothing to say: the rows are the levels.
  return entries;
}
