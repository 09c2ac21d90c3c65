// Action100M for FiftyOne, in the browser. Bundled from js/ by scripts/javascript.py: edit there.
"use strict";
(() => {
  // js/app.js
  var PLUGIN = "@action100m/explorer";
  function missingGlobals() {
    const { React: React2, recoil: recoil2, __foo__: __foo__2, __fop__: __fop__2, __fos__: __fos__2 } = window;
    const globals = {
      React: React2,
      recoil: recoil2,
      "__fos__.modalLooker": __fos__2?.modalLooker,
      "__fos__.selectedLabels": __fos__2?.selectedLabels,
      "__foo__.registerOperator": __foo__2?.registerOperator,
      "__foo__.useTriggerPanelEvent": __foo__2?.useTriggerPanelEvent,
      "__fop__.registerComponent": __fop__2?.registerComponent
    };
    return Object.entries(globals).filter(([, value]) => !value).map(([name]) => name);
  }
  function appGlobal(name) {
    const value = window[name];
    if (!value) throw new Error(`This version of FiftyOne has no ${name}`);
    return value;
  }
  function runOperator(uri, params) {
    return new Promise((resolve, reject) => {
      const callback = (result) => result?.error ? reject(new Error(String(result.error))) : resolve(result);
      appGlobal("__foo__").executeOperator(uri, params, { callback, skipErrorNotification: true });
    });
  }
  function sleep(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  // js/dom.js
  function make(tag, { text, on, ...attributes } = {}, ...children) {
    const element = document.createElement(tag);
    if (text !== void 0) element.textContent = text;
    for (const [name, listener] of Object.entries(on ?? {})) {
      element.addEventListener(
        name,
        /** @type {EventListener} */
        listener
      );
    }
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "string") element.setAttribute(name, value);
      else if (value === true) element.setAttribute(name, "");
    }
    element.append(...children.filter((child) => child != null));
    return element;
  }
  var ICONS = {
    start: "M3 3h2v10H3zM13 3v10L6 8z",
    previous: "M11 3v10L4 8z",
    play: "M4 3v10l9-5z",
    pause: "M4 3h3v10H4zM9 3h3v10H9z",
    next: "M5 3v10l7-5z",
    end: "M11 3h2v10h-2zM3 3v10l7-5z",
    loop: "M4 4h7V2l3 3-3 3V6H5v3H3V5zM12 12H5v2l-3-3 3-3v2h6V7h2v4z",
    fit: "M2 7h3V5l3 3-3 3V9H2zM14 7h-3V5L8 8l3 3V9h3zM7.3 2h1.4v12H7.3z",
    pin: "M10 2l4 4-1 1-1-.3-2.6 2.6.1 2.6-1 1L6 10.4l-3.3 3.3-.7-.7 3.3-3.3L2.8 7.2l1-1 2.6.1L9 3.7 8.7 2.8z",
    search: "M7 2a5 5 0 1 0 3 9l3.3 3.2 1-1L11 10A5 5 0 0 0 7 2zm0 1.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7z",
    undo: "M6 3v3h3a4 4 0 0 1 0 8H5v-1.6h4a2.4 2.4 0 0 0 0-4.8H6v3L1.5 6.8z",
    redo: "M10 3v3H7a4 4 0 0 0 0 8h4v-1.6H7a2.4 2.4 0 0 1 0-4.8h3v3l4.5-3.8z",
    beside: "M2 3h5v10H2zM3.2 4.2v7.6h2.6V4.2zM8.5 3H14v10H8.5z",
    below: "M2 2.5h12v5H2zM3.2 3.7v2.6h9.6V3.7zM2 9h12v4.5H2z",
    alone: "M2 3h12v10H2z",
    fix: "M11.2 2l2.8 2.8-7.6 7.6L3 13l.6-3.4zM2 14h12v1H2z",
    copy: "M5 2h8v9h-2v-1.5h.5v-6h-5V4H5zM3 5h7v9H3zm1.5 1.5v6h4v-6z"
  };
  var SVG = "http://www.w3.org/2000/svg";
  function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    for (const [attribute, value] of Object.entries({
      viewBox: "0 0 16 16",
      width: "14",
      height: "14",
      "aria-hidden": "true"
    })) svg.setAttribute(attribute, value);
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", ICONS[name]);
    path.setAttribute("fill", "currentColor");
    svg.append(path);
    return svg;
  }
  function iconButton(name, label, key, press) {
    const title = key ? `${label} (${key})` : label;
    const attributes = { type: "button", class: "a100-icon", "aria-label": label, title };
    return make("button", { ...attributes, on: { click: press } }, icon(name));
  }
  function textButton(label, title, press) {
    const attributes = { type: "button", class: "a100-button", title, text: label };
    return make("button", { ...attributes, on: { click: press } });
  }
  function linkButton(text, press, title) {
    const attributes = { type: "button", class: "a100-link", dir: "auto", title, text };
    return make("button", { ...attributes, on: { click: press } });
  }
  function placeOn({ clientX, clientY }, element) {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
  function context2d(canvas) {
    return (
      /** @type {CanvasRenderingContext2D} */
      canvas.getContext("2d")
    );
  }
  async function copyFrom(button3, text) {
    await copyText(text);
    button3.dataset.done = "";
    setTimeout(() => delete button3.dataset.done, 1500);
  }
  async function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) {
      await navigator.clipboard.writeText(text);
      return;
    }
    const area = make("textarea", { "aria-hidden": "true", class: "a100-away" });
    area.value = text;
    document.body.append(area);
    const focused2 = document.activeElement;
    area.select();
    document.execCommand("copy");
    area.remove();
    if (focused2 instanceof HTMLElement) focused2.focus();
  }

  // js/settings.js
  var KEY = "action100m-tree";
  function readSettings() {
    try {
      const kept4 = JSON.parse(window.localStorage.getItem(KEY) ?? "{}");
      return kept4 && typeof kept4 === "object" ? kept4 : {};
    } catch {
      return {};
    }
  }
  function keepSettings(changed) {
    try {
      window.localStorage.setItem(KEY, JSON.stringify({ ...readSettings(), ...changed }));
    } catch {
    }
  }

  // js/splitter.js
  var STEP = 0.03;
  var Splitter = class {
    /** Whether the parts are beside each other. */
    isHorizontal = false;
    share = 0;
    /**
     * @param {string} label what it changes, for screen readers
     * @param {Options} options
     */
    constructor(label, options) {
      this.options = options;
      this.element = make("div", {
        class: "a100-splitter",
        role: "separator",
        tabindex: "0",
        "aria-label": label,
        "aria-valuemin": percent(options.least),
        "aria-valuemax": percent(options.most),
        title: `${label}: drag, or use the arrow keys; double-click for the first size`,
        on: {
          pointerdown: (event2) => this.element.setPointerCapture(event2.pointerId),
          pointermove: (event2) => this.drag(event2),
          dblclick: () => options.reset(),
          keydown: (event2) => this.press(event2)
        }
      });
    }
    /** @param {"horizontal" | "vertical"} direction of the parts */
    setDirection(direction) {
      this.isHorizontal = direction === "horizontal";
      this.element.setAttribute("aria-orientation", this.isHorizontal ? "vertical" : "horizontal");
    }
    /** @param {number} share of what is after the bar */
    show(share) {
      this.share = share;
      this.element.setAttribute("aria-valuenow", percent(share));
    }
    /** @param {number} share */
    moveTo(share) {
      const { least, most, move } = this.options;
      move(Math.min(Math.max(share, least), most));
    }
    /** @param {PointerEvent} event */
    drag(event2) {
      const whole = this.element.parentElement?.getBoundingClientRect();
      if (!whole || !this.element.hasPointerCapture(event2.pointerId)) return;
      const { right, bottom, width, height } = whole;
      this.moveTo(this.isHorizontal ? (right - event2.clientX) / width : (bottom - event2.clientY) / height);
    }
    /** @param {KeyboardEvent} event */
    press(event2) {
      const [more, less] = this.isHorizontal ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
      if (event2.key !== more && event2.key !== less) return;
      event2.preventDefault();
      event2.stopPropagation();
      this.moveTo(this.share + (event2.key === more ? STEP : -STEP));
    }
  };
  function percent(share) {
    return String(Math.round(100 * share));
  }

  // js/arrangement.js
  var WIDE = 860;
  var LOW = 1.5;
  var SLOT_GAP = 6;
  var LEAST = 0.12;
  var MOST = 0.75;
  var LEGEND = 680;
  function shapeOf(width, height) {
    return width >= WIDE && width >= LOW * height ? "wide" : "tall";
  }
  function firstShare(shape, height) {
    if (shape === "wide") return 0.3;
    const room = 170 + Math.max(0, height - 620) / 3;
    return Math.min(Math.max(room / Math.max(height, 1), LEAST), MOST);
  }
  var Arrangement = class {
    /** @type {Shape} */
    shape = "tall";
    height = 0;
    /** @param {() => void} changed told when the slots may have another size */
    constructor(changed) {
      const slot = (name, style = "") => make("div", { class: `a100-slot ${style}`, "data-slot": name });
      this.head = slot("head", "a100-bar");
      this.timeline = slot("timeline");
      this.transport = slot("transport", "a100-bar");
      this.foot = slot("foot");
      this.details = slot("details");
      const lane = make("div", { class: "a100-lane" }, this.head, this.timeline, this.transport, this.foot);
      this.splitter = new Splitter("Size of the details", {
        least: LEAST,
        most: MOST,
        move: (share) => this.setShare(share),
        reset: () => this.setShare(null)
      });
      this.element = make(
        "div",
        { class: "a100-body", hidden: true },
        lane,
        this.splitter.element,
        this.details
      );
      this.legendButton = textButton("Legend", "Say what colours, patterns and marks mean", () => {
        keepSettings({ legend: this.element.dataset.legend !== "true" });
        this.place(this.shape);
        this.changed();
      });
      this.legendButton.classList.add("a100-explaining");
      this.changed = changed;
      this.sizes = new ResizeObserver(() => this.changed());
      this.sizes.observe(this.timeline);
      this.place("tall");
    }
    destroy() {
      this.sizes.disconnect();
    }
    /**
     * Fits the arrangement to the panel's size.
     *
     * @param {number} width in pixels
     * @param {number} height
     */
    fit(width, height) {
      const shape = shapeOf(width, height);
      if (shape === this.shape && height === this.height) return;
      this.height = height;
      this.place(shape);
    }
    /** @param {Shape} shape */
    place(shape) {
      this.shape = shape;
      this.element.dataset.shape = shape;
      this.splitter.setDirection(shape === "wide" ? "horizontal" : "vertical");
      const { details, legend } = readSettings();
      this.showShare(details?.[shape] ?? firstShare(shape, this.height));
      this.showLegend(legend ?? this.height >= LEGEND);
    }
    /**
     * Gives the details another share, and remembers it.
     *
     * @param {number | null} share null for the one that they have at first
     */
    setShare(share) {
      const { [this.shape]: _, ...others } = readSettings().details ?? {};
      keepSettings({ details: share === null ? others : { ...others, [this.shape]: share } });
      this.place(this.shape);
      this.changed();
    }
    /** @param {number} share */
    showShare(share) {
      this.element.style.setProperty("--a-details", `${(100 * share).toFixed(2)}%`);
      this.splitter.show(share);
    }
    /** @param {boolean} shown */
    showLegend(shown) {
      this.element.dataset.legend = String(shown);
      this.legendButton.setAttribute("aria-pressed", String(shown));
    }
  };

  // js/arrangement.css
  var arrangement_default = '/* Where the parts of the Tree of Captions panel are. */\n.a100-body { display: flex; flex: 1 1 auto !important; min-height: 0; min-width: 0; flex-direction: column; }\n.a100-body[data-shape=wide] { flex-direction: row; }\n.a100-lane { container: lane / inline-size; display: flex; flex-direction: column; gap: 6px; flex: 1 1 0; min-width: 0; min-height: 0; }\n.a100-slot { flex: none; min-width: 0; }\n.a100-slot:empty { display: none; }\n.a100-slot[data-slot=timeline] { flex: 1 1 0; min-height: 120px; display: flex; flex-direction: column; gap: 6px; overflow: hidden auto; }\n.a100-slot[data-slot=timeline] > * { flex: none; }\n.a100-slot[data-slot=foot] { display: flex; flex-direction: column; gap: 4px; }\n.a100-slot[data-slot=details] { flex: 0 0 var(--a-details); overflow: auto; }\n[data-legend=false] .a100-legend { display: none; }\n.a100-splitter { position: relative; flex: none; height: 9px; cursor: row-resize; touch-action: none; outline: none; }\n.a100-splitter::before { content: ""; position: absolute; inset: 4px 0; background: var(--a-line); }\n.a100-splitter::after { content: ""; position: absolute; left: calc(50% - 14px); top: 3px; width: 28px; height: 3px; border-radius: 2px; background: var(--a-quiet); opacity: .6; }\n.a100-splitter:hover::after, .a100-splitter:focus-visible::after { background: var(--a-text); opacity: 1; }\n.a100-splitter:focus-visible { outline: 2px solid var(--a-focus); outline-offset: -2px; }\n[data-shape=wide] > .a100-splitter { height: auto; width: 11px; cursor: col-resize; }\n[data-shape=wide] > .a100-splitter::before { inset: 0 5px; }\n[data-shape=wide] > .a100-splitter::after { left: 4px; top: calc(50% - 14px); width: 3px; height: 28px; }\n.a100-layouts { display: inline-flex; flex: none; gap: 1px; }\n.a100-layouts .a100-icon[aria-pressed=true] { background: var(--fo-palette-action-selected, rgba(128,128,128,.3)); color: inherit; }\n@container lane (max-width: 680px) {\n  [data-slot=head] > nav { flex: 1 1 calc(100% - 205px); min-width: min(100%, 88px); }\n  .a100-searchbox { flex: 1 1 150px; order: 2; }\n  [data-slot=head] > .a100-select { order: 3; }\n  [data-slot=head] > .a100-reviewing { order: 0; }\n  .a100-explaining { order: 4; }\n  .a100-comparing { order: 5; }\n  .a100-crumbs button { max-width: 120px; }\n}\n@container lane (max-width: 760px) { .a100-time .a100-frame { display: none; } .a100-range { min-width: 60px; } }\n@container lane (max-width: 400px) { .a100-cutbar { flex-wrap: wrap; } }\n';

  // js/details.css
  var details_default = '/* The card and the outline. */\n.a100-details { container: a100-details / inline-size; display: flex; flex-direction: column; min-width: 0; min-height: 0; }\n.a100-details-head { display: flex; flex: none; align-items: center; justify-content: space-between; gap: 8px; border-bottom: 1px solid var(--a-line); }\n.a100-details-head > .a100-select { height: 24px; margin-bottom: 3px; min-width: 0; max-width: 170px; }\n[data-tab=card] > .a100-details-head > .a100-select { visibility: hidden; }\n.a100-tabs { display: flex; flex: none; gap: 2px; }\n.a100 .a100-tab { height: 28px; padding: 0 12px; border: 0; border-bottom: 2px solid transparent; background: none; color: var(--a-quiet); cursor: pointer; font-size: 12px; }\n.a100 .a100-tab[aria-selected=true] { color: var(--a-text); border-bottom-color: currentColor; font-weight: 600; }\n.a100-tab:hover { background: var(--fo-palette-action-hover, rgba(128,128,128,.2)); }\n.a100-panes { flex: 1 1 0; min-height: 0; display: flex; gap: 14px; }\n.a100-pane { flex: 1 1 0; min-width: 0; overflow: auto; }\n.a100-pane[data-pane=outline] { display: flex; flex-direction: column; overflow: hidden; }\n[data-tab=card] > .a100-panes > [data-pane=outline], [data-tab=outline] > .a100-panes > [data-pane=card] { display: none; }\n.a100-outline { display: flex; flex-direction: column; gap: 4px; flex: 1 1 0; min-height: 0; padding-top: 2px; }\n.a100-list { flex: 1 1 0; min-height: 0; overflow: hidden auto; outline: none; position: relative; }\n.a100-list:focus-visible { box-shadow: inset 0 0 0 1px var(--a-line); }\n.a100-entries { position: relative; }\n.a100-entry { position: absolute; left: 0; right: 0; height: 38px; display: flex; align-items: center; gap: 6px; padding: 2px 8px 2px 2px; cursor: pointer; border-radius: 4px; contain: layout paint; }\n.a100-entry:hover { background: var(--fo-palette-action-hover, rgba(128,128,128,.2)); }\n.a100-entry[aria-selected=true] { background: var(--fo-palette-action-selected, rgba(128,128,128,.3)); }\n.a100-list:focus-visible .a100-cursor { outline: 2px solid var(--a-focus); outline-offset: -2px; }\n.a100-fold { flex: none; margin-left: calc(var(--depth) * var(--indent)); width: 18px; height: 28px; line-height: 28px; text-align: center; color: var(--a-quiet); border-radius: 3px; font-size: 14px; }\n[aria-expanded] > .a100-fold:hover { background: var(--fo-palette-action-hover, rgba(128,128,128,.3)); color: var(--a-text); }\n.a100-entry-text { flex: 1 1 auto; min-width: 0; padding-left: 8px; border-left: 3px solid var(--level); line-height: 16px; max-height: 32px; overflow: hidden; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow-wrap: anywhere; }\n.a100-entry[data-state="0"] > .a100-entry-text { color: var(--a-quiet); }\n.a100-entry[aria-current] > .a100-entry-text { font-weight: 600; color: var(--a-text); }\n.a100-entry[data-hidden] > * { opacity: .7; }\n.a100-entry:is([data-found=found], [data-found="found below"])::after { content: ""; position: absolute; right: 0; top: 4px; bottom: 4px; border-right: 3px solid var(--a-match); }\n.a100-entry[data-found="found below"]::after { border-right-style: dotted; }\n.a100-entry-times { flex: none; display: flex; flex-direction: column; align-items: flex-end; font-size: 12px; line-height: 16px; color: var(--a-quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }\n.a100-head-line { display: flex; align-items: flex-start; gap: 4px; }\n.a100-head-line > .a100-title { flex: 0 1 auto; min-width: 0; font-size: 18px; line-height: 1.3; }\n.a100-of > .a100-actor { margin: 0; }\n.a100-actor[data-inherited] { border-style: dashed; font-style: italic; }\n.a100-judge:empty { display: none; }\n@container a100-details (min-width: 700px) {\n  .a100-tabs { display: none; }\n  .a100-details .a100-details-head { justify-content: flex-end; border: 0; }\n  .a100-details .a100-details-head > .a100-select { visibility: visible; }\n  .a100-details .a100-panes > .a100-pane[data-pane=card] { display: block; }\n  .a100-details .a100-panes > .a100-pane[data-pane=outline] { display: flex; }\n}\n.a100-slot[data-slot=details] { display: flex; flex-direction: column; gap: 4px; overflow: hidden; }\n.a100-slot > .a100-details { flex: 1 1 0; }\n.a100-entry-picture { flex: none; width: 60px; height: 34px; border-radius: 3px; background: var(--fo-palette-background-card, rgba(128,128,128,.1)); }\n.a100-entry-picture[data-picture=missing] { visibility: hidden; }\n';

  // js/film.css
  var film_default = "/* Pictures in the Tree of Captions, and its captions over the video. What is over the video is not in the panel, and is white on black in both themes. */\n.a100-overlay { position: absolute; left: 6px; right: 6px; bottom: 6px; z-index: 1; margin: 0; padding: 0; list-style: none; pointer-events: none; font-family: var(--fo-fontFamily-body, system-ui), sans-serif; font-weight: 400; line-height: 1.35; text-align: left; }\n.a100-overlay[hidden] { display: none; }\n.a100-overlay li { margin: 0.08em 0 0 calc(var(--a-step) * 0.7em); display: flex; }\n.a100-overlay span { padding: 0 0.5em 0 0.4em; border-left: 0.25em solid var(--a-level); border-radius: 2px; background: rgba(0,0,0,.76); color: #fff; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }\n.a100-overlay li:last-child span { font-weight: 600; white-space: normal; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; }\n.a100-cc-bar { container: a100-cc / inline-size; flex: 1 1 0; min-width: 0; display: flex; align-items: center; justify-content: flex-end; gap: 6px; padding: 0 8px 0 10px; color: var(--fo-palette-text-secondary, #b3b3b3); font: 12px/1.4 var(--fo-fontFamily-body, system-ui), sans-serif; }\n.a100-cc-bar [hidden] { display: none; }\n.a100-now { flex: 1 1 0; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }\n.a100-cc, .a100-cc-levels { flex: none; height: 22px; box-sizing: border-box; border: 1px solid currentColor; border-radius: 3px; background: none; color: inherit; font: inherit; cursor: pointer; }\n.a100-cc { padding: 0 4px; font-weight: 600; }\n.a100-cc[data-mode=path] { background: var(--fo-palette-text-primary, #fff); color: var(--fo-palette-background-level2, #1a1a1a); }\n.a100-cc[data-mode=line] { box-shadow: inset 0 -3px 0 var(--fo-palette-text-primary, #fff); }\n.a100-cc[data-mode=off] { text-decoration: line-through; }\n.a100-cc-levels { padding: 0; max-width: 76px; border-color: transparent; background: var(--fo-palette-background-level2, #1a1a1a); }\n.a100-cc-bar :focus-visible { outline: 2px solid #4f83ff; outline-offset: 1px; }\n/* While the player says that it is buffering, its clock needs the room. */\n@container a100-cc (max-width: 100px) { .a100-cc-levels { visibility: hidden; } }\n@container a100-cc (max-width: 190px) { .a100-now:has(+ select:not([hidden])) { visibility: hidden; } }\n.a100-film { position: relative; height: fit-content; border: 1px solid transparent; border-bottom: 0; margin-bottom: -5px; overflow: hidden; contain: layout paint; }\n.a100-film canvas { display: block; cursor: pointer; }\n.a100 .a100-film-name { position: absolute; left: 0; top: 0; bottom: 0; width: 42px; padding: 0 5px 0 0; border: 0; background: none; color: var(--a-quiet); font-size: 12px; line-height: 1; text-align: right; cursor: pointer; }\n.a100-film-name:hover { color: var(--a-text); }\n.a100-tip[popover] { position: fixed; inset: auto; margin: 0; overflow: hidden; max-width: min(340px, 90vw); }\n.a100-tip canvas { display: block; width: 160px; height: 90px; object-fit: contain; margin: 2px 0 4px; border-radius: 2px; background: #000; }\n.a100-tip canvas[data-upright] { width: 90px; height: 160px; }\n";

  // js/model.js
  var NONE = -1;
  var NOT_ANNOTATED = 0;
  var NO_ACTION = 1;
  var ANNOTATED = 2;
  var TreeModel = class {
    /** @param {TreeData} data */
    constructor(data) {
      this.data = data;
      this.count = data.ids.length;
      this.frames = Math.max(1, data.frames);
      this.fps = data.fps;
      this.truncated = new Set(data.truncated);
      this.hidden = null;
      this.nodeOfId = new Map(data.ids.map((id, i) => [id, i]));
      this.rowLevels = [...new Set(data.levels)].sort((a, b) => a - b);
      const rowOfLevel = new Map(this.rowLevels.map((level, row) => [level, row]));
      this.rowOf = Int32Array.from(data.levels, (level) => rowOfLevel.get(level) ?? 0);
      this.rows = this.rowLevels.map(() => []);
      this.children = data.ids.map(() => []);
      const byStart = data.ids.map((_, i) => i);
      byStart.sort((a, b) => data.first[a] - data.first[b] || data.last[b] - data.last[a]);
      for (const i of byStart) {
        if (data.last[i] >= data.first[i] && data.first[i] > 0) this.rows[this.rowOf[i]].push(i);
        const parent = this.parent(i);
        if (parent !== NONE) this.children[parent].push(i);
      }
      this.reach = [];
      this.measure();
      this.texts = data.texts?.map(({ at, texts }) => new Map(at.map((i, k) => [i, texts[k]]))) ?? null;
    }
    /** Computes what depends on where nodes end. */
    measure() {
      this.reach = this.rows.map((row) => {
        let furthest = 0;
        return row.map((i) => furthest = Math.max(furthest, this.data.last[i]));
      });
    }
    /**
     * Returns the place in a row of the first node that starts after a frame.
     *
     * @param {number} row
     * @param {number} frame
     */
    firstAfter(row, frame) {
      const nodes = this.rows[row];
      let low = 0;
      let high = nodes.length;
      while (low < high) {
        const middle = low + high >> 1;
        if (this.data.first[nodes[middle]] <= frame) low = middle + 1;
        else high = middle;
      }
      return low;
    }
    /**
     * Returns the node of a row that is on screen at a frame, of several the one that starts last.
     *
     * @param {number} row
     * @param {number} frame
     */
    nodeAt(row, frame) {
      const nodes = this.rows[row];
      for (let k = this.firstAfter(row, frame) - 1; k >= 0 && this.reach[row][k] >= frame; k -= 1) {
        if (this.data.last[nodes[k]] >= frame) return nodes[k];
      }
      return NONE;
    }
    /**
     * Returns the nodes on screen at a frame, one per row, NONE for a row that has none.
     *
     * @param {number} frame
     */
    activePath(frame) {
      return this.rows.map((_, row) => this.nodeAt(row, frame));
    }
    /**
     * Returns a node's parent, NONE for a root.
     *
     * @param {number} i
     * @returns {number}
     */
    parent(i) {
      const parent = this.data.parents[i];
      return parent >= 0 && parent !== i ? parent : NONE;
    }
    /**
     * Returns the nodes from the root to a node, both included; ends also where parents form a cycle.
     *
     * @param {number} i
     */
    path(i) {
      const nodes = /* @__PURE__ */ new Set();
      for (let at = i; at !== NONE && !nodes.has(at); at = this.parent(at)) nodes.add(at);
      return [...nodes].reverse();
    }
    /**
     * Returns the sibling before (-1) or after (+1), else the neighbour in the row, else NONE.
     *
     * @param {number} i
     * @param {-1 | 1} step
     */
    neighbour(i, step) {
      const parent = this.parent(i);
      const row = this.rows[this.rowOf[i]];
      const siblings = parent === NONE ? row : this.children[parent];
      return siblings[siblings.indexOf(i) + step] ?? row[row.indexOf(i) + step] ?? NONE;
    }
    /**
     * Returns the child that is on screen at a frame, else the first child, else NONE.
     *
     * @param {number} i
     * @param {number} frame
     */
    child(i, frame) {
      const { first, last: last2 } = this.data;
      const children = this.children[i];
      return children.find((c) => first[c] <= frame && frame <= last2[c]) ?? children[0] ?? NONE;
    }
    /**
     * Returns the nodes of the cut at a time scale, by their start.
     *
     * @param {number} seconds the longest that a node of the cut may last
     */
    cut(seconds) {
      const { from, until: until2, first, last: last2 } = this.data;
      const nodes = this.data.ids.map((_, i) => i);
      return nodes.filter((i) => from[i] <= seconds && seconds < until2[i] && last2[i] >= first[i]).sort((a, b) => first[a] - first[b]);
    }
    /**
     * Returns how long a node's frames last, in seconds of the clip.
     *
     * @param {number} i
     */
    seconds(i) {
      return (this.data.last[i] - this.data.first[i] + 1) / this.fps;
    }
    /**
     * Returns the nodes that have a phrase in a text, in any case; null if the texts have not been sent.
     *
     * @param {string} phrase
     */
    search(phrase) {
      const needle = phrase.trim().toLowerCase();
      if (!needle) return [];
      if (!this.texts) return null;
      const nodes = /* @__PURE__ */ new Set();
      for (const field of this.texts) {
        for (const [i, text] of field) if (text.toLowerCase().includes(needle)) nodes.add(i);
      }
      return [...nodes];
    }
    /**
     * Returns who acts in a node, and the node that says so: itself, else its nearest ancestor that does;
     * null if none does.
     *
     * @param {number} i
     */
    actor(i) {
      const { names, of } = this.data.actors;
      const node = this.path(i).reverse().find((at) => of[at] >= 0);
      return node === void 0 ? null : { node, name: names[of[node]] };
    }
    /**
     * Returns the text that a node is labelled with.
     *
     * @param {number} i
     */
    label(i) {
      return this.data.labels[i] || "(no text)";
    }
  };
  var NO_TREE = new TreeModel({
    dataset: "",
    sample: "",
    shown: "",
    title: "",
    path: "",
    fps: 1,
    frames: 0,
    clip: null,
    open: false,
    ids: [],
    parents: [],
    levels: [],
    first: [],
    last: [],
    starts: [],
    ends: [],
    truncated: [],
    from: [],
    until: [],
    states: [],
    labels: [],
    labelFields: [],
    fields: [],
    texts: null,
    youtube: null,
    actors: { names: [], of: [] },
    verbs: { names: [], counts: [], rest: 0, of: [] },
    speech: { first: [], last: [], texts: [] }
  });

  // js/panel.css
  var panel_default = '/* The look of the Tree of Captions, in the variables of the App, so that it follows the theme. */\n.a100 { --a-text: var(--fo-palette-text-primary, #fff); --a-quiet: var(--fo-palette-text-secondary, #b3b3b3);\n  --a-bg: var(--fo-palette-background-level2, #1a1a1a); --a-card: var(--fo-palette-background-level1, #333);\n  --a-line: var(--fo-palette-divider, #333); --a-accent: var(--fo-palette-primary-main, #ff6d04); --a-focus: #4f83ff;\n  container: a100 / inline-size; box-sizing: border-box; height: 100%; width: 100%; min-width: 0; display: flex; flex-direction: column;\n  gap: 6px; padding: 8px 10px; background: var(--a-bg); color: var(--a-text); overflow: auto; outline: none;\n  font: 13px/1.4 var(--fo-fontFamily-body, system-ui), sans-serif; text-align: left; }\n.a100 *, .a100 *::before { box-sizing: border-box; }\n.a100 [hidden] { display: none !important; }\n.a100:focus-visible { box-shadow: inset 0 0 0 2px var(--a-focus); }\n.a100 button, .a100 select, .a100 input { font: inherit; color: inherit; }\n.a100 :is(button, select, input, a):focus-visible { outline: 2px solid var(--a-focus); outline-offset: 1px; }\n.a100 > * { flex: none; }\n.a100-bar { display: flex; align-items: center; flex-wrap: wrap; gap: 4px 8px; min-height: 26px; }\n.a100-grow { flex: 1 1 0; min-width: 0; }\n.a100-crumbs { display: flex; flex: 1 1 160px; min-width: 0; align-items: center; overflow: hidden; white-space: nowrap; margin: 0; padding: 0; list-style: none; }\n.a100-crumbs.a100-all { flex-wrap: wrap; }\n.a100-crumbs li { display: flex; min-width: 38px; flex: 0 4 auto; }\n.a100-crumbs li:last-child { flex-shrink: 1; }\n.a100-crumbs .a100-more { flex: none; }\n.a100-crumbs li + li::before { content: "›"; color: var(--a-quiet); padding: 0 4px; }\n.a100-crumbs button { background: none; border: 0; padding: 2px 3px; border-radius: 3px; cursor: pointer; max-width: 190px; min-width: 24px; overflow: hidden; text-overflow: ellipsis; color: var(--a-quiet); }\n.a100-crumbs button:hover, .a100-crumbs [aria-current] { color: var(--a-text); }\n.a100-crumbs [aria-current] { font-weight: 600; }\n.a100-searchbox { display: flex; align-items: center; gap: 4px; flex: 0 1 250px; min-width: 150px; }\n.a100-cutbar { display: flex; align-items: center; gap: 4px 8px; flex: 1 1 270px; min-width: 0; }\n.a100-search { flex: 1 1 auto; min-width: 60px; height: 26px; padding: 0 8px; border: 1px solid var(--a-line); border-radius: 4px; background: var(--fo-palette-background-field, transparent); }\n.a100-search::placeholder { color: var(--a-quiet); opacity: 1; }\n.a100-matches { min-width: 44px; text-align: center; color: var(--a-quiet); font-size: 12px; white-space: nowrap; }\n.a100-matches:empty { min-width: 0; }\n.a100-icon { width: 26px; height: 26px; display: inline-flex; align-items: center; justify-content: center; flex: none; border: 0; border-radius: 4px; background: none; cursor: pointer; padding: 0; }\n.a100-icon:hover:not(:disabled), .a100-button:hover:not(:disabled) { background: var(--fo-palette-action-hover, rgba(128,128,128,.2)); }\n.a100 button:disabled { opacity: .4; cursor: default; }\n.a100 [data-done] { color: var(--a-text); }\n.a100 [data-done]::after { content: "✓"; margin-left: 2px; }\n.a100 .a100-icon[aria-pressed=true] { background: var(--a-text); color: var(--a-bg); }\n/* Around a playhead or a canvas, what is cut off has no rounded corners: the browser would draw all of the open sample once more per screen. */\n.a100-stage { position: relative; flex: none; overflow: hidden auto; border: 1px solid var(--a-line); cursor: default; touch-action: none; contain: layout paint; }\n.a100-stage canvas { display: block; }\n.a100-over { position: absolute; left: 0; top: 0; }\n.a100-head { position: absolute; left: -5px; top: 0; width: 10px; pointer-events: none; will-change: transform; background: linear-gradient(var(--a-head), var(--a-head)) center / 1.5px 100% no-repeat; }\n.a100-head::before { content: ""; display: block; border: 5px solid transparent; border-top: 7px solid var(--a-head); border-bottom: 0; }\n.a100-compare { position: relative; display: flex; flex-direction: column; gap: 3px; font-size: 12px; color: var(--a-quiet); }\n.a100-compare .a100-button { margin-left: auto; height: 23px; }\n.a100-compare .a100-select { flex: 0 1 auto; min-width: 90px; max-width: 320px; height: 23px; order: 0; }\n.a100-compare .a100-bar { flex-wrap: nowrap; }\n.a100-compared { position: relative; border: 1px solid var(--a-line); overflow: hidden; contain: layout paint; }\n.a100-compared canvas { display: block; }\n.a100-compare summary { cursor: pointer; color: var(--a-text); font-variant-numeric: tabular-nums; }\n.a100-compare details:not([open]) > summary { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }\n.a100-compare details p { margin: 2px 0 0; overflow-wrap: anywhere; }\n.a100-bare-head::before { display: none; }\n.a100-button[aria-pressed=true] { background: var(--fo-palette-action-selected, rgba(128,128,128,.3)); }\n.a100-tip { position: absolute; z-index: 2; pointer-events: none; max-width: min(340px, 90%); padding: 4px 8px; border-radius: 4px; background: var(--fo-palette-background-tooltip, #0d0d0d); color: var(--a-text); border: 1px solid var(--a-line); font-size: 12px; line-height: 1.35; box-shadow: 0 2px 8px rgba(0,0,0,.35); }\n.a100-tip b { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; font-weight: 600; }\n.a100-tip span { color: var(--a-quiet); }\n.a100-time, .a100-frame { font-variant-numeric: tabular-nums; color: var(--a-quiet); font-size: 12px; white-space: nowrap; }\n.a100-range { flex: 1 1 90px; min-width: 70px; max-width: 260px; accent-color: var(--a-cut, var(--a-accent)); height: 18px; }\n.a100-button { height: 26px; padding: 0 9px; border: 1px solid var(--a-line); border-radius: 4px; background: none; cursor: pointer; white-space: nowrap; font-size: 12px; }\n.a100-select { height: 26px; border: 1px solid var(--a-line); border-radius: 4px; background: var(--a-bg); padding: 0 4px; font-size: 12px; }\n.a100-legend { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 0; padding: 0; list-style: none; color: var(--a-quiet); font-size: 12px; }\n.a100-legend li { display: inline-flex; align-items: center; gap: 5px; }\n.a100-swatch { width: 14px; height: 10px; border-radius: 1px; flex: none; }\n.a100-swatch[data-state="1"] { background-image: repeating-linear-gradient(135deg, transparent 0 2px, var(--a-bg) 2px 4px) !important; }\n.a100-swatch[data-state="0"] { background: none !important; border: 1px solid currentColor; }\n.a100-hidden { font-size: 12px; color: var(--a-quiet); justify-content: space-between; min-height: 0; padding: 2px 2px 2px 8px; border-left: 3px solid var(--a-line); }\n.a100-hidden .a100-button { height: 23px; color: var(--a-text); }\n.a100-card { display: flex; flex-direction: column; gap: 5px; padding: 2px 0 0; }\n.a100-title { margin: 0; font-size: 15px; line-height: 1.3; font-weight: 600; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }\n.a100-facts, .a100-where { margin: 0; font-size: 12px; color: var(--a-quiet); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }\n.a100-actor { display: inline-block; margin-left: 8px; padding: 0 7px; border: 1px solid var(--a-line); border-radius: 9px; color: var(--a-text); }\n.a100-link { background: none; border: 0; padding: 0; cursor: pointer; text-decoration: underline; text-underline-offset: 2px; text-align: left; display: inline; overflow-wrap: anywhere; color: var(--a-text); }\n.a100-where .a100-link { display: inline-block; max-width: min(100%, 340px); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom; }\n.a100-actions { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }\n.a100-actions .a100-button { height: 23px; padding: 0 7px; }\n.a100-check { display: inline-flex; align-items: center; gap: 5px; font-size: 12px; color: var(--a-quiet); cursor: pointer; }\n.a100-check input { accent-color: var(--a-focus); margin: 0; }\n.a100-texts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); gap: 6px; align-items: start; }\n.a100-block { background: var(--fo-palette-background-card, rgba(128,128,128,.1)); border: 1px solid var(--a-line); border-radius: 4px; padding: 3px 8px 6px; min-width: 0; }\n.a100-block header { display: flex; align-items: center; gap: 6px; color: var(--a-quiet); font-size: 12px; }\n.a100-block header .a100-icon:not(.a100-fix) { margin-left: auto; }\n.a100-field { font-family: ui-monospace, monospace; overflow: hidden; text-overflow: ellipsis; }\n.a100-tag { border: 1px solid var(--a-line); border-radius: 3px; padding: 0 4px; white-space: nowrap; }\n.a100-text { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }\n.a100-text[data-long] { max-height: 260px; overflow-y: auto; }\n.a100-text mark { background: none; color: inherit; font-weight: 600; text-decoration: underline; text-decoration-color: var(--a-quiet); text-decoration-thickness: 2px; text-underline-offset: 3px; }\n.a100-around { grid-column: 1 / -1; margin: 2px 0 0; font-size: 12px; color: var(--a-quiet); }\n.a100-quiet { color: var(--a-quiet); margin: 0; }\n.a100-beside { align-self: flex-start; flex: none; }\n.a100-notice { margin: 0; padding: 7px 10px; border-left: 3px solid var(--a-quiet); background: var(--fo-palette-background-card, rgba(128,128,128,.1)); border-radius: 0 4px 4px 0; overflow-wrap: anywhere; }\n.a100-help { position: absolute; inset: 8px; z-index: 5; overflow: auto; padding: 12px 16px; border: 1px solid var(--a-line); border-radius: 6px; background: var(--a-bg); box-shadow: 0 6px 24px rgba(0,0,0,.45); }\n.a100-help > .a100-bar { justify-content: space-between; margin: 0 0 8px; }\n.a100-help h3 { margin: 0; font-size: 15px; }\n.a100-help dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 14px; margin: 0; }\n.a100-help dt { font-family: ui-monospace, monospace; }\n.a100-help dd { margin: 0; }\n.a100-sr, .a100-away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }\n';

  // js/review.css
  var review_default = '/* The review of the tree: its bar, its editor, and the handles of boundaries. */\n.a100-review { display: flex; flex-direction: column; gap: 5px; padding-bottom: 6px; }\n/* Below the timeline, the review needs some room besides what is read. */\n[data-shape=tall] > [data-slot=details]:has(> .a100-review:not([hidden])) { flex-basis: max(var(--a-details), 240px); }\n/* While a text is written, the others are in sight. */\n[data-shape=tall] > [data-slot=details]:has(> .a100-review > .a100-editor:not([hidden])) { flex-basis: max(var(--a-details), min(400px, 54%)); }\n[data-slot=details]:has(> .a100-review > .a100-editor:not([hidden])) .a100-actions { display: none; }\n.a100-review .a100-bar { gap: 4px; min-height: 24px; }\n.a100-review .a100-button { height: 24px; padding: 0 7px; }\n.a100-review .a100-icon, .a100-review .a100-select { height: 24px; }\n.a100-review .a100-button[aria-pressed=true] { background: var(--a-text); color: var(--a-bg); }\n.a100-review-message { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; font-size: 13px; }\n.a100-input { border: 1px solid var(--a-line); border-radius: 4px; padding: 3px 8px; background: var(--fo-palette-background-field, transparent); min-width: 0; }\n.a100-input::placeholder { color: var(--a-quiet); opacity: 1; }\n.a100 .a100-input:focus-visible { outline: 2px solid var(--a-focus); outline-offset: 1px; }\n.a100-editor { display: flex; flex-direction: column; gap: 5px; }\n.a100-editor textarea { width: 100%; resize: vertical; line-height: 1.4; }\n.a100-editor .a100-quiet { font-size: 12px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }\n.a100-progress { flex: 1 1 80px; min-width: 60px; max-width: 180px; height: 8px; appearance: none; border: 1px solid var(--a-quiet); border-radius: 4px; overflow: hidden; background: none; }\n.a100-progress::-webkit-progress-bar { background: none; }\n.a100-progress::-webkit-progress-value { background: var(--a-text); }\n.a100-progress::-moz-progress-bar { background: var(--a-text); }\n.a100-status { flex: none; font-weight: 600; }\n.a100-handle { position: absolute; left: -6px; top: 0; width: 12px; z-index: 1; cursor: ew-resize; touch-action: none; outline: none; }\n.a100-handle::before { content: ""; position: absolute; left: 4px; top: -2px; bottom: -2px; width: 4px; border-radius: 2px; background: var(--a-text); border: 1px solid var(--a-bg); box-sizing: border-box; }\n.a100-handle:hover::before, .a100-handle:focus-visible::before { left: 3px; width: 6px; }\n.a100-handle:focus-visible { box-shadow: 0 0 0 2px var(--a-focus); border-radius: 3px; }\n.a100-boundary { position: absolute; left: 0; top: 0; width: 0; border-left: 1px dashed var(--a-text); pointer-events: none; }\n.a100-boundary-tip { white-space: nowrap; font-variant-numeric: tabular-nums; }\n@container a100 (max-width: 620px) { .a100-reviewing { order: 4; } }\n.a100:not([data-reviewing=true]) .a100-fix { display: none; }\n.a100-of-title { flex: none; white-space: nowrap; }\n';

  // js/sample_arrows.js
  var ARROWS = { left: "[data-cy=nav-left-button]", right: "[data-cy=nav-right-button]" };
  var GAP = 12;
  var ARROWS_STYLE = Object.entries(ARROWS).map(([side, arrow]) => `:has(> ${arrow}) { translate: var(--a100-${side}-arrow, none); }`).join("\n");
  function moveArrows(root) {
    const place = root.getBoundingClientRect();
    for (const [side, selector] of Object.entries(ARROWS)) {
      const arrow = document.querySelector(selector)?.parentElement;
      const whole = arrow?.offsetParent?.getBoundingClientRect();
      const moved2 = arrow && whole && root.closest("#modal") ? offset(arrow, whole, place) : null;
      document.documentElement.style.setProperty(`--a100-${side}-arrow`, moved2);
    }
  }
  function leaveArrows() {
    for (const side of Object.keys(ARROWS)) {
      document.documentElement.style.removeProperty(`--a100-${side}-arrow`);
    }
  }
  function offset(arrow, whole, place) {
    const left = whole.left + arrow.offsetLeft;
    const top = whole.top + arrow.offsetTop;
    const { offsetWidth: width, offsetHeight: height } = arrow;
    const isOver = left < place.right && left + width > place.left && top < place.bottom && top + height > place.top;
    if (!isOver) return null;
    if (place.top - whole.top > height + 2 * GAP) {
      return `0 ${Math.round(whole.top + 0.35 * (place.top - whole.top) - height / 2 - top)}px`;
    }
    return `${Math.round(place.left - GAP - width - left)}px 0`;
  }

  // js/timeline.css
  var timeline_default = '/* What is over the canvases of the timeline. */\n.a100-levels button { position: absolute; left: 0; width: 46px; padding: 0 8px 0 0; border: 0; border-radius: 3px; background: none; color: var(--a-quiet); font-size: 12px; line-height: 1; text-align: right; cursor: pointer; }\n.a100-levels button:hover, .a100-levels button[aria-expanded=false] { color: var(--a-text); }\n.a100-levels button:hover { background: var(--fo-palette-action-hover, rgba(128,128,128,.2)); }\n.a100-levels button:is(:hover, :focus-visible)::before { content: "▾ "; }\n.a100-levels button[aria-expanded=false]::before { content: "▸ "; }\n.a100-ruler { position: sticky; top: 0; height: 0; z-index: 2; }\n.a100-bands { position: sticky; bottom: 0; height: 0; z-index: 2; }\n.a100-bands > canvas { position: absolute; left: 0; bottom: 0; }\n.a100-ruler > canvas { position: absolute; left: 0; top: 0; cursor: col-resize; }\n.a100-stage > .a100-head { z-index: 2; }\n.a100-map { position: absolute; overflow: hidden; cursor: crosshair; touch-action: none; }\n.a100-map canvas { display: block; width: 100%; height: 100%; }\n.a100-map:focus-visible { outline: 2px solid var(--a-focus); outline-offset: 1px; }\n.a100-map-head { position: absolute; left: 0; top: 0; width: 2px; height: 100%; pointer-events: none; background: var(--a-head); }\n.a100-window { position: absolute; left: 0; top: 0; height: 100%; border: 1.5px solid var(--a-text); border-radius: 2px; cursor: grab; box-shadow: 0 0 0 9999px color-mix(in srgb, var(--a-bg) 62%, transparent); }\n.a100-window.a100-whole { border-color: var(--a-line); cursor: crosshair; }\n.a100-window:not(.a100-whole)::before, .a100-window:not(.a100-whole)::after { content: ""; position: absolute; top: -2px; bottom: -2px; width: 10px; left: -5px; cursor: ew-resize; }\n.a100-window:not(.a100-whole)::after { left: auto; right: -5px; }\n.a100-swatch[data-mark] { --a-node: color-mix(in srgb, currentColor 45%, transparent); background: var(--a-node); }\n.a100-swatch[data-mark=hidden] { height: 2px; background: currentColor; }\n.a100-swatch[data-mark=cut] { border-bottom: 2px solid var(--a-cut); }\n.a100-swatch[data-mark=match] { border-top: 3px solid var(--a-match); }\n.a100-swatch[data-mark=now] { border: 1.5px solid var(--a-text); }\n.a100-swatch[data-mark=pinned] { border: 2px solid var(--a-text); border-left-width: 5px; }\n.a100-swatch[data-mark=range] { background: none; border: 2px solid var(--a-range); border-bottom: 0; height: 8px; }\n.a100-swatch[data-mark=block] { width: auto; padding: 0 3px; height: 14px; border-radius: 4px; background: var(--a-line); color: var(--a-text); font-size: 12px; line-height: 14px; }\n.a100-bracket { position: absolute; left: 0; top: 0; z-index: 2; pointer-events: none; border: solid var(--a-range); border-width: 2px 1.5px 0; background: color-mix(in srgb, var(--a-range) 8%, transparent); border-inline-style: dashed; }\n.a100-bracket.a100-looping { border-inline-style: solid; border-top-width: 4px; }\n.a100-bracket.a100-from-before { border-left: 0; }\n.a100-bracket.a100-goes-on { border-right: 0; }\n.a100-flag { position: sticky; top: 0; height: 18px; display: flex; align-items: center; gap: 3px; width: max-content; padding: 0 1px; border-radius: 0 0 4px 4px; background: var(--a-bg); border: 1.5px solid var(--a-range); border-top: 0; color: var(--a-text); font-size: 12px; line-height: 1; font-variant-numeric: tabular-nums; pointer-events: auto; }\n.a100-flag :is(.a100-icon, .a100-button) { width: 18px; height: 15px; padding: 0; border: 0; line-height: 1; }\n.a100 .a100-icon:is([aria-label="Repeat this node"], .a100-flag > *)[aria-pressed=true] { background: var(--a-range); color: var(--a-bg); }\n.a100-flag .a100-icon svg { width: 12px; height: 12px; }\n.a100-flag .a100-button { font-size: 14px; }\n.a100-on-block { cursor: zoom-in; }\n/* What is not on the timeline needs no explanation. */\n.a100:not([data-range*="-"]) li:has(> [data-mark=range]), .a100:is([data-matches=""], :not([data-matches])) li:has(> [data-mark=match]) { display: none; }\n';

  // js/assemble.js
  var STYLES = [panel_default, arrangement_default, details_default, film_default, review_default, timeline_default, ARROWS_STYLE];
  function assemble(panel) {
    const { notices, root, slots, timeline } = panel;
    root.classList.add("a100");
    root.tabIndex = 0;
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", "Tree of Captions");
    timeline.element.append(panel.tooltip.element);
    const keys = make("button", {
      type: "button",
      class: "a100-icon",
      text: "?",
      title: "Keys (?)",
      "aria-label": "Keys",
      on: { click: () => panel.toggleHelp() }
    });
    slots.head.append(
      panel.zoom.crumbs.element,
      panel.search.element,
      panel.legend.select,
      slots.legendButton,
      panel.compare.button,
      panel.reviewBar.toggle,
      panel.layouts.element,
      keys
    );
    slots.timeline.append(panel.film.element, timeline.element, panel.compare.element);
    slots.transport.append(panel.transport.element, panel.openButton, panel.granularity.element);
    slots.foot.append(panel.hidden.element, panel.legend.element);
    slots.details.append(panel.reviewBar.element, panel.details.element, panel.announcement);
    root.append(
      make("style", { text: STYLES.join("\n") }),
      ...notices.elements,
      slots.element,
      panel.help
    );
  }
  function probeOf(panel) {
    const { timeline } = panel;
    const idsOf = (nodes) => nodes.filter((i) => i !== NONE).map((i) => panel.model.data.ids[i]);
    return Object.freeze({
      rect: (id) => timeline.layout.rect(panel.model.nodeOfId.get(id) ?? NONE),
      stats: () => ({ ...timeline.stats, ...panel.player.stats() }),
      span: () => (
        /** @type {[number, number]} */
        [timeline.view.from, timeline.view.to]
      ),
      active: () => idsOf(timeline.active),
      cut: () => idsOf(timeline.cut),
      repaint: () => timeline.paint()
    });
  }

  // js/colours.js
  var COLOUR_BY = (
    /** @type {const} */
    ["level", "verb", "duration"]
  );
  var MARKS = {
    dark: { head: "#ff6d04", cut: "#00c2a8", range: "#ff9bf5", match: "#fff36b", focus: "#4f83ff" },
    light: { head: "#d95400", cut: "#008f7a", range: "#b01090", match: "#5c4300", focus: "#1a4fe0" }
  };
  function parseColour(text, context) {
    context.fillStyle = "#000";
    context.fillStyle = text;
    const value = String(context.fillStyle);
    const parts = value.startsWith("#") ? [1, 3, 5].map((k) => parseInt(value.slice(k, k + 2), 16)) : (value.match(/[\d.]+/g) ?? []).map(Number);
    const [r = 0, g = 0, b = 0] = parts;
    return [r, g, b];
  }
  function toHex(rgb) {
    return `#${rgb.map((c) => Math.round(c).toString(16).padStart(2, "0")).join("")}`;
  }
  function mix([r, g, b], other, share) {
    return [r + (other[0] - r) * share, g + (other[1] - g) * share, b + (other[2] - b) * share];
  }
  function luminance(rgb) {
    const [r, g, b] = rgb.map((c) => {
      const share = c / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
  function inkOn(rgb) {
    return contrast(rgb, [255, 255, 255]) >= contrast(rgb, [0, 0, 0]) ? "#ffffff" : "#000000";
  }
  function readTheme(element) {
    const scratch = context2d(document.createElement("canvas"));
    const style = getComputedStyle(element);
    const read = (name, fallback) => parseColour(style.getPropertyValue(name).trim() || fallback, scratch);
    const text = read("--fo-palette-text-primary", "#ffffff");
    const background = read("--fo-palette-background-level2", "#1a1a1a");
    const dark = luminance(background) < 0.4;
    return {
      dark,
      background,
      text,
      quiet: mix(text, background, dark ? 0.32 : 0.3),
      line: mix(text, background, dark ? 0.78 : 0.8),
      marks: marksOf(dark, scratch)
    };
  }
  function marksOf(dark, context) {
    const colours = Object.entries(dark ? MARKS.dark : MARKS.light);
    return (
      /** @type {Record<Mark, Rgb>} */
      Object.fromEntries(colours.map(([mark, colour]) => [mark, parseColour(colour, context)]))
    );
  }
  function styleMarks(element, { marks }) {
    for (const [mark, rgb] of Object.entries(marks)) element.style.setProperty(`--a-${mark}`, toHex(rgb));
  }
  function nodeColour(palette, model, i, by) {
    if (by === "verb") {
      const verb = model.data.verbs.of[i];
      return verb >= 0 ? palette.verbs[verb % palette.verbs.length] : palette.tail;
    }
    if (by === "duration") {
      const seconds = model.seconds(i);
      const longest = palette.durations[palette.durations.length - 1];
      return (palette.durations.find((bin) => seconds < bin.below) ?? longest).colour;
    }
    return levelColour(palette, model.data.levels[i]);
  }
  function levelColour(palette, level) {
    return palette.levels[Math.max(0, level) % palette.levels.length];
  }
  var Painter = class {
    /**
     * @param {Palette} palette
     * @param {Theme} theme
     */
    constructor(palette, theme) {
      this.palette = palette;
      this.theme = theme;
      this.shadesOf = /* @__PURE__ */ new Map();
      this.hatchOf = /* @__PURE__ */ new Map();
      this.scratch = context2d(document.createElement("canvas"));
    }
    /**
     * Returns the shades of a node.
     *
     * @param {TreeModel} model
     * @param {number} i
     * @param {ColourBy} by
     */
    shades(model, i, by) {
      return this.shadesOfColour(nodeColour(this.palette, model, i, by));
    }
    /**
     * Returns the shades of a level.
     *
     * @param {number} level
     */
    shadesOfLevel(level) {
      return this.shadesOfColour(levelColour(this.palette, level));
    }
    /** @param {string} colour */
    shadesOfColour(colour) {
      let shades = this.shadesOf.get(colour);
      if (!shades) {
        shades = shadesOf(parseColour(colour, this.scratch), this.theme);
        this.shadesOf.set(colour, shades);
      }
      return shades;
    }
    /**
     * Returns a pattern of diagonal lines.
     *
     * @param {string} colour
     */
    hatch(colour) {
      let pattern = this.hatchOf.get(colour);
      if (pattern === void 0) {
        pattern = this.scratch.createPattern(hatchTile(colour), "repeat");
        this.hatchOf.set(colour, pattern);
      }
      return pattern;
    }
  };
  var MUTED = { dark: 0.26, light: 0.5 };
  function shadesOf(rgb, theme) {
    const muted = mix(rgb, theme.background, theme.dark ? MUTED.dark : MUTED.light);
    return {
      full: toHex(rgb),
      fullInk: inkOn(rgb),
      muted: toHex(muted),
      mutedInk: inkOn(muted),
      faint: toHex(mix(rgb, theme.background, 0.86)),
      faintInk: toHex(theme.text)
    };
  }
  function hatchTile(colour) {
    const tile2 = document.createElement("canvas");
    tile2.width = 6;
    tile2.height = 6;
    const context = context2d(tile2);
    context.strokeStyle = colour;
    context.lineWidth = 1.6;
    context.beginPath();
    for (const shift of [-6, 0, 6]) {
      context.moveTo(shift - 1, 7);
      context.lineTo(shift + 7, -1);
    }
    context.stroke();
    return tile2;
  }

  // js/format.js
  function formatTime(seconds, digits = 2) {
    const unit = 10 ** digits;
    const rounded = Math.round(Math.max(0, seconds) * unit) / unit;
    const whole = Math.floor(rounded + 1e-9);
    const h = Math.floor(whole / 3600);
    const m = Math.floor(whole % 3600 / 60);
    const s = (rounded % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
  }
  function formatDuration(seconds) {
    if (seconds < 10) return `${seconds.toFixed(1)} s`;
    if (seconds < 120) return `${Math.round(seconds)} s`;
    return `${(seconds / 60).toFixed(seconds < 600 ? 1 : 0)} min`;
  }
  function formatNumber(number) {
    return number.toLocaleString("en");
  }
  function formatCount(number, noun) {
    return `${formatNumber(number)} ${noun}${number === 1 ? "" : "s"}`;
  }
  function niceSeconds(seconds) {
    if (seconds < 3) return Math.round(seconds * 10) / 10;
    if (seconds < 10) return Math.round(seconds * 2) / 2;
    if (seconds < 120) return Math.round(seconds);
    return Math.round(seconds / 10) * 10;
  }
  function fileName(path) {
    return path.split(/[\\/]/).at(-1) ?? path;
  }

  // js/compared.js
  var ComparedTree = class {
    /**
     * @param {string} name of the other dataset
     * @param {ComparedData} data
     */
    constructor(name, data) {
      this.name = name;
      this.data = data;
      const levels = [...new Set(data.levels)].sort((a, b) => a - b);
      const rowOf = new Map(levels.map((level, row) => [level, row]));
      this.rows = levels.map(() => []);
      data.levels.forEach((level, i) => this.rows[rowOf.get(level) ?? 0].push(i));
      for (const row of this.rows) row.sort((a, b) => data.starts[a] - data.starts[b]);
    }
    /**
     * Returns the node of a row at a time; -1 if there is none.
     *
     * @param {number} row
     * @param {number} seconds
     */
    nodeAt(row, seconds) {
      const { starts, ends } = this.data;
      return this.rows[row]?.find((i) => starts[i] <= seconds && seconds < ends[i]) ?? -1;
    }
  };
  function agreement({ boundaries, recall, nodes, annotated }) {
    const near = boundaries.map(([within, f1]) => `${f1.toFixed(2)} within ${within} s`).join(", ");
    const [first, ...others] = recall.map(([least, share]) => [`${Math.round(100 * share)} %`, least]);
    const more = others.map(([share, least]) => `${share} of ${least}`).join(", ");
    const noun = annotated ? "annotated segment" : "segment";
    return `Boundaries: F1 ${near}. Of ${formatCount(nodes, noun)} here, ${first[0]} ${nodes === 1 ? "is" : "are"} there too with an overlap of ${first[1]}, ${more}.`;
  }
  function differences({ missing: missing2, added }) {
    const boundaries = missing2.length === 1 ? "boundary" : "boundaries";
    return `▼ ${formatNumber(missing2.length)} ${boundaries} only here · ▲ ${formatNumber(added.length)} only there`;
  }
  function explanation({ overlap }) {
    const levels = overlap.map(([level, iou]) => `${level}: ${iou.toFixed(2)}`).join(", ");
    return `F1 is 1 where both trees cut at the same places, each boundary being matched with one at most. The overlap of two segments is the time that they share, divided by the time that either lasts. Mean overlap of the segments here with the nearest there, by level: ${levels}.`;
  }

  // js/labels.js
  var SMALLEST = 12;
  var LINE = 1.25;
  var LETTER = 0.47;
  var WIDE_LETTER = 0.85;
  var MOST_LETTERS = 200;
  function font(size = SMALLEST) {
    return `${size}px Palanquin, system-ui, sans-serif`;
  }
  function fitText(context, text, width, size = SMALLEST) {
    if (!text || width < size) return "";
    const start = text.slice(0, MOST_LETTERS);
    let length = Math.floor(width / (LETTER * size));
    if (length >= start.length && context.measureText(start).width <= width) return start;
    const letters = Array.from(start);
    for (length = Math.min(length, letters.length - 1); length > 1; length -= 1) {
      const shortened2 = `${letters.slice(0, length).join("").trimEnd()}…`;
      const excess = context.measureText(shortened2).width - width;
      if (excess <= 0) return shortened2;
      length -= Math.floor(excess / (WIDE_LETTER * size));
    }
    return "";
  }
  function fitLines(context, text, width, most, size) {
    const lines = [];
    let rest = text.slice(0, MOST_LETTERS);
    while (lines.length < most - 1 && rest) {
      const end = lineEnd(context, rest, width, size);
      if (!end) break;
      lines.push(rest.slice(0, end));
      rest = rest.slice(end).trimStart();
    }
    const last2 = fitText(context, rest, width, size);
    return last2 ? [...lines, last2] : lines;
  }
  function lineEnd(context, text, width, size) {
    const guess = Math.floor(width / (LETTER * size));
    if (text.length <= guess && context.measureText(text).width <= width) return 0;
    let end = text.lastIndexOf(" ", guess);
    while (end > 0 && context.measureText(text.slice(0, end)).width > width) end = text.lastIndexOf(" ", end - 1);
    return Math.max(end, 0);
  }
  function linesIn(context, text, box, size) {
    const most = Math.max(1, Math.floor((box.h - 2) / (LINE * size)));
    const lines = most > 1 ? fitLines(context, text, box.w, most, size) : [fitText(context, text, box.w, size)];
    return lines.filter(Boolean);
  }
  function writeLines(context, lines, { x, y, h }, size) {
    context.textAlign = "left";
    const apart = Math.round(LINE * size);
    const first = y + h / 2 + 0.5 - (lines.length - 1) * apart / 2;
    lines.forEach((line2, k) => context.fillText(line2, x, first + k * apart));
  }

  // js/blocks.js
  var SHORT = 9;
  var FEWEST = 3;
  var APART = 8;
  var ROOMY = 34;
  var WIDEST = 96;
  function findBlocks(model, row, pixels) {
    const { first, last: last2, parents } = model.data;
    const nodes = model.rows[row];
    const blocks = [];
    let open = null;
    const close2 = () => {
      if (open && open.end - open.from >= FEWEST) blocks.push(open);
      open = null;
    };
    nodes.forEach((i, k) => {
      const isShort = (last2[i] - first[i] + 1) * pixels < SHORT;
      if (open) {
        const width = (open.last - open.first + 1) * pixels;
        const isSibling = parents[i] === parents[nodes[k - 1]];
        const isApart = (first[i] - 1 - open.last) * pixels > APART;
        if (!isShort || isApart || width > WIDEST || width > ROOMY && !isSibling) close2();
      }
      if (!isShort) return;
      if (open) Object.assign(open, { end: k + 1, last: Math.max(open.last, last2[i]) });
      else open = { from: k, end: k + 1, first: first[i], last: last2[i] };
    });
    close2();
    return blocks;
  }

  // js/viewport.js
  var MIN_FRAMES = 12;
  var Viewport = class {
    /** @param {number} frames how many the video has */
    constructor(frames) {
      this.frames = frames;
      this.from = 0;
      this.to = frames;
      this.left = 0;
      this.width = 1;
    }
    /** Whether the whole video is on screen. */
    get isWhole() {
      return this.from <= 0 && this.to >= this.frames;
    }
    /**
     * Sets where the axis is drawn, in CSS pixels.
     *
     * @param {number} left
     * @param {number} width
     */
    place(left, width) {
      this.left = left;
      this.width = Math.max(1, width);
    }
    /**
     * Returns where a position is drawn, in CSS pixels.
     *
     * @param {number} at
     */
    x(at) {
      return this.left + (at - this.from) / (this.to - this.from) * this.width;
    }
    /**
     * Returns the position that is drawn at a pixel.
     *
     * @param {number} x
     */
    at(x) {
      return this.from + (x - this.left) / this.width * (this.to - this.from);
    }
    /**
     * Shows a stretch: at least MIN_FRAMES long, and within the video.
     *
     * @param {number} from
     * @param {number} to
     */
    show(from, to) {
      const span = this.limit(to - from);
      this.start((from + to) / 2 - span / 2, span);
    }
    /**
     * Zooms around a pixel.
     *
     * @param {number} x
     * @param {number} factor less than 1 to zoom in
     */
    zoom(x, factor) {
      const held = this.at(x);
      const span = this.limit((this.to - this.from) * factor);
      this.start(held - (x - this.left) / this.width * span, span);
    }
    /**
     * Moves the stretch that is shown.
     *
     * @param {number} pixels to the right, if positive
     */
    pan(pixels) {
      const span = this.to - this.from;
      this.start(this.from + pixels / this.width * span, span);
    }
    /** @param {number} span */
    limit(span) {
      return Math.min(Math.max(span, MIN_FRAMES), this.frames);
    }
    /**
     * @param {number} from
     * @param {number} span
     */
    start(from, span) {
      this.from = Math.min(Math.max(from, 0), this.frames - span);
      this.to = this.from + span;
    }
  };
  function rulerStep(secondsOnScreen, width, apart = 64) {
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
    return steps.find((step) => step >= secondsOnScreen * apart / width) ?? 14400;
  }

  // js/layout.js
  var GUTTER = 54;
  var RULER = 20;
  var BAND = 17;
  var MAP = { least: 8, most: 34, row: 2 };
  var LITTLE = 300;
  var FOLDED = 10;
  var LOWEST = 15;
  var HIGHEST = 112;
  var GAP2 = 3;
  var MARGIN = 6;
  var LARGEST = 16;
  var PER_SIZE = 14;
  var Layout = class {
    /**
     * @param {TreeModel} model
     * @param {Set<number>} folded the levels whose rows are folded
     */
    constructor(model, folded = /* @__PURE__ */ new Set()) {
      this.model = model;
      this.folded = folded;
      this.view = new Viewport(model.frames);
      this.rowHeight = LOWEST;
      this.mapHeight = MAP.least;
      this.tops = [RULER + MAP.least];
      this.found = { pixels: 0, rows: [] };
      this.width = 0;
      this.height = 0;
      this.pixelRatio = 1;
    }
    /**
     * Fits the layout to a place: the rows share its height.
     *
     * @param {number} width
     * @param {number} maxHeight the layout is higher where its rows would be too low, and lower where they
     *   would be too high
     * @param {number} pixelRatio device pixels per CSS pixel
     */
    resize(width, maxHeight, pixelRatio) {
      const levels = this.model.rowLevels;
      const open = levels.filter((level) => !this.folded.has(level)).length;
      const bands = this.hasSpeech ? 2 : 1;
      const mapped = maxHeight < LITTLE ? 0 : levels.length * MAP.row;
      this.mapHeight = Math.max(MAP.least, Math.min(MAP.most, mapped));
      const top = RULER + this.mapHeight + GAP2;
      const others = top + (levels.length - open) * FOLDED + 4 + bands * (BAND + GAP2);
      const share = Math.floor((maxHeight - others) / Math.max(open, 1));
      this.rowHeight = Math.max(LOWEST, Math.min(HIGHEST, share));
      this.tops = [top];
      levels.forEach((_, row) => this.tops.push(this.tops[row] + this.heightOf(row)));
      this.width = width;
      this.height = others + open * this.rowHeight;
      this.pixelRatio = pixelRatio;
      this.view.place(GUTTER, width - GUTTER - MARGIN);
    }
    /** The right end of the axis. */
    get right() {
      return GUTTER + this.view.width;
    }
    get hasSpeech() {
      return this.model.data.speech.first.length > 0;
    }
    /** The size of the text in the rows, in pixels. */
    get fontSize() {
      return Math.min(LARGEST, SMALLEST + Math.max(0, Math.floor((this.rowHeight - 22) / PER_SIZE)));
    }
    /** @param {number} row */
    isFolded(row) {
      return this.folded.has(this.model.rowLevels[row]);
    }
    /** @param {number} row */
    rowTop(row) {
      return this.tops[row];
    }
    /** @param {number} row */
    heightOf(row) {
      return this.isFolded(row) ? FOLDED : this.rowHeight;
    }
    /**
     * Returns the row at a height; -1 if there is none.
     *
     * @param {number} y
     */
    rowAt(y) {
      const next = this.tops.findIndex((top) => y < top);
      return next < 0 ? -1 : next - 1;
    }
    /** Where the rows below the tree begin. */
    get bandsTop() {
      return this.tops[this.model.rows.length];
    }
    get cutTop() {
      return this.bandsTop + 4;
    }
    get speechTop() {
      return this.cutTop + BAND + GAP2;
    }
    /**
     * Returns where frames begin and end on the axis; null if none of them is on screen.
     *
     * @param {number} first
     * @param {number} last
     * @returns {[number, number] | null}
     */
    stretch(first, last2) {
      const left = this.view.x(first - 1);
      const right = this.view.x(last2);
      return right < GUTTER || left > this.right ? null : [left, right];
    }
    /**
     * Returns a node's rectangle, clipped to the axis; null if it is not on screen.
     *
     * @param {number} i
     * @returns {Rect | null}
     */
    rect(i) {
      const { first, last: last2 } = this.model.data;
      const left = Math.max(this.view.x(first[i] - 1), GUTTER);
      const right = Math.min(this.view.x(last2[i]), this.right);
      if (right <= GUTTER || left >= this.right || last2[i] < first[i]) return null;
      const gap = right - left > 4 ? 1 : 0;
      const x = this.snap(left);
      const row = this.model.rowOf[i];
      return {
        x,
        y: this.rowTop(row) + 1,
        w: Math.max(this.snap(right - gap) - x, 1 / this.pixelRatio),
        h: this.heightOf(row) - 2
      };
    }
    /** @param {number} x */
    snap(x) {
      return Math.round(x * this.pixelRatio) / this.pixelRatio;
    }
    /**
     * Returns the frame at a pixel.
     *
     * @param {number} x
     */
    frameAt(x) {
      return Math.min(Math.max(Math.floor(this.view.at(x)) + 1, 1), this.model.frames);
    }
    /**
     * Returns the blocks of a row; none of a folded one, which shows all of its nodes alike.
     *
     * @param {number} row
     * @returns {Block[]}
     */
    blocks(row) {
      if (this.isFolded(row)) return [];
      const pixels = this.view.width / (this.view.to - this.view.from);
      if (this.found.pixels !== pixels) this.found = { pixels, rows: [] };
      return this.found.rows[row] ??= findBlocks(this.model, row, pixels);
    }
    /**
     * Returns the block at a point; null if there is none.
     *
     * @param {number} x
     * @param {number} y
     */
    blockAt(x, y) {
      const row = x < GUTTER ? -1 : this.rowAt(y);
      const frame = this.frameAt(x);
      return row >= 0 && this.blocks(row).find(({ first, last: last2 }) => first <= frame && frame <= last2) || null;
    }
    /**
     * Returns the node at a point, in the tree or in the cut; NONE if there is none.
     *
     * @param {number} x
     * @param {number} y
     * @param {number[]} cut the nodes of the cut
     */
    nodeAt(x, y, cut) {
      if (x < GUTTER || y < this.tops[0]) return NONE;
      const frame = this.frameAt(x);
      const row = this.rowAt(y);
      if (row >= 0) return this.model.nodeAt(row, frame);
      if (y < this.cutTop || y >= this.cutTop + BAND) return NONE;
      const { first, last: last2 } = this.model.data;
      return cut.find((i) => first[i] <= frame && frame <= last2[i]) ?? NONE;
    }
  };

  // js/compare.js
  var MARKS2 = 8;
  var ROWS = 60;
  var OTHERS = " ";
  var LOWEST2 = 3;
  var HIGHEST2 = 11;
  var Compare = class {
    /** @type {ComparedTree | null} */
    tree = null;
    rowHeight = HIGHEST2;
    /** @param {TreePanel} panel */
    constructor(panel) {
      this.panel = panel;
      this.button = textButton("Compare", "Compare with the tree that another dataset has of this video", () => {
        if (this.element.hidden) this.offer();
        else this.end();
      });
      this.button.classList.add("a100-comparing");
      this.select = make("select", {
        class: "a100-select",
        "aria-label": "Compare with the dataset",
        on: {
          change: () => this.select.value === OTHERS ? this.offer() : this.choose(this.select.value)
        }
      });
      this.said = make("span", { role: "status" });
      this.canvas = make("canvas", { "aria-hidden": "true", on: {
        pointermove: (event2) => this.hover(event2),
        pointerleave: () => this.tip.hidden = true,
        click: (event2) => this.seek(event2)
      } });
      this.head = make("div", { class: "a100-head a100-bare-head", "aria-hidden": "true", hidden: true });
      this.tip = make("div", { class: "a100-tip", role: "tooltip", hidden: true });
      this.stage = make("div", { class: "a100-compared" }, this.canvas, this.head);
      this.summary = make("summary", {});
      this.details = make("details", {}, this.summary, make("p", {}));
      this.element = make(
        "section",
        { class: "a100-compare", "aria-label": "Comparison with another tree", hidden: true },
        make(
          "div",
          { class: "a100-bar" },
          this.select,
          this.said,
          textButton("Close", "Compare no more", () => this.end())
        ),
        this.stage,
        this.tip,
        this.details
      );
      panel.timeline.heads.push(this.head);
    }
    /** Shows another tree's comparison, if one was chosen for its dataset. */
    restart() {
      const { model } = this.panel;
      this.clear();
      this.element.hidden = true;
      const chosen = readSettings().compare?.[model.data.dataset];
      if (model === NO_TREE || !chosen) return;
      this.list([chosen], chosen, true);
      this.ask(chosen);
    }
    /** Asks which datasets there are to compare with, and compares with the only one. */
    async offer() {
      const { model, host } = this.panel;
      this.clear();
      this.open("Looking for this video in other datasets …");
      const answer = await host.ask("others", { sample: model.data.sample });
      if (this.panel.model !== model || this.element.hidden) return;
      const names = answer?.names ?? [];
      this.list(names, "");
      this.say(answer?.problem ?? (names.length ? "" : "No other dataset has a tree of this video."));
      if (names.length === 1) this.choose(names[0]);
    }
    /**
     * @param {string} text
     */
    open(text) {
      this.element.hidden = false;
      this.button.setAttribute("aria-pressed", "true");
      this.say(text);
    }
    /**
     * Offers datasets.
     *
     * @param {string[]} names
     * @param {string} chosen empty for none
     * @param {boolean} [more] whether there may be others
     */
    list(names, chosen, more = false) {
      const first = make("option", { value: "", text: "Compare with …", disabled: true });
      const others = more ? [make("option", { value: OTHERS, text: "Other datasets …" })] : [];
      const options = names.map((name) => make("option", { value: name, text: name }));
      this.select.replaceChildren(first, ...options, ...others);
      this.select.value = chosen;
      this.select.hidden = !names.length;
    }
    /**
     * Compares with a dataset from now on.
     *
     * @param {string} name
     */
    choose(name) {
      this.select.value = name;
      this.remember(name);
      this.ask(name);
    }
    /** @param {string | null} name null for none */
    remember(name) {
      const { dataset } = this.panel.model.data;
      const { [dataset]: _, ...others } = readSettings().compare ?? {};
      keepSettings({ compare: name === null ? others : { ...others, [dataset]: name } });
    }
    /** @param {string} name */
    async ask(name) {
      const { model, host } = this.panel;
      this.clear();
      this.open("Comparing …");
      const answer = await host.ask("compare", { sample: model.data.sample, other: name });
      if (this.panel.model !== model || this.select.value !== name || this.element.hidden) return;
      if (!answer || answer.problem) this.say(answer?.problem ?? "The trees could not be compared.");
      else this.show(new ComparedTree(
        name,
        /** @type {ComparedData} */
        answer
      ));
    }
    /** @param {ComparedTree} tree */
    show(tree) {
      this.tree = tree;
      this.say("");
      this.summary.textContent = `${differences(tree.data)}. ${agreement(tree.data)}`;
      this.details.lastElementChild?.replaceChildren(explanation(tree.data));
      this.stage.hidden = false;
      this.details.hidden = false;
      this.panel.root.dataset.compared = tree.name;
      this.panel.resize();
    }
    /** Takes away what is shown of another tree. */
    clear() {
      this.tree = null;
      this.stage.hidden = true;
      this.details.hidden = true;
      this.tip.hidden = true;
      this.panel.root.dataset.compared = "";
    }
    end() {
      this.remember(null);
      this.clear();
      this.element.hidden = true;
      this.button.setAttribute("aria-pressed", "false");
      this.panel.resize();
    }
    /** @param {string} text */
    say(text) {
      this.said.textContent = text;
      this.said.hidden = !text;
    }
    /** Draws the other tree on the axis of the timeline. */
    paint() {
      const { tree } = this;
      const { painter, layout } = this.panel.timeline;
      if (!tree || !painter || !layout.width) return;
      this.rowHeight = Math.max(LOWEST2, Math.min(HIGHEST2, Math.floor(ROWS / tree.rows.length)));
      const height = 2 * MARKS2 + tree.rows.length * this.rowHeight;
      const { width, pixelRatio } = layout;
      Object.assign(this.canvas, { width: Math.round(width * pixelRatio), height: Math.round(height * pixelRatio) });
      Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
      this.head.style.height = `${height}px`;
      const context = context2d(this.canvas);
      context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
      context.font = font();
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.fillStyle = toHex(painter.theme.quiet);
      context.fillText("other", GUTTER - 8, height / 2);
      context.beginPath();
      context.rect(GUTTER, 0, layout.view.width, height);
      context.clip();
      tree.rows.forEach((_, row) => this.paintRow(context, tree, row));
      this.shadeAfter(context, tree.data.end, height);
      context.fillStyle = toHex(painter.theme.text);
      for (const at of tree.data.missing) triangle(context, this.x(at), 0, MARKS2 - 2);
      for (const at of tree.data.added) triangle(context, this.x(at), height, 2 - MARKS2);
    }
    /**
     * @param {CanvasRenderingContext2D} context
     * @param {ComparedTree} tree
     * @param {number} row
     */
    paintRow(context, tree, row) {
      const { painter, layout } = this.panel.timeline;
      const { starts, ends, levels } = tree.data;
      const top = MARKS2 + row * this.rowHeight;
      const shades = painter?.shadesOfLevel(levels[tree.rows[row][0]]);
      context.fillStyle = shades?.muted ?? "";
      for (const i of tree.rows[row]) {
        const left = layout.snap(Math.max(this.x(starts[i]), GUTTER));
        const right = layout.snap(Math.min(this.x(ends[i]), layout.right));
        if (right < GUTTER || left > layout.right) continue;
        const gap = right - left > 3 ? 1 : 0;
        context.fillRect(left, top, Math.max(right - left - gap, 1 / layout.pixelRatio), this.rowHeight - 1);
      }
    }
    /**
     * Shades what was not compared: one of the clips ends earlier.
     *
     * @param {CanvasRenderingContext2D} context
     * @param {number} end in seconds
     * @param {number} height
     */
    shadeAfter(context, end, height) {
      const { painter, layout } = this.panel.timeline;
      const left = this.x(end);
      if (!painter || left >= layout.right - 1) return;
      context.globalAlpha = 0.6;
      context.fillStyle = toHex(painter.theme.background);
      context.fillRect(left, 0, layout.right - left, height);
      context.globalAlpha = 1;
    }
    /** @param {number} seconds */
    x(seconds) {
      return this.panel.timeline.view.x(seconds * this.panel.model.fps);
    }
    /** @param {MouseEvent} event */
    hover(event2) {
      const { tree } = this;
      const { layout, view } = this.panel.timeline;
      const { x, y } = placeOn(event2, this.canvas);
      const row = Math.floor((y - MARKS2) / this.rowHeight);
      const i = tree && x >= GUTTER ? tree.nodeAt(row, view.at(x) / this.panel.model.fps) : -1;
      this.tip.hidden = i < 0;
      if (!tree || i < 0) return;
      const { levels, starts, ends, labels } = tree.data;
      const facts = [`${tree.name}, level ${levels[i]}`, formatTime(starts[i], 1), formatDuration(ends[i] - starts[i])];
      this.tip.replaceChildren(
        make("b", { dir: "auto", text: labels[i] || "(no text)" }),
        make("span", { text: facts.join(" · ") })
      );
      const isRight = x > layout.width / 2;
      this.tip.style.left = isRight ? "auto" : `${x + 12}px`;
      this.tip.style.right = isRight ? `${layout.width - x + 12}px` : "auto";
      this.tip.style.top = `${this.stage.offsetTop + this.stage.offsetHeight + 2}px`;
    }
    /** @param {MouseEvent} event */
    seek(event2) {
      const { x } = placeOn(event2, this.canvas);
      if (x >= GUTTER) this.panel.current.seek(this.panel.timeline.layout.frameAt(x));
    }
  };
  function triangle(context, x, y, height) {
    context.beginPath();
    context.moveTo(x, y + height);
    context.lineTo(x - 4, y);
    context.lineTo(x + 4, y);
    context.fill();
  }

  // js/controls.js
  var Transport = class {
    /** @param {(action: Action) => void} act */
    constructor(act2) {
      this.play = iconButton("play", "Play", "Space", () => act2("play"));
      this.loop = iconButton("loop", "Repeat this node", "l", () => act2("loop"));
      this.pin = iconButton("pin", "", "f", () => act2("follow"));
      this.time = make("span");
      this.frame = make("span", { class: "a100-frame" });
      this.players = [
        iconButton("start", "To the node's start", "s", () => act2("start")),
        this.play,
        iconButton("end", "To the node's end", "e", () => act2("end")),
        this.loop
      ];
      this.element = make(
        "div",
        { class: "a100-bar", role: "group", "aria-label": "Player" },
        ...this.players,
        this.pin,
        iconButton("fit", "The whole video", "0", () => act2("whole")),
        make("span", { class: "a100-time" }, this.time, this.frame)
      );
      this.setLooping(false);
      this.setPinned(false);
    }
    /** @param {boolean} playing */
    setPlaying(playing) {
      this.play.replaceChildren(icon(playing ? "pause" : "play"));
      this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    }
    /** @param {boolean} looping */
    setLooping(looping) {
      this.loop.setAttribute("aria-pressed", String(looping));
    }
    /** @param {boolean} pinned */
    setPinned(pinned) {
      const label = pinned ? "Pinned: press to follow the video" : "Following the video";
      this.pin.setAttribute("aria-pressed", String(pinned));
      this.pin.setAttribute("aria-label", label);
      this.pin.title = `${label} (f)`;
      this.pin.disabled = !pinned;
    }
    /** @param {boolean} enabled */
    setEnabled(enabled) {
      for (const button3 of this.players) button3.disabled = !enabled;
    }
    /**
     * @param {TreeModel} model
     * @param {number} frame 0 if there is none
     */
    showTime(model, frame) {
      const isKnown = model !== NO_TREE && frame >= 1;
      const { fps, frames } = model;
      const time = isKnown ? `${formatTime((frame - 1) / fps)} / ${formatTime(frames / fps)}` : "";
      const number = isKnown ? ` · frame ${frame}` : "";
      if (this.time.textContent !== time) this.time.textContent = time;
      if (this.frame.textContent !== number) this.frame.textContent = number;
    }
  };
  var SLIDER_STEPS = 200;
  var MIN_SECONDS = 0.5;
  var Granularity = class {
    /** The length of the video, in seconds. */
    longest = 60;
    /**
     * @param {() => void} changed
     * @param {(seconds: number) => void} apply
     */
    constructor(changed, apply) {
      this.changed = changed;
      const kept4 = Number(readSettings().seconds);
      this.asked = kept4 >= MIN_SECONDS ? kept4 : 10;
      this.seconds = this.asked;
      this.range = make("input", {
        type: "range",
        class: "a100-range",
        min: "0",
        max: String(SLIDER_STEPS),
        step: "1",
        "aria-label": "Granularity in seconds",
        title: "The coarsest segments that last no longer than this",
        on: { input: () => this.slide() }
      });
      this.summary = make("output", { class: "a100-time", "aria-live": "polite" });
      this.element = make(
        "div",
        { class: "a100-cutbar", role: "group", "aria-label": "Granularity" },
        make("span", { class: "a100-time", text: "Cut at" }),
        this.range,
        this.summary,
        textButton("Apply to grid", "Cut all trees of the grid at this time scale", () => apply(this.seconds))
      );
    }
    /**
     * Makes the length of a video the end of the slider.
     *
     * @param {number} seconds
     */
    fit(seconds) {
      this.longest = Math.max(seconds, 2);
      this.seconds = Math.min(this.asked, niceSeconds(this.longest));
      this.range.value = String(sliderPlace(this.seconds, this.longest));
    }
    slide() {
      this.seconds = secondsAt(Number(this.range.value), this.longest);
      this.asked = this.seconds;
      keepSettings({ seconds: this.asked });
      this.changed();
    }
    /** @param {number} count how many segments the cut has */
    showCount(count) {
      const text = `≤ ${this.seconds} s: ${formatCount(count, "segment")}`;
      this.summary.textContent = text;
      this.range.setAttribute("aria-valuetext", text);
    }
  };
  function sliderPlace(seconds, longest) {
    const share = Math.log(seconds / MIN_SECONDS) / Math.log(longest / MIN_SECONDS);
    return Math.round(share * SLIDER_STEPS);
  }
  function secondsAt(place, longest) {
    return niceSeconds(MIN_SECONDS * (longest / MIN_SECONDS) ** (place / SLIDER_STEPS));
  }

  // js/words.js
  var NEW_SHARE = 0.5;
  var MOSTLY = 0.7;
  var BOUNDARY = /(?<=[.,;:!?…—]["'”’)\]]*\s+)|(?=\b(?:and|but|or|then|while|before|after|until|when|as|with|without|using|into|onto|from|over|under|in|on|at|by|through|for)\b)/giu;
  var COMMON = new Set("a an the and but or nor then while before after until when as with without using into onto from over under in on at by through for of to is are was were be been being it its they their them he his she her this that these those who which there here some one ones not".split(" "));
  function newPhrases(text, before2) {
    const known = new Set(stems(before2));
    const runs = [];
    for (const phrase of text.split(BOUNDARY)) {
      if (!phrase) continue;
      const words = stems(phrase);
      const run2 = runs.at(-1);
      const added = words.length ? words.filter((word) => !known.has(word)).length >= NEW_SHARE * words.length : Boolean(run2?.added);
      if (run2?.added === added) run2.text += phrase;
      else runs.push({ text: phrase, added });
    }
    return runs;
  }
  function isMostlyNew(runs) {
    const lengths = runs.map(({ text, added }) => added ? text.length : 0);
    const all = runs.reduce((sum, { text }) => sum + text.length, 0);
    return lengths.reduce((sum, length) => sum + length, 0) >= MOSTLY * all;
  }
  function stems(text) {
    const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
    return words.filter((word) => !COMMON.has(word)).map((word) => word.replace(/(?<=...)(?:ing|ed|es|s|e)$/u, ""));
  }

  // js/card_texts.js
  var MAX_MARKED = 2e4;
  var LONG = 1500;
  var FETCH_MS = 180;
  var CardTexts = class {
    /** @type {TreeModel} */
    model = NO_TREE;
    node = NONE;
    /** @type {Texts | null} The texts of the node, once they are there. */
    own = null;
    /** Whether to mark the phrases that the parent's text lacks. */
    markChanges = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    fetching;
    /** @type {(field: string) => void} Opens the editor for a field of the node; the review gives it. */
    fix = () => {
    };
    /**
     * @param {Pick<Host, "ask">} host
     * @param {(i: number) => void} go shows another node
     */
    constructor(host, go) {
      this.host = host;
      this.go = go;
      this.element = make("div", { class: "a100-texts" });
      this.ofTitle = make("span", { class: "a100-of-title" });
    }
    clear() {
      clearTimeout(this.fetching);
      this.element.replaceChildren();
      this.ofTitle.replaceChildren();
      this.own = null;
      this.node = NONE;
    }
    /**
     * Shows a node's texts; for a node that is not annotated, also those of the annotated segment
     * around it.
     *
     * @param {TreeModel} model
     * @param {number} i
     */
    show(model, i) {
      this.model = model;
      this.node = i;
      const { states } = model.data;
      const path = states[i] === NOT_ANNOTATED ? model.path(i).reverse() : [];
      const around = path.find((ancestor) => states[ancestor] !== NOT_ANNOTATED) ?? NONE;
      if (model.texts) {
        const fields = model.texts;
        const textsOf = (node) => node === NONE ? null : fields.map((texts) => texts.get(node) ?? null);
        this.showBlocks(textsOf(i) ?? [], textsOf(model.parent(i)), around, textsOf(around));
        return;
      }
      this.element.append(quiet("Fetching the texts …"));
      this.fetching = setTimeout(() => this.fetchTexts(i, around), FETCH_MS);
    }
    /**
     * Asks Python for the texts, where they have not been sent.
     *
     * @param {number} i
     * @param {number} around
     */
    async fetchTexts(i, around) {
      const { model } = this;
      const { sample, ids } = model.data;
      const textsOf = async (node) => {
        const answer = node === NONE ? null : await this.host.ask("texts", { sample, node: ids[node] });
        return answer?.texts ?? null;
      };
      const [own, parents, others] = await Promise.all([i, model.parent(i), around].map(textsOf));
      if (this.model !== model || this.node !== i) return;
      this.element.replaceChildren();
      if (own) this.showBlocks(own, parents, around, others);
      else this.element.append(quiet("The texts could not be fetched"));
    }
    /**
     * @param {Texts} own
     * @param {Texts | null} parents the texts of the parent, to compare with
     * @param {number} around the annotated segment around the node
     * @param {Texts | null} others its texts
     */
    showBlocks(own, parents, around, others) {
      this.own = own;
      const { fields, levels } = this.model.data;
      if (!own.some(Boolean)) this.element.append(quiet("This node has no text in any field of the tree."));
      this.addBlocks(this.untitled(own), parents);
      if (!others) return;
      const level = `level ${levels[around]}`;
      this.element.append(make(
        "p",
        { class: "a100-around" },
        make("span", { text: `Not annotated itself; the annotated segment around it (${level}): ` }),
        linkButton(this.model.label(around), () => this.go(around))
      ));
      this.addBlocks(others.map((text, k) => fields[k].group === "gpt" ? text : null), null, `from ${level}`);
    }
    /**
     * Returns a node's texts without the one that is its title, which gets a button to copy it.
     *
     * @param {Texts} own
     */
    untitled(own) {
      const { node } = this;
      const { data } = this.model;
      const titled = data.labelFields[node];
      if (own[titled] !== data.labels[node]) return own;
      const { name } = data.fields[titled];
      this.ofTitle.append(this.copyButton(name, data.labels[node]), this.fixButton(name));
      return own.map((text, k) => k === titled ? null : text);
    }
    /**
     * @param {string} name of the field
     * @param {string} text
     */
    copyButton(name, text) {
      const button3 = iconButton("copy", `Copy ${name}`, "", () => copyFrom(button3, text));
      return button3;
    }
    /**
     * Makes the button that fixes a text of the node itself; it is there during a review.
     *
     * @param {string} name of the field
     */
    fixButton(name) {
      const button3 = iconButton("fix", `Fix ${name}`, "", () => this.fix(name));
      button3.classList.add("a100-fix");
      return button3;
    }
    /**
     * Adds a block per text.
     *
     * @param {Texts} texts
     * @param {Texts | null} before the texts to compare with
     * @param {string} origin whose texts they are; empty for the node's own
     */
    addBlocks(texts, before2, origin = "") {
      this.model.data.fields.forEach((field, k) => {
        const text = texts[k];
        if (!text || field.actor && this.model.data.actors.names.includes(text)) return;
        this.element.append(this.block(field, text, before2?.[k] ?? "", origin));
      });
    }
    /**
     * @param {FieldData} field
     * @param {string} text
     * @param {string} before
     * @param {string} origin
     */
    block(field, text, before2, origin) {
      const isRaw = field.group && field.group !== "gpt";
      const runs = this.markChanges && before2 && text.length < MAX_MARKED ? newPhrases(text, before2) : [];
      const isNew = runs.length > 0 && isMostlyNew(runs);
      const head = make(
        "header",
        { title: field.description || field.name },
        make("span", { class: "a100-field", text: field.name }),
        isRaw ? make("span", { class: "a100-tag", text: "stage 2" }) : null,
        origin ? make("span", { class: "a100-tag", text: origin }) : null,
        isNew ? make("span", { class: "a100-tag", text: "new", title: "The parent's text says nearly nothing of this" }) : null,
        this.copyButton(field.name, text),
        origin ? null : this.fixButton(field.name)
      );
      const isLong = text.length >= LONG;
      const body = make("p", { class: "a100-text", dir: "auto", "data-long": isLong, tabindex: isLong ? "0" : null });
      if (runs.length && !isNew) {
        for (const run2 of runs) {
          body.append(run2.added ? make("mark", { text: run2.text }) : document.createTextNode(run2.text));
        }
      } else body.textContent = text;
      const attributes = { class: "a100-block", "data-field": field.name, "data-origin": origin };
      return make("article", attributes, head, body);
    }
  };
  function quiet(text) {
    return make("p", { class: "a100-quiet", text });
  }

  // js/card.js
  var STATES = ["not annotated", "N/A: no action", "annotated"];
  var Card = class {
    /** @type {TreeModel} */
    model = NO_TREE;
    node = NONE;
    /**
     * @param {Pick<Host, "ask"> & {act: (action: Action) => void}} host
     * @param {(i: number) => void} go shows another node
     */
    constructor(host, go) {
      this.host = host;
      this.go = go;
      this.title = make("h3", { class: "a100-title", dir: "auto" });
      this.facts = make("p", { class: "a100-facts", title: "Times are of the source video, frames of the file" });
      this.place = make("p", { class: "a100-where" });
      this.actor = make("p", { class: "a100-where a100-of" });
      this.slot = make("div", { class: "a100-judge" });
      this.toggle = make("input", { type: "checkbox", on: { change: () => this.setMarkChanges() } });
      this.toggle.checked = readSettings().changes === true;
      this.parts = textButton("Children", "Show its parts as a view in the grid", () => host.act("show_children"));
      this.actions = this.makeActions();
      this.texts = new CardTexts(host, go);
      this.texts.markChanges = this.toggle.checked;
      this.element = make(
        "section",
        { class: "a100-card", "aria-label": "Details of the node" },
        make("header", { class: "a100-head-line" }, this.title, this.texts.ofTitle),
        this.facts,
        this.place,
        this.actor,
        this.slot,
        this.actions,
        this.texts.element
      );
    }
    makeActions() {
      const act2 = (action) => () => this.host.act(action);
      const copy = textButton("Copy", "Copy all texts with their times", () => this.copyAll(copy));
      const label = make(
        "label",
        { class: "a100-check", title: "Underline the phrases that the parent's text lacks" },
        this.toggle,
        document.createTextNode("Mark what is new")
      );
      return make(
        "div",
        { class: "a100-actions", role: "group", "aria-label": "Node" },
        textButton("Zoom", "Show this segment over the whole width (z)", act2("zoom")),
        textButton("Select", "Select this node's caption in the App", act2("select_node")),
        textButton("As clip", "Show this segment alone, as a clip in the grid", act2("show_clip")),
        textButton("Same action", "Find this action elsewhere, in all videos", act2("same_action")),
        textButton("More like this", "Search for segments with a caption like this one (m)", act2("more_like")),
        this.parts,
        copy,
        label
      );
    }
    destroy() {
      this.texts.clear();
    }
    setMarkChanges() {
      this.texts.markChanges = this.toggle.checked;
      keepSettings({ changes: this.toggle.checked });
      this.redraw();
    }
    /**
     * Shows a node.
     *
     * @param {TreeModel} model
     * @param {number} i NONE if no node is on screen
     */
    show(model, i) {
      if (model === this.model && i === this.node) return;
      this.model = model;
      this.node = i;
      this.redraw();
    }
    redraw() {
      const { model, node } = this;
      const isBlank = node === NONE;
      for (const part of [this.actions, this.slot, this.facts, this.place, this.actor]) part.hidden = isBlank;
      this.texts.clear();
      if (isBlank) {
        this.title.textContent = model === NO_TREE ? "" : "Nothing of the tree is on screen at this moment";
        return;
      }
      this.title.textContent = model.label(node);
      this.parts.hidden = !model.children[node].length;
      this.facts.textContent = describe(model, node);
      this.place.replaceChildren(...this.placeInParent(node), ...this.sourceLink(node));
      this.showActor(node);
      this.texts.show(model, node);
    }
    /**
     * Returns what part of its parent a node is, with a link to the parent.
     *
     * @param {number} i
     */
    placeInParent(i) {
      const { starts, ends } = this.model.data;
      const parent = this.model.parent(i);
      if (parent === NONE) return [make("span", { text: "The whole of the tree" })];
      const siblings = this.model.children[parent];
      const seconds = ends[parent] - starts[parent];
      const percent3 = seconds > 0 ? Math.round(100 * (ends[i] - starts[i]) / seconds) : 0;
      const text = `Part ${siblings.indexOf(i) + 1} of ${siblings.length}, ${percent3} % of `;
      const link = linkButton(this.model.label(parent), () => this.go(parent), "Go to the parent (↑)");
      return [make("span", { text }), link];
    }
    /**
     * Returns a link to the source video at a node's start; none for a video that is not on YouTube.
     *
     * @param {number} i
     */
    sourceLink(i) {
      const { youtube, starts } = this.model.data;
      if (!youtube) return [];
      const address = sourceAddress(youtube, starts[i]);
      const text = `On YouTube at ${formatTime(Math.floor(starts[i]), 0)}`;
      return [document.createTextNode(" · "), make("a", {
        class: "a100-link",
        href: address,
        target: "_blank",
        rel: "noopener noreferrer",
        text,
        title: "Open the source video at this second, in a tab of its own"
      })];
    }
    /**
     * Shows who acts: in a node, else in the nearest ancestor that says so.
     *
     * @param {number} i
     */
    showActor(i) {
      const { levels } = this.model.data;
      const found = this.model.actor(i);
      this.actor.hidden = !found;
      if (!found) return;
      const isOwn = found.node === i;
      const level = `level ${levels[found.node]}`;
      const label = isOwn ? "Actor: " : `Actor of the segment around it, ${level}: `;
      const tag = make("span", { class: "a100-actor", dir: "auto", text: found.name, "data-inherited": !isOwn });
      this.actor.replaceChildren(make("span", { text: label }), tag);
    }
    /** @param {HTMLElement} button */
    copyAll(button3) {
      const { model, node } = this;
      const { own } = this.texts;
      if (!own) return;
      const lines = model.data.fields.map(({ name }, k) => own[k] && `${name}: ${own[k]}`);
      copyFrom(button3, [describe(model, node), ...lines.filter(Boolean)].join("\n"));
    }
  };
  function describe(model, i) {
    const { levels, starts, ends, first, last: last2, states } = model.data;
    const inner = model.parent(i) === NONE ? "root" : "inner node";
    return [
      `Level ${levels[i]}`,
      model.children[i].length ? inner : "leaf",
      `${formatTime(starts[i])} – ${formatTime(ends[i])} of the video`,
      `${(ends[i] - starts[i]).toFixed(2)} s`,
      `frames ${first[i]} – ${last2[i]}`,
      STATES[states[i]],
      model.truncated.has(i) ? "continues past the clip" : "",
      model.hidden?.has(i) ? "hidden by the view" : ""
    ].filter(Boolean).join(" · ");
  }
  function sourceAddress(id, seconds) {
    return `https://www.youtube.com/watch?v=${encodeURIComponent(id)}&t=${Math.max(0, Math.floor(seconds))}s`;
  }

  // js/crumbs.js
  var WHOLE_VIDEO = -1;
  var OPEN_CLIP = -2;
  var MAX_CRUMBS = 5;
  function crumbsOf(model, zoomed) {
    const { first, last: last2, clip } = model.data;
    const path = zoomed < 0 ? [] : model.path(zoomed);
    const [root] = path;
    if (path.length && first[root] <= 1 && last2[root] >= model.frames) path.shift();
    const steps = path.map((i) => ({ place: i, label: model.label(i) }));
    if (clip) steps.unshift({ place: OPEN_CLIP, label: "Clip" });
    steps.unshift({ place: WHOLE_VIDEO, label: "Whole video" });
    return steps.map((step, k) => ({
      ...step,
      isCurrent: step.place === zoomed || zoomed >= 0 && k === steps.length - 1
    }));
  }
  function omittedCrumbs(steps) {
    return steps <= MAX_CRUMBS + 1 ? 0 : steps - MAX_CRUMBS;
  }
  var Crumbs = class {
    /** @param {(place: number) => void} zoomTo */
    constructor(zoomTo) {
      this.zoomTo = zoomTo;
      this.list = make("ol", { class: "a100-crumbs" });
      this.element = make("nav", { "aria-label": "Zoom", class: "a100-grow" }, this.list);
    }
    /**
     * @param {TreeModel} model
     * @param {number} zoomed a node, WHOLE_VIDEO or OPEN_CLIP
     * @param {boolean} all whether no step is left out
     */
    show(model, zoomed, all = false) {
      const buttons = crumbsOf(model, zoomed).map((crumb) => this.button(crumb));
      const items = buttons.map((button3) => make("li", {}, button3));
      const omitted = all ? 0 : omittedCrumbs(items.length);
      if (omitted) items.splice(2, omitted, this.moreItem(omitted, () => this.show(model, zoomed, true)));
      this.list.classList.toggle("a100-all", all);
      this.list.replaceChildren(...items);
      if (all) buttons.find((button3) => button3.hasAttribute("aria-current"))?.focus();
    }
    /** @param {Crumb} crumb */
    button({ place, label, isCurrent }) {
      return make("button", {
        type: "button",
        dir: "auto",
        title: label,
        text: label,
        "aria-current": isCurrent ? "true" : null,
        on: { click: () => this.zoomTo(place) }
      });
    }
    /**
     * @param {number} count how many steps are left out
     * @param {() => void} show
     */
    moreItem(count, show3) {
      const label = `Show ${count} more levels`;
      const attributes = { type: "button", text: "…", title: label, "aria-label": label };
      return make("li", { class: "a100-more" }, make("button", { ...attributes, on: { click: show3 } }));
    }
  };

  // js/hand_over.js
  var KEEP_MS = 6e4;
  var kept = null;
  var deadline = 0;
  var takers = /* @__PURE__ */ new Set();
  function handOver(segment, now = performance.now()) {
    kept = segment;
    deadline = now + KEEP_MS;
    for (const take of takers) take(segment);
  }
  function handedOver(sample, now = performance.now()) {
    return kept?.sample === sample && now < deadline ? kept : null;
  }
  function forgetHandedOver(sample) {
    if (kept?.sample === sample) kept = null;
  }
  function onHandOver(take) {
    takers.add(take);
    return () => {
      takers.delete(take);
    };
  }

  // js/selection.js
  var SELECT_MS = 250;
  var ECHO_MS = 3e3;
  var Selection = class {
    /** @type {Set<string>} The nodes that the panel has selected and the App has yet to report. */
    echoes = /* @__PURE__ */ new Set();
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
  };

  // js/current_node.js
  var CurrentNode = class {
    pinned = NONE;
    /** The node on the card. */
    shown = NONE;
    /** Whether the pinned node is repeated. */
    looping = false;
    /** The frame to go back to; 0 if the player has not been moved to show its time. */
    wayBack = 0;
    /** @type {HandedSegment | null} What was handed over, until a person goes somewhere else. */
    handed = null;
    /** @param {TreePanel} panel */
    constructor(panel) {
      this.panel = panel;
      this.selection = new Selection(
        { select: (node) => this.selectInApp(node), labels: () => panel.host.labels() },
        (node) => this.pinSelected(node)
      );
    }
    /** NONE if nothing is pinned or on screen. */
    get node() {
      return this.pinned !== NONE ? this.pinned : this.shown;
    }
    /**
     * Forgets the node: another tree is shown, or none.
     *
     * @param {boolean} isSameVideo whether it is the same video's tree anew: what the App has yet to report
     *   of its nodes is as old then as before
     */
    reset(isSameVideo) {
      if (!isSameVideo) this.selection.reset();
      this.handed = null;
      this.wayBack = 0;
      this.shown = NONE;
      this.setPinned(NONE);
      this.setLooping(false);
      this.panel.range.clear();
    }
    /**
     * Shows a node on the card.
     *
     * @param {number} i
     */
    show(i) {
      const { model, details, root, player } = this.panel;
      details.show(model, i);
      root.dataset.shown = i === NONE ? "" : model.data.ids[i];
      if (i === this.shown) return;
      this.shown = i;
      this.panel.review.nodeChanged();
      if (i !== NONE && !player.playing && !details.isRead) this.panel.announce(`${model.label(i)}, ${describe(model, i)}`);
    }
    /**
     * Pins a node, goes to its first frame and selects it in the App.
     *
     * @param {number} i
     * @param {{reveal?: boolean, isSelected?: boolean, selects?: boolean}} options `reveal`: whether to move
     *   the axis to it; `isSelected`: it was selected in the App, so the video stays where it is;
     *   `selects`: whether to select it there
     */
    pin(i, { reveal = false, isSelected = false, selects = true } = {}) {
      const { model, zoom, timeline } = this.panel;
      if (model.data.ids[i] !== this.handed?.node) this.forgetHanded();
      this.setPinned(i);
      if (!isSelected) {
        this.seek(model.data.first[i]);
        if (selects) this.selection.selectSoon(model.data.ids[i]);
        else this.selection.moveOn();
      }
      if (reveal) zoom.reveal(i);
      this.show(i);
      timeline.paintHighlights();
    }
    /** Lets go of the pinned node and follows the video. */
    unpin() {
      this.forgetHanded();
      this.setPinned(NONE);
      this.setLooping(false);
      this.selection.cancel();
      this.panel.playback.showActive();
      this.panel.timeline.paintHighlights();
    }
    /**
     * Shows a segment that something else has found: pinned, among what was searched for, and repeated
     * if wanted, once the player has loaded it.
     *
     * @param {HandedSegment | null} segment
     */
    showHanded(segment) {
      const { model, search } = this.panel;
      const { shown, open } = model.data;
      const i = segment && open && shown === segment.sample ? model.nodeOfId.get(segment.node) : void 0;
      if (!segment || i === void 0) return;
      if (this.handed?.node !== segment.node || this.handed.query !== segment.query || this.pinned !== i) {
        this.handed = segment;
        this.pin(i, { reveal: true });
        const found = this.nodesOf(segment.nodes);
        search.show(segment.query, found.length ? [.../* @__PURE__ */ new Set([...found, i])] : [], i);
      }
      if (segment.ready && segment.loop) this.loop(i);
    }
    /** Shows what was found in this video: the segment that was handed over, else all of the view's. */
    showFound() {
      const { model, search } = this.panel;
      const { found, shown } = model.data;
      const handed = handedOver(shown);
      if (handed) this.showHanded(handed);
      else if (found) {
        const i = model.nodeOfId.get(found.node ?? "") ?? NONE;
        if (i !== NONE) this.pin(i, { isSelected: true });
        if (found.query) search.show(found.query, this.nodesOf(found.nodes), i);
      }
    }
    /**
     * Returns those of some nodes that the tree has.
     *
     * @param {string[]} ids
     */
    nodesOf(ids) {
      return ids.map((id) => this.panel.model.nodeOfId.get(id) ?? NONE).filter((i) => i !== NONE);
    }
    /**
     * Has the player of a clip show its time: until it has moved, it says 0:00. It goes to the second
     * frame, and back from there.
     */
    showClock() {
      const { model, player } = this.panel;
      const { clip } = model.data;
      if (!clip || clip[0] === clip[1] || player.looker?.state?.frameNumber !== clip[0]) return;
      this.wayBack = clip[0];
      player.seek(clip[0] + 1);
    }
    /**
     * Goes back to where the player of a clip was, unless it was moved meanwhile.
     *
     * @param {number} frame where it is
     */
    goBack(frame) {
      const { player } = this.panel;
      const start = this.wayBack;
      if (frame !== start + 1 || !start) return;
      this.wayBack = 0;
      if (player.pending?.frame === frame && !player.playing) player.seek(start);
    }
    forgetHanded() {
      this.handed = null;
      forgetHandedOver(this.panel.model.data.shown);
    }
    /** @param {number} i */
    setPinned(i) {
      const { model, details, root, timeline, transport } = this.panel;
      this.pinned = i;
      timeline.pinned = i;
      details.outline.setPinned(i);
      transport.setPinned(i !== NONE);
      if (this.looping) this.panel.range.show();
      if (i === NONE) delete root.dataset.pinned;
      else root.dataset.pinned = model.data.ids[i];
      this.panel.review.nodeChanged();
    }
    /** @param {SelectedCaption | undefined} selected what the App has selected */
    setSelected(selected) {
      const { model, root } = this.panel;
      if (model === NO_TREE || !selected) return;
      if (this.selection.report(selected)) root.dataset.selected = selected.node ?? "";
    }
    /** @param {string} node */
    async selectInApp(node) {
      const { model, host } = this.panel;
      return model === NO_TREE ? null : host.ask("select_node", { sample: model.data.sample, node });
    }
    /** @param {string} node */
    pinSelected(node) {
      const i = this.panel.model.nodeOfId.get(node);
      if (i !== void 0 && i !== this.pinned) this.pin(i, { reveal: true, isSelected: true });
    }
    /** @param {"parent" | "child" | "previous" | "next"} direction */
    walk(direction) {
      const { node } = this;
      const { model, player } = this.panel;
      if (node === NONE) return;
      const target = {
        parent: () => model.parent(node),
        child: () => model.child(node, player.frame),
        previous: () => model.neighbour(node, -1),
        next: () => model.neighbour(node, 1)
      }[direction]();
      if (target !== NONE) this.pin(target, { reveal: true });
      else this.panel.announce(`There is no ${direction === "parent" ? "parent" : `${direction} node`}`);
    }
    /** @param {Action} action */
    act(action) {
      const { node } = this;
      forgetHandedOver(this.panel.model.data.shown);
      const { model, player, zoom } = this.panel;
      if (action === "play") player.togglePlaying();
      else if (action === "follow") this.unpin();
      else if (action === "whole") zoom.zoomTo(WHOLE_VIDEO);
      else if (node === NONE) return;
      else if (action === "zoom") zoom.zoomTo(node);
      else if (action === "start") this.seek(model.data.first[node]);
      else if (action === "end") this.seek(model.data.last[node]);
      else if (action === "loop") this.toggleLoop(node);
      else this.call(action);
    }
    /**
     * Calls a method of Python for the node.
     *
     * @param {string} method
     */
    call(method) {
      const { model, host } = this.panel;
      const { ids, sample } = model.data;
      if (model !== NO_TREE) host.tell(method, { sample, node: ids[this.node] ?? "" });
    }
    /**
     * Goes to a frame, in a clip no further than its ends.
     *
     * @param {number} frame
     */
    seek(frame) {
      const { clip } = this.panel.model.data;
      this.panel.player.seek(clip ? Math.min(Math.max(frame, clip[0]), clip[1]) : frame);
    }
    /** @param {number} i */
    toggleLoop(i) {
      if (this.looping) {
        this.setLooping(false);
        return;
      }
      if (this.pinned === NONE) this.pin(i);
      this.loop(i);
    }
    /** @param {number} i */
    loop(i) {
      const { model, player, range } = this.panel;
      range.clear();
      this.setLooping(true);
      this.seek(model.data.first[i]);
      if (!player.playing) player.togglePlaying();
    }
    /** @param {boolean} looping */
    setLooping(looping) {
      this.looping = looping;
      this.panel.transport.setLooping(looping);
      this.panel.range.show();
    }
    /**
     * Returns the frames to repeat; null if none are.
     *
     * @returns {[number, number] | null}
     */
    loopRange() {
      if (!this.looping || this.pinned === NONE) return null;
      const { first, last: last2 } = this.panel.model.data;
      return [first[this.pinned], last2[this.pinned]];
    }
  };

  // js/outline_keys.js
  function targetOf(outline, key, page) {
    const { rows: rows2, cursor } = outline;
    const row = rows2.rowOf[cursor] ?? NONE;
    const at = (place) => rows2.shown[Math.min(Math.max(place, 0), rows2.shown.length - 1)] ?? NONE;
    switch (key) {
      case "ArrowDown":
        return at(row + 1);
      case "ArrowUp":
        return at(row - 1);
      case "PageDown":
        return at(row + page);
      case "PageUp":
        return at(row - page);
      case "Home":
        return at(0);
      case "End":
        return at(rows2.shown.length - 1);
      case "Enter":
        return cursor;
      case "ArrowRight":
        if (rows2.isUnfolded(cursor)) return at(row + 1);
        outline.setFolded(cursor, false);
        return NONE;
      case "ArrowLeft":
        if (!rows2.isUnfolded(cursor)) return cursor === NONE ? NONE : rows2.model.parent(cursor);
        outline.setFolded(cursor, true);
        return NONE;
      default:
        return null;
    }
  }

  // js/pictures.js
  var DENSITY = Math.min(Math.max(globalThis.devicePixelRatio || 1, 1), 2);
  var WIDTH = Math.round(160 * DENSITY);
  var HEIGHT = Math.round(90 * DENSITY);
  var MOST2 = Math.round(240 / DENSITY);
  var SLOWEST_MS = 2e4;
  var SHOW_MS = 2e3;
  var REFUSED_MS = 6e4;
  var IDLE_MS = 2e4;
  var Pictures = class {
    /** By moment, the one that was used last at the end. @type {Map<string, {source: string, at: number, picture: Picture}>} */
    kept = /* @__PURE__ */ new Map();
    /** When a video could not be played, by its address. @type {Map<string, number>} */
    refused = /* @__PURE__ */ new Map();
    /** What is to be taken, by who wants it. @type {Map<object, Wanted>} */
    wanted = /* @__PURE__ */ new Map();
    /** @type {HTMLVideoElement | null} */
    video = null;
    isWorking = false;
    isPaused = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    idle;
    /**
     * @param {() => HTMLVideoElement} makeVideo
     * @param {(video: HTMLVideoElement) => Picture} copy returns what the video shows
     */
    constructor(makeVideo = hiddenVideo, copy = copyOf) {
      this.makeVideo = makeVideo;
      this.copy = copy;
    }
    /**
     * Asks for a picture, which may be there at once. Whoever asks again no longer wants the last one.
     *
     * @param {object} who
     * @param {Wanted} wanted
     * @param {boolean} [isUrgent] whether it goes before all others
     */
    ask(who, wanted, isUrgent = false) {
      this.wanted.delete(who);
      const found = this.get(wanted.source, wanted.at);
      if (found || this.isRefused(wanted.source)) {
        wanted.done(found);
        return;
      }
      if (isUrgent) this.wanted = new Map([[who, wanted], ...this.wanted]);
      else this.wanted.set(who, wanted);
      this.work();
    }
    /**
     * Draws a picture on a canvas of the page: now if it is kept, else when its turn comes.
     *
     * @param {{source: string, at: number, canvas: HTMLCanvasElement}} wanted
     */
    want({ source, at, canvas }) {
      this.ask(canvas, { source, at, done: (picture) => show(picture, canvas) });
    }
    /** @param {object} who no longer wants what it asked for */
    forget(who) {
      this.wanted.delete(who);
    }
    /**
     * Returns a picture that is kept.
     *
     * @param {string} source
     * @param {number} at
     */
    get(source, at) {
      const key = keyOf(source, at);
      const found = this.kept.get(key);
      if (!found) return null;
      this.kept.delete(key);
      this.kept.set(key, found);
      return found.picture;
    }
    /**
     * Returns the picture that is kept of a stretch, of several the one nearest to a moment.
     *
     * @param {string} source
     * @param {number} at in seconds
     * @param {number} from
     * @param {number} to
     */
    near(source, at, from, to) {
      let best = null;
      for (const each of this.kept.values()) {
        if (each.source !== source || each.at < from || each.at > to) continue;
        if (!best || Math.abs(each.at - at) < Math.abs(best.at - at)) best = each;
      }
      return best?.picture ?? null;
    }
    /**
     * Returns how many times as wide as high a video's pictures are; null if none is kept.
     *
     * @param {string} source
     */
    shapeOf(source) {
      const known = this.near(source, 0, 0, Infinity);
      return known && known.width / known.height;
    }
    /** @param {string} source */
    isRefused(source) {
      const since = this.refused.get(source);
      return since !== void 0 && performance.now() - since < REFUSED_MS;
    }
    /** @param {boolean} isPaused whether a video plays, which needs the machine for itself */
    pause(isPaused) {
      this.isPaused = isPaused;
      if (!isPaused) this.work();
    }
    async work() {
      if (this.isWorking || this.isPaused || !this.wanted.size) return;
      this.isWorking = true;
      clearTimeout(this.idle);
      while (!this.isPaused && this.wanted.size) {
        const [[who, wanted]] = this.wanted;
        this.wanted.delete(who);
        wanted.done(await this.take(wanted.source, wanted.at));
      }
      this.isWorking = false;
      this.idle = setTimeout(() => this.release(), IDLE_MS);
    }
    /**
     * @param {string} source
     * @param {number} at
     */
    async take(source, at) {
      const kept4 = this.get(source, at);
      if (kept4 || this.isRefused(source)) return kept4;
      try {
        this.video ??= this.makeVideo();
        await seek(this.video, source, at);
        return this.keep(source, at, this.copy(this.video));
      } catch {
        this.refused.set(source, performance.now());
        return null;
      }
    }
    /**
     * @param {string} source
     * @param {number} at
     * @param {Picture} picture
     */
    keep(source, at, picture) {
      this.kept.set(keyOf(source, at), { source, at, picture });
      const [oldest] = this.kept.keys();
      if (this.kept.size > MOST2) this.kept.delete(oldest);
      return picture;
    }
    /** Lets go of the video, so that its file is no longer read. */
    release() {
      this.video?.removeAttribute("src");
      this.video?.load();
      this.video = null;
    }
  };
  var pictures = new Pictures();
  function addressOf(path) {
    const { getSampleSrc } = window.__fos__ ?? {};
    return getSampleSrc ? getSampleSrc(path) : `/media?filepath=${encodeURIComponent(path)}`;
  }
  function showWhole(picture, canvas) {
    canvas.dataset.picture = "shown";
    canvas.toggleAttribute("data-upright", isUpright(picture));
    Object.assign(canvas, { width: picture.width, height: picture.height });
    canvas.getContext("2d")?.drawImage(picture, 0, 0);
  }
  function show(picture, canvas) {
    canvas.dataset.picture = picture ? "shown" : "missing";
    if (!picture) return;
    const scale = Math.min(WIDTH / picture.width, HEIGHT / picture.height);
    const [w, h] = [picture.width * scale, picture.height * scale];
    Object.assign(canvas, { width: WIDTH, height: HEIGHT });
    canvas.getContext("2d")?.drawImage(picture, (WIDTH - w) / 2, (HEIGHT - h) / 2, w, h);
  }
  function keyOf(source, at) {
    return `${at.toFixed(4)} ${source}`;
  }
  function hiddenVideo() {
    const video = document.createElement("video");
    video.muted = true;
    video.preload = "auto";
    return video;
  }
  function sizeOf(width, height) {
    const [widest, highest] = isUpright({ width, height }) ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
    const scale = Math.min(widest / width, highest / height);
    return [width, height].map((length) => Math.max(Math.round(length * scale), 1));
  }
  function isUpright({ width, height }) {
    return height > width;
  }
  function copyOf(video) {
    const picture = document.createElement("canvas");
    const [width, height] = sizeOf(video.videoWidth, video.videoHeight);
    Object.assign(picture, { width, height });
    picture.getContext("2d")?.drawImage(video, 0, 0, picture.width, picture.height);
    return picture;
  }
  async function seek(video, source, at) {
    if (video.getAttribute("src") !== source) {
      await change(video, "loadeddata", () => video.setAttribute("src", source));
    }
    if (Math.abs(video.currentTime - at) <= 1e-3) return;
    await change(video, "seeked", () => video.currentTime = at);
  }
  async function change(video, name, begin) {
    const isShown4 = new Promise((resolve) => {
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
      else resolve(null);
    });
    begin();
    await event(video, name);
    await Promise.race([isShown4, sleep(SHOW_MS)]);
  }
  function event(video, name) {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        video.removeEventListener(name, succeed);
        video.removeEventListener("error", refuse);
      };
      const succeed = () => {
        done();
        resolve();
      };
      const refuse = () => {
        done();
        reject(new Error("The video cannot be played"));
      };
      const timer = setTimeout(refuse, SLOWEST_MS);
      video.addEventListener(name, succeed);
      video.addEventListener("error", refuse);
    });
  }

  // js/outline_row.js
  var STATES2 = ["not annotated", "no action", ""];
  function makeRow(rows2, i, { id, top, colour }) {
    const { model } = rows2;
    const { first, starts, ends, ids, levels, path, states } = model.data;
    const parent = model.parent(i);
    const siblings = parent === NONE ? [i] : model.children[parent];
    const hasChildren = rows2.hasChildren(i);
    const isUnfolded = rows2.isUnfolded(i);
    const isHidden = Boolean(model.hidden?.has(i));
    const facts = [`level ${levels[i]}`, STATES2[states[i]], isHidden ? "hidden by the view" : ""];
    return make(
      "div",
      {
        role: "treeitem",
        id,
        class: "a100-entry",
        "data-node": String(i),
        "data-id": ids[i],
        style: `top: ${top}px; --depth: ${rows2.depths[i]}; --level: ${colour}`,
        "data-state": String(states[i]),
        "data-hidden": isHidden,
        "aria-level": String(rows2.depths[i] + 1),
        "aria-posinset": String(siblings.indexOf(i) + 1),
        "aria-setsize": String(siblings.length),
        "aria-expanded": hasChildren ? String(isUnfolded) : null
      },
      path && first[i] > 0 ? make("canvas", { class: "a100-entry-picture", "aria-hidden": "true" }) : null,
      make("span", { class: "a100-fold", "aria-hidden": "true", text: hasChildren ? isUnfolded ? "▾" : "▸" : "" }),
      make("span", { class: "a100-entry-text", dir: "auto", text: model.label(i) }),
      make(
        "span",
        { class: "a100-entry-times" },
        make("span", { text: `${formatTime(starts[i], 0)}–${formatTime(ends[i], 0)}` }),
        make("span", { text: formatDuration(ends[i] - starts[i]) })
      ),
      make("span", { class: "a100-sr", text: facts.filter(Boolean).join(", ") })
    );
  }
  function showPicture(model, i, row, isInSight) {
    const canvas = row.querySelector("canvas");
    if (!canvas || canvas.dataset.picture === "shown") return;
    if (!isInSight) {
      pictures.forget(canvas);
      delete canvas.dataset.picture;
    } else if (!canvas.dataset.picture) {
      canvas.dataset.picture = "asked";
      pictures.want({ source: addressOf(model.data.path), at: (model.data.first[i] - 0.5) / model.fps, canvas });
    }
  }
  function markFound(matches, i, row) {
    const found = matches?.has(i) ? "found" : matches?.hasBelow(i) ? "found below" : "";
    if (found === (row.dataset.found ?? "")) return;
    row.dataset.found = found;
    row.setAttribute("aria-description", found);
  }

  // js/outline_rows.js
  var FIRST_ROWS = 60;
  var OutlineRows = class {
    /** @type {Set<number>} The nodes whose children are not shown. */
    folded = /* @__PURE__ */ new Set();
    /** @type {number[]} The nodes that have a row, from the top down. */
    shown = [];
    /** @param {TreeModel} model */
    constructor(model) {
      this.model = model;
      this.order = [];
      this.depths = new Int32Array(model.count);
      this.sizes = new Int32Array(model.count).fill(1);
      this.rowOf = new Int32Array(model.count).fill(NONE);
      this.collect();
      this.counts = this.countByDepth();
      const last2 = this.counts.findLastIndex((count) => count <= FIRST_ROWS);
      this.unfoldTo(Math.max(1, last2));
    }
    collect() {
      const { model, order, depths, sizes } = this;
      const isSeen = new Uint8Array(model.count);
      const add = (i, depth) => {
        const place = order.push(i);
        isSeen[i] = 1;
        depths[i] = depth;
        for (const child of model.children[i]) if (!isSeen[child]) add(child, depth + 1);
        sizes[i] = order.length - place + 1;
      };
      const nodes = model.data.ids.map((_, i) => i);
      for (const i of [...model.rows.flat(), ...nodes]) if (!isSeen[i] && model.parent(i) === NONE) add(i, 0);
      for (const i of nodes) if (!isSeen[i]) add(i, 0);
    }
    countByDepth() {
      const counts = [];
      for (const depth of this.depths) {
        for (let k = counts.length; k <= depth; k += 1) counts.push(0);
        counts[depth] += 1;
      }
      let sum = 0;
      return counts.map((count) => sum += count);
    }
    /** @param {number} i */
    hasChildren(i) {
      return this.sizes[i] > 1;
    }
    /** @param {number} i */
    isUnfolded(i) {
      return this.hasChildren(i) && !this.folded.has(i);
    }
    /**
     * Unfolds all nodes above a depth, and folds the others.
     *
     * @param {number} depth
     */
    unfoldTo(depth) {
      this.folded = new Set(this.order.filter((i) => this.depths[i] >= depth && this.hasChildren(i)));
      this.list();
    }
    /**
     * @param {number} i
     * @param {boolean} folded
     */
    setFolded(i, folded) {
      if (folded) this.folded.add(i);
      else this.folded.delete(i);
      this.list();
    }
    /** Whether each node that has parts is folded, by their ids. @returns {Map<string, boolean>} */
    get folds() {
      const { ids } = this.model.data;
      return new Map(this.order.filter((i) => this.hasChildren(i)).map((i) => [ids[i], this.folded.has(i)]));
    }
    /**
     * Folds the same nodes as before; those that are new stay as they are.
     *
     * @param {Map<string, boolean>} folds from `folds`, of this tree or of another one of the video
     */
    foldAs(folds) {
      const { ids } = this.model.data;
      const isFolded = (i) => folds.get(ids[i]) ?? this.folded.has(i);
      this.folded = new Set(this.order.filter((i) => this.hasChildren(i) && isFolded(i)));
      this.list();
    }
    /**
     * Unfolds what is above a node, so that it has a row; returns whether anything was folded.
     *
     * @param {number} i
     */
    reveal(i) {
      if (this.rowOf[i] !== NONE) return false;
      for (const above of this.model.path(i)) if (above !== i) this.folded.delete(above);
      this.list();
      return true;
    }
    /**
     * Returns the row of a node, or of the nearest ancestor that has one.
     *
     * @param {number} i
     */
    rowAbove(i) {
      const path = this.model.path(i).reverse();
      const shown = path.find((at) => this.rowOf[at] !== NONE);
      return shown === void 0 ? NONE : this.rowOf[shown];
    }
    list() {
      const { order, sizes, folded, rowOf } = this;
      rowOf.fill(NONE);
      this.shown = [];
      for (let k = 0; k < order.length; ) {
        const i = order[k];
        rowOf[i] = this.shown.push(i) - 1;
        k += folded.has(i) ? sizes[i] : 1;
      }
    }
  };

  // js/outline.js
  var ROW = 38;
  var BEYOND = 6;
  var INDENT = 16;
  var INDENT_SHARE = 0.25;
  var outlines = 0;
  var Outline = class {
    rows = new OutlineRows(NO_TREE);
    /** The row that keys start from. */
    cursor = NONE;
    pinned = NONE;
    /** @type {Set<number>} The nodes on screen now. */
    active = /* @__PURE__ */ new Set();
    /** @type {Matches | null} */
    matches = null;
    /** @type {Map<number, HTMLElement>} The elements of rows, by node. */
    elements = /* @__PURE__ */ new Map();
    /** @type {((i: number, row: HTMLElement) => void)[]} What others add to a row. */
    decorators = [];
    height = 0;
    drawing = 0;
    /** @param {OutlinePanel} panel */
    constructor(panel) {
      this.panel = panel;
      outlines += 1;
      this.id = `a100-outline-${outlines}`;
      this.space = make("div", { role: "none", class: "a100-entries" });
      this.list = make(
        "div",
        {
          role: "tree",
          tabindex: "0",
          class: "a100-list",
          "aria-label": "Segments, from coarse to fine",
          on: {
            scroll: () => this.drawSoon(),
            keydown: (event2) => this.press(event2),
            click: (event2) => this.click(event2),
            dblclick: (event2) => this.act(event2, panel.zoom),
            pointerover: (event2) => panel.hover(this.nodeOf(event2)),
            pointerleave: () => panel.hover(NONE)
          }
        },
        this.space
      );
      this.depth = make("select", {
        class: "a100-select",
        "aria-label": "Unfold",
        on: { change: () => this.unfoldTo(Number(this.depth.value)) }
      });
      this.element = make("div", { class: "a100-outline" }, this.list);
      this.sizes = new ResizeObserver(() => this.resize());
      this.sizes.observe(this.list);
    }
    destroy() {
      this.clear();
      this.sizes.disconnect();
      cancelAnimationFrame(this.drawing);
    }
    get model() {
      return this.rows.model;
    }
    /** @param {TreeModel} model */
    setModel(model) {
      this.clear();
      this.rows = new OutlineRows(model);
      this.cursor = this.rows.shown[0] ?? NONE;
      this.pinned = NONE;
      this.active = /* @__PURE__ */ new Set();
      this.matches = null;
      const { counts } = this.rows;
      this.depth.replaceChildren(
        make("option", { value: "", text: "Unfold …", disabled: true, hidden: true }),
        ...counts.map((count, depth) => make("option", {
          value: String(depth),
          text: `${depth === counts.length - 1 ? "All" : `Down ${depth}`}: ${formatCount(count, "segment")}`
        }))
      );
      this.depth.value = "";
      this.list.scrollTop = 0;
      this.resize();
      this.redraw();
    }
    /**
     * What is folded and in sight, by the ids of nodes: `showPlace` shows the same in another tree of the video.
     *
     * @returns {OutlinePlace}
     */
    get place() {
      const { rows: rows2, list, cursor } = this;
      const { ids } = this.model.data;
      const top = list.clientHeight ? rows2.shown[Math.floor(list.scrollTop / ROW)] : NONE;
      return { folds: rows2.folds, cursor: ids[cursor] ?? "", top: ids[top] ?? "", below: list.scrollTop % ROW };
    }
    /** @param {OutlinePlace} place */
    showPlace({ folds, cursor, top, below }) {
      const { rows: rows2, list } = this;
      const { nodeOfId } = this.model;
      rows2.foldAs(folds);
      const at = nodeOfId.get(cursor) ?? this.cursor;
      this.cursor = rows2.shown[rows2.rowAbove(at)] ?? NONE;
      this.redraw();
      const first = rows2.rowOf[nodeOfId.get(top) ?? NONE] ?? NONE;
      if (first === NONE) this.follow();
      else list.scrollTop = first * ROW + below;
      this.draw();
    }
    /** @param {number} depth */
    unfoldTo(depth) {
      this.rows.unfoldTo(depth);
      this.cursor = this.rows.shown[this.rows.rowAbove(this.cursor)] ?? NONE;
      this.redraw();
      this.scrollTo(this.cursor);
    }
    /**
     * Shows which node is pinned; unfolds what is above it.
     *
     * @param {number} i
     */
    setPinned(i) {
      if (i === this.pinned) return;
      this.pinned = i;
      if (i === NONE) this.drawSoon();
      else this.moveTo(i);
    }
    /** @param {Matches | null} matches what the search has found */
    setMatches(matches) {
      this.matches = matches;
      this.drawSoon();
    }
    /**
     * Shows which nodes are on screen.
     *
     * @param {number[]} nodes from coarse to fine
     * @param {boolean} follow whether to bring the finest into sight
     */
    setActive(nodes, follow) {
      this.active = new Set(nodes);
      if (!this.height) return;
      for (const [i, row] of this.elements) this.mark(i, row);
      if (follow && !this.list.matches(":hover, :focus-within")) this.follow();
    }
    /** Brings into sight what is pinned, else the finest node on screen. */
    follow() {
      const i = this.pinned === NONE ? [...this.active].at(-1) : this.pinned;
      if (i !== void 0) this.scrollTo(this.rows.shown[this.rows.rowAbove(i)]);
    }
    /**
     * Moves the cursor to a node, and the node into sight.
     *
     * @param {number} i
     */
    moveTo(i) {
      this.cursor = i;
      if (this.rows.reveal(i)) this.redraw();
      this.scrollTo(i);
      this.drawSoon();
    }
    /** @param {number} i */
    scrollTo(i) {
      const row = this.rows.rowOf[i] ?? NONE;
      const top = row * ROW;
      const { scrollTop } = this.list;
      if (row === NONE || !this.height || top >= scrollTop && top + ROW <= scrollTop + this.height) return;
      const end = top + ROW - this.height;
      const near = top < scrollTop ? top : end;
      const place = Math.abs(near - scrollTop) <= ROW ? near : top - this.height / 3;
      this.list.scrollTop = Math.ceil(place / ROW) * ROW;
    }
    // The keys and the mouse.
    /** @param {KeyboardEvent} event */
    press(event2) {
      if (event2.ctrlKey || event2.metaKey || event2.altKey) return;
      const target = targetOf(this, event2.key, Math.max(1, Math.floor(this.height / ROW) - 1));
      if (target === null) return;
      event2.preventDefault();
      event2.stopPropagation();
      if (target !== NONE) this.panel.pin(target);
    }
    /**
     * @param {number} i
     * @param {boolean} folded
     */
    setFolded(i, folded) {
      if (i === NONE || !this.rows.hasChildren(i)) return;
      this.rows.setFolded(i, folded);
      if (this.rows.rowOf[this.cursor] === NONE) this.cursor = i;
      this.redraw();
    }
    /** @param {Event} event */
    nodeOf({ target }) {
      const row = target instanceof Element ? target.closest("[data-node]") : null;
      return row instanceof HTMLElement ? Number(row.dataset.node) : NONE;
    }
    /** @param {MouseEvent} event */
    click(event2) {
      const i = this.nodeOf(event2);
      const isFold = event2.target instanceof Element && event2.target.closest(".a100-fold");
      if (isFold) this.setFolded(i, this.rows.isUnfolded(i));
      else this.act(event2, this.panel.pin);
    }
    /**
     * @param {MouseEvent} event
     * @param {(i: number) => void} action
     */
    act(event2, action) {
      const i = this.nodeOf(event2);
      if (i !== NONE) action(i);
    }
    // The elements.
    resize() {
      const wasHidden = !this.height;
      this.height = this.list.clientHeight;
      const most = INDENT_SHARE * this.list.clientWidth / Math.max(1, this.rows.counts.length - 1);
      this.list.style.setProperty("--indent", `${Math.min(INDENT, most).toFixed(1)}px`);
      if (wasHidden) this.follow();
      this.draw();
    }
    /** Makes all rows anew. */
    redraw() {
      this.clear();
      this.draw();
    }
    clear() {
      for (const [i, row] of this.elements) this.removeRow(i, row);
    }
    /**
     * @param {number} i
     * @param {HTMLElement} row
     */
    removeRow(i, row) {
      showPicture(this.model, i, row, false);
      row.remove();
      this.elements.delete(i);
    }
    drawSoon() {
      this.drawing ||= requestAnimationFrame(() => this.draw());
    }
    /** Makes the elements of the rows in sight, and the cursor's, and removes the others. */
    draw() {
      cancelAnimationFrame(this.drawing);
      this.drawing = 0;
      const { rows: rows2, elements, list } = this;
      this.space.style.height = `${rows2.shown.length * ROW}px`;
      const first = Math.floor(list.scrollTop / ROW);
      const last2 = this.height ? Math.ceil((list.scrollTop + this.height) / ROW) : 0;
      const wanted = new Set(last2 ? rows2.shown.slice(Math.max(0, first - BEYOND), last2 + BEYOND) : []);
      if (this.height && (rows2.rowOf[this.cursor] ?? NONE) !== NONE) wanted.add(this.cursor);
      for (const [i, row] of elements) {
        if (!wanted.has(i)) this.removeRow(i, row);
      }
      for (const i of wanted) {
        const row = elements.get(i) ?? this.addRow(i);
        this.mark(i, row);
        showPicture(this.model, i, row, rows2.rowOf[i] >= first && rows2.rowOf[i] < last2);
      }
      if (elements.has(this.cursor)) list.setAttribute("aria-activedescendant", this.rowId(this.cursor));
      else list.removeAttribute("aria-activedescendant");
    }
    /** @param {number} i */
    rowId(i) {
      return `${this.id}-${i}`;
    }
    /** @param {number} i */
    addRow(i) {
      const row = makeRow(this.rows, i, { id: this.rowId(i), top: this.rows.rowOf[i] * ROW, colour: this.panel.colour(i) });
      for (const decorate of this.decorators) decorate(i, row);
      this.elements.set(i, row);
      this.space.append(row);
      return row;
    }
    /**
     * Marks a row that is on screen, found, pinned or the cursor.
     *
     * @param {number} i
     * @param {HTMLElement} row
     */
    mark(i, row) {
      const isActive = this.active.has(i);
      if (isActive !== row.hasAttribute("aria-current")) {
        if (isActive) row.setAttribute("aria-current", "true");
        else row.removeAttribute("aria-current");
      }
      markFound(this.matches, i, row);
      const selected = String(i === this.pinned);
      if (row.getAttribute("aria-selected") !== selected) row.setAttribute("aria-selected", selected);
      row.classList.toggle("a100-cursor", i === this.cursor);
    }
  };

  // js/details.js
  var NAMES = (
    /** @type {[Tab, string][]} */
    [["card", "Card"], ["outline", "Outline"]]
  );
  var made = 0;
  var Details = class {
    /**
     * @param {Pick<Host, "ask"> & {act: (action: Action) => void}} host
     * @param {OutlinePanel} panel
     */
    constructor(host, panel) {
      made += 1;
      this.card = new Card(host, panel.pin);
      this.outline = new Outline(panel);
      const id = `a100-details-${made}`;
      this.tabs = NAMES.map(([tab, name]) => make("button", {
        type: "button",
        role: "tab",
        class: "a100-tab",
        id: `${id}-tab-${tab}`,
        "aria-controls": `${id}-${tab}`,
        text: name,
        on: { click: () => this.choose(tab), keydown: (event2) => this.press(event2, tab) }
      }));
      const pane = (tab, part) => make("div", {
        role: "tabpanel",
        class: "a100-pane",
        id: `${id}-${tab}`,
        "data-pane": tab,
        "aria-labelledby": `${id}-tab-${tab}`
      }, part);
      this.cardPane = pane("card", this.card.element);
      this.element = make(
        "div",
        { class: "a100-details" },
        make(
          "div",
          { class: "a100-details-head" },
          make("div", { role: "tablist", class: "a100-tabs", "aria-label": "Details" }, ...this.tabs),
          this.outline.depth
        ),
        make("div", { class: "a100-panes" }, this.cardPane, pane("outline", this.outline.element))
      );
      this.choose(readSettings().reading === "outline" ? "outline" : "card");
    }
    destroy() {
      this.card.destroy();
      this.outline.destroy();
    }
    /** @param {Tab} chosen */
    choose(chosen) {
      this.element.dataset.tab = chosen;
      keepSettings({ reading: chosen });
      NAMES.forEach(([tab], k) => {
        this.tabs[k].setAttribute("aria-selected", String(tab === chosen));
        this.tabs[k].tabIndex = tab === chosen ? 0 : -1;
      });
    }
    /**
     * The arrows go from tab to tab.
     *
     * @param {KeyboardEvent} event
     * @param {Tab} tab
     */
    press(event2, tab) {
      if (!["ArrowLeft", "ArrowRight"].includes(event2.key)) return;
      event2.preventDefault();
      event2.stopPropagation();
      this.choose(tab === "card" ? "outline" : "card");
      this.tabs.find((button3) => button3.tabIndex === 0)?.focus();
    }
    /** @param {TreeModel} model */
    setModel(model) {
      this.outline.setModel(model);
    }
    /**
     * Shows a node on the card.
     *
     * @param {TreeModel} model
     * @param {number} i NONE if no node is on screen
     */
    show(model, i) {
      this.card.show(model, i);
    }
    /** Whether a screen reader reads the row of each node that is pinned. */
    get isRead() {
      return this.outline.list.matches(":focus");
    }
    /** Shows the same anew: what the view hides, or the colours, have changed. */
    redraw() {
      this.card.redraw();
      this.outline.redraw();
    }
  };

  // js/enter_tree.js
  var KEEP_MS2 = 15e3;
  var deadline2 = -Infinity;
  function giveKeysToTree() {
    deadline2 = performance.now() + KEEP_MS2;
    const forget = () => deadline2 = -Infinity;
    for (const event2 of ["keydown", "pointerdown"]) document.addEventListener(event2, forget, { capture: true, once: true });
    const tree = document.querySelector("#modal .a100[data-nodes]");
    if (tree instanceof HTMLElement) takeKeys(tree);
  }
  function takeKeys(root) {
    if (performance.now() >= deadline2 || !root.closest("#modal")) return;
    if (!document.activeElement?.closest("#modal .a100")) root.focus({ preventScroll: true });
  }

  // js/tooltip.js
  var STATES3 = ["not annotated", "N/A", "annotated"];
  var ASIDE = 12;
  var BELOW = 14;
  var Tooltip = class {
    /** @type {TreeModel} */
    model = NO_TREE;
    /** @type {Tip | null} */
    tip = null;
    constructor() {
      this.element = make("div", { class: "a100-tip", role: "tooltip", popover: "manual", hidden: true });
      this.canvas = make("canvas", { "aria-hidden": "true" });
      this.title = make("b", { dir: "auto" });
      this.facts = make("span", { dir: "auto" });
      this.element.append(this.canvas, this.title, this.facts);
    }
    hide() {
      pictures.forget(this);
      this.tip = null;
      if (!this.element.hidden && this.element.isConnected) this.element.hidePopover?.();
      this.element.hidden = true;
    }
    /**
     * @param {TreeModel} model
     * @param {Tip} tip
     * @param {HTMLElement} surface what the mouse is on
     * @param {number} x of the mouse from the left of it, in pixels
     * @param {number} y and from its top
     */
    show(model, tip, surface, x, y) {
      const { element } = this;
      if (element.hidden) {
        element.hidden = false;
        element.showPopover?.();
      }
      const isSame = this.model === model && JSON.stringify(tip) === JSON.stringify(this.tip);
      this.model = model;
      if (!isSame) {
        this.tip = tip;
        this.title.textContent = tip.title;
        this.facts.textContent = tip.facts;
        this.showPicture(tip);
      }
      this.place(surface.getBoundingClientRect(), x, y);
    }
    /**
     * Shows the picture of the tip's frame; until it is taken, the nearest one around it, if any.
     *
     * @param {Tip} tip
     */
    showPicture(tip) {
      const { model, canvas } = this;
      const source = addressOf(model.data.path);
      const [at, from, to] = [tip.frame, ...tip.around].map((frame) => (frame - 0.5) / model.fps);
      const other = pictures.near(source, at, from, to);
      canvas.hidden = pictures.isRefused(source) || pictures.isPaused && !other;
      canvas.dataset.picture = "";
      canvas.toggleAttribute("data-upright", (pictures.shapeOf(source) ?? 1) < 1);
      canvas.width = 0;
      if (other) showWhole(other, canvas);
      const done = (picture) => {
        if (this.tip !== tip) return;
        canvas.hidden = !picture;
        if (picture) showWhole(picture, canvas);
      };
      pictures.ask(this, { source, at, done }, true);
    }
    /**
     * Puts the tooltip beside the mouse, on the side where the window has room.
     *
     * @param {DOMRect} surface
     * @param {number} x
     * @param {number} y
     */
    place(surface, x, y) {
      const { element } = this;
      const [left, top] = [surface.left + x, surface.top + y];
      const { offsetWidth: w, offsetHeight: h } = element;
      const isRight = x > surface.width / 2;
      element.style.left = `${Math.max(isRight ? left - ASIDE - w : left + ASIDE, 4)}px`;
      const below = top + BELOW;
      element.style.top = `${below + h > window.innerHeight - 4 ? Math.max(top - BELOW - h, 4) : below}px`;
    }
  };
  function tipOfNode(model, i, short = 0) {
    const { levels, starts, ends, states, first, last: last2 } = model.data;
    const facts = [
      `Level ${levels[i]}`,
      formatTime(starts[i], 1),
      formatDuration(ends[i] - starts[i]),
      STATES3[states[i]],
      model.hidden?.has(i) ? "hidden by the view" : "",
      short ? `one of ${short} short neighbours: click to zoom in` : ""
    ].filter(Boolean).join(" · ");
    return { title: model.label(i), facts, frame: first[i], around: [first[i], last2[i]] };
  }
  function tipOfMoment(model, frame, beside) {
    const finest = model.activePath(frame).findLast((i) => i !== NONE);
    const title = formatTime((frame - 1) / model.fps, 1);
    const facts = finest === void 0 ? "" : model.label(finest);
    return { title, facts, frame, around: [frame - beside, frame + beside] };
  }

  // js/filmstrip.js
  var SHARE = 0.12;
  var LOWEST3 = 30;
  var HIGHEST3 = 64;
  var FOLDED2 = 16;
  var LOWEST_SLOT = 180;
  var LINES = 2;
  var ASPECT = 16 / 9;
  var SETTLE_MS = 150;
  function tilesOf(view, fps, widest) {
    const perPixel = (view.to - view.from) / view.width;
    const halvings = Math.max(Math.ceil(Math.log2(view.frames / (perPixel * widest))), 0);
    const step = view.frames / 2 ** halvings;
    const tiles2 = [];
    for (let k = Math.floor(view.from / step + 1e-9); k * step < view.to - 1e-6; k += 1) {
      const frame = Math.floor(k * step + 1e-6) + 1;
      const rank = k ? Math.log2(k & -k) : halvings;
      const left = view.x(k * step);
      tiles2.push({ at: (frame - 0.5) / fps, left, width: view.x((k + 1) * step) - left, rank });
    }
    return tiles2;
  }
  var Filmstrip = class {
    height = 0;
    /** What was asked for and is not there yet, by its moment. @type {Map<number, Tile>} */
    asked = /* @__PURE__ */ new Map();
    /** The video that it was asked of. */
    askedOf = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    settled;
    refresh = 0;
    /** @param {TreePanel} panel */
    constructor(panel) {
      this.panel = panel;
      this.button = make("button", {
        type: "button",
        class: "a100-film-name",
        text: "film",
        on: { click: () => this.fold(!this.isFolded) }
      });
      this.canvas = make("canvas", { "aria-hidden": "true", on: {
        click: (event2) => this.seek(event2),
        pointermove: (event2) => this.hover(event2),
        pointerleave: () => panel.tooltip.hide()
      } });
      this.head = make("div", { class: "a100-head a100-bare-head", "aria-hidden": "true", hidden: true });
      this.element = make("div", { class: "a100-film" }, this.canvas, this.button, this.head);
      panel.timeline.heads.push(this.head);
      this.setFolded(readSettings().film === false);
    }
    destroy() {
      this.forget(() => true);
      cancelAnimationFrame(this.refresh);
    }
    get isFolded() {
      return this.element.hasAttribute("data-folded");
    }
    /** @param {boolean} isFolded */
    fold(isFolded) {
      this.setFolded(isFolded);
      keepSettings({ film: !isFolded });
      this.panel.resize();
    }
    /** @param {boolean} isFolded */
    setFolded(isFolded) {
      const label = isFolded ? "Show the film strip" : "Fold the film strip";
      this.element.toggleAttribute("data-folded", isFolded);
      this.button.setAttribute("aria-expanded", String(!isFolded));
      this.button.setAttribute("aria-label", label);
      this.button.title = label;
    }
    /** The address of the video; empty if there is none. */
    get source() {
      const { model } = this.panel;
      return model === NO_TREE ? "" : addressOf(model.data.path);
    }
    /** The width of a picture by its height. */
    get aspect() {
      return pictures.shapeOf(this.source) ?? ASPECT;
    }
    /**
     * Takes what it needs of the height that there is for it and the timeline; returns how much that is.
     *
     * @param {number} height
     */
    fit(height) {
      const { source } = this;
      const isShown4 = Boolean(source) && !pictures.isRefused(source) && height >= LOWEST_SLOT;
      const share = Math.min(Math.max(Math.round(height * SHARE), LOWEST3), HIGHEST3);
      this.element.hidden = !isShown4;
      this.height = this.isFolded ? FOLDED2 : share;
      return isShown4 ? this.height + LINES : 0;
    }
    /** Draws the strip on the axis of the timeline, and asks for what it lacks. */
    paint() {
      const { source } = this;
      const { view, width } = this.panel.timeline.layout;
      const isShown4 = !this.element.hidden && width > 0;
      const tiles2 = isShown4 && !this.isFolded ? tilesOf(view, this.panel.model.fps, this.height * this.aspect) : [];
      const missing2 = new Map((isShown4 ? this.draw(source, tiles2) : []).map((tile2) => [tile2.at, tile2]));
      this.forget((tile2) => source !== this.askedOf || !missing2.has(tile2.at));
      this.askedOf = source;
      this.element.dataset.missing = String(missing2.size);
      if ([...missing2.keys()].some((at) => !this.asked.has(at))) {
        this.settled = setTimeout(() => this.ask(source, missing2), SETTLE_MS);
      }
    }
    /**
     * Draws tiles; returns those whose own picture is still to be taken.
     *
     * @param {string} source
     * @param {Tile[]} tiles
     */
    draw(source, tiles2) {
      const { view, width, pixelRatio } = this.panel.timeline.layout;
      Object.assign(this.canvas, { width: Math.round(width * pixelRatio), height: Math.round(this.height * pixelRatio) });
      Object.assign(this.canvas.style, { width: `${width}px`, height: `${this.height}px` });
      this.head.style.height = `${this.height}px`;
      const context = context2d(this.canvas);
      context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
      context.beginPath();
      context.rect(GUTTER, 0, view.width, this.height);
      context.clip();
      return tiles2.filter((tile2) => !this.drawTile(context, source, tile2));
    }
    /**
     * Draws a tile; returns whether its own picture is there.
     *
     * @param {CanvasRenderingContext2D} context
     * @param {string} source
     * @param {Tile} tile
     */
    drawTile(context, source, { at, left, width }) {
      const own = pictures.get(source, at);
      const picture = own ?? pictures.near(source, at, 0, at);
      if (!picture) return false;
      const shown = Math.min(picture.width, width / this.height * picture.height);
      const drawn = shown / picture.height * this.height;
      context.drawImage(
        picture,
        (picture.width - shown) / 2,
        0,
        shown,
        picture.height,
        left,
        0,
        Math.min(drawn, width) + 0.5,
        this.height
      );
      return own !== null;
    }
    /**
     * Asks for the pictures of tiles, the coarsest first.
     *
     * @param {string} source
     * @param {Map<number, Tile>} missing by their moments
     */
    ask(source, missing2) {
      const tiles2 = [...missing2.values()].filter(({ at }) => !this.asked.has(at)).sort((a, b) => b.rank - a.rank);
      for (const tile2 of tiles2) {
        this.asked.set(tile2.at, tile2);
        pictures.ask(tile2, { source, at: tile2.at, done: (picture) => this.take(tile2, picture) });
      }
    }
    /**
     * @param {Tile} tile
     * @param {import("./pictures.js").Picture | null} picture
     */
    take(tile2, picture) {
      if (this.asked.get(tile2.at) === tile2) this.asked.delete(tile2.at);
      this.refresh ||= requestAnimationFrame(() => {
        this.refresh = 0;
        if (picture) this.paint();
        else this.panel.resize();
      });
    }
    /** @param {(tile: Tile) => boolean} isGone which of the pictures are no longer wanted */
    forget(isGone) {
      clearTimeout(this.settled);
      for (const [at, tile2] of this.asked) {
        if (!isGone(tile2)) continue;
        pictures.forget(tile2);
        this.asked.delete(at);
      }
    }
    /** @param {MouseEvent} event */
    seek(event2) {
      const { x } = placeOn(event2, this.canvas);
      if (x >= GUTTER) this.panel.current.seek(this.panel.timeline.layout.frameAt(x));
    }
    /**
     * Shows the picture of the frame under the mouse, larger, and its time.
     *
     * @param {MouseEvent} event
     */
    hover(event2) {
      const { model, timeline, tooltip } = this.panel;
      const { x, y } = placeOn(event2, this.canvas);
      if (x < GUTTER || model === NO_TREE) {
        tooltip.hide();
        return;
      }
      const { from, to, width } = timeline.view;
      const tile2 = (to - from) / width * this.height * this.aspect;
      tooltip.show(model, tipOfMoment(model, timeline.layout.frameAt(x), tile2), this.canvas, x, y);
    }
  };

  // js/player.js
  function canSeek(looker) {
    const { seekToFrame, subscribeToState } = (
      /** @type {Partial<Looker>} */
      looker ?? {}
    );
    return typeof seekToFrame === "function" && typeof subscribeToState === "function";
  }
  function sampleOf(looker) {
    return looker.state?.config?.sampleId;
  }
  function isShown(looker) {
    return looker.lookerElement?.element?.isConnected ?? true;
  }
  function isLoaded(looker) {
    return (looker.state?.duration ?? null) !== null;
  }
  function drawWhatIsShown(looker) {
    const video = videoOf(looker);
    if (!video) return () => {
    };
    let request = 0;
    const draw = () => {
      if (!video.paused) return;
      drawAgain(looker);
      watch();
    };
    const watch = () => {
      video.cancelVideoFrameCallback(request);
      request = video.requestVideoFrameCallback(draw);
    };
    const events = new AbortController();
    for (const name of ["pause", "seeking"]) video.addEventListener(name, watch, events);
    return () => {
      events.abort();
      video.cancelVideoFrameCallback(request);
    };
  }
  function playIfStuck(looker) {
    const { playing, buffering } = looker.state ?? {};
    if (playing && !buffering && videoOf(looker)?.paused) drawAgain(looker);
  }
  function drawAgain(looker) {
    looker.updater?.({}, () => {
    });
  }
  function videoOf(looker) {
    const parts = looker.lookerElement?.children ?? [];
    return parts.map(({ element }) => (
      /** @type {Partial<HTMLVideoElement>} */
      element
    )).find(canTellFrames);
  }
  function canTellFrames(element) {
    return typeof element?.requestVideoFrameCallback === "function";
  }
  async function waitForPlayer(current, sampleId, seconds) {
    const deadline4 = performance.now() + seconds * 1e3;
    for (; ; ) {
      const looker = current();
      if (canSeek(looker) && isShown(looker) && isLoaded(looker)) {
        const shown = sampleOf(looker);
        if (!sampleId || shown === void 0 || shown === sampleId) return looker;
      }
      if (performance.now() > deadline4) {
        throw new Error("There is no open video to move: open one in the Explore tab");
      }
      await sleep(50);
    }
  }

  // js/follower.js
  var NO_PLAYER = "There is no player to follow, so the tree stands still. It follows the video in the Explore tab, not in the Annotate tab.";
  var COVERED = "This panel covers the video. Show both, and the tree follows the video.";
  var WATCH_MS = 700;
  var NO_PLAYER_MS = 2500;
  var COVERED_MS = 300;
  var RETRY_MS = 100;
  var PASS_ON_MS = 3e3;
  var RESTART_MS = 1500;
  var MAX_RESTARTS = 3;
  var Follower = class {
    /** @type {unknown} The player that the App has, on the page or not. */
    offered = null;
    /** @type {Looker | null} The player that is followed. */
    looker = null;
    /** Whether there is a tree that could follow a player. */
    wanted = false;
    wasShown = false;
    covered = false;
    frame = 0;
    playing = false;
    /** @type {(() => void)[]} */
    unsubscribe = [];
    /** @type {Seek | null} */
    pending = null;
    soughtAt = 0;
    /** When the player came. */
    attachedAt = -Infinity;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    warningTimer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    retryTimer;
    /** The request for the next screen refresh; 0 if there is none. */
    refresh = 0;
    /** How often the playhead moved, and how long the listener took for it. */
    moves = 0;
    movesMs = 0;
    /**
     * @param {Listener} listener
     * @param {() => number} now returns the time in milliseconds
     */
    constructor(listener, now = () => performance.now()) {
      this.listener = listener;
      this.now = now;
      this.watch = setInterval(() => {
        if (canSeek(this.offered) && isShown(this.offered) !== this.wasShown) this.reattach();
        else if (this.looker) playIfStuck(this.looker);
      }, WATCH_MS);
    }
    destroy() {
      this.detach();
      clearInterval(this.watch);
      if (this.refresh) cancelAnimationFrame(this.refresh);
    }
    /**
     * Follows the player that the App has now.
     *
     * @param {unknown} looker
     * @param {boolean} wanted whether there is a tree that could follow it
     */
    attach(looker, wanted) {
      this.offered = looker;
      this.wanted = wanted;
      this.reattach();
    }
    reattach() {
      this.detach();
      const looker = canSeek(this.offered) && isShown(this.offered) ? this.offered : null;
      this.wasShown = looker !== null;
      this.looker = this.wanted ? looker : null;
      this.attachedAt = this.now();
      this.frame = 0;
      this.playing = Boolean(this.looker?.state?.playing);
      this.listener.onAvailable(this.looker !== null);
      this.listener.onWarning("");
      if (!this.looker) {
        this.listener.onPlaying(false);
        this.listener.onFrame(1, true);
        if (this.wanted) this.warnSoon();
        return;
      }
      this.unsubscribe = [
        this.looker.subscribeToState("frameNumber", (frame) => this.setFrame(frame)),
        this.looker.subscribeToState("playing", () => this.setPlaying(Boolean(looker?.state?.playing))),
        this.looker.subscribeToState("error", (error) => this.setError(error)),
        drawWhatIsShown(this.looker)
      ];
      this.setError(this.looker.state?.error);
      this.playing = Boolean(this.looker.state?.playing);
      this.listener.onPlaying(this.playing);
      this.setFrame(this.looker.state?.frameNumber || 1);
      this.passOn(this.looker);
    }
    detach() {
      for (const end of this.unsubscribe) end();
      this.unsubscribe = [];
      clearTimeout(this.warningTimer);
      clearTimeout(this.retryTimer);
    }
    /** @param {boolean} covered whether another panel is in front of the player */
    setCovered(covered) {
      if (covered === this.covered) return;
      this.covered = covered;
      this.reattach();
    }
    /** Says that there is no player, once it had time to come. */
    warnSoon() {
      const warn = () => this.listener.onWarning(this.covered ? COVERED : NO_PLAYER, this.covered);
      this.warningTimer = setTimeout(warn, this.covered ? COVERED_MS : NO_PLAYER_MS);
    }
    /** @param {unknown} error why the player cannot show the video, if it cannot */
    setError(error) {
      if (error) this.listener.onFailure?.();
    }
    /** @param {boolean} playing which the player also tells at each frame */
    setPlaying(playing) {
      if (playing === this.playing) return;
      this.playing = playing;
      this.listener.onPlaying(playing);
    }
    /**
     * The player is at a frame, as it tells at each refresh of the screen. The listener is told once per
     * refresh, if the frame is another one.
     *
     * @param {number} frame
     */
    setFrame(frame) {
      if (!Number.isFinite(frame)) return;
      const isSame = frame === this.frame;
      this.frame = frame;
      this.retryAfterRestart();
      const range = this.playing ? this.listener.loopRange() : null;
      if (range && (frame >= range[1] || frame < range[0] - 1)) this.repeatFrom(range[0]);
      if (this.refresh || isSame) return;
      this.refresh = requestAnimationFrame(() => {
        this.refresh = 0;
        const began = this.now();
        this.listener.onFrame(this.frame);
        this.moves += 1;
        this.movesMs += this.now() - began;
      });
    }
    /**
     * Has the player go on from a frame: at the end of its video it stops by itself.
     *
     * @param {number} frame
     */
    repeatFrom(frame) {
      this.seek(frame);
      if (!this.looker?.state?.playing) this.looker?.play();
    }
    /**
     * Moves the player, as soon as it has loaded.
     *
     * @param {number} frame
     * @param {number} tries how often this was tried before
     */
    seek(frame, tries = 0) {
      const { looker } = this;
      if (!looker) return;
      const isNew = this.now() - this.attachedAt < RESTART_MS;
      const known = { sample: sampleOf(looker), deadline: this.now() + PASS_ON_MS };
      this.pending = { frame, tries: tries || Number(isNew), ...known };
      if (isLoaded(looker)) {
        clearTimeout(this.retryTimer);
        looker.seekToFrame(frame);
        this.soughtAt = this.now();
      } else if (!looker.state?.error) this.retry(() => this.seek(frame, tries || 1));
    }
    /** @param {() => void} action */
    retry(action) {
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(action, RETRY_MS);
    }
    /** Moves a player again that was waited for and has restarted since. */
    retryAfterRestart() {
      const { pending } = this;
      const start = this.listener.startFrame();
      if (!pending || !pending.tries || pending.frame === start || this.playing || this.frame !== start) return;
      if (pending.tries > MAX_RESTARTS || this.now() - this.soughtAt > RESTART_MS) return;
      this.retry(() => {
        if (this.pending === pending && this.frame === start) this.seek(pending.frame, pending.tries + 1);
      });
    }
    /**
     * Passes a recent seek on to a player that takes the place of another one of the same sample.
     *
     * @param {Looker} looker
     */
    passOn(looker) {
      const { pending } = this;
      if (!pending || this.now() > pending.deadline) return;
      if (sampleOf(looker) === pending.sample) this.seek(pending.frame);
    }
    togglePlaying() {
      if (this.playing) this.looker?.pause();
      else this.looker?.play();
    }
    /** Returns what moves of the playhead have cost, and when the player was moved last. */
    stats() {
      return { moves: this.moves, movesMs: this.movesMs, sought: this.soughtAt };
    }
  };

  // js/hidden.js
  var HiddenNodes = class {
    /** @type {Set<number> | null} */
    nodes = null;
    /** @type {unknown} The view that they are hidden by. */
    view = null;
    showAll = readSettings().all === true;
    /** @param {HiddenPanel} panel */
    constructor(panel) {
      this.panel = panel;
      this.summary = make("span", { role: "status" });
      this.button = textButton("Show all", "", () => this.toggle());
      this.element = make("div", { class: "a100-bar a100-hidden", hidden: true }, this.summary, this.button);
    }
    /**
     * Asks Python which nodes are hidden: another tree or view is shown.
     *
     * @param {unknown} view its key; null if nothing is filtered
     */
    async refresh(view) {
      const { model, host } = this.panel;
      this.view = view;
      if (model === NO_TREE || !view) {
        this.setNodes(null);
        return;
      }
      const answer = await host.ask("hidden", { sample: model.data.sample });
      if (this.panel.model !== model || this.view !== view) return;
      this.setNodes(answer?.nodes ?? null);
    }
    /** @param {number[] | null} nodes */
    setNodes(nodes) {
      this.nodes = nodes?.length ? new Set(nodes) : null;
      this.show();
    }
    toggle() {
      this.showAll = !this.showAll;
      keepSettings({ all: this.showAll });
      this.show();
    }
    show() {
      const { nodes, showAll } = this;
      const { model } = this.panel;
      this.element.hidden = nodes === null;
      this.panel.setHidden(nodes, showAll ? null : nodes);
      if (nodes === null) return;
      const are = nodes.size === 1 ? "is" : "are";
      this.summary.textContent = `${formatNumber(nodes.size)} of ${formatCount(model.count, "node")} ${are} hidden by the view` + (showAll ? ", but drawn like the others" : ": thin lines here");
      this.button.textContent = showAll ? "Dim them again" : "Show all";
      this.button.title = showAll ? "Draw the nodes that the view hides as thin lines" : "Draw all nodes alike; the view does not change";
      this.button.setAttribute("aria-pressed", String(showAll));
    }
  };

  // js/review_keys.js
  var REVIEW_HELP = [
    ["v", "review: on and off; the keys below work while it is on"],
    ["a  r", "accept the node, reject it, and go on"],
    ["t  w", "fix a text of it, write a note"],
    ["n", "the next node that is not reviewed"],
    ["b", "the boundary at its start, then at its end: ← → move it, ⇧ by 10 frames, Enter saves"],
    ["x  j", "split it where the video is, join it with the next part"],
    ["Backspace", "take the judgement back"],
    ["Ctrl+Z  Ctrl+⇧Z", "undo, redo"]
  ];
  var COMMANDS = {
    a: "accept",
    r: "reject",
    t: "text",
    w: "note",
    n: "next",
    x: "split",
    j: "merge",
    Backspace: "clear"
  };
  var REVIEW_KEYS = {
    v: (panel) => panel.review.toggle(),
    b: (panel) => panel.reviewHandles.focus()
  };
  for (const [key, command] of Object.entries(COMMANDS)) {
    REVIEW_KEYS[key] = (panel) => panel.review.act(command);
  }
  function modifiedCommand({ key, ctrlKey, metaKey, altKey, shiftKey }) {
    if (altKey || ctrlKey === metaKey) return null;
    if (key.toLowerCase() === "z") return shiftKey ? "redo" : "undo";
    return key.toLowerCase() === "y" && !shiftKey ? "redo" : null;
  }

  // js/keyboard.js
  var HELP = [
    ["↑", "parent"],
    ["↓", "child: the one on screen, else the first"],
    ["← →", "sibling before and after"],
    ["Space", "play and pause"],
    ["/", "search; Enter and ⇧Enter go from match to match"],
    ["l", "repeat the node"],
    ["[  ]", "begin and end a range where the video is; Enter plays it again and again"],
    ["s  e", "to the node's start, and its end"],
    ["z", "zoom to the node"],
    ["m", "more like this: search for captions like the node's"],
    ["0", "the whole video"],
    ["+  −", "zoom in and out"],
    ["f", "let go of the node and follow the video"],
    ...REVIEW_HELP,
    ["c", "captions over the video: the path, off, one line"],
    ["?", "this list"],
    ["Esc", "leave: this list, the range, the search, the node, the zoom, one after the other"],
    ["Mouse", "click: go there and pin; double click: zoom; wheel: zoom; drag: pan, on the ruler: choose a range"]
  ];
  var OWN_KEYS = {
    ArrowUp: (panel) => panel.current.walk("parent"),
    ArrowDown: (panel) => panel.current.walk("child"),
    ArrowLeft: (panel) => panel.current.walk("previous"),
    ArrowRight: (panel) => panel.current.walk("next"),
    " ": (panel) => panel.current.act("play"),
    "/": (panel) => panel.search.input.focus(),
    l: (panel) => panel.current.act("loop"),
    "[": (panel) => panel.range.chooseHere("first"),
    "]": (panel) => panel.range.chooseHere("last"),
    Enter: (panel) => panel.range.play(),
    s: (panel) => panel.current.act("start"),
    e: (panel) => panel.current.act("end"),
    z: (panel) => panel.current.act("zoom"),
    m: (panel) => panel.current.act("more_like"),
    0: (panel) => panel.zoom.zoomTo(WHOLE_VIDEO),
    "+": (panel) => panel.zoom.zoomBy(0.5, panel.player.frame),
    "=": (panel) => panel.zoom.zoomBy(0.5, panel.player.frame),
    "-": (panel) => panel.zoom.zoomBy(2, panel.player.frame),
    f: (panel) => panel.current.unpin(),
    c: (panel) => panel.overlay.next(),
    "?": (panel) => panel.toggleHelp(),
    Escape: (panel) => panel.leave()
  };
  var KEYS = { ...OWN_KEYS, ...REVIEW_KEYS };
  function listenToKeys(panel) {
    panel.root.addEventListener("keydown", (event2) => {
      if (isForControl(event2) || isForHelp(event2)) {
        event2.stopPropagation();
        return;
      }
      const isModified = event2.ctrlKey || event2.metaKey || event2.altKey;
      const command = modifiedCommand(event2);
      const action = isModified || !Object.hasOwn(KEYS, event2.key) ? null : KEYS[event2.key];
      if (command ? !panel.review.act(command) : !action || action(panel) === false) return;
      event2.preventDefault();
      event2.stopPropagation();
    });
  }
  function keepFocus(root) {
    const check = (isLost) => requestAnimationFrame(() => {
      if (document.activeElement === document.body && isLost()) root.focus({ preventScroll: true });
    });
    root.addEventListener("click", () => check(() => true));
    root.addEventListener("focusout", ({ target }) => {
      check(() => target instanceof HTMLElement && (target.matches(":disabled") || !target.checkVisibility()));
    });
  }
  function isForControl({ target, key }) {
    if (!(target instanceof Element)) return false;
    if (target.matches("input:not([type=checkbox]), select, textarea")) return true;
    return target.matches("button, input[type=checkbox]") && [" ", "Enter"].includes(key);
  }
  function isForHelp({ target, key }) {
    return target instanceof Element && target.closest(".a100-help") !== null && !["Escape", "?"].includes(key);
  }
  function helpSheet(close2) {
    const list = make("dl");
    for (const [key, meaning] of HELP) list.append(make("dt", { text: key }), make("dd", { text: meaning }));
    return make(
      "div",
      { class: "a100-help", role: "dialog", "aria-label": "Keys", hidden: true },
      make(
        "div",
        { class: "a100-bar" },
        make("h3", { text: "Keys, while this panel has the focus" }),
        textButton("Close", "Close (Esc)", close2)
      ),
      list
    );
  }

  // js/moment.js
  var KEEP_MS3 = 15e3;
  var kept2 = null;
  var moved = "";
  var focused = null;
  var deadline3 = 0;
  var opened = null;
  function keepMoment(panel) {
    forgetHandedOver(panel.model.data.shown);
    keep(panel);
  }
  function keep(panel) {
    moved = panel.model.data.shown;
    kept2 = momentOf(panel);
    focused = kept2.focused;
    opened = openNow();
    deadline3 = performance.now() + KEEP_MS3;
  }
  function keepOn(panel) {
    if (panel.model === NO_TREE) return;
    kept2 = momentOf(panel);
    opened = openNow();
    if (kept2.shown !== moved) deadline3 = 0;
    if (performance.now() >= deadline3) return;
    if (document.activeElement?.matches("body, [data-cy=looker]")) kept2.focused = focused;
  }
  function momentToKeep(panel, next) {
    if (!next || "notice" in next) {
      if (panel.model !== NO_TREE) keep(panel);
      return null;
    }
    if (panel.model !== NO_TREE) return next.shown === panel.model.data.shown ? momentOf(panel) : null;
    const isThere = performance.now() < deadline3 || opened === openNow() && !handedOver(next.shown);
    const moment = isThere && kept2?.shown === next.shown ? kept2 : null;
    if (moment) kept2 = null;
    return moment;
  }
  function openNow() {
    return document.querySelector("#modal")?.firstElementChild ?? null;
  }
  function momentOf(panel) {
    const { current, details, model, range, reviewHandles, root, search, timeline, zoom } = panel;
    const { ids, shown } = model.data;
    const { from, to } = timeline.view;
    const focused2 = document.activeElement;
    return {
      shown,
      from,
      to,
      node: ids[current.pinned] ?? "",
      zoomed: ids[zoom.place] ?? "",
      place: Math.min(zoom.place, -1),
      query: search.input.value,
      found: search.found,
      handed: current.handed,
      looping: current.looping,
      range: range.chosen,
      playsRange: range.looping,
      outline: details.outline.place,
      scrolled: root.isConnected ? scrolling(panel).map(({ scrollTop }) => scrollTop) : null,
      boundary: reviewHandles.moved,
      focused: focused2 instanceof HTMLElement && root.contains(focused2) ? focused2 : null
    };
  }
  function scrolling({ details, root, slots, timeline }) {
    return [root, slots.timeline, slots.details, timeline.element, details.cardPane];
  }
  function showMoment(panel, moment) {
    const { current, details, model, range, reviewHandles, search, timeline, zoom } = panel;
    const { focused: focused2, scrolled } = moment;
    zoom.zoomTo(model.nodeOfId.get(moment.zoomed) ?? moment.place);
    timeline.view.show(moment.from, moment.to);
    const i = model.nodeOfId.get(moment.node);
    if (i !== void 0) {
      current.handed = moment.handed;
      current.pin(i, { isSelected: true });
      current.setLooping(moment.looping);
    }
    if (moment.range) range.choose(...moment.range, moment.playsRange);
    if (search.input.value !== moment.query) {
      search.input.value = moment.query;
      search.found = moment.found;
      search.restart();
    }
    details.outline.showPlace(moment.outline);
    panel.viewChanged();
    if (scrolled) scrolling(panel).forEach((part, k) => part.scrollTop = scrolled[k]);
    else if (i !== void 0) timeline.scrollTo(i);
    if (focused2 && focused2 !== document.activeElement) {
      if (focused2.isConnected) focused2.focus({ preventScroll: true });
      if (document.activeElement !== focused2) panel.root.focus({ preventScroll: true });
    }
    if (moment.boundary && focused2?.isConnected) reviewHandles.resume(moment.boundary);
  }

  // js/layout_choice.js
  var LABELS = { beside: "Beside the video", below: "Under the video", alone: "Alone, in the grid" };
  var LayoutChoice = class {
    /** @param {TreePanel} panel */
    constructor(panel) {
      this.panel = panel;
      this.found = { place: null, alone: false };
      const layouts = ["beside", "below", "alone"];
      this.buttons = layouts.map((layout) => {
        const button3 = iconButton(layout, LABELS[layout], "", () => this.choose(layout));
        button3.dataset.layout = layout;
        return button3;
      });
      this.element = make("div", { class: "a100-layouts", role: "group", "aria-label": "Layout" }, ...this.buttons);
      this.show();
    }
    /** @param {{place: Place | null, alone: boolean}} found where the panel is in the open sample, and in the grid */
    setFound(found) {
      this.found = found;
      this.show();
    }
    /** Shows which layout there is. */
    show() {
      const { place, alone } = this.found;
      const layout = this.panel.model.data.open ? place : alone && "alone";
      for (const button3 of this.buttons) {
        button3.setAttribute("aria-pressed", String(button3.dataset.layout === layout));
      }
    }
    /** @param {Layout} layout */
    choose(layout) {
      const { model, current, search } = this.panel;
      const { ids, open, shown } = model.data;
      if (layout !== "alone") keepSettings({ place: layout });
      if (model === NO_TREE) return;
      keepMoment(this.panel);
      if (layout === "alone") run("show_tree_alone", { sample_id: shown });
      else if (open) run("show_tree_beside", { place: layout });
      else {
        const node = ids[current.pinned];
        const query = search.input.value;
        const { ids: nodes = [] } = search.found?.query === query ? search.found : {};
        const segment = { node, query, nodes: nodes.includes(node) ? nodes : [], loop: false };
        run("leave_tree_alone", { sample_id: shown, segment, place: layout });
      }
    }
  };
  function run(operator, params) {
    runOperator(`${PLUGIN}/${operator}`, params).catch(console.warn);
  }

  // js/review_state.js
  var NOT_REVIEWED = 0;
  var ACCEPTED = 1;
  var REJECTED = 2;
  var FIXED = 3;
  var STATUS_WORDS = ["not reviewed", "accepted", "rejected", "fixed"];
  function statusOf(model, i) {
    return model.data.review?.status[i] ?? NOT_REVIEWED;
  }
  function describeReview(model, i) {
    const { review } = model.data;
    if (!review || i === NONE) return "";
    const status = statusOf(model, i);
    const note = review.notes[i];
    return [
      status === NOT_REVIEWED ? "" : [STATUS_WORDS[status], review.reviewers[i]].filter(Boolean).join(" by "),
      review.edited.includes(i) ? "changed by hand" : "",
      note ? `note: ${note}` : ""
    ].filter(Boolean).join(" · ");
  }
  function countReviewed(model) {
    const { status } = model.data.review ?? { status: [] };
    return { reviewed: status.filter((s) => s !== NOT_REVIEWED).length, total: status.length };
  }
  function progressText(reviewed, total) {
    return `${formatNumber(reviewed)} of ${formatNumber(total)} reviewed`;
  }
  function nextNotReviewed(model, from) {
    const { first, last: last2 } = model.data;
    const order = model.data.ids.map((_, i) => i).sort((a, b) => first[a] - first[b] || model.rowOf[a] - model.rowOf[b] || last2[b] - last2[a]);
    const start = order.indexOf(from) + 1;
    const left = [...order.slice(start), ...order.slice(0, start)];
    return left.find((i) => i !== from && statusOf(model, i) === NOT_REVIEWED && !model.hidden?.has(i)) ?? NONE;
  }
  function nextSibling(model, i) {
    const parent = model.parent(i);
    if (parent === NONE) return NONE;
    const siblings = model.children[parent];
    return siblings[siblings.indexOf(i) + 1] ?? NONE;
  }
  var UNITS = (
    /** @type {const} */
    [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]
  );
  function describeConflict({ who, when, what }, now = Date.now()) {
    const seconds = (Date.parse(when) - now) / 1e3;
    const [unit, length] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ["second", 1];
    const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
    const time = Number.isNaN(seconds) ? when : ago.format(Math.round(seconds / length), unit);
    return `${who || "Somebody"}, ${time}: ${what}`;
  }
  function describeFailures(failures) {
    const last2 = failures.at(-1);
    if (!last2) return "";
    const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : "";
    return `Not saved “${last2.label}”${more}: ${last2.problem}`;
  }
  function describeConflicts(conflicts) {
    const last2 = conflicts.at(-1);
    if (!last2) return "";
    const more = conflicts.length - 1;
    const others = more ? ` (and ${more} more ${more === 1 ? "change" : "changes"} of others)` : "";
    const of = last2.label ? ` “${last2.label}”` : "";
    return `Not saved${of}: ${describeConflict(last2.conflict)}${others}.`;
  }

  // js/legend.js
  var GREY = "#8a8f98";
  var MANY = 40;
  var Legend = class {
    /** @param {() => void} changed */
    constructor(changed) {
      const kept4 = readSettings().colour;
      const options = COLOUR_BY.map((by) => {
        return make("option", { value: by, text: `Colour: ${by}`, selected: by === kept4 });
      });
      const choose = () => {
        keepSettings({ colour: this.select.value });
        changed();
      };
      const attributes = { class: "a100-select", "aria-label": "Colour by" };
      this.select = make("select", { ...attributes, on: { change: choose } }, ...options);
      this.element = make("ul", { class: "a100-legend", "aria-label": "Legend" });
    }
    /** What the nodes are coloured by. */
    get by() {
      return COLOUR_BY.find((by) => by === this.select.value) ?? "level";
    }
    /**
     * @param {TreeModel} model
     * @param {Palette} palette
     * @param {Set<number> | null} thin the nodes that are drawn as thin lines
     */
    show(model, palette, thin) {
      this.element.replaceChildren(...legendItems(model, palette, this.by, thin));
    }
  };
  function legendItems(model, palette, by, thin) {
    const { states, verbs } = model.data;
    const count = (state) => formatNumber(states.filter((other) => other === state).length);
    const annotated = "Filled: the refined captions have an action for it";
    const items = [
      stateItem(ANNOTATED, `annotated ${count(ANNOTATED)}`, annotated),
      stateItem(NO_ACTION, `N/A ${count(NO_ACTION)}`, "Hatched: a summary, but no action"),
      stateItem(NOT_ANNOTATED, `not annotated ${count(NOT_ANNOTATED)}`, "Outlined: no refined caption"),
      thin && markItem("hidden", `hidden ${formatNumber(thin.size)}`, "A thin line: the App's view hides it"),
      model.rows.some((row) => row.length > MANY) && blockItem(),
      markItem("now", "on screen now", "Bright, with an outline: one node per level, what the video shows now"),
      markItem("pinned", "pinned", "Bright, with a thick outline and a bar at the left: the node that was clicked"),
      markItem("cut", "in the cut", "A line at the lower edge: in the cut at the slider's time scale, as in the row “cut”"),
      markItem("range", "range", "A bracket: dragged on the ruler, or the node that is repeated"),
      markItem("match", "found", "A line at the upper edge: has what is in the search box")
    ];
    if (countReviewed(model).reviewed) {
      items.push(legendItem(make("span", { text: "✓ ✗ ✎" }), "reviewed", "Accepted, rejected, or fixed by a person"));
    }
    if (by === "duration") items.push(...palette.durations.map((bin) => colourItem(bin.colour, bin.name)));
    if (by === "verb") {
      verbs.names.forEach((name, k) => {
        items.push(colourItem(palette.verbs[k % palette.verbs.length], `${name} ${formatNumber(verbs.counts[k])}`));
      });
      if (verbs.rest) items.push(colourItem(palette.tail, `other verbs ${formatNumber(verbs.rest)}`));
    }
    return items.filter((item) => item instanceof HTMLElement);
  }
  function legendItem(swatch, text, title) {
    return make("li", { title }, swatch, make("span", { text }));
  }
  function stateItem(state, text, title) {
    const swatch = make("span", { class: "a100-swatch", "data-state": String(state) });
    swatch.style.background = GREY;
    return legendItem(swatch, text, title);
  }
  function markItem(mark, text, title) {
    return legendItem(make("span", { class: "a100-swatch", "data-mark": mark }), text, title);
  }
  function blockItem() {
    const swatch = make("span", { class: "a100-swatch", "data-mark": "block", text: "+12" });
    return legendItem(swatch, "short neighbours", "So many nodes are too short to be told apart: click to zoom in");
  }
  function colourItem(colour, text) {
    const swatch = make("span", { class: "a100-swatch" });
    swatch.style.background = colour;
    return legendItem(swatch, text);
  }

  // js/mouse.js
  var DRAG_PIXELS = 4;
  var DOUBLE_CLICK_MS = 500;
  var WHEEL_ZOOM = 1.0015;
  function listenToMouse(panel) {
    const { timeline, film, compare } = panel;
    const bands = timeline.bands.canvas;
    listenToRows(panel, timeline.over, () => 0);
    listenToRows(panel, bands, () => timeline.layout.bandsTop);
    listenToRuler(panel);
    for (const surface of [timeline.over, bands, timeline.ruler.canvas, film.canvas, compare.canvas]) listenToWheel(panel, surface);
    timeline.moved = () => viewChanged(panel);
  }
  function viewChanged(panel) {
    panel.hover(NONE);
    panel.repaint();
  }
  function listenToRuler({ timeline, range, current, root }) {
    const surface = timeline.ruler.canvas;
    let drag = null;
    surface.addEventListener("pointerdown", (event2) => {
      const { x } = placeOn(event2, surface);
      if (event2.button !== 0 || x < GUTTER) return;
      drag = { start: x, from: range.oppositeOf(x) ?? timeline.layout.frameAt(x), moved: false };
      surface.setPointerCapture(event2.pointerId);
      root.focus({ preventScroll: true });
    });
    surface.addEventListener("pointermove", (event2) => {
      const { x } = placeOn(event2, surface);
      if (!drag || !drag.moved && Math.abs(x - drag.start) < DRAG_PIXELS) return;
      drag.moved = true;
      range.choose(drag.from, timeline.layout.frameAt(x));
    });
    surface.addEventListener("pointerup", (event2) => {
      if (drag?.moved) range.announce();
      else if (drag) current.seek(timeline.layout.frameAt(placeOn(event2, surface).x));
      drag = null;
    });
    surface.addEventListener("pointercancel", () => {
      drag = null;
    });
  }
  function listenToWheel(panel, surface) {
    surface.addEventListener(
      "wheel",
      (event2) => {
        event2.preventDefault();
        event2.stopPropagation();
        const { view } = panel.timeline;
        const isSideways = event2.shiftKey || Math.abs(event2.deltaX) > Math.abs(event2.deltaY);
        if (isSideways) view.pan(event2.deltaX || event2.deltaY);
        else view.zoom(placeOn(event2, surface).x, WHEEL_ZOOM ** event2.deltaY);
        viewChanged(panel);
      },
      { passive: false }
    );
  }
  function listenToRows(panel, surface, top) {
    const { timeline } = panel;
    let drag = null;
    let opened3 = -Infinity;
    const position = (event2) => {
      const { x, y } = placeOn(event2, surface);
      return { x, y: y + top() };
    };
    const nodeAt = (x, y) => timeline.layout.nodeAt(x, y, timeline.cut);
    surface.addEventListener("pointermove", (event2) => {
      const { x, y } = position(event2);
      if (!drag) {
        panel.hover(nodeAt(x, y), { x, y, surface, top: top() });
        surface.classList.toggle("a100-on-block", timeline.layout.blockAt(x, y) !== null);
        return;
      }
      if (!drag.moved && Math.abs(x - drag.start) < DRAG_PIXELS) return;
      if (!drag.moved) surface.setPointerCapture(event2.pointerId);
      drag.moved = true;
      timeline.view.pan(drag.last - x);
      drag.last = x;
      viewChanged(panel);
    });
    surface.addEventListener("pointerleave", () => panel.hover(NONE));
    surface.addEventListener("pointerdown", (event2) => {
      if (event2.button !== 0) return;
      const { x } = position(event2);
      drag = { start: x, last: x, moved: false };
      panel.root.focus({ preventScroll: true });
    });
    surface.addEventListener("pointerup", (event2) => {
      const isClick = drag !== null && !drag.moved;
      drag = null;
      if (!isClick || event2.timeStamp - opened3 < DOUBLE_CLICK_MS) return;
      const { x, y } = position(event2);
      const i = nodeAt(x, y);
      const block = timeline.layout.blockAt(x, y);
      if (block) {
        opened3 = event2.timeStamp;
        panel.hover(NONE);
        panel.zoom.showFrames(block.first, block.last);
      } else if (i !== NONE) panel.current.pin(i);
      else if (x >= GUTTER) panel.current.seek(timeline.layout.frameAt(x));
    });
    surface.addEventListener("pointercancel", () => {
      drag = null;
    });
    surface.addEventListener("dblclick", (event2) => {
      const { x, y } = position(event2);
      const i = nodeAt(x, y);
      if (i !== NONE && event2.timeStamp - opened3 > DOUBLE_CLICK_MS) panel.zoom.zoomTo(i);
    });
  }

  // js/notices.js
  var Notices = class {
    /** @param {TreePanel} panel */
    constructor(panel) {
      this.panel = panel;
      this.tree = make("p", { class: "a100-notice", role: "status", hidden: true });
      this.player = make("p", { class: "a100-notice", role: "status", hidden: true });
      this.besideButton = textButton("Show both", "Show the video and its tree: beside each other, or where the tree was last", () => {
        runOperator(`${PLUGIN}/show_tree_beside`, {}).catch(console.warn);
      });
      this.besideButton.classList.add("a100-beside");
      this.besideButton.hidden = true;
      this.elements = [this.player, this.besideButton, this.tree];
    }
    /**
     * Says why there is no tree; returns whether there is none.
     *
     * @param {TreeData | Notice | null} data null while it is on its way
     * @returns {data is Notice | null}
     */
    showTree(data) {
      const text = !data ? "Waiting for the tree …" : "notice" in data ? data.notice : "";
      this.tree.textContent = text;
      this.tree.hidden = !text;
      return Boolean(text);
    }
    /**
     * Says what is wrong with the player, after what the App lacks and what is wrong with the file.
     *
     * @param {string} text
     * @param {boolean} [covered] whether the panel is in front of the video
     */
    showPlayer(text, covered = false) {
      const { host, model } = this.panel;
      this.besideButton.hidden = !covered;
      const words = [host.problem, model.data.media, text].filter(Boolean).join(" ");
      this.player.textContent = words;
      this.player.hidden = !words;
    }
    /** Says that the player cannot show the video, unless Python has said why. */
    showFailure() {
      const { media, path } = this.panel.model.data;
      const why = "the file may be damaged, or in a format that it does not know.";
      this.showPlayer(media ? "" : `This browser cannot play ${fileName(path)}: ${why}`);
    }
  };

  // js/overlay.js
  var MODES = { path: "the path", off: "off", line: "one line" };
  var ORDER = (
    /** @type {OverlayMode[]} */
    Object.keys(MODES)
  );
  var LEVELS = [0, 1, 2, 3, 4, 6];
  var SHARE2 = 0.45;
  var LINE2 = 1.5;
  var ASPECT2 = 16 / 9;
  var LETTERS = { share: 0.026, least: 12, most: 20 };
  var Overlay = class {
    /** @type {Looker | null} */
    looker = null;
    /** Gives the App its own captions back. @type {(() => void) | null} */
    giveBack = null;
    size = { width: 0, height: 0 };
    /** @param {TreePanel} panel */
    constructor(panel) {
      this.panel = panel;
      const { overlay, overlayLevels } = readSettings();
      this.mode = overlay && Object.hasOwn(MODES, overlay) ? overlay : "path";
      this.list = make("ol", { class: "a100-overlay", "aria-hidden": "true" });
      this.now = make("span", { class: "a100-now", dir: "auto" });
      this.button = make("button", {
        type: "button",
        class: "a100-cc",
        text: "CC",
        on: { click: () => this.next() }
      });
      this.levels = make(
        "select",
        {
          class: "a100-cc-levels",
          "aria-label": "Levels of the captions over the video",
          title: "The finest levels, or all",
          on: { change: () => this.setLevels(Number(this.levels.value)) }
        },
        ...LEVELS.map((n) => make("option", { value: String(n), text: n ? `finest ${n}` : "all levels" }))
      );
      this.levels.value = String(overlayLevels ?? 0);
      if (!this.levels.value) this.levels.value = "0";
      this.controls = make(
        "div",
        // The App has keys of its own, which play the video.
        { class: "a100-cc-bar", on: { keydown: (event2) => event2.stopPropagation() } },
        this.now,
        this.levels,
        this.button
      );
      this.sizes = new ResizeObserver(([{ contentRect }]) => {
        this.size = contentRect;
        this.show();
      });
    }
    /**
     * Shows the captions over a player's video, those of another one no longer.
     *
     * @param {Looker | null} looker
     */
    attach(looker) {
      this.detach();
      const place = looker?.lookerElement?.element;
      if (!looker || !place || this.panel.model === NO_TREE) return;
      this.looker = looker;
      place.append(this.list);
      this.sizes.observe(place);
      this.apply();
    }
    detach() {
      this.looker = null;
      this.giveBack?.();
      this.giveBack = null;
      this.sizes.disconnect();
      this.list.remove();
      this.controls.remove();
    }
    /** Has the App show its own captions or not, and shows ours as the mode says. */
    apply() {
      const { looker, mode, panel } = this;
      const label = `Captions over the video: ${MODES[mode]}`;
      this.button.setAttribute("aria-label", label);
      this.button.title = `${label}. Press for ${MODES[following(mode)]} (c)`;
      this.button.dataset.mode = mode;
      this.levels.hidden = mode !== "path";
      panel.root.dataset.overlay = mode;
      if (looker && mode !== "off") {
        const fields = new Set(panel.model.data.fields.map(({ name }) => name));
        this.giveBack ??= withoutCaptions(looker, fields, () => this.show());
      } else {
        this.giveBack?.();
        this.giveBack = null;
      }
      this.show();
    }
    next() {
      this.mode = following(this.mode);
      keepSettings({ overlay: this.mode });
      this.apply();
      this.panel.announce(`Captions over the video: ${MODES[this.mode]}`);
    }
    /** @param {number} levels 0 for all */
    setLevels(levels) {
      keepSettings({ overlayLevels: levels });
      this.show();
    }
    /** Shows the captions of the nodes that are on screen now. */
    show() {
      const { looker, mode } = this;
      if (!looker) return;
      const { model, timeline } = this.panel;
      const nodes = timeline.active.filter((i) => i !== NONE && model.data.labels[i] && !timeline.thin?.has(i));
      const finest = nodes.at(-1) ?? NONE;
      this.placeControls(looker);
      const now = finest === NONE ? "" : model.label(finest);
      Object.assign(this.now, { textContent: now, title: now });
      const { letters, room } = spaceIn(this.size);
      const shown = chosenOf(nodes, mode, Number(this.levels.value), room);
      this.list.hidden = !shown.length;
      this.list.style.fontSize = `${letters}px`;
      this.list.replaceChildren(...shown.map((i, step) => this.line(i, step)));
    }
    /**
     * @param {number} i
     * @param {number} step how far it is indented
     */
    line(i, step) {
      const { model, timeline } = this.panel;
      const colour = timeline.painter?.shades(model, i, timeline.colourBy).full ?? "#fff";
      const style = `--a-step: ${step}; --a-level: ${colour}`;
      return make("li", { style }, make("span", { dir: "auto", text: this.caption(i) }));
    }
    /**
     * Returns a node's label or, if another field is ticked rather than the label's, its text there.
     *
     * @param {number} i
     */
    caption(i) {
      const { data, texts } = this.panel.model;
      const ticked = new Set(this.looker?.state?.options?.activePaths);
      if (texts && !ticked.has(data.fields[data.labelFields?.[i] ?? NONE]?.name)) {
        const other = data.fields.findIndex(({ name }, k) => ticked.has(name) && texts[k].has(i));
        if (other >= 0) return texts[other].get(i);
      }
      return this.panel.model.label(i);
    }
    /**
     * Puts the controls beside the clock of the player, which the App may make later than the player.
     *
     * @param {Looker} looker
     */
    placeControls(looker) {
      if (this.controls.isConnected) return;
      const modal = looker.lookerElement?.element?.closest("#modal");
      modal?.querySelector("[data-testid=timeline-controls-root]")?.append(this.controls);
    }
  };
  function following(mode) {
    return ORDER[(ORDER.indexOf(mode) + 1) % ORDER.length];
  }
  function chosenOf(nodes, mode, levels, room) {
    if (mode === "off") return [];
    return nodes.slice(mode === "line" ? -1 : -Math.min(levels || room, room));
  }
  function spaceIn({ width, height }) {
    const { share, least, most } = LETTERS;
    const letters = Math.min(Math.max(Math.min(width, ASPECT2 * height) * share, least), most);
    return { letters, room: Math.max(Math.floor(height * SHARE2 / (letters * LINE2)), 1) };
  }
  function withoutCaptions(looker, fields, changed) {
    const { updateOptions } = looker;
    if (!updateOptions || !looker.state?.options) return null;
    let { filter } = looker.state.options;
    const strict = (field, label) => !fields.has(field) && (filter?.(field, label) ?? true);
    looker.updateOptions = (options, ...rest) => {
      if ("filter" in options) filter = options.filter;
      updateOptions.call(looker, { ...options, filter: strict }, ...rest);
      changed();
    };
    updateOptions.call(looker, { filter: strict }, true);
    return () => {
      looker.updateOptions = updateOptions;
      updateOptions.call(looker, { filter }, true);
    };
  }

  // js/playback.js
  var TIME_MS = 250;
  var Playback = class {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    timer;
    /** @param {TreePanel} panel */
    constructor(panel) {
      this.panel = panel;
    }
    destroy() {
      pictures.pause(false);
      clearTimeout(this.timer);
    }
    /** @param {boolean} available */
    onAvailable(available) {
      const { transport, overlay, player, current, model } = this.panel;
      transport.setEnabled(available);
      overlay.attach(player.looker);
      if (!available) return;
      current.showClock();
      current.showHanded(handedOver(model.data.shown));
    }
    onFailure() {
      this.panel.transport.setEnabled(false);
      this.panel.notices.showFailure();
    }
    /**
     * @param {string} text
     * @param {boolean} covered
     */
    onWarning(text, covered = false) {
      this.panel.notices.showPlayer(text, covered);
    }
    /** @param {boolean} playing */
    onPlaying(playing) {
      const { transport, player } = this.panel;
      transport.setPlaying(playing);
      pictures.pause(playing);
      if (player.looker) this.onFrame(player.frame, true);
    }
    loopRange() {
      return this.panel.range.repeated;
    }
    startFrame() {
      return this.panel.model.data.clip?.[0] ?? 1;
    }
    /**
     * Shows what is on screen at a frame.
     *
     * @param {number} frame
     * @param {boolean} force whether to update what has not changed, too
     */
    onFrame(frame, force = false) {
      const { model, timeline, player, current, zoom } = this.panel;
      if (model === NO_TREE) return;
      current.goBack(frame);
      const isFollowing = player.looker !== null;
      const active = isFollowing ? model.activePath(frame) : [];
      const hasChanged = force || String(active) !== String(timeline.active);
      timeline.frame = isFollowing ? frame : 0;
      timeline.active = active;
      if (isFollowing && player.playing && zoom.keepOnScreen(frame)) this.panel.repaint();
      else if (hasChanged) timeline.paintHighlights();
      else timeline.placeHead();
      if (hasChanged) this.showActive();
      if (force || !player.playing) this.showTime(frame);
      else this.timer ??= setTimeout(() => this.showTime(timeline.frame), TIME_MS);
    }
    /** @param {number} frame */
    showTime(frame) {
      const { model, transport, player, root } = this.panel;
      clearTimeout(this.timer);
      this.timer = void 0;
      if (model === NO_TREE) return;
      transport.showTime(model, player.looker ? frame : 0);
      root.dataset.frame = String(frame);
    }
    /** Shows on the card, in the outline and over the video which nodes are on screen now. */
    showActive() {
      const { model, timeline, current, details, overlay, player, root } = this.panel;
      const active = timeline.active.filter((i) => i !== NONE);
      const finest = active.at(-1) ?? NONE;
      root.dataset.active = finest === NONE ? "" : model.data.ids[finest];
      details.outline.setActive(active, current.pinned === NONE);
      overlay.show();
      const first = model.rows[0]?.[0] ?? NONE;
      current.show(current.pinned !== NONE ? current.pinned : player.looker ? finest : first);
    }
  };

  // js/range.js
  var EDGE = 6;
  var FrameRange = class {
    /** @type {[number, number] | null} The first and the last frame, 1-based and inclusive. */
    chosen = null;
    /** Whether it is played again and again. */
    looping = false;
    /** @param {TreePanel} panel */
    constructor(panel) {
      this.panel = panel;
      this.length = make("span");
      this.button = iconButton("loop", "Play the range again and again", "Enter", () => this.play());
      this.flag = make(
        "div",
        { class: "a100-flag", role: "group", "aria-label": "Range" },
        this.button,
        this.length,
        textButton("×", "Free the range (Esc)", () => this.free())
      );
      this.flag.lastElementChild?.setAttribute("aria-label", "Free the range");
      this.element = make("div", { class: "a100-bracket", hidden: true }, this.flag);
      panel.timeline.element.append(this.element);
    }
    /** The frames that are marked; null if none are. */
    get shown() {
      return this.chosen ?? this.panel.current.loopRange();
    }
    /** The frames to play again and again; null if none are. */
    get repeated() {
      return this.looping ? this.chosen : this.panel.current.loopRange();
    }
    /**
     * Chooses frames, in either order; in a clip no further than its ends.
     *
     * @param {number} one
     * @param {number} other
     * @param {boolean} [looping] whether they are played again and again
     */
    choose(one, other, looping = this.looping) {
      const { clip } = this.panel.model.data;
      const [least, most] = clip ?? [1, this.panel.model.frames];
      const [first, last2] = [one, other].map((at) => Math.min(Math.max(at, least), most)).sort((a, b) => a - b);
      this.chosen = [first, last2];
      this.looping = looping;
      this.show();
    }
    /**
     * Makes the frame on screen the first or the last one.
     *
     * @param {"first" | "last"} end
     */
    chooseHere(end) {
      const { model, player } = this.panel;
      const { frame } = player;
      const [first, last2] = this.chosen ?? model.data.clip ?? [1, model.frames];
      if (end === "first") this.choose(frame, Math.max(last2, frame));
      else this.choose(Math.min(first, frame), frame);
      this.announce();
    }
    announce() {
      if (!this.chosen) return;
      const [start, end] = this.seconds(this.chosen).map((seconds) => formatTime(seconds));
      this.panel.announce(`Range ${start} to ${end}. Enter plays it again and again.`);
    }
    /**
     * Returns when frames begin and end, in seconds of the clip.
     *
     * @param {[number, number]} frames
     */
    seconds([first, last2]) {
      const { fps } = this.panel.model;
      return [(first - 1) / fps, last2 / fps];
    }
    /** Plays the range from its first frame on, again and again; returns false if there is none. */
    play() {
      const { current, player } = this.panel;
      if (!this.chosen) return false;
      current.setLooping(false);
      this.looping = true;
      current.seek(this.chosen[0]);
      if (!player.playing) player.togglePlaying();
      this.show();
      return true;
    }
    /** Frees the range, and the node that is repeated. */
    free() {
      this.clear();
      this.panel.current.setLooping(false);
    }
    /** Forgets what was chosen. */
    clear() {
      this.chosen = null;
      this.looping = false;
      this.show();
    }
    /**
     * Returns the frame at the other end of the range, if its end is at a pixel; null if none is.
     *
     * @param {number} x
     */
    oppositeOf(x) {
      if (!this.chosen) return null;
      const { view } = this.panel.timeline;
      const [first, last2] = this.chosen;
      if (Math.abs(view.x(last2) - x) < EDGE) return first;
      return Math.abs(view.x(first - 1) - x) < EDGE ? last2 : null;
    }
    /** Says what is marked, and marks it. */
    show() {
      const { shown, element } = this;
      this.panel.root.dataset.range = shown ? shown.join("-") : "";
      element.classList.toggle("a100-looping", this.repeated !== null);
      this.button.setAttribute("aria-pressed", String(this.repeated !== null));
      this.button.disabled = !this.chosen;
      if (shown) {
        const [start, end] = this.seconds(shown);
        this.length.textContent = formatDuration(end - start);
      }
      this.place();
    }
    /** Puts the marks where the frames are. */
    place() {
      const { shown, element } = this;
      const { layout } = this.panel.timeline;
      const at = shown && layout.stretch(...shown);
      element.hidden = !at;
      if (!at) return;
      const [left, right] = [Math.max(at[0], GUTTER), Math.min(at[1], layout.right)];
      element.style.transform = `translateX(${left.toFixed(1)}px)`;
      element.style.width = `${(right - left).toFixed(1)}px`;
      element.style.height = `${layout.height}px`;
      element.classList.toggle("a100-from-before", at[0] < left);
      element.classList.toggle("a100-goes-on", at[1] > right);
      const beyond = Math.max(0, left + this.flag.offsetWidth - layout.right);
      this.flag.style.transform = `translateX(${(-beyond).toFixed(1)}px)`;
    }
  };

  // js/boundary.js
  function boundaryOf(model, i, edge) {
    const { first, last: last2 } = model.data;
    if (i === NONE || last2[i] < first[i] || first[i] < 1) return null;
    const frame = edge === "start" ? first[i] : last2[i] + 1;
    const found = { edge, frame, least: 2, most: model.frames, before: NONE, after: NONE };
    for (let k = 0; k < model.count; k += 1) {
      if (last2[k] < first[k]) continue;
      if (last2[k] + 1 === frame && first[k] + 1 >= found.least) {
        found.least = first[k] + 1;
        found.before = k;
      } else if (first[k] === frame && last2[k] <= found.most) {
        found.most = last2[k];
        found.after = k;
      }
    }
    if (found.before !== NONE && found.after !== NONE) return found;
    const parent = parentBeyond(model, i, edge);
    if (parent === NONE || frame < 2 || frame > model.frames) return null;
    for (const k of model.children[parent]) {
      if (found.before === NONE && last2[k] < frame) found.least = Math.max(found.least, last2[k] + 1);
      if (found.after === NONE && first[k] > frame) found.most = Math.min(found.most, first[k]);
    }
    if (found.before === NONE) found.least = Math.max(found.least, first[parent]);
    else found.most = Math.min(found.most, last2[parent] + 1);
    return found;
  }
  function parentBeyond(model, i, edge) {
    const ends = edge === "start" ? model.data.first : model.data.last;
    return model.path(i).reverse().find((above) => ends[above] !== ends[i]) ?? NONE;
  }
  function allowed({ least, most }, frame) {
    return Math.min(Math.max(Math.round(frame), least), most);
  }
  function describeMove(model, { frame: from, before: before2, after }, frame) {
    const { first, last: last2 } = model.data;
    const moved2 = frame - from;
    const count = Math.abs(moved2) === 1 ? "frame" : "frames";
    const length = (frames) => `${(frames / model.fps).toFixed(2)} s`;
    const left = before2 === NONE ? "–" : length(frame - first[before2]);
    const right = after === NONE ? "–" : length(last2[after] + 1 - frame);
    return [
      `frame ${frame}`,
      formatTime((frame - 1) / model.fps),
      moved2 ? `${moved2 > 0 ? "+" : "−"}${Math.abs(moved2)} ${count}` : "",
      `${left} | ${right}`
    ].filter(Boolean).join(" · ");
  }
  function moveShown(model, from, to) {
    const { first, last: last2 } = model.data;
    const nodes = model.data.ids.map((_, i) => i).filter((i) => last2[i] >= first[i]);
    const ending = nodes.filter((i) => last2[i] + 1 === from);
    const beginning = nodes.filter((i) => first[i] === from);
    const put = (frame) => {
      for (const i of ending) last2[i] = frame - 1;
      for (const i of beginning) first[i] = frame;
      model.measure();
    };
    put(to);
    return () => put(from);
  }

  // js/boundary_handles.js
  var STEPS = (
    /** @type {Record<string, number>} */
    {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowDown: -1,
      ArrowUp: 1,
      PageDown: -10,
      PageUp: 10
    }
  );
  var SEEK_MS = 80;
  var BESIDE = 4;
  var EDGES = ["start", "end"];
  var BoundaryHandles = class {
    /** @type {Boundary | null} The boundary that is moved, and the frame that it is at. */
    moving = null;
    frame = 0;
    dragging = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    seekTimer;
    /**
     * @param {Review} review
     * @param {ReviewPanel & Place} panel
     */
    constructor(review, panel) {
      this.review = review;
      this.panel = panel;
      this.line = make("div", { class: "a100-boundary", "aria-hidden": "true", hidden: true });
      this.said = make("div", { class: "a100-tip a100-boundary-tip", role: "status", hidden: true });
      this.handles = {
        start: this.makeHandle("start"),
        end: this.makeHandle("end")
      };
      panel.timeline.element.append(this.line, this.handles.start, this.handles.end, this.said);
    }
    destroy() {
      clearTimeout(this.seekTimer);
    }
    /** @param {Edge} edge */
    makeHandle(edge) {
      const handle = make("div", {
        class: "a100-handle",
        role: "slider",
        tabindex: "0",
        hidden: true,
        "data-edge": edge,
        "aria-label": `${edge === "start" ? "Start" : "End"} of the node`,
        title: "Drag to move the boundary; or arrow keys, Enter saves, Esc gives up"
      });
      handle.addEventListener("pointerdown", (event2) => this.grab(event2, edge));
      handle.addEventListener("pointermove", (event2) => this.drag(event2));
      handle.addEventListener("pointerup", () => this.drop());
      handle.addEventListener("pointercancel", () => this.giveUp());
      handle.addEventListener("keydown", (event2) => this.press(event2, edge));
      handle.addEventListener("blur", () => {
        if (!this.dragging) this.giveUp();
      });
      return handle;
    }
    /** Puts the handles where the pinned node's ends are. */
    place() {
      const { model, current, timeline } = this.panel;
      const i = this.review.isActive ? current.pinned : NONE;
      const box = i === NONE ? null : timeline.layout.rect(i);
      for (const edge of EDGES) {
        const handle = this.handles[edge];
        const boundary = box && boundaryOf(model, i, edge);
        const isMoved = this.moving?.edge === edge;
        const x = boundary ? timeline.view.x((isMoved ? this.frame : boundary.frame) - 1) : -1;
        const isHidden = !box || !boundary || x < GUTTER - 1 || x > timeline.layout.right + 1;
        if (isHidden && document.activeElement === handle) this.panel.root.focus({ preventScroll: true });
        handle.hidden = isHidden;
        if (!box || !boundary || isHidden) continue;
        const beside = x + (edge === "start" ? -BESIDE : BESIDE);
        handle.style.transform = `translate(${beside.toFixed(1)}px, ${box.y}px)`;
        handle.style.height = `${box.h}px`;
        handle.setAttribute("aria-valuemin", String(boundary.least));
        handle.setAttribute("aria-valuemax", String(boundary.most));
        handle.setAttribute("aria-valuenow", String(isMoved ? this.frame : boundary.frame));
        handle.setAttribute("aria-valuetext", describeMove(model, boundary, isMoved ? this.frame : boundary.frame));
      }
      this.placeLine();
    }
    placeLine() {
      const { moving, line: line2, said } = this;
      const { model, timeline } = this.panel;
      line2.hidden = !moving;
      said.hidden = !moving;
      if (!moving) return;
      const x = timeline.view.x(this.frame - 1);
      line2.style.transform = `translateX(${x.toFixed(1)}px)`;
      line2.style.height = `${timeline.layout.height}px`;
      said.textContent = describeMove(model, moving, this.frame);
      const { width } = timeline.layout;
      said.style.left = `${Math.min(Math.max(x + 8, 4), Math.max(4, width - said.offsetWidth - 8))}px`;
      said.style.top = `${timeline.element.scrollTop + 20}px`;
    }
    /**
     * Moves the focus to a handle: to that of the start, from there to that of the end. Returns false if
     * neither is there.
     */
    focus() {
      const { start, end } = this.handles;
      const isAtStart = document.activeElement === start;
      const handle = !start.hidden && (!isAtStart || end.hidden) ? start : end;
      if (handle.hidden) return false;
      handle.focus();
      return true;
    }
    /**
     * @param {PointerEvent} event
     * @param {Edge} edge
     */
    grab(event2, edge) {
      if (event2.button !== 0) return;
      event2.stopPropagation();
      this.begin(edge);
      this.dragging = this.moving !== null;
      if (event2.target instanceof Element) event2.target.setPointerCapture(event2.pointerId);
    }
    /** @param {Edge} edge */
    begin(edge) {
      if (this.moving?.edge === edge) return;
      this.moving = boundaryOf(this.panel.model, this.panel.current.pinned, edge);
      this.frame = this.moving?.frame ?? 0;
      this.place();
    }
    /** @param {PointerEvent} event */
    drag(event2) {
      if (!this.dragging) return;
      const { timeline } = this.panel;
      const x = event2.clientX - timeline.over.getBoundingClientRect().left;
      this.moveTo(timeline.view.at(x) + 1);
    }
    /** @param {number} frame */
    moveTo(frame) {
      if (!this.moving) return;
      this.frame = allowed(this.moving, frame);
      this.place();
      this.seekTimer ??= setTimeout(() => {
        this.seekTimer = void 0;
        if (this.moving) this.panel.current.seek(this.frame);
      }, SEEK_MS);
    }
    /** The boundary that is moved, and where it is; null if none is. */
    get moved() {
      return this.moving && { edge: this.moving.edge, frame: this.frame };
    }
    /**
     * Goes on moving a boundary in a tree that was sent anew.
     *
     * @param {{edge: Edge, frame: number}} moved
     */
    resume({ edge, frame }) {
      this.begin(edge);
      this.moveTo(frame);
    }
    drop() {
      this.dragging = false;
      this.save();
    }
    giveUp() {
      this.dragging = false;
      this.moving = null;
      this.place();
    }
    /** Moves the boundary to where the handle is. */
    save() {
      const { moving, frame, panel } = this;
      this.moving = null;
      const node = panel.model.data.ids[panel.current.pinned];
      if (moving && frame !== moving.frame && node !== void 0) {
        this.review.edit({ node, kind: "boundary", edge: moving.edge, frame });
      }
      this.place();
    }
    /**
     * @param {KeyboardEvent} event
     * @param {Edge} edge
     */
    press(event2, edge) {
      const { key, shiftKey, ctrlKey, metaKey, altKey } = event2;
      if (ctrlKey || metaKey || altKey) return;
      if (Object.hasOwn(STEPS, key)) {
        this.begin(edge);
        this.moveTo(this.frame + STEPS[key] * (shiftKey ? 10 : 1));
      } else if (key === "Home" || key === "End") {
        this.begin(edge);
        if (this.moving) this.moveTo(key === "Home" ? this.moving.least : this.moving.most);
      } else if (key === "Enter" && this.moving) this.save();
      else if (key === "Escape") {
        this.giveUp();
        this.panel.root.focus();
      } else return;
      event2.preventDefault();
      event2.stopPropagation();
    }
  };

  // js/review_onward.js
  var Onward = class {
    /** @param {Review} review */
    constructor(review) {
      this.review = review;
    }
    /** Goes to the next node that is not reviewed: of this video, then of the next ones if wanted. */
    async next() {
      const { panel, scope, who, queue } = this.review;
      const { model, current, host } = panel;
      const { sample, ids } = model.data;
      if (scope !== "sample") {
        const i = nextNotReviewed(model, current.node);
        if (i !== NONE) {
          current.pin(i, { reveal: true, selects: false });
          return;
        }
        if (scope === "video") {
          panel.announce("All nodes of this video are reviewed");
          return;
        }
      }
      await queue.settled;
      const answer = await host.ask("review_next", { sample, node: ids[current.node] ?? "", who, scope });
      if (answer?.problem) this.review.fail(answer.problem);
      else if (!answer?.node || !answer.sample) panel.announce("Nothing is left to review");
      else if (answer.sample === sample) this.review.showNode(answer.node);
      else await this.open(answer.sample, answer.node);
    }
    /**
     * Opens another video at a node.
     *
     * @param {string} sample
     * @param {string} node
     */
    async open(sample, node) {
      const segment = { node, query: "", nodes: [], loop: false };
      try {
        await runOperator(`${PLUGIN}/show_and_open`, { sample_id: sample, segment });
      } catch (error) {
        this.review.fail(error instanceof Error ? error.message : String(error));
      }
    }
  };

  // js/review_progress.js
  var ReviewProgress = class {
    /** In words, and as a share of 1. */
    text = "";
    share = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    timer;
    /**
     * @param {() => Promise<Progress | null>} ask null where the answer counts no more
     * @param {() => void} show
     */
    constructor(ask, show3) {
      this.ask = ask;
      this.show = show3;
    }
    destroy() {
      clearTimeout(this.timer);
    }
    /**
     * Counts the open tree, where the progress is of it.
     *
     * @param {ReviewScope} scope
     * @param {TreeModel} model
     */
    count(scope, model) {
      if (scope !== "video") return;
      const { reviewed, total } = countReviewed(model);
      this.text = progressText(reviewed, total);
      this.share = total ? reviewed / total : 0;
    }
    /**
     * @param {number} ms when to ask, unless it is asked again before
     * @param {ReviewScope} scope
     * @param {TreeModel} model
     */
    askSoon(ms, scope, model) {
      clearTimeout(this.timer);
      this.count(scope, model);
      this.show();
      if (scope !== "video") this.timer = setTimeout(() => this.take(), ms);
    }
    async take() {
      const found = await this.ask();
      if (!found) return;
      this.text = found.text ?? "";
      this.share = found.total ? found.reviewed / found.total : 0;
      this.show();
    }
  };

  // js/review_queue.js
  var NO_ANSWER = "The change was not saved, as the server did not answer. Try again.";
  var EditQueue = class {
    /** @type {Map<string, string>} The version of each sample's tree. */
    versions = /* @__PURE__ */ new Map();
    /** @type {Promise<unknown>} Settles when all has been answered that was sent so far. */
    settled = Promise.resolve();
    /** How many changes have not been answered. */
    waiting = 0;
    /** @param {Pick<Host, "ask">} host */
    constructor(host) {
      this.host = host;
    }
    /**
     * Takes the version that came with a tree, unless changes are under way: these know a later one.
     * Returns whether the tree is older than what was answered last: its request took longer.
     *
     * @param {string} sample
     * @param {string | undefined} version
     */
    setVersion(sample, version) {
      const isOlder = parseInt(version ?? "", 10) < parseInt(this.versions.get(sample) ?? "", 10);
      if (version !== void 0 && !this.waiting) this.versions.set(sample, version);
      return isOlder;
    }
    /**
     * Sends a change; resolves to the answer.
     *
     * @param {EditMethod} method
     * @param {string} sample
     * @param {object} params
     * @returns {Promise<EditAnswer>}
     */
    send(method, sample, params) {
      this.waiting += 1;
      const answered = this.settled.then(async () => {
        const version = this.versions.get(sample) ?? "";
        const answer = await this.host.ask(method, { ...params, sample, version }).catch(() => null);
        if (answer?.version) this.versions.set(sample, answer.version);
        return answer ?? { problem: NO_ANSWER };
      });
      this.settled = answered.then(() => {
        this.waiting -= 1;
      });
      return answered;
    }
  };

  // js/review_shown.js
  var GIVES = { accept: ACCEPTED, reject: REJECTED, clear: NOT_REVIEWED, text: FIXED, boundary: FIXED };
  function showEdit(model, i, { kind, text = "", edge, frame }, who) {
    const { first, last: last2, review } = model.data;
    const before2 = statusOf(model, i);
    const moveBack = kind === "boundary" && frame ? moveShown(model, edge === "start" ? first[i] : last2[i] + 1, frame) : () => {
    };
    const note = review?.notes[i];
    const reviewer = review?.reviewers[i] ?? "";
    if (review && kind in GIVES) {
      review.status[i] = GIVES[
        /** @type {keyof typeof GIVES} */
        kind
      ];
      review.reviewers[i] = who;
    }
    if (review && kind === "note") review.notes[i] = text;
    return () => {
      moveBack();
      if (!review) return;
      review.status[i] = before2;
      review.reviewers[i] = reviewer;
      if (note === void 0) delete review.notes[i];
      else review.notes[i] = note;
    };
  }
  function showChanged({ data, nodeOfId }, { changed = {}, reviewers = {}, notes = {} }) {
    const { review } = data;
    if (!review) return;
    for (const [id, status] of Object.entries(changed)) {
      const i = nodeOfId.get(id);
      if (i === void 0) continue;
      review.status[i] = status;
      review.reviewers[i] = reviewers[id] ?? "";
    }
    for (const [id, note] of Object.entries(notes)) {
      const i = nodeOfId.get(id);
      if (i !== void 0) review.notes[i] = note;
    }
  }

  // js/review.js
  var JUDGEMENTS = ["accept", "reject", "clear"];
  var PROGRESS_MS = 800;
  var COMMANDS2 = {
    accept: (review) => review.judge("accept"),
    reject: (review) => review.judge("reject"),
    clear: (review) => review.judge("clear"),
    text: (review) => review.openEditor("text"),
    note: (review) => review.openEditor("note"),
    split: (review) => review.split(),
    merge: (review) => review.merge(),
    undo: (review) => review.step("review_undo"),
    redo: (review) => review.step("review_redo"),
    next: (review) => review.onward.next()
  };
  var Review = class {
    /** Whether trees are reviewed: without it, no key and no handle changes anything. */
    on = readSettings().review === true;
    who = readSettings().reviewer ?? "";
    /** @type {ReviewScope} */
    scope = readSettings().reviewScope ?? "view";
    /** Whether to go on to the next node after a judgement. */
    goesOn = readSettings().reviewGoesOn !== false;
    /** How many steps can be undone and redone; null while that is not known. */
    steps = { undo: (
      /** @type {number | null} */
      null
    ), redo: (
      /** @type {number | null} */
      null
    ) };
    /** What could not be done; empty if nothing. */
    problem = "";
    /** What was so already when it was to be done; empty if nothing was. */
    remark = "";
    /** @type {{conflict: Conflict, label: string}[]} */
    conflicts = [];
    /** The edits that could not be saved, until a person has seen it. @type {Failure[]} */
    failures = [];
    /** The sample whose tree is shown. */
    sample = "";
    /** @type {ReviewView | null} */
    view = null;
    /** @param {ReviewPanel} panel */
    constructor(panel) {
      this.panel = panel;
      this.queue = new EditQueue(panel.host);
      this.onward = new Onward(this);
      this.progress = new ReviewProgress(() => this.askProgress(), () => this.view?.show());
    }
    async askProgress() {
      const { scope, who } = this;
      await this.queue.settled;
      const { sample } = this.panel.model.data;
      const found = await this.panel.host.ask("review_progress", { sample, who, scope });
      if (!found || scope !== this.scope || who !== this.who) return null;
      if (found.problem) this.problem = found.problem;
      return found;
    }
    destroy() {
      this.progress.destroy();
      this.view?.destroy();
    }
    /** Whether the tree can be reviewed. */
    get isPossible() {
      return Boolean(this.panel.model.data.review);
    }
    /** Whether keys and handles change the tree. */
    get isActive() {
      return this.on && this.isPossible && this.who !== "";
    }
    /** Another tree is shown, or none, or the same one anew. */
    treeChanged() {
      const { data } = this.panel.model;
      if (this.queue.setVersion(data.sample, data.version)) this.panel.host.tell("reload", {});
      if (data.sample !== this.sample) {
        this.sample = data.sample;
        this.steps = { undo: null, redo: null };
        this.problem = "";
        this.remark = "";
        this.view?.closeEditor();
      }
      this.tell();
      this.view?.show();
      this.askProgressSoon(0);
    }
    /** Begins or ends to review. */
    toggle() {
      this.on = !this.on;
      keepSettings({ review: this.on });
      this.view?.show();
      if (this.on && !this.who) this.view?.askName();
      else this.panel.announce(this.on ? "Review on" : "Review off");
      this.askProgressSoon(0);
      this.panel.repaint();
    }
    /** @param {string} name */
    setName(name) {
      this.who = name.trim();
      keepSettings({ reviewer: this.who });
      this.steps = { undo: null, redo: null };
      this.view?.show();
      this.askProgressSoon(0);
      this.panel.repaint();
    }
    /** @param {ReviewScope} scope */
    setScope(scope) {
      this.scope = scope;
      keepSettings({ reviewScope: scope });
      this.askProgressSoon(0);
    }
    /** @param {boolean} goesOn */
    setGoesOn(goesOn) {
      this.goesOn = goesOn;
      keepSettings({ reviewGoesOn: goesOn });
    }
    /**
     * Does what a button or a key stands for; returns false if trees are not reviewed.
     *
     * @param {ReviewCommand} command
     */
    act(command) {
      if (!this.isActive) return false;
      this.problem = "";
      this.remark = "";
      COMMANDS2[command](this);
      return true;
    }
    /** Another node is the current one. */
    nodeChanged() {
      this.remark = "";
      this.view?.show();
    }
    /** Leaves the editor or the message; returns false if there was none. */
    leave() {
      if (this.view?.closeEditor()) return true;
      if (!this.problemText && !this.conflicts.length) return false;
      this.dismiss();
      return true;
    }
    dismiss() {
      this.problem = "";
      this.conflicts = [];
      this.failures = [];
      this.view?.show();
      this.panel.root.focus({ preventScroll: true });
    }
    /**
     * Accepts or rejects the current node, or takes that back; then goes on if wanted.
     *
     * @param {"accept" | "reject" | "clear"} kind
     */
    judge(kind) {
      const { current, model } = this.panel;
      const i = current.node;
      if (i === NONE) return;
      this.edit({ node: model.data.ids[i], kind });
      if (kind !== "clear" && this.goesOn) this.onward.next();
    }
    /**
     * @param {"text" | "note"} kind
     * @param {string} [field] the name of the field to fix
     */
    openEditor(kind, field) {
      if (this.panel.current.node !== NONE) this.view?.edit(kind, field);
    }
    split() {
      const { current, model, player } = this.panel;
      const { first, last: last2, ids } = model.data;
      const i = current.node;
      if (i === NONE) return;
      if (player.frame <= first[i] || player.frame > last2[i]) {
        this.fail("Move the video to a frame within the node, after its first one, to split it there.");
      } else this.edit({ node: ids[i], kind: "split", frame: player.frame });
    }
    merge() {
      const { current, model } = this.panel;
      const { ids } = model.data;
      const i = current.node;
      if (i === NONE) return;
      const next = nextSibling(model, i);
      if (next === NONE) this.fail("This node is the last part of its parent: there is none to merge it with.");
      else this.edit({ node: ids[i], kind: "merge", with: ids[next] });
    }
    /** @param {string} problem */
    fail(problem) {
      this.problem = problem;
      this.view?.show();
    }
    /**
     * Makes a change; resolves to whether it was made.
     *
     * @param {Edit} edit
     */
    async edit(edit) {
      const { model } = this.panel;
      const i = model.nodeOfId.get(edit.node) ?? NONE;
      const takeBack = showEdit(model, i, edit, this.who);
      this.statusChanged();
      const answer = await this.send("review_edit", { ...edit }, model.label(i));
      const isMade = !answer.problem && !answer.conflict;
      if (!isMade || answer.same) takeBack();
      this.showAnswer(model.data.sample, answer, edit.kind === "split" || edit.kind === "merge");
      return isMade;
    }
    /** @param {"review_undo" | "review_redo"} method */
    async step(method) {
      const { sample } = this.panel.model.data;
      this.showAnswer(sample, await this.send(method, {}, ""), true);
    }
    /**
     * @param {EditMethod} method
     * @param {{node?: string, kind?: string}} params
     * @param {string} label of the node
     */
    async send(method, params, label) {
      const { sample } = this.panel.model.data;
      const sent = this.queue.send(method, sample, { ...params, who: this.who });
      this.tell();
      const answer = await sent;
      const { node, kind = "" } = params;
      const edit = [sample, node, JUDGEMENTS.includes(kind) ? "judgement" : kind].join(" ");
      this.failures = this.failures.filter((each) => each.edit !== edit);
      if (answer.problem && node) this.failures.push({ edit, label, problem: answer.problem });
      else if (answer.problem) this.problem = answer.problem;
      if (answer.same) this.remark = answer.same;
      if (answer.conflict) this.conflicts.push({ conflict: answer.conflict, label });
      return answer;
    }
    /**
     * Shows what was done, in the tree that is shown by now: it may have been sent anew.
     *
     * @param {string} sample what the answer is of
     * @param {EditAnswer} answer
     * @param {boolean} isElsewhere whether the node to show may be another one than before
     */
    showAnswer(sample, answer, isElsewhere) {
      const { model } = this.panel;
      const { undo, redo, done = answer.same, node } = answer;
      if (undo !== void 0) this.steps.undo = undo;
      if (redo !== void 0) this.steps.redo = redo;
      if (sample === model.data.sample) showChanged(model, answer);
      if (done) this.panel.announce(done);
      this.statusChanged();
      if (node && isElsewhere) this.showNode(node);
      this.askProgressSoon();
    }
    /**
     * Shows a node, unless it is shown already.
     *
     * @param {string} id
     */
    showNode(id) {
      const { model, current } = this.panel;
      const i = model.nodeOfId.get(id) ?? NONE;
      if (i !== NONE && i !== current.node) current.pin(i, { reveal: true, selects: false });
    }
    /** Draws the marks and the bar anew. */
    statusChanged() {
      this.progress.count(this.scope, this.panel.model);
      this.tell();
      this.view?.show();
      this.view?.mark();
      this.panel.repaint();
    }
    /** Says on the panel's element how many nodes are reviewed, and how many changes are not yet saved. */
    tell() {
      const { model, root } = this.panel;
      root.dataset.reviewed = this.isPossible ? String(countReviewed(model).reviewed) : "";
      root.dataset.unsaved = String(this.queue.waiting);
    }
    /** Shows what the others have made of the nodes. */
    takeTheirs() {
      this.dismiss();
      this.panel.host.tell("reload", {});
    }
    /** @param {number} [ms] when to ask how far the review is, unless it is asked again before */
    askProgressSoon(ms = PROGRESS_MS) {
      const { model } = this.panel;
      if (model !== NO_TREE && this.isActive) this.progress.askSoon(ms, this.scope, model);
    }
    /** What others have changed meanwhile, in words; empty if nothing. */
    get conflictText() {
      return describeConflicts(this.conflicts);
    }
    /** What could not be saved or done, in words; empty if nothing. */
    get problemText() {
      return describeFailures(this.failures) || this.problem;
    }
  };

  // js/review_editor.js
  var drafts = (
    /** @type {Map<string, string>} */
    /* @__PURE__ */ new Map()
  );
  var ReviewEditor = class {
    /** @type {"text" | "note"} */
    kind = "text";
    /** The node that is edited, by its id. */
    node = "";
    /** @type {TreeModel | null} */
    model = null;
    /** @type {(string | null)[]} The node's texts, in the order of the fields. */
    texts = [];
    /** The name of the field that was chosen last, which is offered first; empty before one was. */
    fixed = "";
    /** @param {Review} review */
    constructor(review) {
      this.review = review;
      this.field = make("select", {
        class: "a100-select",
        "aria-label": "Field",
        on: { change: () => this.changeField() }
      });
      this.about = make("span", { class: "a100-quiet", dir: "auto" });
      this.area = make("textarea", {
        class: "a100-input",
        rows: "3",
        dir: "auto",
        spellcheck: "true",
        on: { input: () => drafts.set(this.place, this.area.value) }
      });
      this.element = make(
        "form",
        {
          class: "a100-editor",
          hidden: true,
          "aria-label": "Editor",
          on: { submit: (event2) => this.submit(event2), keydown: (event2) => this.press(event2) }
        },
        make("div", { class: "a100-bar" }, this.field, this.about),
        this.area,
        make(
          "div",
          { class: "a100-bar" },
          make("button", { type: "submit", class: "a100-button", text: "Save", title: "Save (Enter)" }),
          textButton("Cancel", "Give up (Esc)", () => this.giveUp()),
          make("span", { class: "a100-quiet", text: "Enter saves, ⇧Enter begins a line, Esc gives up" })
        )
      );
    }
    /**
     * Opens the editor for the current node.
     *
     * @param {"text" | "note"} kind
     * @param {string} [field] the name of the field to fix
     */
    async open(kind, field = this.fixed) {
      const { panel } = this.review;
      const { model, current } = panel;
      const i = current.node;
      this.kind = kind;
      this.fixed = field;
      this.model = model;
      this.node = model.data.ids[i];
      this.field.hidden = kind === "note";
      this.about.textContent = this.about.title = `${kind === "note" ? "on" : "of"} “${model.label(i)}”`;
      this.area.setAttribute("aria-label", kind === "note" ? "Note" : "Text");
      if (kind === "note") this.area.value = drafts.get(this.place) ?? model.data.review?.notes[i] ?? "";
      else if (!await this.fill(model, i, field)) return;
      this.element.hidden = false;
      this.area.focus();
      if (!drafts.has(this.place)) this.area.select();
    }
    /** What is edited: a field of a node of a video, or its note. */
    get place() {
      return [this.model?.data.sample, this.node, this.kind, this.kind === "note" ? "" : this.field.value].join(" ");
    }
    /**
     * Fills in a node's texts; resolves to false where there is none, or another node is edited by now.
     *
     * @param {TreeModel} model
     * @param {number} i
     * @param {string} field the name of the field to begin with, if the node has a text there; else its label's
     */
    async fill(model, i, field) {
      const { ids, sample, fields, labelFields } = model.data;
      const sent = model.texts?.map((texts2) => texts2.get(i) ?? null);
      const texts = sent ?? (await this.review.panel.host.ask("texts", { sample, node: ids[i] }))?.texts ?? [];
      if (this.node !== ids[i] || this.kind !== "text") return false;
      this.texts = texts;
      const filled = fields.map(({ name }, k) => ({ name, k })).filter(({ k }) => texts[k]);
      if (!filled.length) {
        this.review.fail("This node has no text to fix: write a note instead.");
        return false;
      }
      this.field.replaceChildren(
        ...filled.map(({ name, k }) => make("option", { value: String(k), text: name }))
      );
      const shown = filled.find(({ name }) => name === field) ?? filled.find(({ k }) => k === labelFields[i]);
      if (shown) this.field.value = String(shown.k);
      this.showText();
      return true;
    }
    changeField() {
      this.fixed = this.model?.data.fields[Number(this.field.value)].name ?? "";
      this.showText();
    }
    showText() {
      this.area.value = drafts.get(this.place) ?? this.texts[Number(this.field.value)] ?? "";
    }
    /** Closes the editor; returns false if it was not open. */
    close() {
      if (this.element.hidden) return false;
      this.element.hidden = true;
      this.element.closest(".a100")?.focus();
      return true;
    }
    giveUp() {
      drafts.delete(this.place);
      this.close();
    }
    /** @param {KeyboardEvent} event */
    press(event2) {
      event2.stopPropagation();
      if (event2.key === "Escape") this.giveUp();
      else if (event2.key === "Enter" && !event2.shiftKey && event2.target === this.area && !event2.isComposing) {
        this.submit(event2);
      }
    }
    /** @param {Event} event */
    async submit(event2) {
      event2.preventDefault();
      const { review, kind, node, model, place } = this;
      const text = this.area.value.trim();
      const k = Number(this.field.value);
      if (kind === "text" && !text) return;
      if (model !== review.panel.model && !review.panel.model.nodeOfId.has(node)) return;
      this.giveUp();
      if (kind === "text" && text === (this.texts[k] ?? "").trim()) return;
      const field = kind === "text" ? { field: review.panel.model.data.fields[k].name } : {};
      if (!await review.edit({ node, kind, ...field, text })) this.keep(place, text);
    }
    /**
     * Shows a text again that was not saved, so that it is not lost.
     *
     * @param {string} place
     * @param {string} text
     */
    keep(place, text) {
      drafts.set(place, text);
      if (place !== this.place) return;
      this.element.hidden = false;
      this.area.value = text;
    }
  };

  // js/review_bar.js
  var BUTTONS = [
    ["accept", "Accept", "The segment and its texts are right (a)"],
    ["reject", "Reject", "The segment or its texts are wrong (r)"],
    ["text", "Fix text", "Write a text of the node anew (t)"],
    ["note", "Note", "Write a note for others (w)"],
    ["split", "Split", "Split the node where the video is (x)"],
    ["merge", "Merge", "Merge the node with the next part of its parent (j)"],
    ["clear", "Clear", "Take the judgement back (Backspace)"]
  ];
  var PRESSED = { accept: ACCEPTED, reject: REJECTED, text: FIXED };
  var SCOPES = [["video", "Video"], ["view", "View"], ["sample", "Sample"]];
  var ReviewBar = class {
    /** @param {Review} review */
    constructor(review) {
      this.review = review;
      const act2 = (command) => () => review.act(command);
      this.toggle = textButton("Review", "Judge and mend the tree (v)", () => review.toggle());
      this.toggle.classList.add("a100-reviewing");
      this.buttons = new Map(BUTTONS.map(([name, label, title]) => [name, textButton(label, title, act2(name))]));
      this.undo = iconButton("undo", "Undo", "Ctrl+Z", act2("undo"));
      this.redo = iconButton("redo", "Redo", "Ctrl+⇧Z", act2("redo"));
      this.next = textButton("Next ▸", "The next node that is not reviewed (n)", act2("next"));
      this.judging = make(
        "div",
        { class: "a100-bar", role: "group", "aria-label": "Review the node" },
        ...this.buttons.values(),
        this.next
      );
      this.editor = new ReviewEditor(review);
      this.nameInput = make("input", {
        type: "text",
        class: "a100-input",
        maxlength: "60",
        autocomplete: "name",
        "aria-label": "Your name",
        placeholder: "Your name"
      });
      this.name = this.makeName();
      this.message = make("p", { class: "a100-notice a100-review-message", role: "alert", hidden: true });
      this.remark = make("p", { class: "a100-facts", dir: "auto", hidden: true });
      this.about = make("p", { class: "a100-facts", dir: "auto" });
      this.share = make("progress", { class: "a100-progress", max: "1", "aria-label": "Reviewed" });
      this.progress = make("output", { class: "a100-time", "aria-live": "off" });
      this.scope = make("select", {
        class: "a100-select",
        "aria-label": "What is reviewed",
        title: "What “Next” and the progress are of: this video, the view in the grid, the review sample",
        on: { change: () => review.setScope(
          /** @type {ReviewScope} */
          this.scope.value
        ) }
      }, ...SCOPES.map(([value, text]) => make("option", { value, text })));
      this.scope.value = review.scope;
      this.goesOn = make("input", {
        type: "checkbox",
        on: { change: () => review.setGoesOn(this.goesOn.checked) }
      });
      this.goesOn.checked = review.goesOn;
      this.who = linkButton("", () => this.askName(), "Your name is kept with what you change");
      this.element = make(
        "section",
        { class: "a100-review", "aria-label": "Review", hidden: true },
        // The message comes and goes below the buttons, which stay where they are.
        this.name,
        this.judging,
        this.message,
        this.editor.element,
        this.remark,
        this.about,
        this.makeSettings()
      );
    }
    makeSettings() {
      return make(
        "div",
        { class: "a100-bar" },
        this.undo,
        this.redo,
        this.share,
        this.progress,
        this.scope,
        make(
          "label",
          { class: "a100-check", title: "After a judgement, go to the next node" },
          this.goesOn,
          document.createTextNode("Go on")
        ),
        this.who
      );
    }
    makeName() {
      const close2 = () => {
        this.name.hidden = true;
        this.review.panel.root.focus();
      };
      const submit2 = (event2) => {
        event2.preventDefault();
        if (!this.nameInput.value.trim()) return;
        close2();
        this.review.setName(this.nameInput.value);
      };
      const keydown = (event2) => {
        if (event2.key !== "Escape") return;
        close2();
        if (!this.review.who) this.review.toggle();
      };
      return make(
        "form",
        { class: "a100-bar", hidden: true, on: { submit: submit2, keydown } },
        make("span", { text: "Who reviews? The name is kept with each change." }),
        this.nameInput,
        make("button", { type: "submit", class: "a100-button", text: "Begin" })
      );
    }
    askName() {
      this.name.hidden = false;
      this.nameInput.value = this.review.who;
      this.nameInput.focus();
    }
    /**
     * @param {"text" | "note"} kind
     * @param {string} [field] the name of the field to fix
     */
    edit(kind, field) {
      this.editor.open(kind, field);
    }
    /** Returns false if neither the editor nor the name was asked for. */
    closeEditor() {
      if (!this.name.hidden && this.review.who) {
        this.name.hidden = true;
        return true;
      }
      return this.editor.close();
    }
    show() {
      const { review, element } = this;
      const { model, current, root } = review.panel;
      root.dataset.reviewing = String(review.isActive);
      this.toggle.hidden = !review.isPossible;
      this.toggle.setAttribute("aria-pressed", String(review.on));
      element.hidden = !review.on || !review.isPossible;
      if (element.hidden) return;
      const i = model === NO_TREE ? NONE : current.node;
      const status = i === NONE ? NONE : statusOf(model, i);
      for (const [name, button3] of this.buttons) {
        button3.disabled = !review.isActive || i === NONE;
        if (name in PRESSED) {
          const wanted = PRESSED[
            /** @type {keyof typeof PRESSED} */
            name
          ];
          button3.setAttribute("aria-pressed", String(wanted === status));
        }
      }
      const merge = this.buttons.get("merge");
      if (merge && i !== NONE && nextSibling(model, i) === NONE) merge.disabled = true;
      this.next.disabled = !review.isActive;
      this.undo.disabled = !review.isActive || review.steps.undo === 0;
      this.redo.disabled = !review.isActive || review.steps.redo === 0;
      const about = i === NONE ? "" : describeReview(model, i);
      this.about.textContent = about;
      this.about.hidden = !about;
      this.remark.textContent = review.remark;
      this.remark.hidden = !review.remark;
      this.progress.textContent = review.progress.text;
      this.share.value = review.progress.share;
      this.who.textContent = review.who ? `as ${review.who}` : "Say who you are";
      this.showMessage();
    }
    showMessage() {
      const { review, message } = this;
      const { conflictText } = review;
      const text = conflictText || review.problemText;
      message.hidden = !text;
      if (message.dataset.text === text) return;
      message.dataset.text = text;
      const take = textButton("Take theirs", "Show what the others have made of it", () => review.takeTheirs());
      const dismiss = textButton("Dismiss", "Close this message (Esc)", () => review.dismiss());
      message.replaceChildren(document.createTextNode(`${text} `), conflictText ? take : dismiss);
    }
  };

  // js/review_marks.js
  var SIDE = 11;
  var LEAST2 = 18;
  var DOT = 4;
  var STROKES = {
    [ACCEPTED]: [[0.2, 0.55], [0.42, 0.78], [0.82, 0.25]],
    [REJECTED]: [[0.22, 0.22], [0.78, 0.78], [NaN, NaN], [0.78, 0.22], [0.22, 0.78]],
    [FIXED]: [[0.2, 0.8], [0.32, 0.55], [0.72, 0.15], [0.85, 0.28], [0.45, 0.68], [0.2, 0.8]]
  };
  function markWidth({ w, h }, status) {
    return STROKES[status] && w >= LEAST2 && h >= SIDE ? SIDE + 1 : 0;
  }
  function drawStatus(context, { x, y, w, h }, status, theme) {
    const strokes = STROKES[status];
    if (!strokes || w < DOT + 2 || h < DOT + 2) return;
    const ink = toHex(theme.text);
    if (!markWidth({ x, y, w, h }, status)) {
      const [cx, cy] = [Math.round(x + w / 2), Math.round(y + h / 2)];
      context.fillStyle = toHex(theme.background);
      context.fillRect(cx - DOT / 2 - 1, cy - DOT / 2 - 1, DOT + 2, DOT + 2);
      context.fillStyle = ink;
      context.fillRect(cx - DOT / 2, cy - DOT / 2, DOT, DOT);
      return;
    }
    const left = x + w - SIDE - 1;
    const top = y + Math.round((h - SIDE) / 2);
    context.fillStyle = toHex(theme.background);
    context.fillRect(left, top, SIDE, SIDE);
    context.strokeStyle = ink;
    context.lineWidth = 1.4;
    context.setLineDash([]);
    context.beginPath();
    let isDown = false;
    for (const [px, py] of strokes) {
      if (Number.isNaN(px)) isDown = false;
      else if (isDown) context.lineTo(left + px * SIDE, top + py * SIDE);
      else {
        context.moveTo(left + px * SIDE, top + py * SIDE);
        isDown = true;
      }
    }
    context.stroke();
  }
  var SIGNS = ["", "✓", "✗", "✎"];
  function statusMark(status) {
    if (!SIGNS[status]) return null;
    return make(
      "span",
      { class: "a100-status", "data-status": String(status), title: STATUS_WORDS[status] },
      make("span", { "aria-hidden": "true", text: SIGNS[status] }),
      make("span", { class: "a100-sr", text: STATUS_WORDS[status] })
    );
  }
  function markRow(model, i, row) {
    const mark = statusMark(statusOf(model, i));
    if (mark) row.append(mark);
  }

  // js/review_setup.js
  function makeReview(panel) {
    const review = new Review(panel);
    const bar = new ReviewBar(review);
    const handles = new BoundaryHandles(review, panel);
    const { card, outline } = panel.details;
    card.texts.fix = (field) => review.openEditor("text", field);
    outline.decorators.push((i, row) => markRow(panel.model, i, row));
    review.view = {
      mark: () => outline.redraw(),
      show() {
        bar.show();
        handles.place();
      },
      edit: (kind, field) => bar.edit(kind, field),
      closeEditor: () => bar.closeEditor(),
      askName: () => bar.askName(),
      destroy: () => handles.destroy()
    };
    return { review, bar, handles };
  }

  // js/search.js
  var TYPING_MS = 120;
  var Matches = class {
    /**
     * @param {TreeModel} model
     * @param {number[]} nodes
     */
    constructor(model, nodes) {
      const { first } = model.data;
      this.model = model;
      this.nodes = [...nodes].sort((a, b) => first[a] - first[b] || model.rowOf[a] - model.rowOf[b]);
      this.opacities = new Float32Array(model.count).fill(0.16);
      for (const i of nodes) for (const ancestor of model.path(i)) this.opacities[ancestor] = 0.5;
      for (const i of nodes) this.opacities[i] = 1;
      this.place = -1;
    }
    /** @param {number} i */
    opacity(i) {
      return this.opacities[i];
    }
    /** @param {number} i */
    has(i) {
      return this.opacities[i] === 1;
    }
    /**
     * Whether a node has a match below it, and is none itself.
     *
     * @param {number} i
     */
    hasBelow(i) {
      return this.opacities[i] === 0.5;
    }
    /**
     * Goes to the next match (+1) or the one before (-1) and returns it; NONE if there is none. The
     * first step goes from a frame on.
     *
     * @param {-1 | 1} step
     * @param {number} frame
     */
    go(step, frame) {
      const { length } = this.nodes;
      if (!length) return NONE;
      if (this.place >= 0) this.place += step;
      else {
        const next = this.nodes.findIndex((i) => this.model.data.first[i] >= frame);
        const after = next < 0 ? length : next;
        this.place = step > 0 ? after : after - 1;
      }
      this.place = (this.place + length) % length;
      return this.nodes[this.place];
    }
    /**
     * Makes a node the current match, if it is one.
     *
     * @param {number} i
     */
    goTo(i) {
      this.place = this.nodes.indexOf(i);
    }
    /** The current match among all, in words: "2 of 7", "– of 7", "none". */
    get summary() {
      const { length } = this.nodes;
      return length ? `${this.place < 0 ? "–" : this.place + 1} of ${length}` : "none";
    }
  };
  var Search = class {
    /** @type {Matches | null} */
    matches = null;
    /** What was searched last, and in which tree. */
    phrase = "";
    model = NO_TREE;
    /**
     * What was searched for elsewhere, and the nodes that were found by it; null if nothing was.
     *
     * @type {Found | null}
     */
    found = null;
    /** How many searches were begun: only the last one's answer counts. */
    searches = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    typing;
    /** @param {SearchPanel} panel */
    constructor(panel) {
      this.panel = panel;
      this.input = make("input", {
        type: "search",
        class: "a100-search",
        placeholder: "Search the tree  ( / )",
        "aria-label": "Search the captions of this tree",
        spellcheck: "false",
        on: { input: () => this.runSoon(), keydown: (event2) => this.press(event2) }
      });
      this.summary = make("output", { class: "a100-matches", "aria-live": "polite" });
      this.previous = iconButton("previous", "Previous match", "⇧Enter", () => this.step(-1));
      this.next = iconButton("next", "Next match", "Enter", () => this.step(1));
      this.element = make(
        "div",
        { class: "a100-searchbox", role: "search" },
        this.input,
        this.summary,
        this.previous,
        this.next
      );
      this.showSummary();
    }
    destroy() {
      clearTimeout(this.typing);
    }
    /** Empties the box. */
    clear() {
      this.input.value = "";
      this.run();
    }
    /** Searches again, even for the same phrase: another tree is shown, or the same one anew. */
    restart() {
      this.model = NO_TREE;
      const { found, panel } = this;
      const { nodeOfId } = panel.model;
      const nodes = (found?.ids ?? []).map((id) => nodeOfId.get(id) ?? NONE).filter((i) => i !== NONE);
      if (!found || found.query !== this.input.value || !nodes.length) this.run();
      else this.show(found.query, nodes, nodeOfId.get(found.current) ?? NONE);
    }
    runSoon() {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.run(), TYPING_MS);
    }
    /** @param {KeyboardEvent} event */
    press(event2) {
      if (event2.key === "Enter") {
        clearTimeout(this.typing);
        this.run().then(() => this.step(event2.shiftKey ? -1 : 1));
        event2.preventDefault();
      } else if (event2.key === "Escape") {
        this.clear();
        this.panel.root.focus();
      }
    }
    /** Searches for what is in the box; asks Python where the texts have not been sent. */
    async run() {
      const { model } = this.panel;
      const phrase = this.input.value;
      if (model === NO_TREE || this.phrase === phrase && this.model === model) return;
      this.phrase = phrase;
      this.model = model;
      const search = ++this.searches;
      if (!phrase.trim()) {
        this.setMatches(null);
        return;
      }
      let nodes = model.search(phrase);
      if (nodes === null) {
        this.summary.textContent = "…";
        const answer = await this.panel.host.ask("find", { phrase, sample: model.data.sample });
        if (this.panel.model !== model || this.input.value !== phrase || this.searches !== search) return;
        nodes = answer?.found ?? [];
      }
      this.setMatches(new Matches(model, nodes));
    }
    /**
     * Shows what was searched for elsewhere, one of its matches being the current one.
     *
     * @param {string} query
     * @param {number[]} nodes those that were found; none for those that have the query in a text
     * @param {number} current
     */
    async show(query, nodes, current) {
      this.input.value = query;
      this.model = NO_TREE;
      if (nodes.length && query.trim()) {
        this.phrase = query;
        this.model = this.panel.model;
        const { ids } = this.model.data;
        this.found = { query, ids: nodes.map((i) => ids[i]), current: ids[current] ?? "" };
        this.searches += 1;
        this.setMatches(new Matches(this.model, nodes));
      } else await this.run();
      if (this.input.value !== query) return;
      this.matches?.goTo(current);
      this.showSummary();
    }
    /** @param {Matches | null} matches */
    setMatches(matches) {
      this.matches = matches;
      this.showSummary();
      this.panel.setMatches(matches);
    }
    /** @param {-1 | 1} step */
    step(step) {
      if (!this.matches) return;
      const i = this.matches.go(step, this.panel.player.frame);
      this.showSummary();
      if (i !== NONE) this.panel.current.pin(i, { reveal: true });
    }
    showSummary() {
      this.summary.textContent = this.matches?.summary ?? "";
      this.previous.disabled = !this.matches?.nodes.length;
      this.next.disabled = this.previous.disabled;
    }
  };

  // js/block_counts.js
  var READABLE = 0.5;
  var PILL = 14;
  function drawCounts(context, scene, row) {
    for (const block of scene.layout.blocks(row)) {
      if (isShown2(scene, row, block)) drawCount(context, scene, row, block);
    }
  }
  function isShown2({ layout, matches, thin }, row, { from, end }) {
    const nodes = layout.model.rows[row].slice(from, end);
    return nodes.some((i) => !thin?.has(i) && (matches?.opacity(i) ?? 1) >= READABLE);
  }
  function drawCount(context, { layout, painter: { theme } }, row, { from, end, first, last: last2 }) {
    const at = layout.stretch(first, last2);
    if (!at) return;
    const text = `+${end - from}`;
    context.font = font();
    const left = Math.max(at[0], GUTTER);
    const right = Math.min(at[1], layout.right);
    const width = context.measureText(text).width + 6;
    if (right - left < width) return;
    const [x, y] = [(left + right - width) / 2, layout.rowTop(row) + (layout.heightOf(row) - PILL) / 2];
    context.fillStyle = toHex(theme.line);
    context.beginPath();
    context.roundRect(x, y, width, PILL, 4);
    context.fill();
    context.fillStyle = toHex(theme.text);
    writeLines(context, [text], { x: x + 3, y, h: PILL }, SMALLEST);
  }

  // js/ruler.js
  var MARK = 5;
  var TIME = 34;
  var Ruler = class {
    /** @param {HTMLElement} minimap */
    constructor(minimap) {
      this.canvas = make("canvas", { "aria-hidden": "true" });
      this.element = make("div", { class: "a100-ruler" }, this.canvas, minimap);
    }
    /** @param {Scene} scene */
    paint(scene) {
      const { layout, painter: { theme } } = scene;
      const height = layout.rowTop(0);
      const context = startStrip(this.canvas, scene, 0, height);
      context.fillStyle = toHex(theme.quiet);
      context.strokeStyle = toHex(theme.line);
      context.font = font();
      const { step, times } = rulerMarks(scene);
      for (const [time, x] of times) {
        drawLine(context, [x, RULER - MARK], [x, height]);
        if (x + TIME < layout.right) context.fillText(formatTime(time, step < 1 ? 1 : 0), x + 3, RULER / 2 + 1);
      }
    }
  };
  function drawGrid(context, scene) {
    const { layout, painter: { theme } } = scene;
    context.strokeStyle = toHex(theme.line);
    for (const [, x] of rulerMarks(scene).times) drawLine(context, [x, layout.rowTop(0)], [x, layout.height]);
  }
  function rulerMarks({ layout: { view, model } }) {
    const step = rulerStep((view.to - view.from) / model.fps, view.width);
    const end = view.to / model.fps;
    const times = [];
    for (let k = Math.ceil(view.from / model.fps / step - 1e-9); k * step <= end + 1e-9; k += 1) {
      times.push([k * step, Math.round(view.x(k * step * model.fps)) + 0.5]);
    }
    return { step, times };
  }
  function startStrip(canvas, { layout: { pixelRatio, width }, painter: { theme } }, top, bottom) {
    const height = bottom - top;
    Object.assign(canvas, { width: Math.round(width * pixelRatio), height: Math.round(height * pixelRatio) });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
    const context = context2d(canvas);
    context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, -top * pixelRatio);
    context.fillStyle = toHex(theme.background);
    context.fillRect(0, top, width, height);
    context.textBaseline = "middle";
    return context;
  }
  function drawLine(context, from, to) {
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
  }

  // js/drawing.js
  var LABELLED = 26;
  var LEGIBLE = 13;
  var PIN = 4;
  var MATCH = 3;
  var ROOMY2 = 18;
  function drawBase(context, scene) {
    const { layout } = scene;
    drawGrid(context, scene);
    clipTo(context, GUTTER, layout.view.width, layout.height);
    let drawn = 0;
    layout.model.rows.forEach((_, row) => drawn += drawRow(context, scene, row));
    underlineCut(context, scene);
    shadeOutsideClip(context, scene);
    context.restore();
    return drawn;
  }
  function drawHighlights(context, scene) {
    const { layout, active, pinned, hovered } = scene;
    clipTo(context, GUTTER - 1, layout.view.width + 2, layout.height);
    for (const i of active) if (i !== NONE) drawHighlight(context, scene, i, 1);
    if (pinned !== NONE) drawHighlight(context, scene, pinned, 2);
    if (hovered !== NONE && hovered !== pinned) drawHighlight(context, scene, hovered, 1.5);
    context.restore();
  }
  function clipTo(context, left, width, height) {
    context.save();
    context.beginPath();
    context.rect(left, 0, width, height);
    context.clip();
  }
  function drawRow(context, scene, row) {
    const { model, view } = scene.layout;
    const nodes = model.rows[row];
    const isPlain = !scene.matches && !scene.thin;
    const pixel = 1 / scene.layout.pixelRatio;
    let drawn = 0;
    let covered = NaN;
    let k = model.firstAfter(row, Math.floor(view.from));
    while (k > 0 && model.reach[row][k - 1] > view.from) k -= 1;
    for (; k < nodes.length && model.data.first[nodes[k]] - 1 < view.to; k += 1) {
      const box = scene.layout.rect(nodes[k]);
      if (!box) continue;
      drawn += 1;
      if (isPlain && box.w <= pixel && box.x === covered) continue;
      covered = box.x;
      drawNode(context, scene, nodes[k], box, false);
    }
    drawCounts(context, scene, row);
    return drawn;
  }
  function drawNode(context, scene, i, box, highlighted) {
    const { layout: { model }, painter } = scene;
    const state = model.data.states[i];
    const shades = painter.shades(model, i, scene.colourBy);
    const alpha = highlighted ? 1 : scene.matches?.opacity(i) ?? 1;
    context.globalAlpha = alpha;
    context.fillStyle = highlighted ? shades.full : shades.muted;
    if (!highlighted && scene.thin?.has(i)) {
      context.fillRect(box.x, box.y + Math.round(box.h / 2) - 1, box.w, 2);
    } else {
      if (state === NOT_ANNOTATED && !highlighted) drawOutline(context, box, shades);
      else context.fillRect(box.x, box.y, box.w, box.h);
      if (state === NO_ACTION && box.w > 2) {
        context.fillStyle = painter.hatch(toHex(painter.theme.background)) ?? "transparent";
        context.globalAlpha = alpha * 0.55;
        context.fillRect(box.x, box.y, box.w, box.h);
        context.globalAlpha = alpha;
      }
      const status = model.data.review?.status[i] ?? 0;
      const label = status ? { ...box, w: box.w - markWidth(box, status) } : box;
      if (label.w > LABELLED && box.h >= LEGIBLE && alpha >= READABLE) {
        context.globalAlpha = 1;
        drawLabel(context, scene, i, label, shades, highlighted);
        context.globalAlpha = alpha;
      }
      if (status) drawStatus(context, box, status, painter.theme);
    }
    context.globalAlpha = 1;
    if (!highlighted && scene.matches?.has(i)) {
      context.fillStyle = toHex(painter.theme.marks.match);
      context.fillRect(box.x, box.y, box.w, box.h < ROOMY2 ? MATCH - 1 : MATCH);
    }
  }
  function drawOutline(context, box, shades) {
    if (box.w <= 2.5) {
      context.fillRect(box.x, box.y + Math.round(box.h / 4), box.w, Math.ceil(box.h / 2));
      return;
    }
    context.fillRect(box.x, box.y, box.w, box.h);
    context.fillStyle = shades.faint;
    context.fillRect(box.x + 1, box.y + 1, box.w - 2, box.h - 2);
  }
  function drawLabel(context, { layout }, i, box, shades, highlighted) {
    const { labels, states } = layout.model.data;
    const size = layout.fontSize;
    context.font = font(size);
    const inner = { ...box, x: box.x + PIN + 2, w: box.w - PIN - 6 };
    const lines = linesIn(context, labels[i], inner, size);
    if (!lines.length) return;
    if (states[i] === NO_ACTION) {
      const widest = Math.max(...lines.map((line2) => context.measureText(line2).width));
      context.fillStyle = highlighted ? shades.full : shades.muted;
      context.fillRect(box.x, box.y, Math.min(widest + 8, box.w), box.h);
    }
    if (highlighted) context.fillStyle = shades.fullInk;
    else context.fillStyle = states[i] === NOT_ANNOTATED ? shades.faintInk : shades.mutedInk;
    writeLines(context, lines, inner, size);
  }
  function underlineCut(context, { layout, painter: { theme }, cut }) {
    context.fillStyle = toHex(theme.marks.cut);
    for (const i of cut) {
      const box = layout.rect(i);
      if (box) context.fillRect(box.x, box.y + box.h - 2, box.w, 2);
    }
  }
  function shadeOutsideClip(context, { layout, painter: { theme } }) {
    const { clip } = layout.model.data;
    if (!clip) return;
    const left = layout.view.x(clip[0] - 1);
    const right = layout.view.x(clip[1]);
    context.fillStyle = toHex(theme.background);
    context.globalAlpha = 0.6;
    const top = layout.rowTop(0);
    context.fillRect(0, top, left, layout.height);
    context.fillRect(right, top, layout.width, layout.height);
    context.globalAlpha = 1;
  }
  function drawHighlight(context, scene, i, lineWidth) {
    const box = scene.layout.rect(i);
    if (!box) return;
    const { theme } = scene.painter;
    drawNode(context, scene, i, box, true);
    context.strokeStyle = toHex(theme.text);
    context.lineWidth = lineWidth;
    context.setLineDash(scene.thin?.has(i) ? [3, 2] : []);
    const half = lineWidth / 2;
    context.strokeRect(box.x + half, box.y + half, Math.max(box.w - lineWidth, 0.5), box.h - lineWidth);
    if (i === scene.pinned && box.w > 12) {
      context.fillStyle = toHex(theme.text);
      context.fillRect(box.x, box.y, PIN, box.h);
      if (box.h < ROOMY2) return;
      context.strokeStyle = toHex(theme.background);
      context.lineWidth = 1;
      context.strokeRect(box.x + PIN + 0.5, box.y + 2.5, box.w - PIN - 3, box.h - 5);
    }
  }

  // js/bands.js
  var Bands = class {
    constructor() {
      this.canvas = make("canvas", { "aria-hidden": "true" });
      this.element = make("div", { class: "a100-bands" }, this.canvas);
    }
    /** @param {Scene} scene */
    paint(scene) {
      const { layout, painter: { theme } } = scene;
      const context = startStrip(this.canvas, scene, layout.bandsTop, layout.height);
      drawGrid(context, scene);
      drawNames(context, scene);
      context.save();
      context.beginPath();
      context.rect(GUTTER, layout.bandsTop, layout.view.width, layout.height);
      context.clip();
      drawCut(context, scene);
      drawSpeech(context, scene);
      shadeOutsideClip(context, scene);
      context.restore();
      context.strokeStyle = toHex(theme.line);
      drawLine(context, [0, layout.bandsTop + 0.5], [layout.width, layout.bandsTop + 0.5]);
    }
  };
  function drawNames(context, { layout, painter: { theme } }) {
    context.font = font();
    context.textAlign = "right";
    context.fillStyle = toHex(theme.quiet);
    context.fillText("cut", GUTTER - 8, layout.cutTop + BAND / 2);
    if (layout.hasSpeech) context.fillText("speech", GUTTER - 8, layout.speechTop + BAND / 2);
  }
  function drawCut(context, scene) {
    const { layout, painter: { theme } } = scene;
    const { first, last: last2, labels } = layout.model.data;
    const colours = [0.74, 0.62].map((share) => toHex(mix(theme.marks.cut, theme.background, share)));
    scene.cut.forEach((i, k) => {
      const at = layout.stretch(first[i], last2[i]);
      if (!at) return;
      context.fillStyle = colours[k % 2];
      drawBand(context, scene, at, layout.cutTop, labels[i], at[1] - at[0], 40);
    });
  }
  function drawSpeech(context, scene) {
    const { layout, painter: { theme } } = scene;
    const { first, last: last2, texts } = layout.model.data.speech;
    const colour = toHex(mix(theme.text, theme.background, 0.86));
    first.forEach((frame, k) => {
      const at = layout.stretch(frame, last2[k]);
      if (!at) return;
      context.fillStyle = colour;
      drawBand(context, scene, at, layout.speechTop, texts[k], at[1] - at[0] - 1, 24);
    });
  }
  function drawBand(context, { painter: { theme } }, [left, right], top, label, width, labelled) {
    context.fillRect(left, top, Math.max(width, 0.75), BAND);
    if (right - left <= labelled) return;
    context.font = font();
    context.fillStyle = toHex(theme.text);
    const visibleLeft = Math.max(left, GUTTER);
    const text = fitText(context, label, right - visibleLeft - 6);
    if (text) writeLines(context, [text], { x: visibleLeft + 3, y: top, h: BAND }, SMALLEST);
  }

  // js/levels.js
  var Levels = class {
    /** The row whose button the Tab key reaches. */
    reached = 0;
    /** @param {Timeline} timeline */
    constructor(timeline) {
      this.timeline = timeline;
      this.element = make("div", {
        class: "a100-levels",
        role: "group",
        "aria-label": "Levels",
        on: { keydown: (event2) => this.press(event2) }
      });
    }
    get buttons() {
      return (
        /** @type {HTMLButtonElement[]} */
        [...this.element.children]
      );
    }
    /** Names the rows of another tree. */
    reset() {
      const { model } = this.timeline.layout;
      this.reached = 0;
      this.element.replaceChildren(...model.rowLevels.map((level) => {
        return make("button", { type: "button", text: String(level), on: { click: () => this.toggle(level) } });
      }));
    }
    /** Puts the names beside their rows. */
    place() {
      const { layout } = this.timeline;
      this.buttons.forEach((button3, row) => {
        const level = layout.model.rowLevels[row];
        const isFolded = layout.isFolded(row);
        const nodes = formatCount(layout.model.rows[row].length, "node");
        Object.assign(button3.style, { top: `${layout.rowTop(row)}px`, height: `${layout.heightOf(row)}px` });
        button3.tabIndex = row === this.reached ? 0 : -1;
        button3.setAttribute("aria-label", `Level ${level}, ${nodes}`);
        button3.setAttribute("aria-expanded", String(!isFolded));
        button3.title = `Level ${level}, ${nodes}: click to ${isFolded ? "open" : "fold"} it`;
      });
    }
    /** @param {number} level */
    toggle(level) {
      const { folded, model } = this.timeline.layout;
      if (!folded.delete(level)) folded.add(level);
      keepFolded(model.data.dataset, folded);
      this.reached = model.rowLevels.indexOf(level);
      this.timeline.refit();
    }
    /**
     * Goes from level to level; the keys of the panel are not meant.
     *
     * @param {KeyboardEvent} event
     */
    press(event2) {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event2.key];
      if (!step) return;
      event2.preventDefault();
      event2.stopPropagation();
      const { buttons } = this;
      this.reached = Math.min(Math.max(this.reached + step, 0), buttons.length - 1);
      buttons.forEach((button3, row) => button3.tabIndex = row === this.reached ? 0 : -1);
      buttons[this.reached]?.focus();
    }
  };
  function foldedIn(dataset) {
    const levels = readSettings().folded?.[dataset];
    return new Set(Array.isArray(levels) ? levels : []);
  }
  function keepFolded(dataset, levels) {
    const { [dataset]: _, ...others } = readSettings().folded ?? {};
    keepSettings({ folded: levels.size ? { ...others, [dataset]: [...levels] } : others });
  }

  // js/minimap.js
  var EDGE2 = 5;
  var DRAG_PIXELS2 = 4;
  var STEP2 = 0.25;
  var Minimap = class {
    /** @type {Hold | null} */
    hold = null;
    /** @type {unknown[]} What was painted last. */
    painted = [];
    /** Where the playhead is, in pixels. */
    headAt = -1;
    /** @param {Timeline} timeline */
    constructor(timeline) {
      this.timeline = timeline;
      this.canvas = make("canvas", { "aria-hidden": "true" });
      this.window = make("div", { class: "a100-window" });
      this.head = make("div", { class: "a100-map-head", "aria-hidden": "true", hidden: true });
      this.element = make(
        "div",
        {
          class: "a100-map",
          role: "slider",
          tabindex: "0",
          "aria-label": "The part of the video on screen",
          title: "Drag the window or its edges; drag beside it for another one",
          on: {
            keydown: (event2) => this.press(event2),
            pointerdown: (event2) => this.take(event2),
            pointermove: (event2) => this.drag(event2),
            pointerup: (event2) => this.release(event2),
            pointercancel: () => this.hold = null
          }
        },
        this.canvas,
        this.window,
        this.head
      );
      this.element.style.top = `${RULER}px`;
      this.element.style.left = `${GUTTER}px`;
    }
    get view() {
      return this.timeline.layout.view;
    }
    /**
     * Returns where a pixel of the minimap is in the video, in frames.
     *
     * @param {MouseEvent} event
     */
    at(event2) {
      const { left, width } = this.element.getBoundingClientRect();
      return Math.min(Math.max((event2.clientX - left) / width, 0), 1) * this.view.frames;
    }
    /** How many frames a pixel is. */
    get framesPerPixel() {
      return this.view.frames / this.view.width;
    }
    /** @param {PointerEvent} event */
    take(event2) {
      if (event2.button !== 0) return;
      const { view } = this;
      const at = this.at(event2);
      const near = EDGE2 * this.framesPerPixel;
      let part = "new";
      if (!view.isWhole && Math.abs(at - view.from) < near) part = "from";
      else if (!view.isWhole && Math.abs(at - view.to) < near) part = "to";
      else if (!view.isWhole && view.from < at && at < view.to) part = "window";
      this.hold = { part, x: event2.clientX, moved: false, from: view.from, to: view.to };
      if (part === "new") Object.assign(this.hold, { from: at, to: at });
      this.element.setPointerCapture(event2.pointerId);
      event2.stopPropagation();
    }
    /** @param {PointerEvent} event */
    drag(event2) {
      const { hold } = this;
      if (!hold || !hold.moved && Math.abs(event2.clientX - hold.x) < DRAG_PIXELS2) return;
      hold.moved = true;
      const moved2 = (event2.clientX - hold.x) * this.framesPerPixel;
      if (hold.part === "window") {
        const start = Math.min(Math.max(hold.from + moved2, 0), this.view.frames - (hold.to - hold.from));
        this.show(start, start + hold.to - hold.from);
      } else {
        const fixed = hold.part === "from" ? hold.to : hold.from;
        const at = this.at(event2);
        this.show(Math.min(fixed, at), Math.max(fixed, at));
      }
    }
    /**
     * Ends a drag; a click beside the window moves it there.
     *
     * @param {PointerEvent} event
     */
    release(event2) {
      const { hold, view } = this;
      this.hold = null;
      if (!hold || hold.moved || hold.part !== "new" || view.isWhole) return;
      const half = (view.to - view.from) / 2;
      const middle = this.at(event2);
      this.show(middle - half, middle + half);
    }
    /** @param {KeyboardEvent} event */
    press(event2) {
      const step = { ArrowLeft: -STEP2, ArrowRight: STEP2, Home: -Infinity, End: Infinity }[event2.key];
      if (step === void 0) return;
      event2.preventDefault();
      event2.stopPropagation();
      const { from, to, frames } = this.view;
      const start = Math.min(Math.max(from + step * (to - from), 0), frames - (to - from));
      this.show(start, start + to - from);
    }
    /**
     * @param {number} from
     * @param {number} to
     */
    show(from, to) {
      this.view.show(from, to);
      this.timeline.moved();
    }
    /**
     * Puts the playhead where the player is; while a video plays, once per pixel.
     *
     * @param {number} frame 0 if there is none
     */
    placeHead(frame) {
      const { frames, width } = this.view;
      const x = frame ? Math.round((frame - 0.5) / frames * width) : -1;
      if (x === this.headAt) return;
      this.headAt = x;
      this.head.hidden = x < 0;
      this.head.style.transform = `translateX(${x}px)`;
    }
    /** Puts the window over what the axis shows. */
    place() {
      const { view, element } = this;
      const { from, to, frames, width, isWhole } = view;
      const { fps } = this.timeline.layout.model;
      this.window.style.transform = `translateX(${(from / frames * width).toFixed(1)}px)`;
      this.window.style.width = `${Math.max((to - from) / frames * width, 4).toFixed(1)}px`;
      this.window.classList.toggle("a100-whole", isWhole);
      element.setAttribute("aria-valuemin", "0");
      element.setAttribute("aria-valuemax", String(Math.round(frames)));
      element.setAttribute("aria-valuenow", String(Math.round(from)));
      const [start, end, whole] = [from, to, frames].map((at) => formatTime(at / fps, 1));
      element.setAttribute("aria-valuetext", isWhole ? `All of ${whole}` : `${start} to ${end} of ${whole}`);
    }
    /**
     * Draws the tree, unless that was drawn already, and places the window.
     *
     * @param {Scene} scene
     */
    paint(scene) {
      const { layout, painter, colourBy, matches, thin } = scene;
      const { mapHeight, pixelRatio, view } = layout;
      const wanted = [layout, painter, colourBy, matches, thin, mapHeight, pixelRatio, view.width];
      this.place();
      if (wanted.every((value, k) => value === this.painted[k])) return;
      this.painted = wanted;
      const { canvas, element } = this;
      Object.assign(canvas, { width: Math.round(view.width * pixelRatio), height: Math.round(mapHeight * pixelRatio) });
      Object.assign(element.style, { width: `${view.width}px`, height: `${mapHeight}px` });
      drawTree(context2d(canvas), scene, canvas.width, canvas.height);
    }
  };
  function drawTree(context, { layout: { model }, painter, colourBy, matches, thin }, width, height) {
    const { first, last: last2 } = model.data;
    const scale = width / model.frames;
    const mark = toHex(painter.theme.marks.match);
    model.rows.forEach((nodes, row) => {
      const top = Math.round(row * height / model.rows.length);
      const bottom = Math.round((row + 1) * height / model.rows.length);
      for (const i of nodes) {
        const left = Math.round((first[i] - 1) * scale);
        const right = Math.max(Math.round(last2[i] * scale) - 1, left + 1);
        const isMatch = matches?.has(i) ?? false;
        context.fillStyle = isMatch ? mark : painter.shades(model, i, colourBy).muted;
        context.globalAlpha = isMatch ? 1 : matches ? 0.25 : thin?.has(i) ? 0.4 : 1;
        context.fillRect(left, top, right - left, bottom - top);
      }
    });
    context.globalAlpha = 1;
  }

  // js/timeline.js
  var Timeline = class {
    layout = new Layout(NO_TREE);
    /** @type {Painter | null} */
    painter = null;
    /** @type {ColourBy} */
    colourBy = "level";
    /** @type {Matches | null} */
    matches = null;
    /** @type {Set<number> | null} The nodes that are drawn as thin lines. */
    thin = null;
    /** @type {number[]} The nodes of the cut. */
    cut = [];
    /** @type {number[]} The nodes on screen now, per row. */
    active = [];
    pinned = NONE;
    hovered = NONE;
    /** The frame of the playhead; 0 if there is none. */
    frame = 0;
    headPlace = "";
    /** The place that the timeline was fitted to. */
    width = 0;
    maxHeight = 0;
    /** Called when the minimap has moved the axis, or a level was folded. */
    moved = () => this.paint();
    stats = { drawn: 0, paintMs: 0, overMs: 0, paints: 0, overs: 0 };
    constructor() {
      this.base = make("canvas", { class: "a100-base", "aria-hidden": "true" });
      this.over = make("canvas", { class: "a100-over", "aria-hidden": "true" });
      this.head = make("div", { class: "a100-head", "aria-hidden": "true", hidden: true });
      this.heads = [this.head];
      this.levels = new Levels(this);
      this.minimap = new Minimap(this);
      this.ruler = new Ruler(this.minimap.element);
      this.bands = new Bands();
      this.element = make(
        "div",
        { class: "a100-stage" },
        this.ruler.element,
        this.base,
        this.over,
        this.levels.element,
        this.bands.element,
        this.head
      );
    }
    /** @param {TreeModel} model */
    setModel(model) {
      this.layout = new Layout(model, foldedIn(model.data.dataset));
      this.levels.reset();
      this.matches = null;
      this.thin = null;
      this.active = [];
      this.pinned = NONE;
      this.hovered = NONE;
    }
    /**
     * @param {Palette} palette
     * @param {Theme} theme
     */
    setLook(palette, theme) {
      this.painter = new Painter(palette, theme);
    }
    /** The part of the video on screen. */
    get view() {
      return this.layout.view;
    }
    /**
     * Fits the canvases to their place.
     *
     * @param {number} width in CSS pixels
     * @param {number} maxHeight more than this is scrolled
     */
    resize(width, maxHeight) {
      const { layout } = this;
      const pixelRatio = window.devicePixelRatio || 1;
      this.width = width;
      this.maxHeight = maxHeight;
      layout.resize(width, maxHeight, pixelRatio);
      for (const canvas of [this.base, this.over]) {
        canvas.width = Math.round(width * pixelRatio);
        canvas.height = Math.round(layout.height * pixelRatio);
        canvas.style.width = `${width}px`;
        canvas.style.height = `${layout.height}px`;
      }
      this.head.style.height = `${layout.height}px`;
      this.element.style.height = `${Math.min(layout.height, maxHeight)}px`;
      this.levels.place();
    }
    /** Lays the rows out anew in the same place: a level was folded or opened. */
    refit() {
      this.resize(this.width, this.maxHeight);
      this.moved();
    }
    /**
     * Scrolls until a node's row is in sight, below the ruler and above the cut.
     *
     * @param {number} i
     */
    scrollTo(i) {
      const { element, layout } = this;
      const row = layout.model.rowOf[i];
      const [top, bottom] = [layout.rowTop(row), layout.rowTop(row + 1)];
      const [highest, lowest] = [bottom + layout.height - layout.bandsTop - element.clientHeight, top - layout.rowTop(0)];
      element.scrollTop = Math.min(Math.max(element.scrollTop, highest), lowest);
    }
    /** Returns what is to be drawn; null if there is nothing yet. */
    scene() {
      const { layout, painter } = this;
      return painter && layout.width && layout.model.count ? { ...this, painter } : null;
    }
    /** Draws everything. */
    paint() {
      const scene = this.scene();
      if (!scene) return;
      const began = performance.now();
      this.stats.drawn = drawBase(this.clear(this.base), scene);
      this.ruler.paint(scene);
      this.bands.paint(scene);
      this.minimap.paint(scene);
      this.stats.paintMs = performance.now() - began;
      this.stats.paints += 1;
      this.paintHighlights();
    }
    /** Draws what is highlighted, and places the playhead. */
    paintHighlights() {
      const scene = this.scene();
      if (!scene) return;
      const began = performance.now();
      drawHighlights(this.clear(this.over), scene);
      this.placeHead();
      this.stats.overs += 1;
      this.stats.overMs = performance.now() - began;
    }
    /** @param {HTMLCanvasElement} canvas */
    clear(canvas) {
      const { width, height, pixelRatio } = this.layout;
      const context = context2d(canvas);
      context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
      context.clearRect(0, 0, width, height);
      context.textBaseline = "middle";
      return context;
    }
    /** Puts the playhead where the player is; changes nothing where it is there already. */
    placeHead() {
      this.minimap.placeHead(this.frame);
      const x = this.layout.snap(this.view.x(this.frame - 0.5));
      const isVisible = this.frame > 0 && x >= GUTTER - 1 && x <= this.layout.right + 1;
      if (this.head.hidden === isVisible) for (const head of this.heads) head.hidden = !isVisible;
      const place = `translateX(${x}px)`;
      if (!isVisible || place === this.headPlace) return;
      this.headPlace = place;
      for (const head of this.heads) head.style.transform = place;
    }
  };

  // js/zoom.js
  var NODE_MARGIN = 0.02;
  var Zoom = class {
    /** What the axis was set to show: a node, WHOLE_VIDEO or OPEN_CLIP. */
    place = WHOLE_VIDEO;
    /** What it showed at first. */
    homeFrom = 0;
    homeTo = 0;
    /**
     * @param {Timeline} timeline
     * @param {() => void} changed
     */
    constructor(timeline, changed) {
      this.timeline = timeline;
      this.changed = changed;
      this.crumbs = new Crumbs((place) => this.zoomTo(place));
    }
    get view() {
      return this.timeline.layout.view;
    }
    get model() {
      return this.timeline.layout.model;
    }
    /** Shows the open clip, or the whole video if no clip is open. */
    goHome() {
      this.zoomTo(this.model.data.clip ? OPEN_CLIP : WHOLE_VIDEO);
      this.homeFrom = this.view.from;
      this.homeTo = this.view.to;
    }
    get isHome() {
      return this.view.from === this.homeFrom && this.view.to === this.homeTo;
    }
    /** @param {number} place a node, WHOLE_VIDEO or OPEN_CLIP */
    zoomTo(place) {
      const { first, last: last2, clip } = this.model.data;
      this.place = place;
      if (place === OPEN_CLIP && clip) this.view.show(clip[0] - 1, clip[1]);
      else if (place < 0) this.view.show(0, this.model.frames);
      else {
        const margin = (last2[place] - first[place] + 1) * NODE_MARGIN;
        this.view.show(first[place] - 1 - margin, last2[place] + margin);
      }
      this.crumbs.show(this.model, place);
      this.changed();
    }
    /**
     * Shows frames and a bit beside them; the breadcrumb stays, as they are no node.
     *
     * @param {number} first
     * @param {number} last
     */
    showFrames(first, last2) {
      const margin = (last2 - first + 1) * NODE_MARGIN;
      this.view.show(first - 1 - margin, last2 + margin);
      this.changed();
    }
    /**
     * Zooms around a frame that is on screen, else around the nearest end of the axis.
     *
     * @param {number} factor less than 1 to zoom in
     * @param {number} frame 0 for the middle of the axis
     */
    zoomBy(factor, frame) {
      const { view } = this;
      const x = frame ? view.x(frame) : view.left + view.width / 2;
      view.zoom(Math.min(Math.max(x, view.left), view.left + view.width), factor);
      this.changed();
    }
    /**
     * Moves the axis and scrolls the rows so that a node is on screen.
     *
     * @param {number} i
     */
    reveal(i) {
      const { view } = this;
      this.timeline.scrollTo(i);
      const start = this.model.data.first[i] - 1;
      const end = this.model.data.last[i];
      if (start >= view.from && end <= view.to) return;
      const span = Math.max(view.to - view.from, (end - start) * 1.1);
      const middle = (start + end) / 2;
      view.show(middle - span / 2, middle + span / 2);
      this.changed();
    }
    /**
     * Moves the axis on when the video has played past its end; returns whether it did.
     *
     * @param {number} frame
     */
    keepOnScreen(frame) {
      const { view } = this;
      if (view.isWhole || frame >= view.from && frame <= view.to) return false;
      const { clip } = this.model.data;
      if (clip && (frame < clip[0] || frame > clip[1])) return false;
      view.show(frame - 1, frame - 1 + view.to - view.from);
      return true;
    }
  };

  // js/panel.js
  var MIN_TIMELINE = 120;
  var TreePanel = class {
    model = NO_TREE;
    /** @type {Palette | null} */
    palette = null;
    /**
     * @param {HTMLElement & {action100m?: Probe}} root
     * @param {Host} host
     */
    constructor(root, host) {
      this.root = root;
      this.host = { ...host, act: (action) => this.current.act(action) };
      this.timeline = new Timeline();
      this.tooltip = new Tooltip();
      this.zoom = new Zoom(this.timeline, () => this.viewChanged());
      this.search = new Search(this);
      this.transport = new Transport(this.host.act);
      const cutGrid = (seconds) => this.host.tell("cut_grid", { seconds });
      this.granularity = new Granularity(() => this.recut(), cutGrid);
      this.hidden = new HiddenNodes(this);
      this.details = this.makeDetails();
      const { review, bar, handles } = makeReview(this);
      this.review = review;
      this.reviewBar = bar;
      this.reviewHandles = handles;
      this.legend = new Legend(() => this.recolour());
      this.compare = new Compare(this);
      this.layouts = new LayoutChoice(this);
      this.overlay = new Overlay(this);
      this.film = new Filmstrip(this);
      this.openButton = textButton("Open the video", "Open this video to play and move it", () => {
        this.current.call("open_sample");
      });
      this.notices = new Notices(this);
      this.announcement = make("div", { class: "a100-sr", "aria-live": "polite" });
      this.help = helpSheet(() => this.toggleHelp());
      this.slots = new Arrangement(() => this.resize());
      assemble(this);
      this.playback = new Playback(this);
      this.player = new Follower(this.playback);
      this.current = new CurrentNode(this);
      this.range = new FrameRange(this);
      this.stopTaking = onHandOver((segment) => this.current.showHanded(segment));
      this.sizes = new ResizeObserver(() => this.resize());
      this.sizes.observe(root);
      this.themes = new MutationObserver(() => this.readTheme());
      this.themes.observe(document.documentElement, { attributes: true });
      listenToKeys(this);
      keepFocus(root);
      listenToMouse(this);
      root.action100m = probeOf(this);
    }
    get card() {
      return this.details.card;
    }
    makeDetails() {
      const { timeline } = this;
      return new Details(this.host, {
        pin: (i) => this.current.pin(i, { reveal: true }),
        zoom: (i) => this.zoom.zoomTo(i),
        hover: (i) => this.highlight(i),
        colour: (i) => timeline.painter?.shades(this.model, i, timeline.colourBy).full ?? ""
      });
    }
    destroy() {
      keepOn(this);
      this.stopTaking();
      this.player.destroy();
      this.overlay.detach();
      this.film.destroy();
      this.playback.destroy();
      this.current.selection.reset();
      this.search.destroy();
      this.details.destroy();
      this.review.destroy();
      this.sizes.disconnect();
      this.slots.destroy();
      leaveArrows();
      this.themes.disconnect();
      delete this.root.action100m;
      this.root.replaceChildren();
    }
    /**
     * Shows a tree, or says why there is none. The settings stay; the pin and the zoom do not.
     *
     * @param {TreeData | Notice | null} data null while it is on its way
     * @param {Palette | null} palette
     */
    setTree(data, palette) {
      this.palette = palette;
      const moment = momentToKeep(this, data);
      const hasNone = this.notices.showTree(data);
      this.slots.element.hidden = hasNone;
      this.setModel(hasNone ? NO_TREE : new TreeModel(data));
      this.setLooker(this.player.offered);
      this.review.treeChanged();
      if (this.model === NO_TREE) return;
      this.search.restart();
      this.playback.onFrame(this.player.frame || 1, true);
      if (moment) showMoment(this, moment);
      else if (this.model.data.open) this.current.showFound();
      takeKeys(this.root);
    }
    /** @param {TreeModel} model */
    setModel(model) {
      const { sample, open } = model.data;
      const isSameVideo = model !== NO_TREE && sample === this.model.data.sample;
      this.model = model;
      this.timeline.setModel(model);
      this.details.setModel(model);
      this.current.reset(isSameVideo);
      this.hidden.setNodes(null);
      this.root.dataset.nodes = String(model.count);
      if (model === NO_TREE) return;
      Object.assign(this.root.dataset, { sample, open: String(open) });
      this.openButton.hidden = open;
      this.transport.element.hidden = !open;
      this.layouts.show();
      this.readTheme();
      this.granularity.fit(model.frames / model.fps);
      this.recolour();
      this.recut();
      this.resize();
      this.zoom.goHome();
      this.compare.restart();
    }
    readTheme() {
      if (!this.palette) return;
      const theme = readTheme(this.root);
      styleMarks(this.root, theme);
      this.timeline.setLook(this.palette, theme);
      this.root.dataset.theme = theme.dark ? "dark" : "light";
      this.repaint();
    }
    /** @param {unknown} looker the player that the App has now */
    setLooker(looker) {
      this.player.attach(looker, this.model.data.open);
    }
    /** @param {string} text */
    announce(text) {
      this.announcement.textContent = text;
    }
    // What is drawn.
    viewChanged() {
      this.root.dataset.zoomed = this.model.data.ids[this.zoom.place] ?? "";
      this.repaint();
    }
    /** Leaves the help, the range, the search, the node or the zoom; returns false if there was nothing to leave. */
    leave() {
      if (!this.help.hidden) this.toggleHelp();
      else if (this.range.shown) this.range.free();
      else if (this.review.leave()) return true;
      else if (this.search.input.value) this.search.clear();
      else if (this.current.pinned !== NONE) this.current.unpin();
      else if (this.model !== NO_TREE && !this.zoom.isHome) this.zoom.goHome();
      else return false;
      return true;
    }
    toggleHelp() {
      this.help.hidden = !this.help.hidden;
      if (this.help.hidden) this.root.focus();
      else this.help.querySelector("button")?.focus();
    }
    /** @param {Matches | null} matches */
    setMatches(matches) {
      this.timeline.matches = matches;
      this.details.outline.setMatches(matches);
      this.root.dataset.matches = matches ? String(matches.nodes.length) : "";
      this.repaint();
    }
    /**
     * @param {Set<number> | null} hidden the nodes that the App's view hides
     * @param {Set<number> | null} thin those that are drawn as thin lines
     */
    setHidden(hidden2, thin) {
      this.root.dataset.hidden = thin ? String(thin.size) : "";
      if (hidden2 === this.model.hidden && thin === this.timeline.thin) return;
      this.model.hidden = hidden2;
      this.timeline.thin = thin;
      this.recolour();
    }
    recolour() {
      this.timeline.colourBy = this.legend.by;
      this.overlay.show();
      if (this.palette) this.legend.show(this.model, this.palette, this.timeline.thin);
      this.details.redraw();
      this.repaint();
    }
    recut() {
      const cut = this.model.cut(this.granularity.seconds);
      this.timeline.cut = cut;
      this.granularity.showCount(cut.length);
      this.root.dataset.cut = String(cut.length);
      this.repaint();
    }
    /**
     * @param {number} i the node under the mouse, NONE if there is none
     * @param {{x: number, y: number, surface: HTMLElement, top: number}} [place] where the mouse is in the
     *   layout, on what, and where that begins
     */
    hover(i, place) {
      if (i === NONE || !place) this.tooltip.hide();
      else {
        const { x, y, surface, top } = place;
        const block = this.timeline.layout.blockAt(x, y);
        const tip = tipOfNode(this.model, i, block ? block.end - block.from : 0);
        this.tooltip.show(this.model, tip, surface, x, y - top);
      }
      this.highlight(i);
    }
    /**
     * Highlights a node on the timeline.
     *
     * @param {number} i the node under the mouse, here or in the outline; NONE if there is none
     */
    highlight(i) {
      if (i === this.timeline.hovered) return;
      this.timeline.hovered = i;
      this.root.dataset.hover = i === NONE ? "" : this.model.data.ids[i];
      this.timeline.paintHighlights();
    }
    resize() {
      const { compare, film, root, slots, timeline } = this;
      slots.fit(root.clientWidth, root.clientHeight);
      moveArrows(root);
      const width = timeline.element.clientWidth;
      if (this.model === NO_TREE || !width) return;
      const below = compare.element.hidden ? 0 : compare.element.offsetHeight + SLOT_GAP;
      const height = slots.timeline.clientHeight - below;
      timeline.resize(width, Math.max(MIN_TIMELINE, height - film.fit(height)));
      this.repaint();
    }
    repaint() {
      this.timeline.paint();
      this.compare.paint();
      this.range.place();
      this.reviewHandles.place();
      this.film.paint();
      this.root.dataset.drawn = String(this.timeline.stats.drawn);
    }
  };

  // js/show_tree_beside.js
  var MODAL_SPACES = "fiftyone-modal-spaces";
  var SAMPLE_PANEL = "fo-sample-modal-plugin";
  var TREE_PANEL = "tree_of_captions";
  var PANELS = [TREE_PANEL, "action100m_search"];
  var RENDER_MS = 50;
  var MOST_TRIES = 60;
  var FIRST = { horizontal: [0.46, 0.54], vertical: [0.42, 0.58] };
  function findPanel(node, type) {
    if (node.type === type) return node;
    for (const child of node.children ?? []) {
      const found = findPanel(child, type);
      if (found) return found;
    }
    return null;
  }
  function useLatestSpaces() {
    const { spaces } = appGlobal("__fosp__").useSpaces(MODAL_SPACES);
    const latest = appGlobal("React").useRef(spaces);
    latest.current = spaces;
    return () => latest.current;
  }
  function useHasLayout() {
    const latest = useLatestSpaces();
    return () => findPanel(latest().root, SAMPLE_PANEL) !== null;
  }
  function isCovered(spaces, type) {
    const node = spaces?.root && findPanel(spaces.root, type);
    return Boolean(node?.parent?.activeChild && node.parent.activeChild !== node.id);
  }
  function chosenPlace() {
    return readSettings().place === "below" ? "below" : "beside";
  }
  function splitOf(sample, panel) {
    for (let node = sample?.parent; node; node = node.parent) {
      if (panel && node.layout && findPanel(node, panel.type ?? "")) return node;
    }
    return null;
  }
  function placeOf(spaces, type) {
    if (!spaces?.root) return null;
    const split = splitOf(findPanel(spaces.root, SAMPLE_PANEL), findPanel(spaces.root, type));
    return split && (split.layout === "vertical" ? "below" : "beside");
  }
  function putBeside(spaces, type, place) {
    const node = findPanel(spaces.root, type);
    if (!node?.parent) return;
    const layout = layoutOf(place);
    const sample = findPanel(spaces.root, SAMPLE_PANEL);
    const panels = PANELS.map((each) => findPanel(spaces.root, each)).filter((panel) => panel !== null);
    let target = panels.map(({ parent }) => parent).find((parent) => parent && parent !== sample?.parent);
    if (!target && spaces.canSplitLayout(node.parent)) {
      spaces.splitLayout(node.parent, layout, node);
      target = node.parent;
      setSizes(splitOf(sample, node), layout);
    }
    for (const panel of panels) {
      if (target && panel.parent !== target && panel.parent === sample?.parent) spaces.moveNode(panel, target);
    }
    const split = splitOf(sample, node);
    if (split && split.layout !== layout && !split.sizes) {
      split.layout = layout;
      setSizes(split, layout);
    }
    if (sample) spaces.setNodeActive(sample);
    spaces.setNodeActive(node);
  }
  function takeSizes(spaces, type, place) {
    const split = turns(spaces, type, place);
    if (!split?.layout) return;
    if (split.sizes) keepSettings({ sizes: { ...readSettings().sizes, [split.layout]: split.sizes } });
    split.sizes = void 0;
  }
  function turns(spaces, type, place) {
    const split = splitOf(findPanel(spaces.root, SAMPLE_PANEL), findPanel(spaces.root, type));
    return split && split.layout !== layoutOf(place) ? split : null;
  }
  function layoutOf(place) {
    const { Horizontal, Vertical } = appGlobal("__fosp__").Layout;
    return place === "below" ? Vertical : Horizontal;
  }
  function setSizes(split, layout) {
    const first = layout === "vertical" ? FIRST.vertical : FIRST.horizontal;
    if (split?.children?.length === 2) split.sizes = readSettings().sizes?.[layout] ?? first;
  }
  function useSidebar() {
    const { recoil: recoil2, __fos__: __fos__2 } = window;
    const sidebar = __fos__2?.sidebarVisible?.(true);
    if (!recoil2 || !sidebar) return () => {
    };
    return recoil2.useRecoilCallback(
      ({ set, snapshot }) => (place) => {
        const hides = place === "below" && snapshot.getLoadable(sidebar).contents === true;
        const shows = place === "beside" && readSettings().sidebar === true;
        if (hides || shows) {
          set(sidebar, shows);
          keepSettings({ sidebar: hides });
        }
      },
      []
    );
  }
  async function opened2(hooks, panel) {
    for (let i = 0; i < MOST_TRIES; i++) {
      if (findPanel(hooks.spaces().root, panel)) return;
      await sleep(RENDER_MS);
    }
    await runOperator("open_panel", { name: panel, isActive: true });
    await sleep(RENDER_MS);
  }
  function registerShowTreeBeside() {
    const { Operator, OperatorConfig, registerOperator, types } = appGlobal("__foo__");
    const { useSpaces } = appGlobal("__fosp__");
    class ShowTreeBeside extends Operator {
      get config() {
        return new OperatorConfig({
          name: "show_tree_beside",
          label: "Show the tree beside the video",
          unlisted: true
        });
      }
      useHooks() {
        return {
          spaces: useLatestSpaces(),
          update: useSpaces(MODAL_SPACES).updateSpaces,
          setSidebar: useSidebar()
        };
      }
      async resolveInput() {
        const inputs = new types.Object();
        inputs.str("panel", { label: "Panel", required: false });
        inputs.str("place", { label: "Place", required: false });
        return new types.Property(inputs);
      }
      /**
       * @param {object} context
       * @param {Hooks} context.hooks
       * @param {{panel?: string, place?: Place}} context.params `place`: by default where a person
       *   had the panels last
       */
      async execute({ hooks, params }) {
        const place = params.place ?? chosenPlace();
        keepSettings({ place });
        if (params.place) hooks.setSidebar(place);
        const panel = params.panel ?? TREE_PANEL;
        if (panel === TREE_PANEL && !params.place) giveKeysToTree();
        await opened2(hooks, panel);
        hooks.update((spaces) => putBeside(spaces, panel, place));
        await sleep(RENDER_MS);
        for (let i = 0; i < MOST_TRIES && turns(hooks.spaces(), panel, place); i++) {
          hooks.update((spaces) => takeSizes(spaces, panel, place));
          await sleep(RENDER_MS);
          if (turns(hooks.spaces(), panel, place)?.sizes) continue;
          hooks.update((spaces) => putBeside(spaces, panel, place));
          await sleep(RENDER_MS);
        }
      }
    }
    registerOperator(ShowTreeBeside, PLUGIN);
  }

  // js/show_tree_alone.js
  var GRID_SPACES = "fiftyone-spaces";
  var SAMPLES_PANEL = "Samples";
  var before = null;
  function isAlone(spaces, type) {
    const node = spaces?.root && findPanel(spaces.root, type);
    if (!spaces || !node) return false;
    return spaces.root.children?.includes(node) === true && spaces.root.activeChild === node.id;
  }
  function putAlone(spaces) {
    const node = findPanel(spaces.root, TREE_PANEL);
    const samples = findPanel(spaces.root, SAMPLES_PANEL);
    if (!node || !samples) return;
    const { root } = spaces;
    for (const child of [...root.children ?? []]) {
      if (child !== node && child !== samples) root.children?.splice(root.children.indexOf(child), 1);
    }
    root.layout = void 0;
    root.sizes = void 0;
    if (samples.parent !== root) spaces.moveNode(samples, root);
    if (node.parent !== root) spaces.moveNode(node, root);
    spaces.setNodeActive(node);
  }
  function registerShowTreeAlone() {
    const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");
    const { useSpaces } = appGlobal("__fosp__");
    class ShowTreeAlone extends Operator {
      get config() {
        return new OperatorConfig({ name: "show_tree_alone", label: "Show the tree alone", unlisted: true });
      }
      useHooks() {
        const { spaces, updateSpaces } = useSpaces(GRID_SPACES);
        return { spaces, updateSpaces };
      }
      /**
       * @param {object} context
       * @param {{spaces: Spaces, updateSpaces: (change: (spaces: Spaces) => void) => void}} context.hooks
       * @param {{sample_id: string}} context.params
       */
      async execute({ hooks, params }) {
        if (!isAlone(hooks.spaces, TREE_PANEL)) before = hooks.spaces.toJSON();
        await runOperator("close_sample", {});
        await runOperator("set_selected_samples", { samples: [params.sample_id] });
        await runOperator("open_panel", { name: TREE_PANEL, isActive: true });
        hooks.updateSpaces(putAlone);
      }
    }
    class LeaveTreeAlone extends Operator {
      get config() {
        return new OperatorConfig({ name: "leave_tree_alone", label: "Show the tree and its video", unlisted: true });
      }
      useHooks() {
        return { updateSpaces: useSpaces(GRID_SPACES).updateSpaces };
      }
      /**
       * @param {object} context
       * @param {{updateSpaces: (change: object) => void}} context.hooks
       * @param {{sample_id: string, segment?: object, place?: string}} context.params `sample_id`: the video
       *   to open, at a segment, with the tree in a place
       */
      async execute({ hooks, params: { sample_id, segment, place } }) {
        if (before) hooks.updateSpaces(before);
        before = null;
        await runOperator(`${PLUGIN}/show_and_open`, { sample_id, segment });
        await runOperator(`${PLUGIN}/show_tree_beside`, { place });
      }
    }
    registerOperator(ShowTreeAlone, PLUGIN);
    registerOperator(LeaveTreeAlone, PLUGIN);
  }

  // js/component.js
  var COMPONENT = "Action100MTreeOfCaptions";
  function registerTree() {
    const React2 = appGlobal("React");
    const { registerComponent, PluginComponentType } = appGlobal("__fop__");
    const { useLooker, useLabels, useLayout, useTrigger } = appHooks();
    function TreeOfCaptions({ data = {}, schema }) {
      const place = React2.useRef(null);
      const panel = React2.useRef(null);
      const looker = useLooker();
      const labels = useLabels();
      const { covered, place: where, alone } = useLayout();
      const trigger = useTrigger();
      const latest = React2.useRef(
        /** @type {Latest} */
        { trigger, labels, methods: {} }
      );
      latest.current = { trigger, labels, methods: schema?.view ?? {} };
      const { tree, palette, view, selected } = data;
      const hasPalette = Boolean(palette);
      React2.useEffect(() => {
        if (!place.current) return;
        const made2 = new TreePanel(place.current, hostOf(latest));
        panel.current = made2;
        return () => {
          panel.current = null;
          made2.destroy();
        };
      }, []);
      React2.useEffect(() => {
        if (tree && palette) panel.current?.setTree(JSON.parse(tree), palette);
        else panel.current?.setTree(null, null);
      }, [tree, hasPalette]);
      React2.useEffect(() => panel.current?.setLooker(looker), [looker]);
      React2.useEffect(() => panel.current?.player.setCovered(covered), [covered]);
      React2.useEffect(() => panel.current?.layouts.setFound({ place: where, alone }), [where, alone]);
      React2.useEffect(() => {
        panel.current?.hidden.refresh(view);
      }, [tree, view, hasPalette]);
      React2.useEffect(() => panel.current?.current.setSelected(selected), [selected, labels]);
      return React2.createElement("div", { ref: place });
    }
    registerComponent({
      name: COMPONENT,
      label: "Tree of Captions",
      component: TreeOfCaptions,
      type: PluginComponentType.Component,
      activator: () => true
    });
  }
  function appHooks() {
    const { recoil: recoil2, __foo__: __foo__2, __fos__: __fos__2, __fosp__: __fosp__2 } = window;
    const lookerAtom = __fos__2?.modalLooker;
    const labelsAtom = __fos__2?.selectedLabels;
    return {
      useLooker: () => recoil2 && lookerAtom ? recoil2.useRecoilValue(lookerAtom) : null,
      useLabels: () => recoil2 && labelsAtom ? recoil2.useRecoilValue(labelsAtom) : null,
      // While another tab is in front of the open sample's, there is no player on the page.
      useLayout: () => {
        if (!__fosp__2) return { covered: false, place: null, alone: false };
        const { spaces } = __fosp__2.useSpaces(MODAL_SPACES);
        const alone = isAlone(__fosp__2.useSpaces(GRID_SPACES).spaces, TREE_PANEL);
        return { covered: isCovered(spaces, SAMPLE_PANEL), place: placeOf(spaces, TREE_PANEL), alone };
      },
      useTrigger: () => __foo__2?.useTriggerPanelEvent?.() ?? null
    };
  }
  function hostOf(latest) {
    const call = (method, params, done) => {
      const { trigger, methods } = latest.current;
      if (!trigger || !methods[method]) done(null);
      else trigger(methods[method], params, false, (answer) => done(answer?.result ?? null));
    };
    return {
      problem: missingText(),
      labels: () => latest.current.labels?.map((label) => label.labelId) ?? null,
      tell: (method, params) => call(method, params, () => {
      }),
      /**
       * @template {keyof Answers} Method
       * @param {Method} method
       * @param {object} params
       * @returns {Promise<Answers[Method] | null>}
       */
      ask: (method, params) => new Promise((resolve) => {
        call(method, params, (answer) => resolve(
          /** @type {Answers[Method] | null} */
          answer
        ));
      })
    };
  }
  function missingText() {
    const missing2 = missingGlobals();
    if (!missing2.length) return "";
    return `This version of FiftyOne has no ${missing2.join(", ")}, so the tree may not follow or move the video. ${PLUGIN} is made for FiftyOne 1.22.`;
  }

  // js/asking.js
  var TYPING_MS2 = 180;
  var SLOWEST_MS2 = 12e4;
  var Asking = class {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    timer;
    /** The question that waits for an answer to the one before. @type {{question: Question} | null} */
    next = null;
    isUnderWay = false;
    isDropped = false;
    /**
     * @param {(question: Question) => Promise<Answer | null>} ask
     * @param {(answer: Answer | null, question: Question) => void} show null if there is no answer
     * @param {{wait?: number, slowest?: number}} times in milliseconds: to wait for the next letter, and
     *   for an answer
     */
    constructor(ask, show3, { wait = TYPING_MS2, slowest = SLOWEST_MS2 } = {}) {
      this.ask = ask;
      this.show = show3;
      this.wait = wait;
      this.slowest = slowest;
    }
    /** Whether an answer is still to come. */
    get isBusy() {
      return this.timer !== void 0 || this.next !== null || this.isUnderWay && !this.isDropped;
    }
    /**
     * Asks as soon as nothing else has been asked for a moment.
     *
     * @param {Question} question
     */
    soon(question) {
      this.cancel();
      this.timer = setTimeout(() => this.now(question), this.wait);
    }
    /**
     * Asks at once, or as soon as the answer under way has come.
     *
     * @param {Question} question
     */
    async now(question) {
      this.cancel();
      if (this.isUnderWay) {
        this.next = { question };
        return;
      }
      this.isUnderWay = true;
      this.isDropped = false;
      const answer = await this.answerTo(question);
      this.isUnderWay = false;
      const { next } = this;
      if (next) {
        this.next = null;
        await this.now(next.question);
      } else if (!this.isDropped) this.show(answer, question);
    }
    /**
     * @param {Question} question
     * @returns {Promise<Answer | null>}
     */
    answerTo(question) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(null), this.slowest);
        this.ask(question).catch(() => null).then((answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
      });
    }
    /** Drops what was asked. */
    cancel() {
      clearTimeout(this.timer);
      this.timer = void 0;
      this.next = null;
      this.isDropped = this.isUnderWay;
    }
  };

  // js/finder.css
  var finder_default = `/* The look of the Search panel; the rest is that of the tree's (panel.css). */
.a100-finder .a100-select { order: 0; }
.a100-finder { overflow: hidden; gap: 7px; }
.a100-finder > div > * { flex: none; }
.a100-box { display: flex; align-items: center; flex: 1 1 260px; min-width: 0; position: relative; color: var(--a-quiet); }
.a100-box svg { position: absolute; left: 9px; }
.a100-box .a100-search { height: 34px; padding: 0 10px 0 31px; font-size: 15px; color: var(--a-text); }
.a100-modes { display: inline-flex; border: 1px solid var(--a-line); border-radius: 4px; overflow: hidden; }
.a100-modes .a100-button { height: 32px; border: 0; border-radius: 0; }
.a100-modes .a100-button + .a100-button { border-left: 1px solid var(--a-line); }
.a100-modes .a100-button[aria-pressed=true] { background: color-mix(in srgb, var(--a-accent) 22%, transparent); font-weight: 600; }
.a100-finder .a100-button[data-set], .a100-finder .a100-button[aria-expanded=true] { border-color: var(--a-accent); }
.a100-filters { display: grid; gap: 6px; padding: 8px 10px; border: 1px solid var(--a-line); border-radius: 4px; max-height: 40%; overflow: auto; font-size: 12px; }
.a100-filter { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; }
.a100-filter .a100-name { flex: 0 0 44px; color: var(--a-quiet); }
.a100-checks { display: flex; flex-wrap: wrap; gap: 3px 12px; flex: 1; }
.a100-checks .a100-check { color: var(--a-text); }
.a100-checks i { color: var(--a-quiet); }
.a100-number { width: 72px; height: 24px; padding: 0 6px; border: 1px solid var(--a-line); border-radius: 4px; background: var(--fo-palette-background-field, transparent); }
.a100-notices { display: grid; gap: 5px; }
.a100-notices:empty { display: none; }
.a100-notices .a100-notice { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; font-size: 12px; }
.a100-notices .a100-notice span { flex: 1 1 200px; }
.a100-notices progress { flex: 0 1 140px; height: 6px; accent-color: var(--a-accent); }
.a100-result { justify-content: space-between; min-height: 24px; }
.a100-count { color: var(--a-quiet); font-size: 12px; font-variant-numeric: tabular-nums; }
.a100-hint { color: var(--a-quiet); padding: 6px 2px; }
.a100-hint:empty { display: none; }
.a100-hint p { margin: 0 0 8px; }
.a100-hint dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 14px; margin: 0; font-size: 12px; }
.a100-hint dt { font-family: ui-monospace, monospace; color: var(--a-text); }
.a100-hint dd { margin: 0; }
.a100-finder > div > .a100-found { flex: 0 1 auto; min-height: 0; overflow: auto; margin: 0 -10px; padding: 0; list-style: none; scrollbar-gutter: stable; border-top: 1px solid var(--a-line); }
.a100-finder[data-state=asking] .a100-found { opacity: .55; }
.a100-row { display: flex; gap: 10px; padding: 7px 10px; cursor: pointer; border-bottom: 1px solid var(--a-line); content-visibility: auto; contain-intrinsic-height: auto 79px; }
.a100-row:hover { background: var(--fo-palette-action-hover, rgba(128,128,128,.12)); }
.a100-row[aria-selected=true] { background: color-mix(in srgb, var(--a-accent) 12%, transparent); box-shadow: inset 3px 0 0 var(--a-accent); }
.a100-cell { flex: none; }
.a100-frame-box { position: relative; display: block; flex: none; width: 116px; height: 65px; border-radius: 4px; overflow: hidden; background: color-mix(in srgb, var(--a-text) 9%, var(--a-bg)); }
.a100-frame-box { padding: 0; border: 0; cursor: pointer; }
.a100-plays { position: absolute; inset: 0; margin: auto; width: 26px; height: 26px; display: grid; place-items: center; border-radius: 50%; background: rgba(0,0,0,.5); color: #fff; opacity: .75; }
.a100-frame-box:hover .a100-plays, .a100-row[aria-selected=true] .a100-plays { background: rgba(0,0,0,.8); opacity: 1; }
.a100-frame-box:hover { outline: 2px solid var(--a-accent); }
.a100-picture { display: block; width: 100%; height: 100%; }
.a100-picture[data-picture=missing] { background: repeating-linear-gradient(135deg, transparent 0 6px, color-mix(in srgb, var(--a-text) 7%, transparent) 6px 12px); }
.a100-lasts { position: absolute; right: 3px; bottom: 3px; padding: 0 4px; border-radius: 3px; background: rgba(0,0,0,.72); color: #fff; font-size: 12px; line-height: 15px; font-variant-numeric: tabular-nums; }
.a100-words { flex: 1 1 auto; min-width: 0; display: flex; flex-direction: column; gap: 2px; }
.a100-caption { font-size: 14px; line-height: 1.35; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; unicode-bidi: plaintext; }
.a100-caption mark { background: color-mix(in srgb, var(--a-accent) 30%, transparent); color: inherit; border-radius: 2px; padding: 0 1px; font-weight: 600; }
.a100-reason { font-size: 12px; color: var(--a-accent); }
.a100-tagging .a100-search { flex: 0 1 240px; }
.a100-above { font-size: 12px; color: var(--a-quiet); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.a100-row :is(.a100-facts, .a100-origin) { display: flex; gap: 12px; align-items: baseline; min-width: 0; font-size: 12px; color: var(--a-quiet); }
.a100-row :is(.a100-facts, .a100-origin) > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; flex: none; }
.a100-row .a100-facts > :last-child, .a100-row .a100-origin > :first-child { flex: 0 1 auto; min-width: 0; }
.a100-row .a100-origin > :first-child:empty { display: none; }
.a100-row .a100-level::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 2px; margin-right: 5px; background: var(--a-level, var(--a-quiet)); }
.a100-row .a100-field { font-size: 12px; }
.a100-score { flex: none; display: flex; flex-direction: column; align-items: flex-end; gap: 3px; width: 40px; font-size: 12px; color: var(--a-quiet); font-variant-numeric: tabular-nums; }
.a100-score meter { width: 36px; height: 4px; border-radius: 2px; appearance: none; background: color-mix(in srgb, var(--a-text) 14%, transparent); }
.a100-score meter::-webkit-meter-bar { border: 0; height: 4px; border-radius: 2px; background: color-mix(in srgb, var(--a-text) 14%, transparent); }
.a100-score meter::-webkit-meter-optimum-value { background: var(--a-accent); border-radius: 2px; }
.a100-video { position: sticky; top: 0; z-index: 1; display: flex; gap: 10px; align-items: baseline; padding: 5px 10px; background: var(--a-card); border-bottom: 1px solid var(--a-line); }
.a100-video b { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 600; }
.a100-video span { flex: none; color: var(--a-quiet); font-size: 12px; }
.a100-further { align-self: center; }
.a100-row .a100-link { color: inherit; white-space: nowrap; }
.a100-row .a100-link[aria-expanded=true] { color: var(--a-text); }
.a100-inner { padding-left: 34px; background: color-mix(in srgb, var(--a-text) 4%, transparent); }
.a100-inner .a100-frame-box { width: 92px; height: 52px; }
.a100-inner .a100-caption { font-size: 13px; }
.a100-finder[data-state=idle] .a100-found { border-top: 0; }
@container a100 (min-width: 900px) { .a100-frame-box { width: 160px; height: 90px; } .a100-caption { font-size: 16px; } .a100-row .a100-facts, .a100-row .a100-origin, .a100-above { font-size: 13px; } .a100-row { gap: 14px; contain-intrinsic-height: auto 105px; } }
@container a100 (max-width: 430px) { .a100-frame-box { width: 84px; height: 47px; } }
`;

  // js/finder_actions.js
  var Actions = class {
    /** @param {Finder} finder */
    constructor(finder) {
      this.finder = finder;
      this.tagging = new TagForm((tag, remove) => this.act("tag", { tag, remove }));
      this.element = make(
        "div",
        { class: "a100-actions", role: "group", "aria-label": "With what was found", hidden: true },
        textButton("Show in grid", "Show these captions, and only these, in the grid", () => this.act("show")),
        textButton("As clips", "Show these segments as clips in the grid", () => this.act("show_clips")),
        textButton("Tag …", "Tag these captions", () => this.tagging.toggle()),
        textButton("Export …", "Show these captions in the grid, and export them", () => this.export())
      );
    }
    /** @param {boolean} isAny whether anything was found */
    offer(isAny) {
      this.element.hidden = !isAny;
      if (!isAny) this.tagging.element.hidden = true;
    }
    /**
     * Does something with all rows; returns whether it could be done.
     *
     * @param {"show" | "show_clips" | "tag"} method
     * @param {object} more what else it takes
     */
    async act(method, more = {}) {
      const { finder } = this;
      const rows2 = finder.answer?.rows ?? [];
      const scope = finder.scope.value;
      const outcome = await finder.host.ask(method, {
        text: finder.input.value,
        scope,
        labels: rows2.map((row) => row.label),
        samples: rows2.map((row) => row.sample),
        of: [...new Set(rows2.map((row) => row.field))],
        ...more
      });
      if (method === "tag") this.tagging.element.hidden = true;
      else if (scope !== "video") finder.chosenScope = "dataset";
      finder.say(outcome);
      return Boolean(outcome && !outcome.problem);
    }
    /** Shows what was found in the grid, whose view is what is exported. */
    async export() {
      if (await this.act("show")) await this.finder.host.ask("export", {});
    }
  };
  var TagForm = class {
    /** @param {(tag: string, remove: boolean) => void} tag */
    constructor(tag) {
      this.input = make("input", {
        type: "text",
        class: "a100-search",
        maxlength: "100",
        placeholder: "Name of the tag",
        "aria-label": "Name of the tag",
        on: {
          keydown: (event2) => {
            if (event2.key === "Enter") this.give(false);
            else if (event2.key === "Escape") this.toggle();
          }
        }
      });
      this.give = (remove) => {
        if (this.input.value.trim()) tag(this.input.value, remove);
        else this.input.focus();
      };
      this.element = make(
        "div",
        { class: "a100-bar a100-tagging", hidden: true },
        this.input,
        textButton("Tag", "Tag the captions below", () => this.give(false)),
        textButton("Take away", "Take this tag from the captions below", () => this.give(true))
      );
    }
    toggle() {
      this.element.hidden = !this.element.hidden;
      if (!this.element.hidden) this.input.focus();
    }
  };

  // js/finder_controls.js
  var MODES2 = [
    ["words", "words", "Captions that have the words"],
    ["meaning", "meaning", "Captions that mean the same, whatever their words"],
    ["both", "both", "The meaning and the words together"],
    ["video", "pictures", "Segments whose pictures show it, whatever their captions"]
  ];
  var SCOPES2 = [["video", "this video"], ["view", "current view"], ["dataset", "whole dataset"]];
  var NESTED = [
    ["best", "best of each branch"],
    ["outermost", "outermost"],
    ["finest", "finest"],
    ["all", "all segments"]
  ];
  var ORDERS = [["rank", "best first"], ["video", "by video"], ["doubt", "doubtful first"]];
  var TIERS = [["root", "whole videos"], ["mid", "between"], ["leaf", "finest"]];
  var Choice = class {
    /**
     * @param {string} label
     * @param {[Value, string][]} choices
     * @param {() => void} changed
     */
    constructor(label, choices, changed) {
      this.choices = choices;
      this.element = make("select", {
        class: "a100-select",
        "aria-label": label,
        title: label,
        on: { change: () => changed() }
      });
      this.offer(choices.map(([value]) => value));
    }
    /** @param {Value[]} values those that can be chosen */
    offer(values) {
      const { value } = this;
      const offered = this.choices.filter((choice) => values.includes(choice[0]));
      this.element.replaceChildren(...offered.map(([name, text]) => make("option", { value: name, text })));
      this.value = values.includes(value) ? value : values[0];
      this.element.hidden = values.length < 2;
    }
    get value() {
      return (
        /** @type {Value} */
        this.element.value
      );
    }
    set value(value) {
      this.element.value = value;
    }
  };
  function scopeChoice(changed) {
    return new Choice("Where to search", SCOPES2, changed);
  }
  function nestedChoice(changed) {
    return new Choice("Of segments inside each other", NESTED, changed);
  }
  function orderChoice(changed) {
    return new Choice("Order", ORDERS, changed);
  }
  var Modes = class {
    /** @param {() => void} changed */
    constructor(changed) {
      this.value = "both";
      this.buttons = MODES2.map(([value, label, title]) => {
        const button3 = textButton(label, title, () => {
          this.set(value);
          changed();
        });
        button3.dataset.mode = value;
        return button3;
      });
      this.element = make("div", { class: "a100-modes", role: "group", "aria-label": "Find by" }, ...this.buttons);
      this.set("both");
    }
    /** @param {SearchMode[]} values those that can be chosen */
    offer(values) {
      for (const button3 of this.buttons) button3.hidden = !values.some((value) => value === button3.dataset.mode);
      if (!values.includes(this.value)) this.set("both");
    }
    /** @param {SearchMode} value */
    set(value) {
      this.value = value;
      for (const button3 of this.buttons) button3.setAttribute("aria-pressed", String(button3.dataset.mode === value));
    }
  };
  var Filters = class {
    /** @param {() => void} changed */
    constructor(changed) {
      this.changed = changed;
      this.fields = make("div", { class: "a100-checks", role: "group", "aria-label": "Fields" });
      this.tiers = make("div", { class: "a100-checks", role: "group", "aria-label": "Tiers" });
      this.leastLevel = this.number("Lowest level", "0", "1");
      this.mostLevel = this.number("Highest level", "any", "1");
      this.leastSeconds = this.number("Shortest, in seconds", "0", "any");
      this.mostSeconds = this.number("Longest, in seconds", "any", "any");
      this.tiers.append(...TIERS.map(([tier, text]) => this.check(tier, "", text)));
      this.tierLine = line("Segments", this.tiers);
      this.element = make(
        "div",
        { class: "a100-filters", hidden: true },
        line("Fields", this.fields),
        line("Level", this.leastLevel, make("span", { text: "to" }), this.mostLevel),
        line("Lasts", this.leastSeconds, make("span", { text: "to" }), this.mostSeconds, make("span", { text: "seconds" })),
        this.tierLine,
        line("", textButton("Clear the filters", "Search all captions again", () => {
          this.clear();
          changed();
        }))
      );
      this.button = textButton("Filters", "Choose fields, levels and durations", () => this.toggle());
      this.button.setAttribute("aria-expanded", "false");
    }
    toggle() {
      this.element.hidden = !this.element.hidden;
      this.button.setAttribute("aria-expanded", String(!this.element.hidden));
    }
    /**
     * @param {string} label
     * @param {string} placeholder
     * @param {string} step
     */
    number(label, placeholder, step) {
      return make("input", {
        type: "number",
        min: "0",
        step,
        class: "a100-number",
        placeholder,
        "aria-label": label,
        on: { input: () => this.change() }
      });
    }
    /**
     * @param {string} value
     * @param {string} [note]
     * @param {string} [text] the value in words
     */
    check(value, note, text = value) {
      const input = make("input", { type: "checkbox", value, on: { change: () => this.change() } });
      const span = make("span", { text });
      return make("label", { class: "a100-check" }, input, span, note ? make("i", { text: note }) : null);
    }
    change() {
      this.showCount();
      this.changed();
    }
    /** @param {SearchPlace} place */
    offer({ fields, indexed, tiers }) {
      const { fields: chosen } = this.values;
      this.fields.replaceChildren(
        ...fields.map((field) => this.check(field, indexed && !indexed.includes(field) ? "not indexed" : ""))
      );
      this.tierLine.hidden = !tiers;
      if (!tiers) for (const box of boxes(this.tiers)) box.checked = false;
      this.choose(chosen);
    }
    /** @param {string[]} fields those to search; none for all */
    choose(fields) {
      for (const box of boxes(this.fields)) box.checked = fields.includes(box.value);
      this.showCount();
    }
    clear() {
      for (const box of [...boxes(this.fields), ...boxes(this.tiers)]) box.checked = false;
      for (const input of [this.leastLevel, this.mostLevel, this.leastSeconds, this.mostSeconds]) input.value = "";
      this.showCount();
    }
    get values() {
      return {
        fields: checked(this.fields),
        tiers: checked(this.tiers),
        least_level: numberIn(this.leastLevel),
        most_level: numberIn(this.mostLevel),
        least_seconds: numberIn(this.leastSeconds),
        most_seconds: numberIn(this.mostSeconds)
      };
    }
    /** How many filters are set. */
    get count() {
      return Object.values(this.values).filter((value) => Array.isArray(value) ? value.length : value !== null).length;
    }
    showCount() {
      this.button.textContent = this.count ? `Filters · ${this.count}` : "Filters";
      this.button.toggleAttribute("data-set", this.count > 0);
    }
  };
  function line(label, ...parts) {
    return make("div", { class: "a100-filter" }, make("span", { class: "a100-name", text: label }), ...parts);
  }
  function boxes(element) {
    return [...element.querySelectorAll("input")];
  }
  function checked(element) {
    return boxes(element).filter((box) => box.checked).map((box) => box.value);
  }
  function numberIn(input) {
    return input.value === "" ? null : input.valueAsNumber;
  }

  // js/finder_keys.js
  var HELP2 = [
    ["/", "to the box"],
    ["↑ ↓", "choose a row"],
    ["Enter", "open it in its video"],
    ["⇧Enter", "play it, again and again"],
    ["Esc", "clear"]
  ];
  function keyList() {
    const rows2 = HELP2.flatMap(([key, does]) => [make("dt", { text: key }), make("dd", { text: does })]);
    return make("dl", {}, ...rows2);
  }
  function listenToKeys2(finder) {
    finder.root.addEventListener("keydown", (event2) => {
      const isTyping = event2.target === finder.input;
      const isOther = !isTyping && event2.target instanceof Element && event2.target.matches("input, select, button");
      const isForControl2 = isOther && event2.key !== "Escape" && event2.key !== "/";
      if (!isForControl2 && act(finder, event2, isTyping)) event2.preventDefault();
      else if (!isForControl2 && !isTyping) return;
      event2.stopPropagation();
    });
  }
  function act(finder, { key, shiftKey, ctrlKey, metaKey, altKey, isComposing }, isTyping) {
    const { input, rows: rows2 } = finder;
    if (ctrlKey || metaKey || altKey || isComposing) return false;
    if (key === "/" && !isTyping) input.focus();
    else if (key === "ArrowDown") rows2.move(1);
    else if (key === "ArrowUp") rows2.move(-1);
    else if (key === "Enter") finder.enter(shiftKey);
    else if (key === "Escape" && input.value) {
      input.value = "";
      input.focus();
      finder.typed();
    } else return false;
    return true;
  }

  // js/finder_notices.js
  var job = { isRunning: false, label: "", share: (
    /** @type {number | null} */
    null
  ) };
  var onPage = /* @__PURE__ */ new Set();
  function showIndexProgress(label, share) {
    Object.assign(job, { label, share });
    for (const notices of onPage) notices.show(...notices.shown);
  }
  var Notices2 = class {
    /** What `check` has found. */
    stale = "";
    /** The fields that are indexed; null if there is no index. @type {string[] | null} */
    indexed = null;
    /** What `show` was given last. @type {[string, SearchAnswer | null, boolean]} */
    shown = ["", null, false];
    /**
     * @param {Pick<Host, "ask">} host
     * @param {() => void} changed the index is another
     */
    constructor(host, changed) {
      this.host = host;
      this.changed = changed;
      this.element = make("div", { class: "a100-notices", role: "status" });
      onPage.add(this);
    }
    destroy() {
      onPage.delete(this);
    }
    /**
     * @param {string} problem
     * @param {SearchAnswer | null} answer
     * @param {boolean} isByMeaningOnly whether words were looked for as well, and no row has any
     */
    show(problem = "", answer = null, isByMeaningOnly = false) {
      this.shown = [problem, answer, isByMeaningOnly];
      const lines = [];
      if (problem) lines.push(notice(problem));
      else if (job.isRunning) lines.push(indexing());
      else if (!this.indexed) {
        const offer = this.button("Index the captions");
        lines.push(notice("Captions are found by their words only. An index also finds them by what they mean.", offer));
      } else {
        if (answer?.notice) lines.push(notice(capital(answer.notice)));
        if (this.stale) lines.push(notice(capital(this.stale), this.button("Update the index")));
        if (isByMeaningOnly) lines.push(notice("None of these captions has one of the words: they are the nearest in meaning."));
      }
      this.element.replaceChildren(...lines);
    }
    /** Asks whether there is an index, and whether it is up to date. */
    async check() {
      const found = await this.host.ask("check", {});
      if (!found || found.problem) return false;
      this.indexed = found.indexed;
      this.stale = found.stale;
      return true;
    }
    /** @param {string} label */
    button(label) {
      return textButton(label, "Runs for a while: about 100 to 200 new texts a second", () => this.index());
    }
    async index() {
      job.isRunning = true;
      showIndexProgress("", null);
      try {
        await runOperator(`${PLUGIN}/index_captions`, { in_panel: true });
      } catch (error) {
        console.warn(error);
      }
      job.isRunning = false;
      await Promise.all([...onPage].map((notices) => notices.check()));
      for (const notices of onPage) notices.changed();
    }
  };
  function indexing() {
    const { label, share } = job;
    const bar = make("progress", { max: "1", value: share === null ? null : String(share), "aria-label": "Indexing" });
    return notice(label ? `Indexing the captions: ${label}` : "Indexing the captions …", bar);
  }
  function nothingFound(finder, answer) {
    const { filters, modes, scope } = finder;
    const why = answer.mode === "words" && !answer.indexed ? "No caption has all of these words" : "No caption has these words";
    const said = make("p", { text: `${why}${filters.count ? " and passes the filters" : ""}.` });
    const offers = [];
    if (filters.count) {
      offers.push(textButton("Clear the filters", "Search all captions", () => {
        filters.clear();
        finder.again();
      }));
    }
    if (scope.value !== "dataset") {
      offers.push(textButton("Search the whole dataset", "Search all videos", () => finder.chooseScope("dataset")));
    }
    if (modes.value === "words" && answer.indexed) {
      offers.push(textButton("Search by meaning", "Whatever the words", () => {
        modes.set("both");
        finder.again();
      }));
    }
    return offers.length ? [said, make("div", { class: "a100-actions" }, ...offers)] : [said];
  }
  function notice(text, ...parts) {
    return make("p", { class: "a100-notice" }, make("span", { text, dir: "auto" }), ...parts);
  }
  function capital(text) {
    return text.charAt(0).toUpperCase() + text.slice(1);
  }

  // js/marks.js
  var WORD = /[\p{L}\p{M}\p{N}]+/gu;
  var UNDECOMPOSED = (
    /** @type {Record<string, string>} */
    { ø: "o", đ: "d", ł: "l", ħ: "h", ŧ: "t", ı: "i", ƒ: "f" }
  );
  function plain(word) {
    const base = word.normalize("NFD").replace(/\p{M}+/gu, "").toLowerCase();
    return base.replace(/[øđłħŧıƒ]/g, (letter) => UNDECOMPOSED[letter]);
  }
  var COMMON2 = new Set("a an and at for from in into is it of on or the to with".split(" "));
  function queryWords(query) {
    const words = [...new Set((query.match(WORD) ?? []).map(plain).filter(Boolean))];
    const rare = words.filter((word) => !COMMON2.has(word));
    return rare.length ? rare : words;
  }
  function markWords(caption, words, whole) {
    const runs = [];
    let end = 0;
    for (const { 0: word, index } of caption.matchAll(WORD)) {
      const own = plain(word);
      if (!words.some((wanted) => whole ? own === wanted : own.includes(wanted))) continue;
      if (index > end) runs.push({ text: caption.slice(end, index), marked: false });
      runs.push({ text: word, marked: true });
      end = index + word.length;
    }
    if (end < caption.length) runs.push({ text: caption.slice(end), marked: false });
    return runs;
  }
  var FAR = 120;
  var LEAD = 40;
  function fromFirstMark(runs) {
    const [first, ...others] = runs;
    if (!others.length || first.marked || first.text.length <= FAR) return runs;
    const lead = first.text.slice(-LEAD);
    const word = lead.search(/(?<=\s)\S/u);
    return [{ text: `… ${word < 0 ? "" : lead.slice(word)}`, marked: false }, ...others];
  }

  // js/finder_rows.js
  var LONG2 = 120;
  var MOST_ABOVE = 3;
  function ordered(rows2, byVideo) {
    if (!byVideo) return rows2;
    const groups = /* @__PURE__ */ new Map();
    for (const row of rows2) {
      const group = groups.get(row.sample);
      if (group) group.push(row);
      else groups.set(row.sample, [row]);
    }
    return [...groups.values()].flat();
  }
  function shortPath(path) {
    if (path.length <= MOST_ABOVE) return path;
    return [path[0], "…", ...path.slice(1 - MOST_ABOVE)];
  }
  var Rows = class {
    /** In the order on screen. @type {Item[]} */
    items = [];
    active = -1;
    /** Whether a caption has a word that was looked for. */
    haveMarks = false;
    /**
     * @param {(row: SearchRow, loop: boolean) => void} open
     * @param {() => void} changed the active row is another
     */
    constructor(open, changed) {
      this.open = open;
      this.changed = changed;
      this.element = make("ol", {
        class: "a100-found",
        role: "grid",
        "aria-label": "What was found",
        id: "a100-found"
      });
      this.wantedOf = /* @__PURE__ */ new WeakMap();
      this.watch = new IntersectionObserver((entries) => {
        for (const { target, isIntersecting } of entries) {
          const wanted = this.wantedOf.get(target);
          if (!wanted || wanted.canvas.dataset.picture) continue;
          if (isIntersecting) pictures.want(wanted);
          else pictures.forget(wanted.canvas);
        }
      });
    }
    destroy() {
      this.clear();
    }
    clear() {
      for (const { element } of this.items) this.forget(element);
      this.watch.disconnect();
      this.items = [];
      this.element.replaceChildren();
      this.setActive(-1);
    }
    /** @param {HTMLElement} element of a row that goes */
    forget(element) {
      const wanted = this.wantedOf.get(element);
      if (wanted) pictures.forget(wanted.canvas);
      this.watch.unobserve(element);
    }
    /**
     * Shows the other segments of a row's branch below it, or hides them.
     *
     * @param {SearchRow} row
     * @param {HTMLElement} button
     * @param {Shown} shown
     * @param {string[]} words
     */
    toggleBranch(row, button3, shown, words) {
      const place = this.items.findIndex((item) => item.row === row);
      const branch = row.branch ?? [];
      const isOpen = button3.getAttribute("aria-expanded") === "true";
      button3.setAttribute("aria-expanded", String(!isOpen));
      this.setActive(-1);
      if (isOpen) {
        for (const { element } of this.items.splice(place + 1, branch.length)) {
          this.forget(element);
          element.remove();
        }
      } else {
        const inner = branch.map((other) => ({ row: other, element: this.rowElement(other, shown, words) }));
        for (const { element } of inner) {
          element.classList.add("a100-inner");
          this.watch.observe(element);
        }
        this.items[place].element.after(...inner.map(({ element }) => element));
        this.items.splice(place + 1, 0, ...inner);
      }
    }
    /** @param {Shown} shown */
    show(shown) {
      this.clear();
      const { answer, byVideo, oneVideo } = shown;
      const words = queryWords(shown.text);
      this.haveMarks = false;
      let sample = "";
      for (const row of ordered(answer.rows, byVideo)) {
        if (byVideo && !oneVideo && row.sample !== sample) {
          sample = row.sample;
          this.element.append(videoHead(answer, sample));
        }
        const element = this.rowElement(row, shown, words);
        this.items.push({ row, element });
        this.element.append(element);
        this.watch.observe(element);
      }
    }
    /**
     * @param {SearchRow} row
     * @param {Shown} shown
     * @param {string[]} words
     */
    rowElement(row, shown, words) {
      const { answer, byVideo, oneVideo, colours } = shown;
      const video = answer.videos[row.sample];
      const canvas = make("canvas", { class: "a100-picture", width: String(WIDTH), height: String(HEIGHT) });
      const picture = this.playButton(row, canvas);
      const caption = make("span", { class: "a100-caption", dir: "auto", title: row.text.length > LONG2 ? row.text : null });
      for (const run2 of fromFirstMark(markWords(row.text, words, answer.indexed))) {
        this.haveMarks ||= run2.marked;
        caption.append(run2.marked ? make("mark", { text: run2.text }) : document.createTextNode(run2.text));
      }
      const path = make("span", { class: "a100-above", dir: "auto", title: row.path?.join(" › ") });
      path.textContent = shortPath(row.path ?? []).join(" › ");
      path.hidden = !row.path?.length;
      const facts = make(
        "span",
        { class: "a100-facts" },
        make("span", { text: `${formatTime(row.start, 1)} – ${formatTime(row.end, 1)}` }),
        make("span", { class: "a100-level", text: `Level ${row.level}`, style: levelStyle(colours, row.level) }),
        this.branchButton(row, shown, words)
      );
      const title = byVideo || oneVideo ? "" : video?.title ?? "";
      const origin = make(
        "span",
        { class: "a100-origin" },
        make("span", { dir: "auto", text: title, title }),
        make("span", { class: "a100-field", text: row.field })
      );
      const reason = row.reason ? make("span", { class: "a100-reason", text: row.reason }) : null;
      const meter = make("meter", { min: "0", max: "1", value: String(row.score), "aria-hidden": "true" });
      const score = row.reason ? make("span", { class: "a100-score", role: "gridcell", title: "How much it stands out, in standard deviations" }) : make("span", { class: "a100-score", role: "gridcell", title: "How well it matches: 1 for the same text" });
      score.append(make("span", { text: row.score.toFixed(row.reason ? 1 : 2) }), ...row.reason ? [] : [meter]);
      const element = make(
        "li",
        {
          class: "a100-row",
          role: "row",
          "aria-selected": "false",
          "data-node": row.node,
          "data-sample": row.sample,
          id: `a100-row-${row.label}`,
          title: "Open the video at this segment (Enter)",
          on: { click: (event2) => this.open(row, event2.shiftKey) }
        },
        make("span", { class: "a100-cell", role: "gridcell" }, picture),
        make("span", { class: "a100-words", role: "gridcell" }, caption, reason, path, facts, origin),
        score
      );
      if (video) this.wantedOf.set(element, { source: addressOf(video.path), at: row.at, canvas });
      else canvas.dataset.picture = "missing";
      return element;
    }
    /**
     * Returns the picture of a segment, which plays it.
     *
     * @param {SearchRow} row
     * @param {HTMLCanvasElement} canvas
     */
    playButton(row, canvas) {
      const label = "Play this segment, again and again";
      const lasts = formatDuration(row.end - row.start);
      return make(
        "button",
        {
          type: "button",
          class: "a100-frame-box",
          tabindex: "-1",
          "aria-label": `${label}: ${lasts}`,
          title: `${label} (⇧Enter)`,
          on: {
            click: (event2) => {
              event2.stopPropagation();
              this.open(row, true);
            }
          }
        },
        canvas,
        make("span", { class: "a100-plays" }, icon("play")),
        make("span", { class: "a100-lasts", text: lasts })
      );
    }
    /**
     * Returns what says how many other segments of the branch were found, and shows them.
     *
     * @param {SearchRow} row
     * @param {Shown} shown
     * @param {string[]} words
     */
    branchButton(row, shown, words) {
      if (!row.branch?.length) return null;
      const button3 = linkButton(`+${row.branch.length} in the same branch`, () => {
      }, "Show the segments above and below this one");
      button3.setAttribute("aria-expanded", "false");
      button3.tabIndex = -1;
      button3.addEventListener("click", (event2) => {
        event2.stopPropagation();
        this.toggleBranch(row, button3, shown, words);
      });
      return button3;
    }
    /** The row that the keys have reached. */
    get activeRow() {
      return this.items[this.active]?.row ?? null;
    }
    /**
     * Moves to the next row (+1) or the one before (-1).
     *
     * @param {number} step
     */
    move(step) {
      const last2 = this.items.length - 1;
      this.setActive(Math.min(Math.max(this.active + step, last2 < 0 ? -1 : 0), last2));
    }
    /** @param {number} place -1 for none */
    setActive(place) {
      this.items[this.active]?.element.setAttribute("aria-selected", "false");
      this.active = place;
      const element = this.items[place]?.element;
      element?.setAttribute("aria-selected", "true");
      element?.scrollIntoView({ block: "nearest" });
      this.changed();
    }
  };
  function videoHead(answer, sample) {
    const video = answer.videos[sample];
    const rows2 = answer.rows.filter((row) => row.sample === sample).length;
    const lasts = video?.seconds ? `, ${formatTime(video.seconds, 0)} long` : "";
    return make(
      "li",
      { class: "a100-video", role: "row" },
      make("b", { dir: "auto", role: "gridcell", text: video?.title ?? "" }),
      make("span", { role: "gridcell", text: `${formatCount(rows2, "moment")}${lasts}` })
    );
  }
  function levelStyle(colours, level) {
    return colours.length ? `--a-level: ${colours[Math.max(0, level) % colours.length]}` : null;
  }

  // js/finder.js
  var LIMIT = 100;
  var kept3 = { text: "", fields: (
    /** @type {string[]} */
    []
  ), focus: false };
  var onPage2 = /* @__PURE__ */ new Set();
  function askPanels(text, fields) {
    kept3.focus = true;
    if (text !== null) Object.assign(kept3, { text, fields });
    for (const panel of onPage2) panel.takeKept();
  }
  var Finder = class {
    /** @type {SearchPlace | null} */
    place = null;
    /** @type {SearchAnswer | null} */
    answer = null;
    limit = LIMIT;
    /** Whether to repeat the first row once it is there, which Enter has asked for. @type {boolean | null} */
    awaited = null;
    /** Where to search, once a person has chosen. @type {string} */
    chosenScope = "";
    /**
     * @param {HTMLElement} root
     * @param {Pick<Host, "problem" | "ask">} host
     */
    constructor(root, host) {
      this.root = root;
      this.host = host;
      const settings = readSettings();
      const again = () => this.again();
      this.input = make("input", {
        type: "search",
        class: "a100-search",
        placeholder: "What happens? For example: whisk the eggs",
        maxlength: "2000",
        "aria-label": "Search the captions",
        "aria-controls": "a100-found",
        spellcheck: "false",
        autocomplete: "off",
        on: { input: () => this.typed() }
      });
      this.modes = new Modes(again);
      this.scope = scopeChoice(() => this.chooseScope(this.scope.value));
      this.nested = nestedChoice(again);
      this.order = orderChoice(() => this.reorder());
      this.filters = new Filters(again);
      this.message = make("p", { class: "a100-notice", hidden: true });
      this.count = make("output", { class: "a100-count", "aria-live": "polite" });
      this.actions = new Actions(this);
      this.notices = new Notices2(host, () => this.indexChanged());
      this.hint = make("div", { class: "a100-hint" });
      this.rows = new Rows((row, loop) => this.open(row, loop), () => this.showActive());
      this.more = textButton("More", "Look further", () => {
        this.limit *= 4;
        this.ask();
      });
      this.more.classList.add("a100-further");
      this.body = this.assemble();
      this.asking = new Asking((request) => host.ask("search", request), (answer, request) => this.show(answer, request));
      if (settings.searchMode) this.modes.set(settings.searchMode);
      if (settings.searchNested) this.nested.value = settings.searchNested;
      if (settings.searchOrder) this.order.value = settings.searchOrder;
      listenToKeys2(this);
      this.themes = new MutationObserver(() => this.readTheme());
      this.themes.observe(document.documentElement, { attributes: true });
      onPage2.add(this);
      this.readTheme();
    }
    assemble() {
      const { root } = this;
      root.classList.add("a100", "a100-finder");
      root.tabIndex = -1;
      root.setAttribute("role", "search");
      root.setAttribute("aria-label", "Search");
      const body = make(
        "div",
        { style: "display: contents", hidden: true },
        make(
          "div",
          { class: "a100-bar a100-ask" },
          make("label", { class: "a100-box" }, icon("search"), this.input),
          this.modes.element
        ),
        make(
          "div",
          { class: "a100-bar" },
          this.scope.element,
          this.nested.element,
          this.order.element,
          this.filters.button
        ),
        this.filters.element,
        this.notices.element,
        make("div", { class: "a100-bar a100-result" }, this.count, this.actions.element),
        this.actions.tagging.element,
        this.hint,
        this.rows.element,
        this.more
      );
      root.append(make("style", { text: panel_default + finder_default }), this.message, body);
      return body;
    }
    destroy() {
      onPage2.delete(this);
      this.asking.cancel();
      this.notices.destroy();
      this.rows.destroy();
      this.themes.disconnect();
      this.root.replaceChildren();
    }
    readTheme() {
      this.root.dataset.theme = readTheme(this.root).dark ? "dark" : "light";
    }
    /**
     * Takes what can be searched now, and searches again.
     *
     * @param {SearchPlace | null} place null while it is on its way
     */
    setPlace(place) {
      const before2 = this.place;
      this.place = place;
      this.message.textContent = place ? place.notice ?? this.host.problem : "";
      this.message.hidden = !this.message.textContent;
      this.body.hidden = !place || Boolean(place.notice);
      if (!place || place.notice) return;
      const isOther = before2?.dataset !== place.dataset;
      if (isOther) this.filters.clear();
      if (isOther || before2?.sample !== place.sample) this.chosenScope = "";
      this.notices.indexed = place.indexed;
      this.modes.offer(place.modes);
      this.scope.offer(place.scopes);
      if (!place.scopes.some((scope) => scope === this.chosenScope)) this.chosenScope = "";
      this.scope.value = /** @type {typeof this.scope.value} */
      this.chosenScope || place.scopes[0];
      this.filters.offer(place);
      this.takeKept();
      if (isOther) this.check();
    }
    /** Takes the text that was asked for, or that another panel of the page has. */
    takeKept() {
      if (!this.place || this.place.notice) return;
      this.input.value = kept3.text;
      if (kept3.fields.length) this.filters.choose(kept3.fields);
      kept3.fields = [];
      if (kept3.focus) {
        kept3.focus = false;
        this.input.focus();
        this.input.select();
      }
      this.again();
    }
    async check() {
      if (await this.notices.check()) this.showNotices();
    }
    indexChanged() {
      if (this.place) this.filters.offer({ ...this.place, indexed: this.notices.indexed });
      this.again();
    }
    /** @param {SearchScope} scope */
    chooseScope(scope) {
      this.chosenScope = scope;
      this.scope.value = scope;
      this.again();
    }
    // Asking.
    typed() {
      this.awaited = null;
      kept3.text = this.input.value;
      this.limit = LIMIT;
      if (!this.input.value.trim()) this.showNothing();
      else {
        this.root.dataset.state = "asking";
        this.asking.soon(this.request());
      }
    }
    /** Asks again, as something else than the text has changed. */
    again() {
      keepSettings({
        searchMode: this.modes.value,
        searchNested: this.nested.value,
        searchOrder: this.order.value
      });
      this.limit = LIMIT;
      this.ask();
    }
    ask() {
      if (!this.input.value.trim()) {
        this.showNothing();
        return;
      }
      this.root.dataset.state = "asking";
      this.count.textContent = "Searching …";
      this.asking.now(this.request());
    }
    /** @returns {SearchRequest} */
    request() {
      return {
        text: this.input.value,
        mode: this.modes.value,
        nested: this.nested.value,
        scope: this.scope.value,
        order: this.order.value,
        limit: this.limit,
        ...this.filters.values
      };
    }
    // What came of it.
    showNothing() {
      this.asking.cancel();
      this.answer = null;
      this.rows.clear();
      this.count.textContent = "";
      this.actions.offer(false);
      this.more.hidden = true;
      this.root.dataset.state = "idle";
      this.showNotices();
      this.hint.replaceChildren(
        make("p", { text: "Type what happens. Results come as you type." }),
        keyList()
      );
    }
    /**
     * @param {SearchAnswer | null} answer
     * @param {SearchRequest} request
     */
    show(answer, request) {
      this.answer = answer && !answer.problem ? answer : null;
      this.root.dataset.state = "shown";
      this.root.dataset.query = request.text;
      this.more.hidden = !this.answer?.more;
      this.actions.offer(Boolean(this.answer?.rows.length));
      this.hint.replaceChildren();
      this.count.textContent = "";
      if (this.answer) this.showRows(this.answer, request.text);
      else this.rows.clear();
      if (this.answer && !this.answer.rows.length) this.hint.append(...nothingFound(this, this.answer));
      this.showNotices(answer ? answer.problem : "The search could not be made: try again");
      if (this.awaited !== null) this.enter(this.awaited);
    }
    /**
     * @param {SearchAnswer} answer
     * @param {string} text
     */
    showRows(answer, text) {
      const { moments, segments, more, rows: rows2 } = answer;
      const videos = new Set(rows2.map((row) => row.sample)).size;
      const further = more ? ", and more" : "";
      this.count.textContent = rows2.length ? `${formatCount(moments, "moment")}, ${formatCount(segments, "segment")} in ${formatCount(videos, "video")}${further}` : "Nothing found";
      this.rows.show({
        answer,
        text,
        byVideo: this.order.value === "video",
        oneVideo: this.scope.value === "video",
        colours: this.place?.levels ?? []
      });
    }
    /** Orders the rows in another way: doubtful ones are told by Python, the rest is done here. */
    reorder() {
      if (this.order.value === "doubt" || this.answer?.rows.some((row) => row.reason)) this.again();
      keepSettings({ searchOrder: this.order.value });
      if (this.answer) this.showRows(this.answer, this.root.dataset.query ?? "");
    }
    /** @param {string} problem */
    showNotices(problem = "") {
      const { answer } = this;
      const isByMeaningOnly = Boolean(answer?.rows.length && answer.mode === "both" && !this.rows.haveMarks);
      this.notices.show(problem, answer, isByMeaningOnly);
    }
    // What is done with it.
    /**
     * @param {SearchRow} row
     * @param {boolean} loop whether to repeat the segment
     */
    async open(row, loop) {
      const { sample, node, field } = row;
      this.rows.setActive(this.rows.items.findIndex((item) => item.row === row));
      const found = (this.answer?.rows ?? []).flatMap((each) => [each, ...each.branch ?? []]);
      const nodes = new Set(found.filter((each) => each.sample === sample && each.node).map((each) => each.node));
      const params = { sample, node, field, text: this.input.value, nodes: [...nodes], loop };
      this.say(await this.host.ask("open", params));
    }
    /** @param {{problem?: string} | null} outcome */
    say(outcome) {
      if (!outcome || outcome.problem) this.showNotices(outcome?.problem ?? "This could not be done: try again");
    }
    /**
     * Opens the row that the keys have reached, else the first; waits for an answer that is still to come.
     *
     * @param {boolean} loop
     */
    enter(loop) {
      const isAsking = this.root.dataset.state === "asking";
      this.awaited = isAsking ? loop : null;
      if (isAsking) {
        this.asking.now(this.request());
        return;
      }
      const row = this.rows.activeRow ?? this.rows.items[0]?.row;
      if (row) this.open(row, loop);
    }
    showActive() {
      const item = this.rows.items[this.rows.active];
      if (item) this.input.setAttribute("aria-activedescendant", item.element.id);
      else this.input.removeAttribute("aria-activedescendant");
    }
  };

  // js/finder_component.js
  var COMPONENT2 = "Action100MSearch";
  function registerFinder() {
    const React2 = appGlobal("React");
    const { registerComponent, PluginComponentType } = appGlobal("__fop__");
    const { __foo__: __foo__2 } = window;
    function Search2({ data = {}, schema }) {
      const element = React2.useRef(null);
      const panel = React2.useRef(null);
      const trigger = __foo__2?.useTriggerPanelEvent?.() ?? null;
      const latest = React2.useRef(
        /** @type {Latest} */
        { trigger, labels: null, methods: {} }
      );
      latest.current = { trigger, labels: null, methods: schema?.view ?? {} };
      const { place } = data;
      React2.useEffect(() => {
        if (!element.current) return;
        const made2 = new Finder(element.current, hostOf(latest));
        panel.current = made2;
        return () => {
          panel.current = null;
          made2.destroy();
        };
      }, []);
      React2.useEffect(() => panel.current?.setPlace(place ? JSON.parse(place) : null), [place]);
      return React2.createElement("div", { ref: element });
    }
    registerComponent({
      name: COMPONENT2,
      label: "Search",
      component: Search2,
      type: PluginComponentType.Component,
      activator: () => true
    });
  }
  function registerSearchOperators() {
    const { Operator, OperatorConfig, registerOperator, types } = appGlobal("__foo__");
    class AskSearch extends Operator {
      get config() {
        return new OperatorConfig({ name: "ask_search", label: "Search for a text", unlisted: true });
      }
      async resolveInput() {
        const inputs = new types.Object();
        inputs.str("text", { label: "Text", required: false });
        inputs.list("fields", new types.String(), { label: "Fields", required: false });
        return new types.Property(inputs);
      }
      /** @param {{params: {text?: string, fields?: string[]}}} context */
      async execute({ params }) {
        askPanels(params.text ?? null, params.fields ?? []);
      }
    }
    class ShowIndexProgress extends Operator {
      get config() {
        return new OperatorConfig({ name: "show_index_progress", label: "Show how far an indexing is", unlisted: true });
      }
      async resolveInput() {
        const inputs = new types.Object();
        inputs.str("label", { label: "Label", required: false });
        return new types.Property(inputs);
      }
      /** @param {{params: {label?: string, share?: number | null}}} context */
      async execute({ params }) {
        showIndexProgress(params.label ?? "", params.share ?? null);
      }
    }
    registerOperator(AskSearch, PLUGIN);
    registerOperator(ShowIndexProgress, PLUGIN);
  }

  // js/grid.css
  var grid_default = `[data-cy="fo-grid"] [data-cy="tag-title"],
[data-cy="fo-grid"] [data-cy="tag-metadata.duration"],
[data-cy="fo-grid"] .a100-more-captions {
  background: rgb(0 0 0 / 75%) !important;
  color: #fff;
}
/* Captions are white on black in both themes, whatever the colour of their level, which is at the left. */
[data-cy="fo-grid"] [data-a100]:not([data-cy="tag-title"], [data-cy="tag-metadata.duration"], .a100-more-captions) {
  padding-left: 9px !important;
  background-image: linear-gradient(90deg, transparent 5px, rgb(0 0 0 / 75%) 5px) !important;
  color: #fff;
}
[data-cy="fo-grid"] [data-a100][hidden] {
  display: none;
}
[data-cy="fo-grid"] .a100-tags {
  display: flex;
  flex-wrap: wrap;
}
/* A long title leaves its line some room for the duration. */
[data-cy="fo-grid"] .a100-tags:has([data-cy="tag-metadata.duration"]) [data-cy="tag-title"] {
  max-width: max(60%, 100% - 56px) !important;
}
/* Above the captions, whatever the sidebar's order is. */
[data-cy="fo-grid"] [data-cy="tag-title"] {
  order: -2;
}
[data-cy="fo-grid"] [data-cy="tag-metadata.duration"] {
  order: -1;
}

/* The way back, above the grid and its panels. */
.a100-grid-bar {
  flex: none;
  display: flex;
  align-items: center;
  gap: 12px;
  height: 32px;
  padding: 0 12px;
  background: var(--fo-palette-background-header);
  color: var(--fo-palette-text-secondary);
  font-size: 14px;
}
.a100-grid-bar[hidden] {
  display: none;
}
.a100-grid-bar ol {
  display: flex;
  min-width: 0;
  margin: 0;
  padding: 0;
  list-style: none;
}
.a100-grid-bar li {
  display: flex;
  min-width: 0;
}
.a100-grid-bar li + li::before {
  content: "›" / "";
  padding: 0 8px;
}
.a100-grid-bar button {
  min-width: 0;
  overflow: hidden;
  padding: 2px 0;
  border: 0;
  border-radius: 3px;
  background: none;
  color: var(--fo-palette-text-primary);
  font: inherit;
  text-overflow: ellipsis;
  white-space: nowrap;
  cursor: pointer;
}
.a100-grid-bar > button {
  flex: none;
  padding: 2px 10px;
  background: var(--fo-palette-background-level1);
}
.a100-grid-bar > button::before {
  content: "‹ " / "";
}
.a100-grid-bar button:hover {
  text-decoration: underline;
}
.a100-grid-bar button:focus-visible {
  outline: 2px solid #4f83ff;
  outline-offset: 1px;
}
.a100-grid-bar button[aria-current] {
  color: var(--fo-palette-text-secondary);
  text-decoration: none;
  cursor: default;
}
`;

  // js/grid_bar.js
  var SHOWN_MS = 5e3;
  var PANELS2 = ":is([data-type=space-container], [data-type=panel-container]):not(#modal *)";
  function aroundPanels() {
    let element = document.querySelector(PANELS2)?.parentElement ?? null;
    while (element && !isColumn(getComputedStyle(element))) element = element.parentElement;
    return element;
  }
  function isColumn({ display, flexDirection }) {
    return display === "flex" && flexDirection === "column";
  }
  var GridBar = class {
    hasFocus = false;
    constructor() {
      this.list = make("ol");
      this.element = make(
        "nav",
        { class: "a100-grid-bar", "aria-label": "What the grid shows", hidden: true },
        textButton("Back", "Show what was shown before", () => this.back({})),
        this.list
      );
      this.element.addEventListener("keydown", (event2) => {
        if ([" ", "Enter"].includes(event2.key)) event2.stopPropagation();
      });
    }
    /** @param {{place?: number}} params the step to show; by default the one before */
    back(params) {
      this.hasFocus = this.element.contains(document.activeElement);
      this.element.inert = true;
      setTimeout(() => {
        this.element.inert = false;
      }, SHOWN_MS);
      runOperator(`${PLUGIN}/back_to_previous_view`, params).catch(console.error);
    }
    /** @param {Element} place of the grid and its panels */
    mount(place) {
      if (this.element.parentElement !== place) place.prepend(this.element);
    }
    /** @param {TrailCrumb[]} crumbs none to show nothing */
    show(crumbs) {
      this.element.inert = false;
      this.element.hidden = !crumbs.length;
      const buttons = crumbs.map((crumb, i) => this.button(crumb, i === crumbs.length - 1));
      this.list.replaceChildren(...buttons.map((button3) => make("li", {}, button3)));
      if (this.hasFocus) buttons.at(-1)?.focus();
      this.hasFocus = false;
    }
    /**
     * @param {TrailCrumb} crumb
     * @param {boolean} isCurrent
     */
    button({ name, title, place }, isCurrent) {
      return make("button", {
        type: "button",
        dir: "auto",
        text: name,
        title,
        "aria-current": isCurrent ? "true" : null,
        on: { click: () => !isCurrent && place !== null && this.back({ place }) }
      });
    }
  };

  // js/listed.js
  var NOT_LISTED = "action100m-not-listed";
  var LIST_COUNT = "availableOperatorsRefreshCount";
  var hidden = /* @__PURE__ */ new Set();
  var isAsked = false;
  function beAsked() {
    if (isAsked) return;
    isAsked = true;
    const { prototype } = appGlobal("__foo__").Operator;
    const { get: listed, configurable } = Object.getOwnPropertyDescriptor(prototype, "unlisted") ?? {};
    if (!listed || !configurable) return;
    Object.defineProperty(prototype, "unlisted", {
      configurable: true,
      /** @this {{uri: string}} */
      get() {
        return hidden.has(this.uri) || listed.call(this);
      }
    });
  }
  function leaveOut(uris) {
    beAsked();
    const isSame = uris.length === hidden.size && uris.every((uri) => hidden.has(uri));
    hidden = new Set(uris);
    return !isSame;
  }
  function useListAgain() {
    return appGlobal("recoil").useRecoilCallback(
      ({ snapshot, set }) => () => {
        for (const node of snapshot.getNodes_UNSTABLE?.() ?? []) {
          if (node.key !== LIST_COUNT) continue;
          set(node, (count) => count + 1);
          return;
        }
        hidden = /* @__PURE__ */ new Set();
      },
      []
    );
  }

  // js/show_and_open.js
  var VIEW_SECONDS = 30;
  async function until(condition, failure) {
    const deadline4 = performance.now() + VIEW_SECONDS * 1e3;
    while (!condition()) {
      if (performance.now() > deadline4) throw new Error(failure);
      await sleep(50);
    }
  }
  function viewKey(stages) {
    return JSON.stringify(
      (stages ?? []).map(({ _cls, kwargs }) => [_cls, kwargs.filter(([name]) => !name.startsWith("_"))])
    );
  }
  async function openTree() {
    await runOperator("open_panel", { name: TREE_PANEL, isActive: true });
    await runOperator(`${PLUGIN}/show_tree_beside`, {});
  }
  function registerShowAndOpen() {
    const { Operator, OperatorConfig, registerOperator, types } = appGlobal("__foo__");
    class ShowAndOpen extends Operator {
      get config() {
        return new OperatorConfig({
          name: "show_and_open",
          label: "Show a view, and open one of its samples",
          unlisted: true
        });
      }
      async resolveInput() {
        const inputs = new types.Object();
        inputs.list("view", new types.Object(), { label: "Stages", required: false });
        inputs.str("sample_id", { label: "Sample", required: false });
        inputs.int("frame", { label: "Frame", required: false });
        return new types.Property(inputs);
      }
      useHooks() {
        const { useRecoilCallback } = appGlobal("recoil");
        const { view, modalSelector } = window.__fos__ ?? {};
        return {
          view: useRecoilCallback(({ snapshot }) => () => view && snapshot.getLoadable(view).contents, []),
          modal: useRecoilCallback(
            ({ snapshot }) => () => modalSelector && snapshot.getLoadable(modalSelector).contents,
            []
          ),
          hasLayout: useHasLayout()
        };
      }
      /**
       * @param {object} context
       * @param {Hooks} context.hooks
       * @param {Params} context.params
       */
      async execute({ hooks, params }) {
        const { view, fields, selected, labels, sample_id, frame, segment } = params;
        const before2 = viewKey(hooks.view());
        const changes = Boolean(view) && before2 !== viewKey(view);
        const isOpen = !changes && sample_id && hooks.modal()?.id === sample_id;
        if (hooks.modal() && !isOpen) {
          await runOperator("close_sample", {});
          await until(() => !hooks.modal(), "The open sample was not closed: close it and try again");
        }
        if (changes) {
          await runOperator("set_view", { view });
          await until(() => viewKey(hooks.view()) !== before2, "The App did not show the view: try again");
        }
        if (fields && view) await runOperator("set_active_fields", { fields });
        if (selected?.length) await runOperator("set_selected_samples", { samples: selected });
        if (labels?.length) await runOperator(`${PLUGIN}/select_labels`, { labels });
        if (!sample_id) return;
        const handed = segment && { ...segment, sample: sample_id, ready: false };
        if (handed) handOver(handed);
        else forgetHandedOver(sample_id);
        if (!isOpen) await runOperator("open_sample", { id: sample_id });
        await until(() => Boolean(hooks.modal()) && hooks.hasLayout(), "The App did not open the sample: try again");
        if (handed) onceClosed(() => forgetHandedOver(sample_id));
        leaveCovered();
        if (fields) await runOperator(`${PLUGIN}/tick_fields`, { fields });
        const seek2 = () => runOperator(`${PLUGIN}/seek_to_frame`, { frame, sample_id });
        if (!hooks.modal()) return;
        await Promise.all([frame && seek2(), handed && openTree()]);
        if (handed && handedOver(sample_id)) handOver({ ...handed, ready: true });
      }
    }
    registerOperator(ShowAndOpen, PLUGIN);
  }
  function leaveCovered() {
    const { activeElement: covered, body } = document;
    const modal = document.getElementById("modal");
    if (!modal || !(covered instanceof HTMLElement) || covered === body || modal.contains(covered)) return;
    covered.blur();
    onceClosed(() => {
      if (document.activeElement === body) covered.focus({ preventScroll: true });
    });
  }
  function onceClosed(act2) {
    const modal = document.getElementById("modal");
    const watch = new MutationObserver(() => {
      if (modal?.childElementCount) return;
      watch.disconnect();
      act2();
    });
    if (modal) watch.observe(modal, { childList: true });
  }

  // js/thumbnails.js
  var MOST3 = 2;
  var TAG = "[data-cy^='tag-']";
  var DURATION = "metadata.duration";
  var FRAMES = / \[\d+, \d+\]$/;
  var MORE = /^and (\d+) more$/;
  function clock(text) {
    const point = 1.5.toLocaleString().charAt(1);
    const seconds = Number(text.replace(point, "!").replace(/[^\d!]/g, "").replace("!", "."));
    return seconds > 0 ? formatTime(seconds, 0) : text;
  }
  function shortened(tags) {
    const withFrames = new Set(tags.filter(({ text }) => FRAMES.test(text)).map(({ path }) => path));
    let captions = 0;
    let more = 0;
    let rest = -1;
    const texts = tags.map(({ path, text }, place) => {
      if (path === DURATION) return clock(text);
      if (!withFrames.has(path)) return text;
      const left = MORE.exec(text);
      if (!left && captions < MOST3) {
        captions += 1;
        return text.replace(FRAMES, "");
      }
      more += left ? Number(left[1]) : 1;
      rest = place;
      return null;
    });
    if (rest >= 0) texts[rest] = `and ${more} more`;
    return texts;
  }
  function pathOf({ dataset, title }) {
    const path = (dataset.cy ?? "").replace(/^tag-/, "");
    return path === "undefined" ? title.replace(/: and \d+ more$/, "") : path;
  }
  function shorten(holder) {
    const elements = [...holder.children].filter((child) => child instanceof HTMLElement);
    const fresh = elements.some(({ dataset }) => !dataset.a100);
    if (!fresh) return;
    const tags = elements.map((element) => ({ path: pathOf(element), text: element.textContent ?? "" }));
    holder.classList.add("a100-tags");
    shortened(tags).forEach((text, place) => {
      const element = elements[place];
      element.dataset.a100 = "short";
      element.hidden = text === null;
      if (text === null) return;
      if (text !== tags[place].text) element.textContent = text;
      element.title = element.title.replace(FRAMES, "");
      element.classList.toggle("a100-more-captions", MORE.test(text));
    });
  }
  var watched = null;
  var observer = null;
  function shortenThumbnails(grid) {
    if (grid === watched) return;
    observer?.disconnect();
    watched = grid;
    observer = new MutationObserver((records) => {
      const holders = /* @__PURE__ */ new Set();
      for (const { target, addedNodes } of records) {
        if (target instanceof Element && target.querySelector(`:scope > ${TAG}`)) holders.add(target);
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue;
          for (const tag of node.querySelectorAll(TAG)) holders.add(tag.parentElement);
        }
      }
      for (const holder of holders) shorten(holder);
    });
    observer.observe(grid, { childList: true, subtree: true });
    for (const tag of grid.querySelectorAll(`${TAG}:first-child`)) {
      if (tag.parentElement) shorten(tag.parentElement);
    }
  }

  // js/grid.js
  var COMPONENT3 = "Action100MGrid";
  var GRID_SPACES2 = "fiftyone-spaces";
  var WAY = "action100m-way";
  var GRID = "[data-cy=fo-grid]";
  var LATER_MS = 1e3;
  function classesOf(stages) {
    return (stages ?? []).map(({ _cls }) => _cls).join();
  }
  function crumbsOf2(placements) {
    return JSON.stringify(placements[0]?.placement.view?.options.crumbs ?? []);
  }
  function whenThere(find, act2) {
    let later;
    const look = () => {
      const element = find();
      if (element) act2(element);
      else later = setTimeout(look, LATER_MS);
    };
    look();
    return () => clearTimeout(later);
  }
  function registerGrid() {
    const React2 = appGlobal("React");
    const { registerComponent, PluginComponentType } = appGlobal("__fop__");
    const { useSpaces } = appGlobal("__fosp__");
    const { view: viewAtom } = window.__fos__ ?? {};
    const { Operator, OperatorConfig, registerOperator, types, useOperatorPlacements } = appGlobal("__foo__");
    const bar = new GridBar();
    let next = null;
    function Grid() {
      const elsewhere = useOperatorPlacements?.(NOT_LISTED).placements ?? [];
      const uris = elsewhere.map(({ operator }) => operator.uri);
      const crumbs = crumbsOf2(useOperatorPlacements?.(WAY).placements ?? []);
      const listAgain = useListAgain();
      const view = viewAtom && appGlobal("recoil").useRecoilValue(viewAtom);
      const { spaces } = useSpaces(GRID_SPACES2);
      React2.useEffect(() => {
        if (leaveOut(uris)) listAgain();
      }, [uris.join()]);
      React2.useEffect(() => bar.show(JSON.parse(crumbs)), [crumbs]);
      React2.useEffect(() => {
        bar.show(next?.classes === classesOf(view) ? next.crumbs : JSON.parse(crumbs));
        next = null;
      }, [viewKey(view)]);
      React2.useEffect(() => whenThere(aroundPanels, (place) => bar.mount(place)), [spaces, crumbs]);
      React2.useEffect(() => whenThere(() => document.querySelector(GRID), shortenThumbnails), [spaces]);
      return null;
    }
    registerComponent({
      name: COMPONENT3,
      label: "Grid",
      component: Grid,
      type: PluginComponentType.Component,
      activator: () => true
    });
    class GridOperator extends Operator {
      get config() {
        return new OperatorConfig({ name: "grid", label: "Keep the grid", unlisted: true });
      }
      async resolvePlacement() {
        return new types.Placement(types.Places.HEADER_ACTIONS, new types.ComponentView(COMPONENT3));
      }
      async execute() {
      }
    }
    class ShowWay extends Operator {
      get config() {
        return new OperatorConfig({ name: "show_way", label: "Show the way back", unlisted: true });
      }
      /** @param {{params: {view: import("./types").Stage[], crumbs: import("./types").TrailCrumb[]}}} context */
      async execute({ params: { view, crumbs } }) {
        next = { classes: classesOf(view), crumbs };
      }
    }
    registerOperator(GridOperator, PLUGIN);
    registerOperator(ShowWay, PLUGIN);
    document.head.append(make("style", { text: grid_default }));
  }

  // js/overview.css
  var overview_default = `/* The look of the Overview panel; the rest is that of the tree's (panel.css). */
.a100-overview { --a-ours: #4f8fe0; --a-theirs: #8f8f8f; gap: 10px; padding: 10px 14px; }
.a100-overview[data-theme=light] { --a-ours: #2f6fc0; --a-theirs: #767676; }
.a100-overview[data-state=waiting], .a100-overview[data-state=waiting] button { cursor: progress !important; }
.a100-page { display: flex; flex-direction: column; gap: 14px; }
.a100-page :is(h2, h3, p, dl, dd, figure, ul) { margin: 0; padding: 0; }
.a100-page ul { list-style: none; }
.a100-page h2 { font-size: 16px; font-weight: 600; padding-bottom: 3px; border-bottom: 1px solid var(--a-line); }
.a100-page h3 { font-size: 14px; font-weight: 600; flex: 1 1 auto; }
.a100-page section { display: flex; flex-direction: column; gap: 8px; }
.a100-page progress { width: 200px; accent-color: var(--a-accent); }
.a100-tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 128px), 1fr)); gap: 6px; }
.a100-tiles > div { padding: 6px 8px 7px; border: 1px solid var(--a-line); border-radius: 6px; background: var(--fo-palette-background-card, rgba(128,128,128,.1)); min-width: 0; overflow-wrap: anywhere; }
.a100-tiles :is(dt, dd) { font-size: 12px; line-height: 1.3; color: var(--a-quiet); }
.a100-tiles .a100-figure { font-size: 20px; line-height: 1.3; font-weight: 600; color: var(--a-text); font-variant-numeric: tabular-nums; }
.a100-page section .a100-tiles { grid-template-columns: repeat(4, minmax(0, 1fr)); } /* There are four. */
.a100-figures { display: flex; flex-wrap: wrap; gap: 8px; }
.a100-figures figure { flex: 1 1 205px; min-width: 0; display: flex; flex-direction: column; padding: 8px 10px; border: 1px solid var(--a-line); border-radius: 6px; }
.a100-figures :is([data-figure=words], [data-figure=actions], [data-figure=clusters], [data-figure=curve], [data-figure=balance]) { flex-basis: 340px; }
.a100-figures [data-kind=slices] { flex-basis: 560px; }
.a100-page figcaption { display: flex; flex-wrap: wrap; gap: 0 12px; align-items: center; }
.a100-key { font-size: 12px; color: var(--a-quiet); display: inline-flex; align-items: center; gap: 5px; }
.a100-key::before { content: ""; width: 12px; height: 10px; border-radius: 2px; background: var(--a-ours); }
.a100-key[data-key="1"]::before { background: repeating-linear-gradient(135deg, var(--a-theirs) 0 2px, transparent 2px 4px); border: 1px solid var(--a-theirs); }
.a100-told { font-size: 12px; line-height: 1.35; height: 2.7em; overflow: hidden; overflow-wrap: anywhere; }
.a100-drawn { flex: 1; display: flex; flex-direction: column; }
.a100-drawn button { font: inherit; color: inherit; background: none; border: 0; padding: 0; margin: 0; text-align: left; cursor: pointer; border-radius: 3px; }
.a100-plot { flex: 1; display: flex; flex-direction: column; font-size: 12px; color: var(--a-quiet); }
.a100-up { margin-bottom: 6px; }
.a100-across { text-align: center; }
.a100-area { position: relative; flex: 1 1 150px; min-height: 150px; margin: 8px 10px 20px 46px; border-bottom: 1px solid var(--a-quiet); }
.a100-plot { container: plot / inline-size; }
.a100-area > * { position: absolute; }
.a100-y { left: 0; right: 0; height: 0; border-top: 1px solid var(--a-line); line-height: 0; pointer-events: none; }
.a100-y { text-indent: -46px; white-space: nowrap; }
.a100-x { top: 100%; padding-top: 3px; transform: translateX(-50%); white-space: nowrap; pointer-events: none; }
.a100-area svg { inset: 0; width: 100%; height: 100%; overflow: visible; pointer-events: none; }
.a100-area polyline { fill: none; stroke: var(--a-ours); stroke-width: 2.5px; vector-effect: non-scaling-stroke; }
.a100-area polyline[data-key="1"] { stroke: var(--a-theirs); stroke-dasharray: 6 4; }
.a100-column { top: 0; bottom: 0; }
.a100-column i { position: absolute; left: 12%; right: 12%; background: var(--a-mark, var(--a-ours)); border-radius: 2px 2px 0 0; }
button.a100-column i { min-height: 2px; }
.a100-pair .a100-ours { left: 14%; right: 51%; }
.a100-pair .a100-theirs { left: 51%; right: 14%; }
.a100-page .a100-theirs { background: repeating-linear-gradient(135deg, var(--a-theirs) 0 2px, transparent 2px 5px); border: 1px solid var(--a-theirs); }
.a100-column .a100-mid { left: 4%; right: 4%; height: 0; min-height: 0; border-top: 3px solid var(--a-text); background: none; transform: translateY(50%); border-radius: 0; }
.a100-drawn button:is(:hover, :focus-visible) { background: var(--fo-palette-action-hover, rgba(128,128,128,.25)); }
.a100-point { width: 16px; height: 16px; transform: translate(-50%, 50%); border-radius: 50%; }
.a100-drawn .a100-point::after { content: ""; position: absolute; inset: 4px; border-radius: 50%; background: var(--a-ours); }
.a100-drawn .a100-point:is(:hover, :focus-visible)::after { inset: 1px; }
.a100-rows { display: grid; gap: 1px; }
.a100-rows > li { display: flex; gap: 10px; min-width: 0; }
.a100-rows .a100-row { flex: 1 1 0; min-width: 0; display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 8px; align-items: center; min-height: 24px; padding: 1px 4px; font-size: 13px; }
.a100-label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
button:is(:hover, :focus-visible) > .a100-label, .a100-slice:is(:hover, :focus-visible) > span { text-decoration-color: currentcolor; }
button > .a100-label, .a100-slice > span { text-decoration: underline; text-decoration-color: color-mix(in srgb, var(--a-quiet) 55%, transparent); text-underline-offset: 3px; }
.a100-lines { display: grid; gap: 1px; }
.a100-line { display: flex; align-items: center; gap: 6px; padding-right: 62px; }
.a100-line i { flex: none; height: 12px; border-radius: 0 2px 2px 0; background: var(--a-ours); min-width: 1px; }
.a100-line b { font-weight: 400; font-size: 12px; line-height: 1; color: var(--a-quiet); margin-right: -62px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.a100-lines > :nth-child(2) i, .a100-lines:has(:nth-child(2)) i { height: 9px; }
.a100-figures [data-kind=slices] .a100-row { flex: 0 1 34%; grid-template-columns: minmax(0, 1fr) minmax(0, 1.4fr); }
.a100-slices { flex: 1 1 66%; min-width: 0; display: flex; gap: 2px; align-items: center; }
.a100-drawn .a100-slice { display: flex; gap: 6px; align-items: center; justify-content: space-between; flex-shrink: 1; flex-basis: 0; min-width: 44px; padding: 1px 6px; min-height: 22px; font-size: 12px; background: color-mix(in srgb, var(--a-ours) 24%, transparent); }
.a100-drawn .a100-slice:is(:hover, :focus-visible) { background: color-mix(in srgb, var(--a-ours) 45%, transparent); }
.a100-slice span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.a100-slice b { font-weight: 400; font-variant-numeric: tabular-nums; }
.a100-drawn .a100-rest { flex: 0 0 92px; white-space: nowrap; background: none; border: 1px dashed var(--a-line); color: var(--a-quiet); }
.a100-overview footer { font-size: 12px; display: flex; flex-direction: column; gap: 8px; align-items: flex-start; border-top: 1px solid var(--a-line); padding-top: 8px; }
@container a100 (max-width: 800px) {
  .a100-figures [data-kind=slices] { flex-basis: 100%; }
  [data-kind=slices] .a100-rows { gap: 4px; }
  [data-kind=slices] .a100-rows > li { flex-direction: column; gap: 0; }
  .a100-figures [data-kind=slices] .a100-row { flex-basis: auto; }
}
@container a100 (max-width: 780px) { .a100-page section .a100-tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@container plot (max-width: 440px) { .a100-many > .a100-x:nth-child(even of .a100-x) { display: none; } } /* Years do not fit. */
@container a100 (min-width: 900px) { .a100-figures figure { flex-basis: 260px; } }
`;

  // js/overview_figures.js
  var SVG2 = "http://www.w3.org/2000/svg";
  var HINT = "click to show in the grid";
  var MOST_CHARACTERS = 20;
  function figure(data) {
    const keys = (data.keys ?? []).map((name, k) => make("span", { class: "a100-key", "data-key": String(k), text: name }));
    const drawn = data.kind === "plot" ? plot(data) : rows(data);
    const told = make("p", { class: "a100-told a100-quiet", "data-about": data.about, text: data.about });
    return make(
      "figure",
      { "data-figure": data.name, "data-kind": data.kind },
      make("figcaption", {}, make("h3", { text: data.title }), ...keys),
      told,
      make("div", { class: "a100-drawn", role: "group", "aria-label": data.title }, drawn)
    );
  }
  function withKeys(page, show3) {
    page.addEventListener("click", ({ target }) => {
      const mark = markOf(target);
      if (mark?.dataset.id) show3(mark.dataset.id);
    });
    for (
      const name of
      /** @type {const} */
      ["pointerover", "focusin", "pointerout", "focusout"]
    ) {
      page.addEventListener(name, ({ target }) => {
        const told = target instanceof Element ? target.closest("figure")?.querySelector(".a100-told") : null;
        if (!(told instanceof HTMLElement)) return;
        const mark = name === "pointerover" || name === "focusin" ? textOf(target) : null;
        told.textContent = mark ?? told.dataset.about ?? "";
      });
    }
    page.addEventListener("keydown", (event2) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event2.key];
      const mark = markOf(event2.target);
      if (!step || !mark) return;
      event2.stopPropagation();
      const all = [.../** @type {Element} */
      mark.closest("figure").querySelectorAll("button")];
      const next = all[all.indexOf(mark) + step];
      if (next) moveTo(next, mark);
      event2.preventDefault();
    });
    page.addEventListener("focusin", ({ target }) => {
      const mark = markOf(target);
      const first = mark?.closest("figure")?.querySelector("button[tabindex='0']");
      if (mark && first instanceof HTMLButtonElement && first !== mark) moveTo(mark, first);
    });
  }
  function moveTo(mark, before2) {
    before2.tabIndex = -1;
    mark.tabIndex = 0;
    mark.focus();
  }
  function markOf(target) {
    const mark = target instanceof Element ? target.closest("figure button") : null;
    return mark instanceof HTMLButtonElement ? mark : null;
  }
  function textOf(target) {
    const mark = target instanceof Element ? target.closest("[data-text]") : null;
    return mark instanceof HTMLElement ? `${mark.dataset.text}${mark.dataset.id ? ` – ${HINT}` : ""}` : null;
  }
  function button({ id, text }, attributes, ...children) {
    const element = make(id ? "button" : "span", { ...attributes, "data-text": text }, ...children);
    if (!id) return element;
    const about = element.textContent ? "aria-description" : "aria-label";
    for (const [name, value] of Object.entries({ type: "button", "data-id": id, [about]: text, tabindex: "-1" })) {
      element.setAttribute(name, value);
    }
    return element;
  }
  function percent2(share) {
    return `${(100 * share).toFixed(3)}%`;
  }
  function plot({ marks = [], lines = [], points = [], x = [], y = [], xTitle, yTitle }) {
    const characters = x.reduce((sum, [, label]) => sum + label.length, 0);
    const area = make("div", { class: characters > MOST_CHARACTERS ? "a100-area a100-many" : "a100-area" });
    for (const [at, label] of y) {
      area.append(make("span", { class: "a100-y", style: `bottom: ${percent2(at)}`, text: label }));
    }
    for (const [at, label] of x) {
      area.append(make("span", { class: "a100-x", style: `left: ${percent2(at)}`, text: label }));
    }
    if (lines.length) area.append(curves(lines));
    const width = percent2(1 / Math.max(marks.length, 1));
    marks.forEach((mark, k) => area.append(column(mark, `left: ${percent2(k / marks.length)}; width: ${width}`)));
    for (const point of points) {
      const style = `left: ${percent2(point.x)}; bottom: ${percent2(point.y)}`;
      area.append(button(point, { class: "a100-point", style }));
    }
    firstIsReached(area);
    return make(
      "div",
      { class: "a100-plot" },
      yTitle ? make("p", { class: "a100-up", text: yTitle }) : null,
      area,
      xTitle ? make("p", { class: "a100-across", text: xTitle }) : null
    );
  }
  function column(mark, style) {
    const colour = mark.colour ? `; --a-mark: ${mark.colour}` : "";
    const bar = (name, low, high) => high > low ? make("i", { class: name, style: `bottom: ${percent2(low)}; height: ${percent2(high - low)}` }) : null;
    return button(
      mark,
      { class: mark.full === void 0 ? "a100-column" : "a100-column a100-pair", style: style + colour },
      bar("a100-ours", mark.low, mark.high),
      mark.full === void 0 ? null : bar("a100-theirs", 0, mark.full),
      mark.mid === void 0 ? null : make("i", { class: "a100-mid", style: `bottom: ${percent2(mark.mid)}` })
    );
  }
  function curves(lines) {
    const svg = document.createElementNS(SVG2, "svg");
    const attributes = { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" };
    for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
    lines.forEach(({ points }, k) => {
      const line2 = document.createElementNS(SVG2, "polyline");
      line2.setAttribute("points", points.map(([x, y]) => `${x},${1 - y}`).join(" "));
      line2.setAttribute("data-key", String(k));
      svg.append(line2);
    });
    return svg;
  }
  function rows({ kind, rows: rows2 = [] }) {
    const list = make("ul", { class: "a100-rows" });
    for (const row of rows2) list.append(make("li", {}, bars(row), kind === "slices" ? slices(row) : null));
    firstIsReached(list);
    return list;
  }
  function bars(row) {
    const line2 = (name, share, shown) => make(
      "span",
      { class: "a100-line" },
      share > 0 ? make("i", { class: name, style: `width: ${percent2(share)}` }) : null,
      make("b", { text: shown })
    );
    return button(
      row,
      { class: "a100-row" },
      make("span", { class: "a100-label", dir: "auto", text: row.label }),
      make(
        "span",
        { class: "a100-lines" },
        line2("a100-ours", row.share, row.shown),
        row.full === void 0 ? null : line2("a100-theirs", row.full, row.fullShown ?? "")
      )
    );
  }
  function slices({ parts = [], rest }) {
    const named = parts.map((part) => button(
      part,
      { class: "a100-slice", style: `flex-grow: ${(100 * part.share).toFixed(2)}` },
      make("span", { dir: "auto", text: part.label }),
      make("b", { text: part.shown })
    ));
    const others = rest ? button(rest, { class: "a100-slice a100-rest" }, make("span", { text: `${rest.label} ${rest.shown}` })) : null;
    return make("div", { class: "a100-slices" }, ...named, others);
  }
  function firstIsReached(drawn) {
    drawn.querySelector("button")?.setAttribute("tabindex", "0");
  }

  // js/overview.js
  var Overview = class {
    /**
     * @param {HTMLElement} root
     * @param {Pick<Host, "ask" | "tell">} host
     */
    constructor(root, host) {
      this.root = root;
      this.host = host;
      this.left = null;
      root.classList.add("a100", "a100-overview");
      root.setAttribute("role", "region");
      root.setAttribute("aria-label", "Overview");
      this.problem = make("p", { class: "a100-notice", role: "alert", hidden: true });
      this.body = make("div", { class: "a100-page" });
      root.append(make("style", { text: panel_default + overview_default }), this.problem, this.body);
      withKeys(this.body, (id) => this.click(id));
      root.addEventListener("keydown", (event2) => {
        if ([" ", "Enter"].includes(event2.key)) event2.stopPropagation();
      });
      this.themes = new MutationObserver(() => this.readTheme());
      this.themes.observe(document.documentElement, { attributes: true });
      this.readTheme();
    }
    destroy() {
      this.themes.disconnect();
      this.root.replaceChildren();
    }
    readTheme() {
      this.root.dataset.theme = readTheme(this.root).dark ? "dark" : "light";
    }
    /** @param {OverviewPage | null} page null while it is on its way */
    show(page) {
      this.say(page?.problem ?? "");
      this.left = this.focused() ?? this.left;
      this.body.replaceChildren(...page ? this.contents(page) : []);
      this.enter();
      this.root.dataset.state = !page || page.progress ? "counting" : "shown";
    }
    /**
     * @param {OverviewPage} page
     * @returns {HTMLElement[]}
     */
    contents(page) {
      const { host } = this;
      const parts = [];
      if (page.clips) {
        parts.push(textButton("Back to the clips' videos", "Show whole videos", () => host.tell("to_videos", {})));
      }
      if (page.progress) parts.push(progress(page.progress));
      if (page.counted) {
        const all = textButton("Count all", "Read every video of the view, which can take minutes", () => host.tell("count_all", {}));
        parts.push(make("div", { class: "a100-bar a100-quiet" }, make("span", { text: page.counted }), page.every ? null : all));
      }
      if (!page.tiles) return parts;
      parts.push(tiles(page.tiles));
      for (const section of page.sections ?? []) {
        const heading = make("h2", { text: section.title });
        const about = section.about ? make("p", { class: "a100-quiet", text: section.about }) : null;
        const figures = make("div", { class: "a100-figures" }, ...section.figures.map(figure));
        const label = { "aria-label": section.title };
        parts.push(make("section", label, heading, about, section.tiles ? tiles(section.tiles) : null, figures));
      }
      const again = textButton("Count again", "After changes that FiftyOne did not make", () => host.tell("recount", {}));
      const notes = make("ul", {}, ...(page.notes ?? []).map((text) => make("li", { text })));
      parts.push(make("footer", { class: "a100-quiet" }, notes, again));
      return parts;
    }
    /** Returns the figure and the mark that have the focus; null if none has. */
    focused() {
      const mark = this.body.querySelector("figure button:focus");
      if (!(mark instanceof HTMLElement)) return null;
      return { name: mark.closest("figure")?.dataset.figure ?? "", id: mark.dataset.id };
    }
    /**
     * Gives a mark the focus that it had in the page before, or the first of its figure if it is gone:
     * who works by keys stays there. Pages that only say that something is counted may come in between.
     */
    enter() {
      const { body, left } = this;
      if (!left) return;
      const isElsewhere = document.activeElement !== document.body;
      const marks = (
        /** @type {HTMLElement[]} */
        [...body.querySelectorAll(`[data-figure="${left.name}"] button`)]
      );
      if (!isElsewhere && !marks.length) return;
      this.left = null;
      if (!isElsewhere) (marks.find(({ dataset }) => dataset.id === left.id) ?? marks[0]).focus();
    }
    /**
     * Asks for the view that a mark stands for, and says what went wrong.
     *
     * @param {string} id
     */
    async click(id) {
      this.root.dataset.state = "waiting";
      const answer = await this.host.ask("click", { id });
      this.say(answer?.problem ?? "");
      if (answer?.problem) this.root.dataset.state = "shown";
    }
    /** @param {string} text */
    say(text) {
      this.problem.textContent = text;
      this.problem.hidden = !text;
    }
  };
  function progress({ label, share }) {
    const bar = make("progress", { max: "1", value: String(share), "aria-label": label });
    return make("div", { class: "a100-bar", role: "status" }, make("span", { text: label }), bar);
  }
  function tiles(found) {
    return make("dl", { class: "a100-tiles" }, ...found.map(tile));
  }
  function tile({ name, value, full, why, more }) {
    const release = full ? `full release ${full}${why ? `, ${why}` : ""}` : "";
    return make(
      "div",
      {},
      make("dt", { text: name }),
      make("dd", { class: "a100-figure", text: value }),
      more ? make("dd", { text: more }) : null,
      release ? make("dd", { text: release }) : null
    );
  }

  // js/overview_component.js
  var COMPONENT4 = "Action100MOverview";
  function registerOverview() {
    const React2 = appGlobal("React");
    const { registerComponent, PluginComponentType } = appGlobal("__fop__");
    const { __foo__: __foo__2 } = window;
    function OverviewPanel({ data = {}, schema }) {
      const element = React2.useRef(null);
      const panel = React2.useRef(null);
      const trigger = __foo__2?.useTriggerPanelEvent?.() ?? null;
      const latest = React2.useRef(
        /** @type {Latest} */
        { trigger, labels: null, methods: {} }
      );
      latest.current = { trigger, labels: null, methods: schema?.view ?? {} };
      const { page } = data;
      React2.useEffect(() => {
        if (!element.current) return;
        const made2 = new Overview(element.current, hostOf(latest));
        panel.current = made2;
        return () => {
          panel.current = null;
          made2.destroy();
        };
      }, []);
      React2.useEffect(() => panel.current?.show(page ? JSON.parse(page) : null), [page]);
      return React2.createElement("div", { ref: element });
    }
    registerComponent({
      name: COMPONENT4,
      label: "Overview",
      component: OverviewPanel,
      type: PluginComponentType.Component,
      activator: () => true
    });
  }

  // js/progress.js
  var DIALOG = "[data-cy=operators-prompt-view-modal]";
  var SHOWN_MS2 = 5e3;
  var isShown3 = false;
  var last = Promise.resolve();
  var button2 = () => document.querySelector(DIALOG)?.querySelector("button");
  async function show2(step) {
    if (isShown3 && !button2()) return;
    await runOperator("set_progress", step);
    for (let waited = 0; !button2() && waited < SHOWN_MS2; waited += 50) await sleep(50);
    const found = button2();
    if (!found) return;
    isShown3 = true;
    if (found.textContent !== "Hide") found.textContent = "Hide";
  }
  async function close() {
    if (isShown3) button2()?.click();
    isShown3 = false;
  }
  function registerProgress() {
    const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");
    function register(name, label, run2) {
      class Progress extends Operator {
        get config() {
          return new OperatorConfig({ name, label, unlisted: true });
        }
        /** @param {{params: object}} context */
        async execute({ params }) {
          last = last.catch(() => {
          }).then(() => run2(params));
          await last;
        }
      }
      registerOperator(Progress, PLUGIN);
    }
    register("show_progress", "Show how far a job is", show2);
    register("close_progress", "Close what shows how far a job is", close);
  }

  // js/reset_sidebar.js
  function registerResetSidebar() {
    const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");
    class ResetSidebar extends Operator {
      get config() {
        return new OperatorConfig({ name: "reset_sidebar", label: "Reset the sidebar's groups", unlisted: true });
      }
      useHooks() {
        const { sidebarGroupsDefinition } = window.__fos__ ?? {};
        const reset = appGlobal("recoil").useRecoilCallback(
          ({ set }) => () => {
            if (sidebarGroupsDefinition) set(sidebarGroupsDefinition(false), []);
          },
          []
        );
        return { reset };
      }
      /** @param {{hooks: {reset: () => void}}} context */
      async execute({ hooks }) {
        hooks.reset();
      }
    }
    registerOperator(ResetSidebar, PLUGIN);
  }

  // js/seek_to_frame.js
  var LOAD_SECONDS = 60;
  var RESTART_SECONDS = 6;
  var MAX_RESTARTS2 = 5;
  var latestSeek = 0;
  async function holdAt(frame, current, sampleId) {
    latestSeek += 1;
    const thisSeek = latestSeek;
    const deadline4 = performance.now() + RESTART_SECONDS * 1e3;
    for (let restarts = 0; restarts < MAX_RESTARTS2 && performance.now() < deadline4; ) {
      await sleep(150);
      const looker = current();
      if (thisSeek !== latestSeek || !canSeek(looker) || sampleOf(looker) !== sampleId) return;
      if (looker.state?.playing) return;
      if (looker.state?.frameNumber !== 1 || frame === 1 || !isLoaded(looker)) continue;
      looker.seekToFrame(frame);
      restarts += 1;
    }
  }
  function registerSeekToFrame() {
    const { Operator, OperatorConfig, registerOperator, types } = appGlobal("__foo__");
    class SeekToFrame extends Operator {
      get config() {
        return new OperatorConfig({
          name: "seek_to_frame",
          label: "Seek to a frame",
          description: "Move the open video to a frame, counted from 1",
          unlisted: true
        });
      }
      async resolveInput() {
        const inputs = new types.Object();
        inputs.int("frame", { label: "Frame", required: true });
        inputs.str("sample_id", { label: "Sample", required: false });
        return new types.Property(inputs);
      }
      useHooks() {
        const atom = window.__fos__?.modalLooker;
        const current = appGlobal("recoil").useRecoilCallback(
          ({ snapshot }) => () => atom && snapshot.getLoadable(atom).contents,
          []
        );
        return { current };
      }
      /** @param {{hooks: {current: () => unknown}, params: {frame?: unknown, sample_id?: string}}} context */
      async execute({ hooks, params }) {
        const frame = Number(params.frame);
        if (!Number.isFinite(frame) || frame < 1) throw new Error(`${params.frame} is not a frame`);
        const looker = await waitForPlayer(hooks.current, params.sample_id, LOAD_SECONDS);
        looker.seekToFrame(frame);
        holdAt(frame, hooks.current, sampleOf(looker));
        return { frame };
      }
    }
    registerOperator(SeekToFrame, PLUGIN);
  }

  // js/select_labels.js
  function registerSelectLabels() {
    const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");
    class SelectLabels extends Operator {
      get config() {
        return new OperatorConfig({ name: "select_labels", label: "Select labels", unlisted: true });
      }
      useHooks() {
        return { select: window.__fos__?.useSetSelectedLabels?.() };
      }
      /** @param {{hooks: {select?: (labels: SelectedLabel[]) => void}, params: {labels: Label[]}}} context */
      async execute({ hooks, params: { labels } }) {
        if (!hooks.select) {
          await runOperator("set_selected_labels", { labels });
          return;
        }
        hooks.select(labels.map(({ label_id, sample_id, field }) => ({ labelId: label_id, sampleId: sample_id, field, type: "default" })));
      }
    }
    registerOperator(SelectLabels, PLUGIN);
  }

  // js/submit.js
  var FORM = "[data-cy=operators-prompt-modal]";
  var OURS = /^(Tree|Captions|Dataset|Review): /;
  function submit(event2) {
    const { target, key, ctrlKey, metaKey, shiftKey, altKey, isComposing } = event2;
    if (key !== "Enter" || ctrlKey || metaKey || shiftKey || altKey || isComposing) return;
    if (!(target instanceof HTMLInputElement) || !["text", "number"].includes(target.type)) return;
    if (target.getAttribute("role") === "combobox") return;
    const form = target.closest(FORM);
    if (!form || !OURS.test(form.textContent ?? "")) return;
    event2.preventDefault();
    document.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true }));
  }
  function submitOnEnter() {
    document.addEventListener("keydown", submit);
  }

  // js/tick_fields.js
  function registerTickFields() {
    const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");
    class TickFields extends Operator {
      get config() {
        return new OperatorConfig({
          name: "tick_fields",
          label: "Tick fields of the open sample",
          unlisted: true
        });
      }
      useHooks() {
        const { activeFields } = window.__fos__ ?? {};
        const tick = appGlobal("recoil").useRecoilCallback(
          ({ set }) => (fields) => {
            if (activeFields) set(activeFields({ modal: true }), fields);
          },
          []
        );
        return { tick };
      }
      /** @param {{hooks: {tick: (fields: string[]) => void}, params: {fields: string[]}}} context */
      async execute({ hooks, params }) {
        hooks.tick(params.fields);
      }
    }
    registerOperator(TickFields, PLUGIN);
  }

  // js/video_focus.js
  function keepFocusFromVideo() {
    const { focus } = HTMLElement.prototype;
    const guard = (player) => {
      player.focus = (options) => {
        if (!document.activeElement?.closest(".a100")) focus.call(player, options);
      };
    };
    onPlayer("pointerover", guard);
    onPlayer("pointerdown", (player) => focus.call(player, { preventScroll: true }));
  }
  function onPlayer(event2, tell) {
    document.addEventListener(event2, ({ target }) => {
      const player = target instanceof Element ? target.closest("#modal [data-cy=looker]") : null;
      if (player instanceof HTMLElement) tell(player);
    }, { capture: true, passive: true });
  }

  // js/main.js
  var missing = missingGlobals();
  if (missing.length) {
    console.warn(`${PLUGIN} is made for FiftyOne 1.22; this version has no ${missing.join(", ")}`);
  }
  var { React, recoil, __foo__, __fop__, __fos__, __fosp__ } = window;
  if (__foo__?.registerOperator && recoil && __fos__) {
    registerSeekToFrame();
    registerTickFields();
    registerResetSidebar();
  }
  if (__foo__?.registerOperator && __fosp__) {
    registerShowTreeBeside();
    registerShowTreeAlone();
  }
  if (__foo__?.registerOperator && React && recoil && __fos__ && __fosp__) registerShowAndOpen();
  if (__foo__?.registerOperator) {
    registerProgress();
    registerSelectLabels();
    registerSearchOperators();
    submitOnEnter();
  }
  if (__fop__?.registerComponent && __foo__ && __fosp__ && React && recoil) registerGrid();
  if (__fop__?.registerComponent && React) {
    registerTree();
    registerFinder();
    registerOverview();
    keepFocusFromVideo();
  }
})();
