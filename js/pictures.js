// Pictures of segments: the first frame of each, taken from its video by a player that is not on the
// page. One at a time, those on screen only.

/** The size of a picture, in pixels: twice that of its place, for dense screens. */
export const WIDTH = 256;
export const HEIGHT = 144;
/** How many pictures are kept. */
const MOST = 200;
/** How long a video may take to show a frame, in milliseconds. */
const SLOWEST_MS = 20_000;

/**
 * @typedef {object} Wanted
 * @property {string} source the video's address
 * @property {number} at seconds of the file
 * @property {HTMLCanvasElement} canvas where to draw the picture
 */

export class Pictures {
  /** @type {Map<string, HTMLCanvasElement>} */
  kept = new Map();
  /** Addresses that could not be played. @type {Set<string>} */
  missing = new Set();
  /** What is to be drawn, by its canvas. @type {Map<HTMLCanvasElement, Wanted>} */
  wanted = new Map();
  isWorking = false;
  isOver = false;

  constructor() {
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.preload = "auto";
  }

  destroy() {
    this.isOver = true;
    this.wanted.clear();
    this.release();
  }

  /** Lets go of the video, so that its file is no longer read. */
  release() {
    this.video.removeAttribute("src");
    this.video.load();
  }

  /**
   * Draws a picture, now if it is kept, else when its turn comes.
   *
   * @param {Wanted} wanted
   */
  want(wanted) {
    const found = this.kept.get(keyOf(wanted));
    if (found) draw(found, wanted.canvas);
    else if (this.missing.has(wanted.source)) fail(wanted.canvas);
    else {
      this.wanted.set(wanted.canvas, wanted);
      this.work();
    }
  }

  /**
   * Forgets a picture that is no longer on screen.
   *
   * @param {HTMLCanvasElement} canvas
   */
  forget(canvas) {
    this.wanted.delete(canvas);
  }

  async work() {
    if (this.isWorking) return;
    this.isWorking = true;
    while (this.wanted.size) {
      const [wanted] = this.wanted.values();
      this.wanted.delete(wanted.canvas);
      try {
        if (this.missing.has(wanted.source)) throw new Error("missing");
        await this.take(wanted);
        if (this.isOver) return;
        this.keep(keyOf(wanted), wanted.canvas);
      } catch {
        if (this.isOver) return;
        this.missing.add(wanted.source);
        fail(wanted.canvas);
      }
    }
    this.isWorking = false;
    this.release();
  }

  /** @param {Wanted} wanted */
  async take({ source, at, canvas }) {
    const { video } = this;
    if (video.getAttribute("src") !== source) {
      video.src = source;
      await event(video, "loadeddata");
    }
    if (Math.abs(video.currentTime - at) > 1e-3) {
      video.currentTime = at;
      await event(video, "seeked");
    }
    draw(video, canvas);
  }

  /**
   * @param {string} key
   * @param {HTMLCanvasElement} canvas
   */
  keep(key, canvas) {
    const copy = document.createElement("canvas");
    draw(canvas, copy);
    this.kept.set(key, copy);
    if (this.kept.size > MOST) {
      const [oldest] = this.kept.keys();
      this.kept.delete(oldest);
    }
  }
}

/** @param {Wanted} wanted */
function keyOf({ source, at }) {
  return `${at} ${source}`;
}

/**
 * Draws a picture as large as fits, in the middle.
 *
 * @param {HTMLVideoElement | HTMLCanvasElement} picture
 * @param {HTMLCanvasElement} canvas
 */
function draw(picture, canvas) {
  const isVideo = picture instanceof HTMLVideoElement;
  const width = isVideo ? picture.videoWidth : picture.width;
  const height = isVideo ? picture.videoHeight : picture.height;
  const scale = Math.min(WIDTH / width, HEIGHT / height);
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d");
  const [w, h] = [width * scale, height * scale];
  context?.drawImage(picture, (WIDTH - w) / 2, (HEIGHT - h) / 2, w, h);
  canvas.dataset.picture = "shown";
}

/** @param {HTMLCanvasElement} canvas */
function fail(canvas) {
  canvas.dataset.picture = "missing";
}

/**
 * Waits for an event of a video.
 *
 * @param {HTMLVideoElement} video
 * @param {string} name
 * @returns {Promise<void>}
 */
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
