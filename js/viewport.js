// The time axis: which part of the video is on screen, and where a frame is drawn.

/** The shortest stretch that can be shown, in frames. */
const MIN_FRAMES = 12;

/** Positions on the axis are in frames from the start of the video: frame 1 covers 0 to 1. */
export class Viewport {
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
    return this.left + ((at - this.from) / (this.to - this.from)) * this.width;
  }

  /**
   * Returns the position that is drawn at a pixel.
   *
   * @param {number} x
   */
  at(x) {
    return this.from + ((x - this.left) / this.width) * (this.to - this.from);
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
    this.start(held - ((x - this.left) / this.width) * span, span);
  }

  /**
   * Moves the stretch that is shown.
   *
   * @param {number} pixels to the right, if positive
   */
  pan(pixels) {
    const span = this.to - this.from;
    this.start(this.from + (pixels / this.width) * span, span);
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
}

/**
 * Returns the seconds between two marks of a ruler.
 *
 * @param {number} secondsOnScreen
 * @param {number} width of the ruler, in pixels
 * @param {number} apart the least distance of two marks, in pixels
 */
export function rulerStep(secondsOnScreen, width, apart = 64) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  return steps.find((step) => step >= (secondsOnScreen * apart) / width) ?? 14400;
}
