// The operators `show_tree_alone` and `leave_tree_alone`: the tree in place of the grid, with all the
// width of the App, and back to the video that it is of. What was beside the grid comes back then.

import { appGlobal, PLUGIN, runOperator } from "./app.js";
import { findPanel, TREE_PANEL } from "./show_tree_beside.js";

/** @import { Spaces } from "./types" */

/** The id of the layout of the grid, and what the App calls the panel of the samples there. */
export const GRID_SPACES = "fiftyone-spaces";
const SAMPLES_PANEL = "Samples";

/** @type {object | null} The layout of the grid before the tree took its place. */
let before = null;

/**
 * Whether a panel of the grid is in front of the samples.
 *
 * @param {Spaces | undefined} spaces
 * @param {string} type of the panel
 */
export function isAlone(spaces, type) {
  const node = spaces?.root && findPanel(spaces.root, type);
  if (!spaces || !node) return false;
  return spaces.root.children?.includes(node) === true && spaces.root.activeChild === node.id;
}

/**
 * Puts the tree in front of the samples, and all else out of the way.
 *
 * @param {Spaces} spaces
 */
export function putAlone(spaces) {
  const node = findPanel(spaces.root, TREE_PANEL);
  const samples = findPanel(spaces.root, SAMPLES_PANEL);
  if (!node || !samples) return;
  const { root } = spaces;
  for (const child of [...(root.children ?? [])]) {
    if (child !== node && child !== samples) root.children?.splice(root.children.indexOf(child), 1);
  }
  root.layout = undefined;
  root.sizes = undefined;
  if (samples.parent !== root) spaces.moveNode(samples, root);
  if (node.parent !== root) spaces.moveNode(node, root);
  spaces.setNodeActive(node);
}

/** Registers the operators; needs __foo__ and __fosp__. */
export function registerShowTreeAlone() {
  const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");
  const { useSpaces } = appGlobal("__fosp__");

  class ShowTreeAlone extends Operator {
    get config() {
      return new OperatorConfig({ name: "show_tree_alone", label: "Show the tree alone", unlisted: true });
    }

    useHooks() {
      const { spaces, updateSpaces } = useSpaces(GRID_SPACES);
      return { spaces, updateSpaces };
    }

    /**
     * @param {object} context
     * @param {{spaces: Spaces, updateSpaces: (change: (spaces: Spaces) => void) => void}} context.hooks
     * @param {{sample_id: string}} context.params
     */
    async execute({ hooks, params }) {
      if (!isAlone(hooks.spaces, TREE_PANEL)) before = hooks.spaces.toJSON();
      await runOperator("close_sample", {});
      await runOperator("set_selected_samples", { samples: [params.sample_id] });
      await runOperator("open_panel", { name: TREE_PANEL, isActive: true });
      hooks.updateSpaces(putAlone);
    }
  }

  class LeaveTreeAlone extends Operator {
    get config() {
      return new OperatorConfig({ name: "leave_tree_alone", label: "Show the tree and its video", unlisted: true });
    }

    useHooks() {
      return { updateSpaces: useSpaces(GRID_SPACES).updateSpaces };
    }

    /**
     * @param {object} context
     * @param {{updateSpaces: (change: object) => void}} context.hooks
     * @param {{sample_id: string, segment?: object, place?: string}} context.params `sample_id`: the video
     *   to open, at a segment, with the tree in a place
     */
    async execute({ hooks, params: { sample_id, segment, place } }) {
      if (before) hooks.updateSpaces(before);
      before = null;
      await runOperator(`${PLUGIN}/show_and_open`, { sample_id, segment });
      await runOperator(`${PLUGIN}/show_tree_beside`, { place });
    }
  }

  registerOperator(ShowTreeAlone, PLUGIN);
  registerOperator(LeaveTreeAlone, PLUGIN);
}
