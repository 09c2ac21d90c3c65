import assert from "node:assert/strict";
import test from "node:test";

import { Asking } from "../../js/asking.js";

/** Questions whose answers are given by hand. */
function byHand() {
  const asked = [];
  const shown = [];
  const answers = new Map();
  const ask = (question) =>
    new Promise((resolve, reject) => {
      asked.push(question);
      answers.set(question, { resolve, reject });
    });
  return { asked, shown, answers, asking: new Asking(ask, (answer) => shown.push(answer), { wait: 5, slowest: 50 }) };
}

/** Lets everything that waits for nothing happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const until = async (condition) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
};

test("while someone types, only the last text is asked", async () => {
  const { asked, asking } = byHand();
  for (const text of ["b", "be", "bea", "beat"]) asking.soon(text);
  assert.deepEqual(asked, []);
  await until(() => asked.length);
  assert.deepEqual(asked, ["beat"]);
});

test("one question is under way at a time, and the last that came meanwhile is next", async () => {
  const { asked, shown, answers, asking } = byHand();
  asking.now("one");
  asking.now("two");
  asking.now("three");
  assert.deepEqual(asked, ["one"]);
  answers.get("one").resolve("1");
  await settle();
  assert.deepEqual(asked, ["one", "three"]);
  assert.deepEqual(shown, [], "an answer that has been overtaken is not shown");
  answers.get("three").resolve("3");
  await settle();
  assert.deepEqual(shown, ["3"]);
});

test("an answer to what is no longer in the box is dropped", async () => {
  const { shown, answers, asking } = byHand();
  asking.now("one");
  asking.cancel();
  assert.equal(asking.isBusy, false);
  answers.get("one").resolve("1");
  await settle();
  assert.deepEqual(shown, []);
  asking.now("two");
  assert.equal(asking.isBusy, true);
  answers.get("two").resolve("2");
  await settle();
  assert.deepEqual(shown, ["2"]);
});

test("what is typed while an answer is awaited is asked after it, and the answer is dropped", async () => {
  const { asked, shown, answers, asking } = byHand();
  asking.now("one");
  asking.soon("two");
  answers.get("one").resolve("1");
  await until(() => asked.length === 2);
  answers.get("two").resolve("2");
  await settle();
  assert.deepEqual(shown, ["2"]);
});

test("a question that fails or is never answered is answered with nothing", async () => {
  const { shown, answers, asking } = byHand();
  asking.now("one");
  answers.get("one").reject(new Error("gone"));
  await settle();
  asking.now("two");
  await until(() => shown.length === 2);
  assert.deepEqual(shown, [null, null]);
});
