import assert from "node:assert/strict";
import test from "node:test";

import { submitOnEnter } from "../../js/submit.js";

class Input {
  constructor(title, type = "text", role = null) {
    Object.assign(this, { title, type, role });
  }

  getAttribute() {
    return this.role;
  }

  closest() {
    return this.title === null ? null : { textContent: this.title };
  }
}

test("Enter in a line of our forms presses their button", () => {
  const listeners = [];
  const sent = [];
  globalThis.HTMLInputElement = Input;
  globalThis.KeyboardEvent = class { constructor(type, more) { Object.assign(this, { type, ...more }); } };
  globalThis.document = { addEventListener: (_, listen) => listeners.push(listen), dispatchEvent: (e) => sent.push(e) };
  submitOnEnter();
  /** Presses a key; returns whether a form was submitted. */
  const submits = (target, key = "Enter", more = {}) => {
    sent.length = 0;
    listeners[0]({ target, key, preventDefault() {}, ...more });
    return sent.length === 1 && sent[0].ctrlKey && sent[0].key === "Enter";
  };
  assert.ok(submits(new Input("Captions: findFind")));
  assert.ok(submits(new Input("Tree: granularity by level", "number")));
  assert.ok(!submits(new Input("Captions: find"), "a"));
  assert.ok(!submits(new Input("Captions: find"), "Enter", { ctrlKey: true })); // the App does that
  assert.ok(!submits(new Input("Captions: find"), "Enter", { isComposing: true }));
  assert.ok(!submits(new Input("Captions: find", "text", "combobox")));
  assert.ok(!submits(new Input("Captions: find", "checkbox")));
  assert.ok(!submits(new Input("Clone sample field"))); // one of the App's own
  assert.ok(!submits(new Input(null)));
  assert.ok(!submits({}));
});
