// The operator `show_tree_beside`: the App puts a panel of the modal into a tab over the video, so
// that one hides the other. This splits the two; the App's own split_panel reaches only the grid.

const MODAL_SPACES = "fiftyone-modal-spaces";
const TREE_PANEL = "tree_of_captions";
/** What the App calls the panel of the open sample. */
const SAMPLE_PANEL = "fo-sample-modal-plugin";

/** Finds the node of a panel in the App's layout. */
function findPanel(node, type) {
  if (node.type === type) return node;
  for (const child of node.children || []) {
    const found = findPanel(child, type);
    if (found) return found;
  }
  return null;
}

/** Whether a panel of a layout is in a tab that another tab is in front of. */
function isCovered(spaces, type) {
  const node = spaces && spaces.root ? findPanel(spaces.root, type) : null;
  return Boolean(node && node.parent && node.parent.activeChild && node.parent.activeChild !== node.id);
}

/** Registers the operator; needs __foo__ and __fosp__. */
function registerBeside() {
  const { Operator, OperatorConfig, registerOperator } = window.__foo__;
  const { useSpaces, Layout } = window.__fosp__;

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

    async execute({ hooks }) {
      hooks.update((spaces) => {
        const node = findPanel(spaces.root, TREE_PANEL);
        if (!node) return;
        if (node.parent && spaces.canSplitLayout(node.parent)) {
          spaces.splitLayout(node.parent, Layout.Horizontal, node);
        } else spaces.setNodeActive(node);
      });
    }
  }

  registerOperator(ShowTreeBeside, PLUGIN);
}
