// The drawn tree: one canvas for what stays (rectangles, ruler, speech, cut), one above it for what
// moves with the video or the mouse (playhead, active path, hover, pin).

const GUTTER = 30;
const RULER = 18;
const BAND = 15;
const STRIP = 3;
const FONT = "11px Palanquin, system-ui, sans-serif";
const SMALL = "10px Palanquin, system-ui, sans-serif";

class Timeline {
  /** @param {HTMLElement} stage what holds the canvases */
  constructor(stage) {
    this.stage = stage;
    this.base = make("canvas", { class: "a100-base", "aria-hidden": "true" });
    this.over = make("canvas", { class: "a100-over", "aria-hidden": "true" });
    // Moved by the compositor alone, thirty times a second: no canvas is painted for it.
    this.head = make("div", { class: "a100-head", "aria-hidden": "true", hidden: true });
    stage.append(this.base, this.over, this.head);
    this.model = null;
    this.view = new Viewport(1);
    this.rowHeight = 18;
    this.colourBy = "level";
    this.matches = null;
    this.hidden = null;
    this.cut = [];
    this.hover = NONE;
    this.pinned = NONE;
    this.frame = 0;
    this.active = [];
    this.stats = { drawn: 0, paintMs: 0, overMs: 0, paints: 0, overs: 0 };
  }

  setModel(model) {
    this.model = model;
    this.view = new Viewport(model.frames);
    this.matches = null;
    this.hidden = null;
    this.hover = NONE;
    this.pinned = NONE;
    this.active = [];
  }

  setLook(palette, theme) {
    this.theme = theme;
    this.painter = new Painter(palette, theme);
  }

  /** Fits the canvases to their place; `room` is how high they may be, in CSS pixels. */
  resize(width, room) {
    const rows = this.model ? this.model.rows.length : 1;
    const others = RULER + 2 * (BAND + 3) + 4;
    this.rowHeight = Math.max(13, Math.min(24, Math.floor((room - others) / Math.max(rows, 1))));
    this.width = width;
    this.height = others + rows * this.rowHeight;
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(this.height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${this.height}px`;
    }
    this.head.style.height = `${this.height}px`;
    this.stage.style.height = `${Math.min(this.height, room)}px`;
    this.ratio = ratio;
    this.view.place(GUTTER, width - GUTTER - 6);
  }

  top(row) {
    return RULER + row * this.rowHeight;
  }

  get cutTop() {
    return RULER + this.model.rows.length * this.rowHeight + 4;
  }

  get speechTop() {
    return this.cutTop + BAND + 3;
  }

  /** A node's rectangle in CSS pixels, clipped to the axis; null where it is not in sight. */
  rect(i) {
    const { first, last } = this.model.data;
    const left = Math.max(this.view.x(first[i] - 1), GUTTER);
    const right = Math.min(this.view.x(last[i]), GUTTER + this.view.width);
    if (right <= GUTTER || left >= GUTTER + this.view.width || last[i] < first[i]) return null;
    const gap = right - left > 4 ? 1 : 0;
    // On whole pixels, which are filled several times as fast as parts of them.
    const x = Math.round(left * this.ratio) / this.ratio;
    const end = Math.round((right - gap) * this.ratio) / this.ratio;
    return {
      x,
      y: this.top(this.model.rowOf[i]) + 1,
      w: Math.max(end - x, 1 / this.ratio),
      h: this.rowHeight - 2,
    };
  }

  /** The node under a point, else NONE; a node of under 3 px is found from a pixel beside it. */
  nodeUnder(x, y) {
    if (!this.model || x < GUTTER || y < RULER) return NONE;
    const row = Math.floor((y - RULER) / this.rowHeight);
    if (row >= this.model.rows.length) {
      const inCut = y >= this.cutTop && y < this.cutTop + BAND;
      return inCut ? this.cutAt(this.frameUnder(x)) : NONE;
    }
    return this.model.nodeAt(row, this.frameUnder(x));
  }

  cutAt(frame) {
    const { first, last } = this.model.data;
    const found = this.cut.find((i) => first[i] <= frame && frame <= last[i]);
    return found === undefined ? NONE : found;
  }

  frameUnder(x) {
    return Math.min(Math.max(Math.floor(this.view.at(x)) + 1, 1), this.model.frames);
  }

  clear(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.textBaseline = "middle";
    return context;
  }

  /** Paints what stays. */
  paint() {
    if (!this.model || !this.painter || !this.width) return;
    const began = performance.now();
    const context = this.clear(this.base);
    this.paintRuler(context);
    this.paintStrip(context);
    this.paintGutter(context);
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, this.view.width, this.height);
    context.clip();
    this.stats.drawn = 0;
    for (let row = 0; row < this.model.rows.length; row += 1) this.paintRow(context, row);
    this.paintCut(context);
    this.paintSpeech(context);
    this.paintOutside(context);
    context.restore();
    this.stats.paintMs = performance.now() - began;
    this.stats.paints += 1;
    this.paintOver();
  }

  /** While zoomed: which part of the video is shown, as a strip over the ruler. */
  paintStrip(context) {
    if (this.view.isWhole) return;
    const { left, width, from, to, frames } = this.view;
    context.fillStyle = hex(this.theme.line);
    context.fillRect(left, 0, width, STRIP);
    context.fillStyle = hex(this.theme.quiet);
    context.fillRect(left + (from / frames) * width, 0, Math.max(((to - from) / frames) * width, 3), STRIP);
  }

  paintRuler(context) {
    const { fps } = this.model;
    const seconds = (this.view.to - this.view.from) / fps;
    const step = rulerStep(seconds, this.view.width);
    context.font = SMALL;
    context.fillStyle = hex(this.theme.quiet);
    context.strokeStyle = hex(this.theme.line);
    context.textAlign = "left";
    context.lineWidth = 1;
    const start = Math.ceil(this.view.from / fps / step - 1e-9);
    const stop = this.view.to / fps;
    for (let k = start; k * step <= stop + 1e-9; k += 1) {
      const x = Math.round(this.view.x(k * step * fps)) + 0.5;
      context.beginPath();
      context.moveTo(x, RULER - 5);
      context.lineTo(x, this.height);
      context.stroke();
      const text = clock(k * step, step < 1 ? 1 : 0);
      if (x + 34 < GUTTER + this.view.width) context.fillText(text, x + 3, RULER / 2 + 1);
    }
  }

  paintGutter(context) {
    context.font = SMALL;
    context.textAlign = "right";
    context.fillStyle = hex(this.theme.quiet);
    this.model.rowLevels.forEach((level, row) => {
      context.fillText(String(level), GUTTER - 6, this.top(row) + this.rowHeight / 2);
    });
    context.fillText("cut", GUTTER - 5, this.cutTop + BAND / 2);
    if (this.model.data.speech.first.length) {
      context.fillText("said", GUTTER - 5, this.speechTop + BAND / 2);
    }
  }

  paintRow(context, row) {
    const nodes = this.model.rows[row];
    const { first } = this.model.data;
    // From the last node that starts before the view on; overlapping ones before it are rare.
    let k = Math.max(0, this.model.after(row, Math.floor(this.view.from)) - 8);
    for (; k < nodes.length && first[nodes[k]] - 1 < this.view.to; k += 1) {
      const box = this.rect(nodes[k]);
      if (box) {
        this.paintNode(context, nodes[k], box, false);
        this.stats.drawn += 1;
      }
    }
  }

  /** Paints one rectangle; `lit` is on the active path, hovered or pinned. */
  paintNode(context, i, box, lit) {
    const state = this.model.data.states[i];
    const shades = this.painter.shades(this.painter.base(this.model, i, this.colourBy));
    const dim = this.matches ? this.matches.shade(i) : 1;
    context.globalAlpha = lit ? 1 : dim;
    if (!lit && this.hidden && this.hidden.has(i)) {
      // A line instead of a box: told apart by its shape, in any colour.
      context.fillStyle = shades.muted;
      context.fillRect(box.x, box.y + Math.round(box.h / 2) - 1, box.w, 2);
      context.globalAlpha = 1;
      return;
    }
    if (state === BARE && !lit) {
      context.fillStyle = shades.muted;
      if (box.w > 2.5) {
        // An outline as two fills: a stroke takes longer.
        context.fillRect(box.x, box.y, box.w, box.h);
        context.fillStyle = shades.faint;
        context.fillRect(box.x + 1, box.y + 1, box.w - 2, box.h - 2);
      } else context.fillRect(box.x, box.y + 3, box.w, box.h - 6);
    } else {
      context.fillStyle = lit ? shades.full : shades.muted;
      context.fillRect(box.x, box.y, box.w, box.h);
      if (state === NO_ACTION && box.w > 2) {
        context.fillStyle = this.painter.hatch(context, hex(this.theme.background));
        context.globalAlpha *= 0.55;
        context.fillRect(box.x, box.y, box.w, box.h);
        context.globalAlpha = lit ? 1 : dim;
      }
    }
    if (box.w > 26) this.paintLabel(context, i, box, lit, shades, state);
    context.globalAlpha = 1;
  }

  paintLabel(context, i, box, lit, shades, state) {
    context.font = FONT;
    context.textAlign = "left";
    const text = fitted(context, this.model.data.labels[i], box.w - 8);
    if (!text) return;
    if (state === NO_ACTION) {
      // Hatching would run through the letters.
      const wide = Math.min(context.measureText(text).width + 8, box.w);
      context.fillStyle = lit ? shades.full : shades.muted;
      context.fillRect(box.x, box.y, wide, box.h);
    }
    context.fillStyle = lit ? shades.fullInk : state === BARE ? shades.faintInk : shades.mutedInk;
    context.fillText(text, box.x + 4, box.y + box.h / 2 + 0.5);
  }

  paintCut(context) {
    const { first, last } = this.model.data;
    this.cut.forEach((i, k) => {
      const left = this.view.x(first[i] - 1);
      const right = this.view.x(last[i]);
      if (right < GUTTER || left > GUTTER + this.view.width) return;
      const share = k % 2 ? 0.62 : 0.74;
      context.fillStyle = hex(mixed(this.theme.accent, this.theme.background, share));
      context.fillRect(left, this.cutTop, Math.max(right - left, 0.75), BAND);
      if (right - left > 40) {
        context.font = SMALL;
        context.fillStyle = hex(this.theme.text);
        const seen = Math.max(left, GUTTER);
        const text = fitted(context, this.model.data.labels[i], right - seen - 6);
        if (text) context.fillText(text, seen + 3, this.cutTop + BAND / 2 + 0.5);
      }
      // The same stretch, marked where it is in the tree.
      const box = this.rect(i);
      if (box) {
        context.fillStyle = hex(this.theme.accent);
        context.fillRect(box.x, box.y + box.h - 2, box.w, 2);
      }
    });
  }

  paintSpeech(context) {
    const { first, last, texts } = this.model.data.speech;
    context.font = SMALL;
    first.forEach((frame, k) => {
      const left = this.view.x(frame - 1);
      const right = this.view.x(last[k]);
      if (right < GUTTER || left > GUTTER + this.view.width) return;
      context.fillStyle = hex(mixed(this.theme.text, this.theme.background, 0.86));
      context.fillRect(left, this.speechTop, Math.max(right - left - 1, 0.75), BAND);
      if (right - left > 24) {
        context.fillStyle = hex(this.theme.text);
        const seen = Math.max(left, GUTTER);
        const text = fitted(context, texts[k], right - seen - 6);
        if (text) context.fillText(text, seen + 3, this.speechTop + BAND / 2 + 0.5);
      }
    });
  }

  /** Shades what the open clip does not reach. */
  paintOutside(context) {
    const { clip } = this.model.data;
    if (!clip) return;
    const [left, right] = [this.view.x(clip[0] - 1), this.view.x(clip[1])];
    context.fillStyle = hex(this.theme.background);
    context.globalAlpha = 0.6;
    context.fillRect(0, RULER, left, this.height);
    context.fillRect(right, RULER, this.width, this.height);
    context.globalAlpha = 1;
  }

  /** Puts the playhead where the player is; writes nothing where it is there already. */
  placeHead() {
    const x = this.view.x(this.frame - 0.5);
    const seen = this.frame > 0 && x >= GUTTER - 1 && x <= GUTTER + this.view.width + 1;
    if (this.head.hidden === seen) this.head.hidden = !seen;
    const place = `translateX(${x.toFixed(1)}px)`;
    if (!seen || place === this.headPlace) return;
    this.headPlace = place;
    this.head.style.transform = place;
  }

  /** Paints what is lit: the active path, the pinned node and the one under the mouse. */
  paintOver() {
    if (!this.model || !this.painter || !this.width) return;
    const began = performance.now();
    const context = this.clear(this.over);
    context.save();
    context.beginPath();
    context.rect(GUTTER - 1, 0, this.view.width + 2, this.height);
    context.clip();
    for (const i of this.active) if (i !== NONE) this.light(context, i, 1);
    if (this.pinned !== NONE) this.light(context, this.pinned, 2);
    if (this.hover !== NONE && this.hover !== this.pinned) this.light(context, this.hover, 1.5);
    context.restore();
    this.placeHead();
    this.stats.overs += 1;
    this.stats.overMs = performance.now() - began;
  }

  light(context, i, width) {
    const box = this.rect(i);
    if (!box) return;
    this.paintNode(context, i, box, true);
    context.strokeStyle = hex(this.theme.text);
    context.lineWidth = width;
    context.setLineDash(this.hidden && this.hidden.has(i) ? [3, 2] : []);
    const half = width / 2;
    context.strokeRect(box.x + half, box.y + half, Math.max(box.w - width, 0.5), box.h - width);
    if (i === this.pinned && box.w > 12) {
      context.fillStyle = hex(this.theme.accent);
      context.fillRect(box.x, box.y, 4, box.h);
    }
  }
}

/** A text cut to a width, with an ellipsis; empty where nothing legible fits. */
function fitted(context, text, width) {
  if (!text || width < 12) return "";
  const plain = text.length > 200 ? text.slice(0, 200) : text;
  let guess = Math.floor(width / 5.2);
  if (guess >= plain.length && context.measureText(plain).width <= width) return plain;
  const letters = Array.from(plain);
  guess = Math.min(guess, letters.length - 1);
  for (; guess > 1; guess -= 1) {
    const cut = `${letters.slice(0, guess).join("").trimEnd()}…`;
    const wide = context.measureText(cut).width;
    if (wide <= width) return cut;
    guess -= Math.max(0, Math.floor((wide - width) / 9));
  }
  return "";
}
