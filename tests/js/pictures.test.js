import assert from "node:assert/strict";
import test from "node:test";

import { Pictures, sizeOf } from "../../js/pictures.js";

/** A player that loads and seeks at once; of "bad" it plays nothing. */
class Video extends EventTarget {
  currentTime_ = 0;
  seeks = 0;
  get currentTime() {
    return this.currentTime_;
  }
  set currentTime(at) {
    this.currentTime_ = at;
    this.seeks += 1;
    queueMicrotask(() => this.dispatchEvent(new Event("seeked")));
  }
  getAttribute() {
    return this.source;
  }
  setAttribute(_, source) {
    this.source = source;
    this.currentTime_ = 0;
    queueMicrotask(() => this.dispatchEvent(new Event(source === "bad" ? "error" : "loadeddata")));
  }
  removeAttribute() {
    this.source = undefined;
  }
  load() {}
}

/** Pictures of such a player, each the moment that it shows, and in which order they came. */
function setUp() {
  const video = new Video();
  const came = [];
  const pictures = new Pictures(() => video, ({ source, currentTime }) => ({ source, at: currentTime, width: 9, height: 16 }));
  const ask = (at, { who = {}, source = "a", isUrgent = false } = {}) => {
    pictures.ask(who, { source, at, done: (picture) => came.push(picture && picture.at) }, isUrgent);
    return who;
  };
  const wait = async () => {
    while (pictures.isWorking) await new Promise((resolve) => setImmediate(resolve));
    clearTimeout(pictures.idle);
  };
  return { video, came, pictures, ask, wait };
}

test("pictures come in their order, urgent ones first, each taken once", async () => {
  const { video, came, ask, wait } = setUp();
  for (const at of [3, 1, 2]) ask(at);
  ask(9, { isUrgent: true });
  await wait();
  assert.deepEqual(came, [3, 9, 1, 2]);
  ask(1);
  assert.deepEqual([came.at(-1), video.seeks], [1, 4]);
});

test("whoever asks again, or is forgotten, no longer wants the last one", async () => {
  const { came, pictures, ask, wait } = setUp();
  ask(1);
  const who = ask(2);
  ask(3, { who });
  pictures.forget(ask(4));
  await wait();
  assert.deepEqual(came, [1, 3]);
});

test("none is taken while a video plays", async () => {
  const { came, pictures, ask, wait } = setUp();
  pictures.pause(true);
  ask(1);
  await wait();
  assert.deepEqual(came, []);
  pictures.pause(false);
  await wait();
  assert.deepEqual(came, [1]);
});

test("a video that cannot be played has none, and others do", async () => {
  const { came, pictures, ask, wait } = setUp();
  ask(1, { source: "bad" });
  ask(2, { source: "bad" });
  ask(3);
  await wait();
  assert.deepEqual(came, [null, null, 3]);
  assert.equal(pictures.isRefused("bad"), true);
});

test("the pictures that were used last are kept", async () => {
  const { pictures, ask, wait } = setUp();
  for (let at = 0; at < 240; at += 1) ask(at);
  await wait();
  ask(0);
  for (let at = 240; at < 300; at += 1) ask(at);
  await wait();
  assert.equal(pictures.kept.size, 240);
  assert.equal(pictures.get("a", 0)?.at, 0);
  assert.equal(pictures.get("a", 1), null);
  assert.equal(pictures.get("a", 299)?.at, 299);
});

test("until a picture is taken, another one of the same stretch stands for it", async () => {
  const { pictures, ask, wait } = setUp();
  for (const at of [8, 5, 2]) ask(at);
  ask(6, { source: "b" });
  await wait();
  assert.equal(pictures.near("a", 4, 4, 9)?.at, 5);
  assert.equal(pictures.near("b", 4, 4, 9)?.at, 6);
  assert.equal(pictures.near("a", 6, 6, 7), null);
  assert.deepEqual(["b", "c"].map((source) => pictures.shapeOf(source)), [9 / 16, null]);
});

test("upright pictures are as large as others", () => {
  assert.deepEqual([sizeOf(1920, 1080), sizeOf(270, 480), sizeOf(500, 500)], [[160, 90], [90, 160], [90, 90]]);
  assert.deepEqual(sizeOf(2000, 2), [160, 1]);
});

test("a picture waits until the video shows the frame that it has found", async () => {
  const { video, came, pictures, ask, wait } = setUp();
  let shown = null;
  video.requestVideoFrameCallback = (tell) => setTimeout(() => {
    shown = video.currentTime;
    tell();
  }, 5);
  pictures.copy = () => ({ at: shown, width: 9, height: 16 });
  for (const at of [3, 1, 2]) ask(at);
  await wait();
  assert.deepEqual(came, [3, 1, 2]);
});
