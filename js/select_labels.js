// The operator `select_labels`: the App's own `set_selected_labels` sends labels without their type. A Python
// session (`fo.launch_app`) fails at these, connects again ten seconds later, and has the App go back to the
// view that it knew.

import { appGlobal, PLUGIN, runOperator } from "./app.js";

/** @typedef {{label_id: string, sample_id: string, field: string}} Label */
/** @typedef {{labelId: string, sampleId: string, field: string, type: string}} SelectedLabel as the App has it */

/** Registers the operator; needs __foo__ and __fos__. */
export function registerSelectLabels() {
  const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");

  class SelectLabels extends Operator {
    get config() {
      return new OperatorConfig({ name: "select_labels", label: "Select labels", unlisted: true });
    }

    useHooks() {
      return { select: window.__fos__?.useSetSelectedLabels?.() };
    }

    /** @param {{hooks: {select?: (labels: SelectedLabel[]) => void}, params: {labels: Label[]}}} context */
    async execute({ hooks, params: { labels } }) {
      if (!hooks.select) {
        await runOperator("set_selected_labels", { labels });
        return;
      }
      hooks.select(labels.map(({ label_id, sample_id, field }) => (
        { labelId: label_id, sampleId: sample_id, field, type: "default" }
      )));
    }
  }

  registerOperator(SelectLabels, PLUGIN);
}
