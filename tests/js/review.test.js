import assert from "node:assert/strict";
import test, { mock } from "node:test";

import { OWN_KEYS } from "../../js/keyboard.js";
import { Review } from "../../js/review.js";
import { modifiedCommand, REVIEW_KEYS } from "../../js/review_keys.js";
import { EditQueue } from "../../js/review_queue.js";
import {
  countReviewed, describeConflict, describeConflicts, describeReview, nextNotReviewed, nextSibling, progressText,
} from "../../js/review_state.js";
import { A, A1, A2, B, loaf, ROOT } from "./trees.js";

const REVIEW = { status: [0, 0, 0, 0, 0], edited: [], reviewers: {}, notes: {} };

/** A tree to review, with the statuses given. */
const reviewed = (status = REVIEW.status, more = {}) =>
  loaf({ version: "v0", review: { ...structuredClone(REVIEW), status: [...status], ...more } });

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A review of a tree by Ana; `asked` is what Python was asked, `answers` what it is to answer. */
function setUp({ model = reviewed(), answers = [], node = A1, ...more } = {}) {
  const asked = [];
  const said = [];
  const panel = {
    model, player: { frame: 1 },
    host: {
      ask: async (method, params) => {
        asked.push([method, params]);
        const answer = answers.shift();
        return answer === undefined ? { version: `v${asked.length}` } : answer;
      },
      tell: (method) => asked.push([method]),
    },
    current: {
      node, pinned: node, shown: node,
      pin(i, options) { this.node = this.pinned = this.shown = i; this.options = options; },
    },
    root: { dataset: {}, focus: () => said.push("focus") }, announce: (text) => said.push(text), repaint() {},
  };
  const review = new Review(panel);
  Object.assign(review, { on: true, who: "Ana", scope: "video", ...more });
  review.treeChanged();
  return { review, panel, asked, said };
}

test.beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
test.afterEach(() => mock.timers.reset());

test("without reviewing, a name, or a tree that can be reviewed, no key changes anything", () => {
  for (const off of [{ on: false }, { who: "" }, { model: loaf() }]) {
    const { review, asked } = setUp(off);
    for (const command of ["accept", "reject", "text", "merge", "undo", "next"]) {
      assert.equal(review.act(command), false);
    }
    assert.deepEqual(asked, []);
  }
});

test("a judgement is shown at once, sent with who made it, and goes on", async () => {
  const { review, panel, asked } = setUp();
  assert.equal(review.act("accept"), true);
  assert.deepEqual(panel.model.data.review.status, [0, 0, 0, 1, 0]);
  assert.equal(panel.current.node, A2);
  assert.equal(panel.current.options.selects, false); // a request for each, otherwise
  assert.equal(review.progress.text, "1 of 5 reviewed");
  assert.equal(panel.root.dataset.unsaved, "1");
  await settled();
  assert.deepEqual(panel.root.dataset, { reviewed: "1", unsaved: "0" });
  assert.deepEqual(asked, [
    ["review_edit", { node: "a1", kind: "accept", who: "Ana", sample: "s", version: "v0" }],
  ]);
});

test("who does not want to go on stays", () => {
  const { review, panel } = setUp({ goesOn: false });
  review.act("reject");
  assert.equal(panel.current.node, A1);
  assert.equal(panel.model.data.review.status[A1], 2);
  review.act("clear");
  assert.equal(panel.model.data.review.status[A1], 0);
});

test("who takes a judgement back stays; a fixed text is marked at once", () => {
  const { review, panel } = setUp({ model: reviewed([0, 0, 0, 1, 0]) });
  review.act("clear");
  assert.equal(panel.current.node, A1);
  review.edit({ node: "a1", kind: "text", field: "brief", text: "Add the water" });
  assert.equal(panel.model.data.review.status[A1], 3);
});

test("all nodes of a tree can be judged by one key, in the order of time, each once", async () => {
  const { review, panel, asked, said } = setUp({ node: ROOT });
  const order = [];
  for (let k = 0; k < 5; k += 1) {
    order.push(panel.current.node);
    review.act("accept");
  }
  assert.deepEqual(order, [ROOT, A, A1, A2, B]);
  assert.deepEqual(said, ["All nodes of this video are reviewed"]);
  await settled();
  await settled();
  assert.deepEqual(asked.map(([, { version }]) => version), ["v0", "v1", "v2", "v3", "v4"]);
});

test("an answer takes nobody back who has gone elsewhere", async () => {
  const { review, panel } = setUp({ answers: [{ node: "a1", version: "v1" }], goesOn: false });
  review.act("accept");
  panel.current.pin(B);
  await settled();
  assert.equal(panel.current.node, B);
});

test("a change that somebody else was before is taken back, and they are named", async () => {
  const conflict = { who: "Ben", when: new Date().toISOString(), what: "rejected it" };
  const { review, panel, asked } = setUp({ answers: [{ conflict }] });
  review.act("accept");
  await settled();
  assert.equal(panel.model.data.review.status[A1], 0);
  assert.match(review.conflictText, /^Not saved “Add WATER”: Ben, now: rejected it\.$/);
  panel.host.ask = async () => ({ conflict });
  review.act("reject");
  await settled();
  assert.match(review.conflictText, /1 more change of others/);
  review.takeTheirs();
  assert.equal(review.conflictText, "");
  assert.deepEqual(asked.at(-1), ["reload"]);
});

test("what could not be saved is taken back, and is said", async () => {
  for (const answer of [{ problem: "The dataset is read-only." }, null]) {
    const { review, panel } = setUp({ answers: [answer] });
    review.act("reject");
    await settled();
    assert.equal(panel.model.data.review.status[A1], 0);
    assert.match(review.problemText, /^Not saved “Add WATER”: .*(read-only|did not answer)/);
    review.act("next"); // the message stays
    review.treeChanged();
    assert.match(review.problemText, /^Not saved/);
    assert.equal(review.leave(), true);
    assert.equal(review.leave(), false);
  }
});

test("edits that could not be saved are counted, until they are", async () => {
  const done = { done: "Done" };
  const answers = [{ problem: "No." }, { problem: "Not now." }, done, done, done];
  const { review } = setUp({ answers });
  for (const node of ["a1", "a2"]) await review.edit({ node, kind: "accept" });
  assert.equal(review.problemText, "Not saved “Add flour” (and 1 more): Not now.");
  await review.edit({ node: "a2", kind: "accept" });
  assert.equal(review.problemText, "Not saved “Add WATER”: No.");
  await review.edit({ node: "a1", kind: "note", text: "Look" });
  assert.equal(review.problemText, "Not saved “Add WATER”: No.", "a note is no judgement");
  await review.edit({ node: "a1", kind: "reject" });
  assert.equal(review.problemText, "");
});

test("what was so already is no problem, is said, and goes on; what others said stays", async () => {
  const answers = [{ same: "You have accepted “Add WATER” already" }, { same: "You have no judgement" }];
  const { review, panel, said } = setUp({ model: reviewed([0, 2, 0, 1, 0]), answers });
  review.act("accept");
  await settled();
  assert.deepEqual([review.problem, review.remark], ["", "You have accepted “Add WATER” already"]);
  assert.deepEqual(said, [review.remark]);
  assert.equal(panel.current.node, A2);
  panel.current.pin(A);
  review.nodeChanged();
  assert.equal(review.remark, "");
  review.act("clear");
  assert.equal(panel.model.data.review.status[A], 0);
  await settled();
  assert.deepEqual(panel.model.data.review.status, [0, 2, 0, 1, 0]);
});

test("a note that was not saved is taken back", async () => {
  const { review, panel } = setUp({ answers: [{ problem: "No" }, { problem: "No" }] });
  await review.edit({ node: "a1", kind: "note", text: "Look" });
  assert.deepEqual(panel.model.data.review.notes, {});
  panel.model.data.review.notes[A1] = "Old";
  await review.edit({ node: "a1", kind: "note", text: "Look" });
  assert.deepEqual(panel.model.data.review.notes, { [A1]: "Old" });
});

test("a boundary is moved at once, and back where it could not be", async () => {
  const { review, panel } = setUp({ answers: [{ problem: "No" }] });
  const edited = review.edit({ node: "a1", kind: "boundary", edge: "end", frame: 16 });
  const { first, last } = panel.model.data;
  assert.deepEqual([last[A1], first[A2]], [15, 16]);
  assert.equal(await edited, false);
  assert.deepEqual([last[A1], first[A2]], [20, 21]);
});

test("a tree that was sent anew meanwhile shows what is saved since", async () => {
  const { review, panel } = setUp({ answers: [{ version: "v1", changed: { a1: 1 } }] });
  const edited = review.edit({ node: "a1", kind: "accept" });
  panel.model = reviewed();
  await edited;
  assert.equal(panel.model.data.review.status[A1], 1);
});

test("a tree that is older than the last answer is asked for anew, once", async () => {
  const { review, panel, asked } = setUp({ answers: [{ version: "3-x", changed: { a1: 1 } }] });
  await review.edit({ node: "a1", kind: "accept" });
  asked.length = 0;
  for (const version of ["2-x", "2-x", "3-x"]) {
    panel.model = reviewed();
    panel.model.data.version = version;
    review.treeChanged();
  }
  assert.deepEqual(asked, [["reload"]]);
});

test("what was saved of one video is not shown in another one", async () => {
  const { review, panel } = setUp({ answers: [{ version: "v1", changed: { a1: 1 } }] });
  const edited = review.edit({ node: "a1", kind: "accept" });
  panel.model = loaf({ sample: "other", review: structuredClone(REVIEW) });
  await edited;
  assert.equal(panel.model.data.review.status[A1], 0);
});

test("undo shows what was changed, and how many steps are left", async () => {
  const answers = [{ node: "b", done: "Undid: accepted", undo: 0, redo: 1, version: "v2", changed: { a1: 0, b: 2, gone: 1 }, reviewers: { a1: "", b: "Ben" }, notes: { a2: "Look" } }];
  const { review, panel, asked, said } = setUp({ model: reviewed([0, 0, 0, 1, 0]), answers });
  review.act("undo");
  await settled();
  await settled();
  assert.deepEqual(asked, [["review_undo", { who: "Ana", sample: "s", version: "v0" }]]);
  assert.deepEqual(panel.model.data.review, {
    status: [0, 0, 2, 0, 0], edited: [], reviewers: { [A1]: "", [B]: "Ben" }, notes: { [A2]: "Look" },
  });
  assert.deepEqual(review.steps, { undo: 0, redo: 1 });
  assert.deepEqual(said, ["Undid: accepted"]);
  assert.equal(panel.current.node, B);
});

test("a node is split where the video is, if that is within it", async () => {
  const { review, panel, asked } = setUp();
  for (const frame of [1, 21]) {
    panel.player.frame = frame;
    review.act("split");
    assert.match(review.problem, /within the node/);
  }
  panel.player.frame = 2;
  review.act("split");
  assert.equal(review.problem, "");
  await settled();
  assert.equal(asked.length, 1);
  assert.equal(asked[0][1].frame, 2);
});

test("a node is merged with the next part of its parent", async () => {
  const { review, panel, asked } = setUp();
  review.act("merge");
  await settled();
  assert.equal(asked[0][1].with, "a2");
  panel.current.pin(A2);
  review.act("merge");
  assert.match(review.problem, /last part/);
  await settled();
  assert.equal(asked.length, 1);
});

test("where nothing is left in the open video, Python knows the next one", async () => {
  const answers = [{ sample: "s", node: "b", left: 3 }, { sample: null, node: null, left: 0 }];
  const { review, panel, asked, said } = setUp({ model: reviewed([1, 1, 1, 1, 1]), answers, scope: "view" });
  await review.onward.next();
  assert.equal(panel.current.node, B);
  await review.onward.next();
  assert.deepEqual(said, ["Nothing is left to review"]);
  assert.deepEqual(asked[0], ["review_next", { sample: "s", node: "a1", who: "Ana", scope: "view" }]);
});

test("of a review sample Python knows the next node, even in the open video", async () => {
  const { review, panel } = setUp({ answers: [{ sample: "s", node: "b", left: 3 }], scope: "sample" });
  await review.onward.next();
  assert.equal(panel.current.node, B);
});

test("the progress is asked for once, after the last change", async () => {
  const { review, asked } = setUp({ scope: "view" });
  mock.timers.tick(1);
  await settled();
  assert.deepEqual(asked, [["review_progress", { sample: "s", who: "Ana", scope: "view" }]]);
  review.act("accept");
  review.act("accept");
  await settled();
  await settled();
  mock.timers.tick(10_000);
  await settled();
  assert.deepEqual(asked.map(([method]) => method), [
    "review_progress", "review_edit", "review_edit", "review_progress",
  ]);
});

test("of the view, the progress is not the open tree's", () => {
  const { review } = setUp({ scope: "view" });
  review.act("accept");
  assert.equal(review.progress.text, "");
});

test("what is asked waits for what is sent, and counts only for what is reviewed by then", async () => {
  const { review, panel, asked } = setUp({ model: reviewed([1, 1, 1, 0, 1]), scope: "view" });
  /** @type {((answer: object) => void)[]} */
  const waiting = [];
  panel.host.ask = (method) => new Promise((answer) => {
    asked.push([method]);
    waiting.push(answer);
  });
  const methods = () => asked.map(([method]) => method);
  review.act("accept"); // goes on: Python is asked for the next node
  mock.timers.tick(1000);
  await settled();
  assert.deepEqual(methods(), ["review_edit"]);
  waiting.shift()({ version: "v1" });
  await settled();
  await settled();
  assert.deepEqual(methods().sort(), ["review_edit", "review_next", "review_progress"]);
  review.setScope("video");
  for (const answer of waiting) answer({ text: "9 of 9 reviewed", total: 9, reviewed: 9 });
  await settled();
  assert.equal(review.progress.text, "5 of 5 reviewed");
});

test("a review goes on in another video", async () => {
  const opened = [];
  globalThis.window = { __foo__: { executeOperator: (uri, params, { callback }) => {
    opened.push(params);
    callback();
  } } };
  const answers = [{ sample: "other", node: "b", left: 3 }];
  const { review, said } = setUp({ model: reviewed([1, 1, 1, 1, 1]), answers, scope: "view" });
  await review.onward.next();
  const segment = { node: "b", query: "", nodes: [], loop: false };
  assert.deepEqual(opened, [{ sample_id: "other", segment }]);
  assert.deepEqual(said, []);
  delete globalThis.window;
});

test("without a review sample, it is said how to draw one", async () => {
  const { review } = setUp({ answers: [{ problem: "There is no review sample" }], scope: "sample" });
  mock.timers.tick(1);
  await settled();
  assert.equal(review.problem, "There is no review sample");
  assert.equal(review.progress.text, "");
});

test("another video forgets the steps, the same one anew does not", () => {
  const { review, panel } = setUp();
  review.steps = { undo: 2, redo: 0 };
  review.treeChanged();
  assert.equal(review.steps.undo, 2);
  panel.model = loaf({ sample: "other", review: structuredClone(REVIEW) });
  review.treeChanged();
  assert.equal(review.steps.undo, null);
});

test("changes are sent one by one, with the version that the one before has left", async () => {
  const answers = [];
  const asked = [];
  const queue = new EditQueue({
    ask: (method, params) => {
      asked.push([method, params.sample, params.version]);
      return new Promise((resolve) => answers.push(resolve));
    },
  });
  queue.setVersion("s", "v0");
  const first = queue.send("review_edit", "s", {});
  queue.send("review_edit", "s", {});
  queue.setVersion("s", "of a tree that was sent before");
  await settled();
  assert.equal(asked.length, 1);
  answers.shift()({ version: "v1" });
  await first;
  await settled();
  assert.deepEqual(asked, [["review_edit", "s", "v0"], ["review_edit", "s", "v1"]]);
});

test("a change that fails altogether does not stop those after it", async () => {
  let calls = 0;
  const queue = new EditQueue({ ask: async () => {
    calls += 1;
    if (calls === 1) throw new Error("gone");
    return { version: "v1" };
  } });
  assert.match((await queue.send("review_edit", "s", {})).problem, /did not answer/);
  assert.deepEqual(await queue.send("review_edit", "s", {}), { version: "v1" });
  assert.equal(queue.waiting, 0);
});

test("the next node is not hidden, and comes from the beginning after the last one", () => {
  const model = reviewed([0, 1, 0, 0, 0]);
  assert.equal(nextNotReviewed(model, A1), A2);
  assert.equal(nextNotReviewed(model, B), ROOT);
  model.hidden = new Set([ROOT, A2]);
  assert.equal(nextNotReviewed(model, A1), B);
  assert.equal(nextNotReviewed(reviewed([1, 1, 1, 0, 1]), A1), -1);
});

test("siblings follow each other up to the last", () => {
  const model = loaf();
  assert.deepEqual([ROOT, A, B, A1, A2].map((i) => nextSibling(model, i)), [-1, B, -1, A2, -1]);
});

test("reviews are told in words", () => {
  const model = reviewed([0, 3, 0, 2, 0], { edited: [A], reviewers: { [A]: "Ben" }, notes: { [A]: "Too short", [A2]: "?" } });
  assert.equal(describeReview(model, A), "fixed by Ben · changed by hand · note: Too short");
  assert.equal(describeReview(model, A1), "rejected");
  assert.equal(describeReview(model, A2), "note: ?");
  assert.equal(describeReview(model, B), "");
  assert.deepEqual(countReviewed(model), { reviewed: 2, total: 5 });
  assert.equal(progressText(131, 1918), "131 of 1,918 reviewed");
});

test("conflicts say how long ago they were", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  const told = (when) => describeConflict({ who: "Ben", when, what: "moved its end" }, now);
  assert.equal(told("2026-01-01T11:58:00Z"), "Ben, 2 minutes ago: moved its end");
  assert.equal(told("2025-12-31T12:00:00Z"), "Ben, yesterday: moved its end");
  assert.equal(told("lately"), "Ben, lately: moved its end");
  const conflict = { who: "Ben", when: "lately", what: "moved its end" };
  const some = (count) => describeConflicts(Array.from({ length: count }, () => ({ conflict, label: "Mix" })));
  assert.deepEqual([0, 1, 2, 3].map(some), [
    "", "Not saved “Mix”: Ben, lately: moved its end.",
    "Not saved “Mix”: Ben, lately: moved its end (and 1 more change of others).",
    "Not saved “Mix”: Ben, lately: moved its end (and 2 more changes of others).",
  ]);
});

test("keys are commands only while trees are reviewed", () => {
  const { review } = setUp();
  assert.equal(REVIEW_KEYS.a({ review }), true);
  review.on = false;
  assert.equal(REVIEW_KEYS.a({ review }), false);
});

test("no key of the review is another one's", () => {
  assert.deepEqual(Object.keys(REVIEW_KEYS).filter((key) => key in OWN_KEYS), []);
});

test("undo and redo have the keys that they have everywhere", () => {
  const press = (key, more) => modifiedCommand({
    key, ctrlKey: true, metaKey: false, altKey: false, shiftKey: false, ...more,
  });
  assert.equal(press("z"), "undo");
  assert.equal(press("Z", { shiftKey: true }), "redo");
  assert.equal(press("y"), "redo");
  assert.equal(press("z", { ctrlKey: false, metaKey: true }), "undo");
  assert.equal(press("z", { ctrlKey: false }), null);
  assert.equal(press("z", { altKey: true }), null);
});
