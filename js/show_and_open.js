// The operator `show_and_open`: shows a view, then opens one of its samples, at a segment if wanted.
//
// The App looks the open sample up in the view that it has at that moment, and its page fails if the
// sample is not there. A new view arrives some time after it was set. So a sample that is open is
// closed first, and the other one is opened only when the view has arrived.

import { appGlobal, PLUGIN, runOperator, sleep } from "./app.js";
import { forgetHandedOver, handedOver, handOver } from "./hand_over.js";
import { TREE_PANEL, useHasLayout } from "./show_tree_beside.js";

/** @import { HandedSegment, Stage } from "./types" */

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
 * @property {Stage[] | null} [view] the current one if left out
 * @property {string[] | null} [fields] to tick in the sidebar, of the grid if the view changes, and of
 *   the open sample
 * @property {string[]} [selected] the samples to select
 * @property {object[]} [labels] to select
 * @property {string} [sample_id] to open
 * @property {number} [frame] to go to
 * @property {Omit<HandedSegment, "sample" | "ready">} [segment] to show in the tree beside the video
 */

/** Opens the tree beside the video: as a tab over it, as the App would split the video's place. */
async function openTree() {
  await runOperator("open_panel", { name: TREE_PANEL, isActive: true });
  await runOperator(`${PLUGIN}/show_tree_beside`, {});
}

/**
 * @typedef {object} Hooks what the App has now
 * @property {() => Stage[] | null | undefined} view
 * @property {() => {id?: string} | null | undefined} modal the open sample
 * @property {() => boolean} hasLayout whether it is on the page, with its panels
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
      inputs.list("view", new types.Object(), { label: "Stages", required: false });
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
        hasLayout: useHasLayout(),
      };
    }

    /**
     * @param {object} context
     * @param {Hooks} context.hooks
     * @param {Params} context.params
     */
    async execute({ hooks, params }) {
      const { view, fields, selected, labels, sample_id, frame, segment } = params;
      const before = viewKey(hooks.view());
      const changes = Boolean(view) && before !== viewKey(view);
      const isOpen = !changes && sample_id && hooks.modal()?.id === sample_id;
      if (hooks.modal() && !isOpen) {
        await runOperator("close_sample", {});
        await until(() => !hooks.modal(), "The open sample was not closed: close it and try again");
      }
      if (changes) {
        await runOperator("set_view", { view });
        await until(() => viewKey(hooks.view()) !== before, "The App did not show the view: try again");
      }
      if (fields && view) await runOperator("set_active_fields", { fields }); // of the grid
      if (selected?.length) await runOperator("set_selected_samples", { samples: selected });
      if (labels?.length) await runOperator(`${PLUGIN}/select_labels`, { labels });
      if (!sample_id) return;
      const handed = segment && { ...segment, sample: sample_id, ready: false };
      if (handed) handOver(handed);
      else forgetHandedOver(sample_id);
      if (!isOpen) await runOperator("open_sample", { id: sample_id });
      await until(() => Boolean(hooks.modal()) && hooks.hasLayout(), "The App did not open the sample: try again");
      if (handed) onceClosed(() => forgetHandedOver(sample_id));
      leaveCovered();
      if (fields) await runOperator(`${PLUGIN}/tick_fields`, { fields });
      const seek = () => runOperator(`${PLUGIN}/seek_to_frame`, { frame, sample_id });
      if (!hooks.modal()) return; // it was closed meanwhile: a panel would open in the grid
      await Promise.all([frame && seek(), handed && openTree()]);
      if (handed && handedOver(sample_id)) handOver({ ...handed, ready: true });
    }
  }

  registerOperator(ShowAndOpen, PLUGIN);
}

/**
 * Takes the focus from what the open sample covers, where keys would go unseen, and gives it back once
 * the sample is closed.
 */
function leaveCovered() {
  const { activeElement: covered, body } = document;
  const modal = document.getElementById("modal");
  if (!modal || !(covered instanceof HTMLElement) || covered === body || modal.contains(covered)) return;
  covered.blur();
  onceClosed(() => {
    if (document.activeElement === body) covered.focus({ preventScroll: true });
  });
}

/**
 * Calls a function once the open sample is closed.
 *
 * @param {() => void} act
 */
function onceClosed(act) {
  const modal = document.getElementById("modal");
  const watch = new MutationObserver(() => {
    if (modal?.childElementCount) return;
    watch.disconnect();
    act();
  });
  if (modal) watch.observe(modal, { childList: true });
}
