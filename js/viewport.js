// Which part of the time axis is on screen, and where a frame is drawn.

const LEAST_FRAMES = 12;

class Viewport {
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

  /** Where the time axis is, in CSS pixels. */
  place(left, width) {
    this.left = left;
    this.width = Math.max(1, width);
  }

  /** Where a moment is drawn, given in frames from the video's start. */
  x(at) {
    return this.left + ((at - this.from) / (this.to - this.from)) * this.width;
  }

  /** The moment under a pixel, in frames from the video's start. */
  at(x) {
    return this.from + ((x - this.left) / this.width) * (this.to - this.from);
  }

  /** Shows a stretch, no shorter than LEAST_FRAMES and within the video. */
  show(from, to) {
    const span = Math.min(Math.max(to - from, LEAST_FRAMES), this.frames);
    const middle = (from + to) / 2;
    const start = Math.min(Math.max(middle - span / 2, 0), this.frames - span);
    this.from = start;
    this.to = start + span;
  }

  /** Zooms by a factor (less than 1: in) around a pixel. */
  zoom(x, factor) {
    const held = this.at(x);
    const span = Math.min(Math.max((this.to - this.from) * factor, LEAST_FRAMES), this.frames);
    const share = (x - this.left) / this.width;
    const start = Math.min(Math.max(held - share * span, 0), this.frames - span);
    this.from = start;
    this.to = start + span;
  }

  /** Moves by so many pixels. */
  pan(pixels) {
    const span = this.to - this.from;
    const start = this.from + (pixels / this.width) * span;
    this.from = Math.min(Math.max(start, 0), this.frames - span);
    this.to = this.from + span;
  }
}

/** Seconds between the marks of a ruler, so that they are at least so many pixels apart. */
function rulerStep(secondsOnScreen, width, apart = 64) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const least = (secondsOnScreen * apart) / width;
  return steps.find((step) => step >= least) || 14400;
}
