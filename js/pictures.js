// Pictures of moments, taken from the videos themselves by a player that is not on the page. All
// panels share it and what it has taken. It takes one picture at a time, and none while a video plays.

import { sleep } from "./app.js";

/** Device pixels per CSS pixel, up to what is worth its memory. */
const DENSITY = Math.min(Math.max(globalThis.devicePixelRatio || 1, 1), 2);
/** The size of a picture at most, in pixels; an upright one may be as high as others are wide. */
export const WIDTH = Math.round(160 * DENSITY);
export const HEIGHT = Math.round(90 * DENSITY);
/** How many pictures are kept: 14 MB, on dense screens 28 MB. */
const MOST = Math.round(240 / DENSITY);
/** How long a video may take to find a frame, in milliseconds, and how long then to show it. */
const SLOWEST_MS = 20_000;
const SHOW_MS = 2000;
/** How long a video that could not be played is not tried again. */
const REFUSED_MS = 60_000;
/** How long the player holds its video after the last picture. */
const IDLE_MS = 20_000;

/** @typedef {HTMLCanvasElement} Picture as large as the video's shape allows */
/**
 * @typedef {object} Wanted
 * @property {string} source the video's address
 * @property {number} at seconds of the file
 * @property {(picture: Picture | null) => void} done called with null where the video cannot be played
 */

export class Pictures {
  /** By moment, the one that was used last at the end. @type {Map<string, {source: string, at: number, picture: Picture}>} */
  kept = new Map();
  /** When a video could not be played, by its address. @type {Map<string, number>} */
  refused = new Map();
  /** What is to be taken, by who wants it. @type {Map<object, Wanted>} */
  wanted = new Map();
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
    return since !== undefined && performance.now() - since < REFUSED_MS;
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
    const kept = this.get(source, at);
    if (kept || this.isRefused(source)) return kept;
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
    if (this.kept.size > MOST) this.kept.delete(oldest);
    return picture;
  }

  /** Lets go of the video, so that its file is no longer read. */
  release() {
    this.video?.removeAttribute("src");
    this.video?.load();
    this.video = null;
  }
}

/** The pictures of all panels of the page. */
export const pictures = new Pictures();

/**
 * Returns the address of a video's file.
 *
 * @param {string} path
 */
export function addressOf(path) {
  const { getSampleSrc } = window.__fos__ ?? {};
  return getSampleSrc ? getSampleSrc(path) : `/media?filepath=${encodeURIComponent(path)}`;
}

/**
 * Shows a picture on a canvas that is as large as it, and says whether it is upright.
 *
 * @param {Picture} picture
 * @param {HTMLCanvasElement} canvas
 */
export function showWhole(picture, canvas) {
  canvas.dataset.picture = "shown";
  canvas.toggleAttribute("data-upright", isUpright(picture));
  Object.assign(canvas, { width: picture.width, height: picture.height });
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
}

/**
 * Draws a picture as large as fits, in the middle of a canvas.
 *
 * @param {Picture | null} picture null if there is none
 * @param {HTMLCanvasElement} canvas
 */
export function show(picture, canvas) {
  canvas.dataset.picture = picture ? "shown" : "missing";
  if (!picture) return;
  const scale = Math.min(WIDTH / picture.width, HEIGHT / picture.height);
  const [w, h] = [picture.width * scale, picture.height * scale];
  Object.assign(canvas, { width: WIDTH, height: HEIGHT });
  canvas.getContext("2d")?.drawImage(picture, (WIDTH - w) / 2, (HEIGHT - h) / 2, w, h);
}

/**
 * @param {string} source
 * @param {number} at
 */
function keyOf(source, at) {
  return `${at.toFixed(4)} ${source}`;
}

function hiddenVideo() {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  return video;
}

/**
 * Returns the size of a picture of a video, in pixels.
 *
 * @param {number} width of the video
 * @param {number} height
 */
export function sizeOf(width, height) {
  const [widest, highest] = isUpright({ width, height }) ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
  const scale = Math.min(widest / width, highest / height);
  return [width, height].map((length) => Math.max(Math.round(length * scale), 1));
}

/** @param {{width: number, height: number}} size */
function isUpright({ width, height }) {
  return height > width;
}

/** @param {HTMLVideoElement} video */
function copyOf(video) {
  const picture = document.createElement("canvas");
  const [width, height] = sizeOf(video.videoWidth, video.videoHeight);
  Object.assign(picture, { width, height });
  picture.getContext("2d")?.drawImage(video, 0, 0, picture.width, picture.height);
  return picture;
}

/**
 * Has a video show a moment.
 *
 * @param {HTMLVideoElement} video
 * @param {string} source
 * @param {number} at
 */
async function seek(video, source, at) {
  if (video.getAttribute("src") !== source) {
    await change(video, "loadeddata", () => video.setAttribute("src", source));
  }
  if (Math.abs(video.currentTime - at) <= 1e-3) return;
  await change(video, "seeked", () => (video.currentTime = at));
}

/**
 * Has a video show another frame. A browser may say that it has found a frame while the video still
 * shows the one before; in a page that nobody sees it may never say that it shows it.
 *
 * @param {HTMLVideoElement} video
 * @param {string} name the event that tells that the frame is found
 * @param {() => void} begin
 */
async function change(video, name, begin) {
  const isShown = new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
    else resolve(null);
  });
  begin();
  await event(video, name);
  await Promise.race([isShown, sleep(SHOW_MS)]);
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
