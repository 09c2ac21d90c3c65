import assert from "node:assert/strict";
import test from "node:test";

import { registerProgress } from "../../js/progress.js";

test("a job's dialog can be hidden for the rest of the job, and closes with it", async () => {
  const operators = {};
  const shown = [];
  let dialog = null;
  const button = { textContent: "Done", click() { dialog = null; } };
  globalThis.document = { querySelector: () => dialog };
  globalThis.window = {
    __foo__: {
      Operator: class {},
      OperatorConfig: class { constructor(config) { Object.assign(this, config); } },
      registerOperator: (Type) => { const made = new Type(); operators[made.config.name] = made; },
      executeOperator: (name, params, { callback }) => {
        shown.push([name, params.progress]);
        setTimeout(() => { dialog = { querySelector: () => button }; }, 20); // React is late
        callback();
      },
    },
  };
  registerProgress();
  const show = (progress) => operators.show_progress.execute({ params: { label: "Checking", progress } });
  const close = () => operators.close_progress.execute({ params: {} });
  // The App starts them all at once.
  await Promise.all([show(0.1), show(0.5), close()]);
  assert.deepEqual(shown, [["set_progress", 0.1], ["set_progress", 0.5]]);
  assert.equal(dialog, null);
  assert.equal(button.textContent, "Hide");
  await show(0.1);
  button.click(); // a person hides it
  await show(0.9);
  assert.equal(dialog, null);
  await close();
  await show(0.2); // of the next job
  assert.notEqual(dialog, null);
});
