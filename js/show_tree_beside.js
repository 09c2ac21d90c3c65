// The operator `show_tree_beside`: the App opens a panel in a tab in front of the video, where one
// hides the other. This operator puts the two side by side; the App's own `split_panel` works in the
// grid only.

import { appGlobal, PLUGIN } from "./app.js";

/** @import { SpaceNode, Spaces } from "./types" */

/** The id of the layout of the open sample. */
export const MODAL_SPACES = "fiftyone-modal-spaces";
/** What the App calls the panel of the open sample. */
export const SAMPLE_PANEL = "fo-sample-modal-plugin";
/** What Python calls the panel of the tree. */
export const TREE_PANEL = "tree_of_captions";
/** The panels that this operator puts beside the video: all into the same place, as tabs. */
const BESIDE = [TREE_PANEL, "action100m_search"];

/**
 * Finds the node of a panel in a layout.
 *
 * @param {SpaceNode} node
 * @param {string} type
 * @returns {SpaceNode | null}
 */
function findPanel(node, type) {
  if (node.type === type) return node;
  for (const child of node.children ?? []) {
    const found = findPanel(child, type);
    if (found) return found;
  }
  return null;
}

/** Returns what tells whether the open sample has its layout; needs React and __fosp__. */
export function useHasLayout() {
  const { spaces } = appGlobal("__fosp__").useSpaces(MODAL_SPACES);
  const latest = appGlobal("React").useRef(spaces);
  latest.current = spaces;
  return () => findPanel(latest.current.root, SAMPLE_PANEL) !== null;
}

/**
 * Whether a panel is in a tab that has another tab in front of it.
 *
 * @param {{root?: SpaceNode} | undefined} spaces
 * @param {string} type
 */
export function isCovered(spaces, type) {
  const node = spaces?.root && findPanel(spaces.root, type);
  return Boolean(node?.parent?.activeChild && node.parent.activeChild !== node.id);
}

/**
 * Puts a panel beside the video, with the others that belong there, and brings both to the front.
 *
 * The layout that the App keeps for the next open sample has all of them as tabs over the video.
 *
 * @param {Spaces} spaces
 * @param {string} type of the panel
 */
export function putBeside(spaces, type) {
  const node = findPanel(spaces.root, type);
  if (!node?.parent) return;
  const sample = findPanel(spaces.root, SAMPLE_PANEL);
  const panels = BESIDE.map((each) => findPanel(spaces.root, each)).filter((panel) => panel !== null);
  let place = panels.map(({ parent }) => parent).find((parent) => parent && parent !== sample?.parent);
  if (!place && spaces.canSplitLayout(node.parent)) {
    spaces.splitLayout(node.parent, appGlobal("__fosp__").Layout.Horizontal, node);
    place = node.parent;
  }
  for (const panel of panels) {
    if (place && panel.parent !== place && panel.parent === sample?.parent) spaces.moveNode(panel, place);
  }
  if (sample) spaces.setNodeActive(sample);
  spaces.setNodeActive(node);
}

/** Registers the operator; needs __foo__ and __fosp__. */
export function registerShowTreeBeside() {
  const { Operator, OperatorConfig, registerOperator, types } = appGlobal("__foo__");
  const { useSpaces } = appGlobal("__fosp__");

  class ShowTreeBeside extends Operator {
    get config() {
      return new OperatorConfig({
        name: "show_tree_beside",
        label: "Show the tree beside the video",
        unlisted: true,
      });
    }

    useHooks() {
      return { update: useSpaces(MODAL_SPACES).updateSpaces };
    }

    async resolveInput() {
      const inputs = new types.Object();
      inputs.str("panel", { label: "Panel", required: false });
      return new types.Property(inputs);
    }

    /**
     * @param {object} context
     * @param {{update: (change: (spaces: Spaces) => void) => void}} context.hooks
     * @param {{panel?: string}} context.params
     */
    async execute({ hooks, params }) {
      hooks.update((spaces) => putBeside(spaces, params.panel ?? TREE_PANEL));
    }
  }

  registerOperator(ShowTreeBeside, PLUGIN);
}
