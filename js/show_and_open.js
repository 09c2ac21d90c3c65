// The operator `show_and_open`: shows a view, then opens one of its samples.
//
// The App looks the open sample up in the view that it has at that moment, and its page fails if the
// sample is not there. A new view arrives some time after it was set. So a sample that is open is
// closed first, and the other one is opened only when the view has arrived.

import { appGlobal, PLUGIN, runOperator, sleep } from "./app.js";

/** @import { Stage } from "./types" */

/** How long the App may take to close a sample, and to show a view, in seconds. */
const VIEW_SECONDS = 30;

/**
 * Waits until a condition holds.
 *
 * @param {() => boolean} condition
 * @param {string} failure what to say if it does not come to hold
 */
async function until(condition, failure) {
  const deadline = performance.now() + VIEW_SECONDS * 1000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(failure);
    await sleep(50);
  }
}

/**
 * Returns the same text for equal views: what the App adds to the stages is left out.
 *
 * @param {Stage[] | null | undefined} stages
 */
export function viewKey(stages) {
  return JSON.stringify(
    (stages ?? []).map(({ _cls, kwargs }) => [_cls, kwargs.filter(([name]) => !name.startsWith("_"))]),
  );
}

/**
 * @typedef {object} Params
 * @property {Stage[]} view
 * @property {object[]} [labels] to select
 * @property {string} [sample_id] to open
 * @property {number} [frame] to go to
 */

/** Registers the operator; needs __foo__, recoil and __fos__. */
export function registerShowAndOpen() {
  const { Operator, OperatorConfig, registerOperator, types } = appGlobal("__foo__");

  class ShowAndOpen extends Operator {
    get config() {
      return new OperatorConfig({
        name: "show_and_open",
        label: "Show a view, and open one of its samples",
        unlisted: true,
      });
    }

    async resolveInput() {
      const inputs = new types.Object();
      inputs.list("view", new types.Object(), { label: "Stages", required: true });
      inputs.str("sample_id", { label: "Sample", required: false });
      inputs.int("frame", { label: "Frame", required: false });
      return new types.Property(inputs);
    }

    useHooks() {
      const { useRecoilCallback } = appGlobal("recoil");
      const { view, modalSelector } = window.__fos__ ?? {};
      // Snapshots are taken when they are asked for.
      return {
        view: useRecoilCallback(({ snapshot }) => () => view && snapshot.getLoadable(view).contents, []),
        modal: useRecoilCallback(
          ({ snapshot }) => () => modalSelector && snapshot.getLoadable(modalSelector).contents,
          [],
        ),
      };
    }

    /**
     * @param {object} context
     * @param {{view: () => Stage[] | null | undefined, modal: () => unknown}} context.hooks
     * @param {Params} context.params
     */
    async execute({ hooks, params }) {
      if (hooks.modal()) {
        await runOperator("close_sample", {});
        await until(() => !hooks.modal(), "The open sample was not closed: close it and try again");
      }
      const before = viewKey(hooks.view());
      if (before !== viewKey(params.view)) {
        await runOperator("set_view", { view: params.view });
        await until(() => viewKey(hooks.view()) !== before, "The App did not show the view: try again");
      }
      if (params.labels?.length) await runOperator("set_selected_labels", { labels: params.labels });
      if (!params.sample_id) return;
      await runOperator("open_sample", { id: params.sample_id });
      if (params.frame) {
        const seek = { frame: params.frame, sample_id: params.sample_id };
        await runOperator(`${PLUGIN}/seek_to_frame`, seek);
      }
    }
  }

  registerOperator(ShowAndOpen, PLUGIN);
}
