import assert from "node:assert/strict";
import test, { mock } from "node:test";

import { Selection } from "../../js/selection.js";

/** An App that selects when it is told to. */
function makeApp() {
  const app = {
    asked: [],
    answers: [],
    selected: [],
    select: (node) => {
      app.asked.push(node);
      return new Promise((resolve) => app.answers.push(resolve));
    },
    labels: () => app.selected,
  };
  return app;
}

/** A selection, and the nodes that it has pinned. */
function setUp(app = makeApp()) {
  const pinned = [];
  return { app, pinned, selection: new Selection(app, (node) => pinned.push(node)) };
}

/** Has the App report that a label is selected. */
function report({ app, selection }, label, node) {
  app.selected = label === null ? [] : [label];
  return selection.report({ label, node });
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test.beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
test.afterEach(() => mock.timers.reset());

test("a caption that is selected in the App pins its node", () => {
  const parts = setUp();
  assert.equal(report(parts, "L1", "a"), true);
  assert.deepEqual(parts.pinned, ["a"]);
});

test("what the App repeats is no news, and a label of no tree pins nothing", () => {
  const parts = setUp();
  report(parts, "L1", "a");
  report(parts, "L1", "a");
  report(parts, "L2", null);
  report(parts, null, null);
  assert.deepEqual(parts.pinned, ["a"]);
});

test("a report that another one has overtaken is dropped", () => {
  const { app, pinned, selection } = setUp();
  app.selected = ["L2"];
  assert.equal(selection.report({ label: "L1", node: "a" }), false);
  assert.equal(selection.report({ label: null, node: null }), false);
  assert.deepEqual(pinned, []);
});

test("reports are believed where the App's labels cannot be known", () => {
  const { app, pinned, selection } = setUp();
  app.labels = () => null;
  assert.equal(selection.report({ label: "L1", node: "a" }), true);
  assert.deepEqual(pinned, ["a"]);
});

test("a walk selects only where it ends", () => {
  const { app, selection } = setUp();
  for (const node of ["a", "b", "c"]) {
    selection.selectSoon(node);
    mock.timers.tick(100);
  }
  mock.timers.tick(200);
  assert.deepEqual(app.asked, ["c"]);
});

test("what was only just asked for can be cancelled", () => {
  const { app, selection } = setUp();
  selection.selectSoon("a");
  selection.cancel();
  mock.timers.tick(1000);
  assert.deepEqual(app.asked, []);
});

test("while one request is under way, only the last of the others follows", async () => {
  const { app, selection } = setUp();
  selection.select("a");
  selection.select("b");
  selection.select("c");
  assert.deepEqual(app.asked, ["a"]);
  app.answers.shift()("La");
  await settled();
  assert.deepEqual(app.asked, ["a", "c"]);
});

test("the panel's own selections come back as echoes that pin nothing", async () => {
  const parts = setUp();
  const { app, pinned, selection } = parts;
  selection.select("a");
  app.answers.shift()("La");
  await settled();
  selection.select("b");
  report(parts, "La", "a"); // late: b is pinned by now
  app.answers.shift()("Lb");
  await settled();
  report(parts, "Lb", "b");
  assert.deepEqual(pinned, []);
  report(parts, "La", "a"); // this time somebody selected it
  assert.deepEqual(pinned, ["a"]);
});

test("a node without a caption leaves no echo to wait for", async () => {
  const parts = setUp();
  parts.selection.select("bare");
  parts.app.answers.shift()(null);
  await settled();
  report(parts, "Lx", "bare");
  assert.deepEqual(parts.pinned, ["bare"]);
});

test("what is selected already is not reported again, so that it is no echo", async () => {
  const parts = setUp();
  report(parts, "La", "a");
  parts.selection.select("a");
  parts.app.answers.shift()("La");
  await settled();
  report(parts, "Lb", "b");
  report(parts, "La", "a");
  assert.deepEqual(parts.pinned, ["a", "b", "a"]);
});

test("an echo that never comes is forgotten", async () => {
  const parts = setUp();
  parts.selection.select("a");
  parts.app.answers.shift()("La");
  await settled();
  mock.timers.tick(2999);
  assert.equal(parts.selection.echoes.size, 1);
  mock.timers.tick(1);
  assert.equal(parts.selection.echoes.size, 0);
});

test("what is reported late pins nothing once the panel has moved on", async () => {
  const parts = setUp();
  const { app, pinned, selection } = parts;
  selection.select("a");
  selection.moveOn();
  app.answers.shift()("La");
  await settled();
  mock.timers.tick(60_000);
  report(parts, "La", "a");
  assert.deepEqual(pinned, []);
  report(parts, "Lb", "b");
  assert.deepEqual(pinned, ["b"]);
});

test("a selection is forgotten with its tree", async () => {
  const { app, selection } = setUp();
  selection.select("a");
  selection.select("b");
  selection.selectSoon("c");
  selection.reset();
  app.answers.shift()("La");
  await settled();
  mock.timers.tick(1000);
  assert.deepEqual(app.asked, ["a"]);
});
