import assert from "node:assert/strict";
import test from "node:test";

import { leaveOut, useListAgain } from "../../js/listed.js";

class Operator {
  constructor(uri, isUnlisted = false) {
    this.uri = uri;
    this.isUnlisted = isUnlisted;
  }

  get unlisted() {
    return this.isUnlisted;
  }
}

test("operators that cannot run here are not listed, until they can", () => {
  globalThis.window = { __foo__: { Operator } };
  const [walk, find, never] = [new Operator("walk"), new Operator("find"), new Operator("never", true)];
  const listed = () => [walk, find, never].filter(({ unlisted }) => !unlisted);
  assert.equal(leaveOut([]), false);
  assert.deepEqual(listed(), [walk, find]);
  assert.equal(leaveOut(["walk"]), true);
  assert.deepEqual(listed(), [find]);
  assert.equal(leaveOut(["walk"]), false);
  assert.equal(leaveOut(["find"]), true);
  assert.deepEqual(listed(), [walk]);
  assert.equal(leaveOut([]), true);
  assert.deepEqual(listed(), [walk, find]);
});

test("the App is told to list its operators anew, where it can be", () => {
  const counts = { availableOperatorsRefreshCount: 3, other: 1 };
  const set = ({ key }, change) => { counts[key] = change(counts[key]); };
  const nodes = Object.keys(counts).map((key) => ({ key }));
  let snapshot = { getNodes_UNSTABLE: () => nodes };
  globalThis.window = { recoil: { useRecoilCallback: (callback) => callback({ snapshot, set }) } };
  useListAgain()();
  assert.deepEqual(counts, { availableOperatorsRefreshCount: 4, other: 1 });
  snapshot = {};
  useListAgain()();
  assert.deepEqual(counts, { availableOperatorsRefreshCount: 4, other: 1 });
});

test("an App that cannot be asked, or cannot be told, lists all operators", () => {
  globalThis.window = { __foo__: { Operator }, recoil: { useRecoilCallback: (callback) => callback({ snapshot: {} }) } };
  const walk = new Operator("walk");
  assert.equal(leaveOut(["walk"]), true);
  useListAgain()();
  assert.equal(walk.unlisted, false);
});
