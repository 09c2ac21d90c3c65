import assert from "node:assert/strict";
import test, { mock } from "node:test";

import { Follower } from "../../js/follower.js";

/** A player that can be moved; `say` has it tell its subscribers. */
function makeLooker({ sample = "s", duration = 10, frameNumber = 1, playing = false } = {}) {
  const subscribers = {};
  const looker = {
    seeks: [],
    state: { duration, frameNumber, playing, config: { sampleId: sample } },
    lookerElement: { element: { isConnected: true } },
    seekToFrame: (frame) => looker.seeks.push(frame),
    subscribeToState: (name, listener) => {
      subscribers[name] = listener;
      return () => delete subscribers[name];
    },
    play: () => looker.say("playing", true),
    pause: () => looker.say("playing", false),
    say: (name, value) => {
      looker.state[name] = value;
      subscribers[name]?.(value);
    },
    subscribers,
  };
  return looker;
}

/** A follower, and what it tells. */
function setUp() {
  const told = { frames: [], playing: [], available: [], warnings: [], failures: 0, range: null, start: 1 };
  const clock = { ms: 0 };
  const follower = new Follower(
    {
      onFrame: (frame, force = false) => told.frames.push([frame, force]),
      onPlaying: (playing) => told.playing.push(playing),
      onAvailable: (available) => told.available.push(available),
      onFailure: () => told.failures++,
      onWarning: (text, covered = false) => told.warnings.push([text, covered]),
      loopRange: () => told.range,
      startFrame: () => told.start,
    },
    () => clock.ms,
  );
  const wait = (ms) => {
    clock.ms += ms;
    mock.timers.tick(ms);
  };
  return { follower, told, wait };
}

let refreshes = [];
/** Has the screen refresh. */
const refresh = () => refreshes.splice(0).forEach((draw) => draw());

test.beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  refreshes = [];
  globalThis.requestAnimationFrame = (draw) => refreshes.push(draw);
  globalThis.cancelAnimationFrame = () => {};
});
test.afterEach(() => mock.timers.reset());

test("a player is followed, once per screen refresh", () => {
  const { follower, told } = setUp();
  const looker = makeLooker({ frameNumber: 7 });
  follower.attach(looker, true);
  refresh();
  assert.deepEqual([told.available, told.frames], [[true], [[7, false]]]);
  for (const frame of [8, 9, 10]) looker.say("frameNumber", frame);
  refresh();
  assert.deepEqual(told.frames, [[7, false], [10, false]]);
  looker.say("frameNumber", NaN);
  assert.equal(follower.frame, 10);
  assert.equal(follower.stats().moves, 2);
});

test("what is no player is not followed, and said so after a while", () => {
  const { follower, told, wait } = setUp();
  follower.attach({ seekToFrame: 1 }, true);
  assert.deepEqual([told.available, told.frames], [[false], [[1, true]]]);
  wait(2499);
  assert.deepEqual(told.warnings, [["", false]]);
  wait(1);
  assert.match(told.warnings.at(-1)[0], /no player to follow/);
  follower.attach(makeLooker(), true);
  assert.deepEqual(told.warnings.at(-1), ["", false]);
});

test("a player that cannot show its video is not asked again to move", () => {
  const { follower, told, wait } = setUp();
  const looker = makeLooker({ duration: null });
  follower.attach(looker, true);
  looker.say("error", new Error("no such file"));
  follower.seek(30);
  looker.state.duration = 10;
  wait(1000);
  assert.deepEqual([told.failures, looker.seeks], [1, []]);
});

test("a covered player is said sooner", () => {
  const { follower, told, wait } = setUp();
  follower.attach(null, true);
  follower.setCovered(true);
  wait(300);
  assert.match(told.warnings.at(-1)[0], /covers the video/);
  assert.equal(told.warnings.at(-1)[1], true);
});

test("without a tree nothing is followed, and nothing said", () => {
  const { follower, told, wait } = setUp();
  const looker = makeLooker();
  follower.attach(looker, false);
  wait(5000);
  assert.deepEqual([told.available, told.warnings, Object.keys(looker.subscribers)], [[false], [["", false]], []]);
});

test("a player that leaves the page is noticed, and again when it returns", () => {
  const { follower, told, wait } = setUp();
  const looker = makeLooker();
  follower.attach(looker, true);
  looker.lookerElement.element.isConnected = false;
  wait(700);
  assert.equal(follower.looker, null);
  assert.deepEqual(Object.keys(looker.subscribers), []);
  looker.lookerElement.element.isConnected = true;
  wait(700);
  assert.equal(follower.looker, looker);
  assert.deepEqual(told.available, [true, false, true]);
});

test("a seek waits until the player has loaded", () => {
  const { follower, wait } = setUp();
  const looker = makeLooker({ duration: null });
  follower.attach(looker, true);
  follower.seek(50);
  wait(300);
  assert.deepEqual(looker.seeks, []);
  looker.state.duration = 10;
  wait(100);
  assert.deepEqual(looker.seeks, [50]);
});

test("a player that says that it plays, but whose video stands still, draws again", () => {
  const { follower, wait } = setUp();
  const looker = makeLooker({ playing: true });
  const video = new EventTarget();
  Object.assign(video, { paused: true, requestVideoFrameCallback: () => 1, cancelVideoFrameCallback() {} });
  looker.lookerElement.children = [{ element: null }, { element: video }];
  let drawn = 0;
  looker.updater = (changes, then) => Object.keys(changes).length === 0 && then && drawn++;
  follower.attach(looker, true);
  wait(700);
  assert.equal(drawn, 1);
  looker.state.buffering = true;
  wait(700);
  looker.state.buffering = false;
  video.paused = false;
  wait(700);
  looker.say("playing", false);
  video.paused = true;
  wait(700);
  assert.equal(drawn, 1);
});

test("a player that stands still draws what its video comes to show, until it is left", () => {
  const { follower } = setUp();
  const looker = makeLooker();
  const video = new EventTarget();
  let show = null;
  Object.assign(video, {
    paused: true,
    requestVideoFrameCallback: (callback) => (show = callback),
    cancelVideoFrameCallback: () => (show = null),
  });
  looker.lookerElement.children = [{ element: video }];
  let drawn = 0;
  looker.updater = () => drawn++;
  follower.attach(looker, true);
  assert.equal(show, null);
  video.dispatchEvent(new Event("seeking"));
  show();
  show(); // a second frame: the first was of the seek before
  assert.equal(drawn, 2);
  video.paused = false;
  show();
  assert.equal(drawn, 2);
  follower.destroy();
  video.dispatchEvent(new Event("seeking"));
  assert.equal(show, null);
});

test("what is repeated goes on at the end of the video, where a player stops by itself", () => {
  const { follower, told } = setUp();
  const looker = makeLooker({ playing: true });
  follower.attach(looker, true);
  told.range = [40, 100];
  looker.say("frameNumber", 99);
  looker.state.playing = false;
  looker.say("frameNumber", 100);
  assert.deepEqual([looker.seeks, looker.state.playing], [[40], true]);
});

test("a player that restarts after such a wait is moved again, a few times", () => {
  const { follower, wait } = setUp();
  const looker = makeLooker({ duration: null });
  follower.attach(looker, true);
  follower.seek(50);
  looker.state.duration = 10;
  wait(100);
  for (let k = 0; k < 6; k += 1) {
    looker.say("frameNumber", 50);
    looker.say("frameNumber", 1);
    wait(100);
  }
  assert.deepEqual(looker.seeks, [50, 50, 50, 50]);
});

test("a player that has just come is moved again, in a clip as well", () => {
  for (const start of [1, 20]) {
    const { follower, told, wait } = setUp();
    const looker = makeLooker({ frameNumber: start });
    told.start = start;
    follower.attach(looker, true);
    wait(300);
    follower.seek(50);
    looker.say("frameNumber", 50);
    looker.say("frameNumber", start);
    wait(100);
    assert.deepEqual(looker.seeks, [50, 50]);
  }
});

test("a restart that is not the player's own is left alone", () => {
  for (const [late, playing, duration] of [[2000, false, null], [0, true, null], [0, false, 10]]) {
    const { follower, wait } = setUp();
    const looker = makeLooker({ duration });
    follower.attach(looker, true);
    wait(2000);
    follower.seek(50);
    looker.state.duration = 10;
    wait(100);
    looker.say("frameNumber", 50);
    wait(late);
    looker.say("playing", playing);
    looker.say("frameNumber", 1);
    wait(200);
    assert.deepEqual(looker.seeks, [50]);
  }
});

test("a seek is passed on to a new player of the same sample", () => {
  const { follower, wait } = setUp();
  const [one, same, other] = [makeLooker(), makeLooker(), makeLooker({ sample: "t" })];
  follower.attach(one, true);
  follower.seek(50);
  follower.attach(other, true);
  assert.deepEqual(other.seeks, []);
  follower.attach(same, true);
  assert.deepEqual(same.seeks, [50]);
  wait(3001);
  const late = makeLooker();
  follower.attach(late, true);
  assert.deepEqual(late.seeks, []);
});

test("a range is repeated while the player plays", () => {
  const { follower, told } = setUp();
  const looker = makeLooker({ playing: true, frameNumber: 10 });
  told.range = [10, 20];
  follower.attach(looker, true);
  looker.say("frameNumber", 19);
  assert.deepEqual(looker.seeks, []);
  looker.say("frameNumber", 20);
  assert.deepEqual(looker.seeks, [10]);
  looker.say("frameNumber", 8); // somebody has moved it
  assert.deepEqual(looker.seeks, [10, 10]);
  looker.say("playing", false);
  looker.say("frameNumber", 25);
  assert.deepEqual(looker.seeks, [10, 10]);
});

test("play and pause", () => {
  const { follower, told } = setUp();
  follower.togglePlaying(); // nothing to play
  follower.attach(makeLooker(), true);
  follower.togglePlaying();
  follower.togglePlaying();
  assert.deepEqual(told.playing, [false, true, false]);
});

test("nothing goes on after it is destroyed", () => {
  const { follower, told, wait } = setUp();
  const looker = makeLooker();
  follower.attach(looker, true);
  follower.destroy();
  looker.lookerElement.element.isConnected = false;
  wait(5000);
  assert.deepEqual(told.available, [true]);
  assert.deepEqual(Object.keys(looker.subscribers), []);
});

test("what a player tells at each refresh of the screen is passed on once", () => {
  const { follower, told } = setUp();
  const looker = makeLooker();
  follower.attach(looker, true);
  refresh();
  for (const frame of [2, 2, 2, 3]) {
    looker.say("playing", true);
    looker.say("frameNumber", frame);
    refresh();
  }
  assert.deepEqual(told.playing, [false, true]);
  assert.deepEqual(told.frames.map(([frame]) => frame), [1, 2, 3]);
});

test("a video that cannot be shown is told, at once or later", () => {
  const { follower, told } = setUp();
  const looker = makeLooker();
  follower.attach(looker, true);
  assert.equal(told.failures, 0);
  looker.say("error", new Error("no such file"));
  assert.equal(told.failures, 1);
  follower.reattach();
  assert.equal(told.failures, 2);
  follower.destroy();
});

test("a player that leaves while it plays no longer plays", () => {
  const { follower, told } = setUp();
  follower.attach(makeLooker({ playing: true }), true);
  follower.attach(null, true);
  assert.deepEqual(told.playing, [true, false]);
});

test("a player that replaces one that plays does not play yet, and can be played at once", () => {
  const { follower, told } = setUp();
  follower.attach(makeLooker({ playing: true }), true);
  // As a segment that is to be repeated is handed over again.
  follower.listener.onAvailable = () => follower.playing || follower.togglePlaying();
  const second = makeLooker();
  follower.attach(second, true);
  assert.equal(second.state.playing, true);
  assert.equal(follower.playing, true);
  assert.deepEqual(told.playing, [true, true]);
});
