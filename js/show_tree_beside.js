// The operator `show_tree_beside`: the App opens a panel in a tab in front of the video, where one
// hides the other. This operator puts the panel beside the video or under it; the App's own
// `split_panel` works in the grid only.

import { appGlobal, PLUGIN, runOperator, sleep } from "./app.js";
import { giveKeysToTree } from "./enter_tree.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { SpaceNode, Spaces } from "./types" */

/** @typedef {"beside" | "below"} Place where the panels are: beside the video, or under it */

/** The id of the layout of the open sample. */
export const MODAL_SPACES = "fiftyone-modal-spaces";
/** What the App calls the panel of the open sample. */
export const SAMPLE_PANEL = "fo-sample-modal-plugin";
/** What Python calls the panel of the tree. */
export const TREE_PANEL = "tree_of_captions";
/** The panels that this operator puts beside the video or under it: all into the same place, as tabs. */
const PANELS = [TREE_PANEL, "action100m_search"];
/** How long the App is given to draw a layout, in milliseconds, and how often that is waited for. */
const RENDER_MS = 50;
const MOST_TRIES = 60;
/** The first shares of the video and the panels: beside each other, and under each other. */
const FIRST = { horizontal: [0.46, 0.54], vertical: [0.42, 0.58] };

/**
 * Finds the node of a panel in a layout.
 *
 * @param {SpaceNode} node
 * @param {string} type
 * @returns {SpaceNode | null}
 */
export function findPanel(node, type) {
  if (node.type === type) return node;
  for (const child of node.children ?? []) {
    const found = findPanel(child, type);
    if (found) return found;
  }
  return null;
}

/**
 * Returns what tells which layout the open sample has now; needs React and __fosp__.
 *
 * @returns {() => Spaces}
 */
function useLatestSpaces() {
  const { spaces } = appGlobal("__fosp__").useSpaces(MODAL_SPACES);
  const latest = appGlobal("React").useRef(spaces);
  latest.current = spaces;
  return () => latest.current;
}

/** Returns what tells whether the open sample has its layout; needs React and __fosp__. */
export function useHasLayout() {
  const latest = useLatestSpaces();
  return () => findPanel(latest().root, SAMPLE_PANEL) !== null;
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

/** Returns where a person had the panels last. */
export function chosenPlace() {
  return readSettings().place === "below" ? "below" : "beside";
}

/**
 * Returns the part of a layout that has the video on its one side and a panel on its other side.
 *
 * @param {SpaceNode | null} sample the open sample's node
 * @param {SpaceNode | null} panel
 * @returns {SpaceNode | null} null if they are tabs of one place, or one of them is not there
 */
function splitOf(sample, panel) {
  for (let node = sample?.parent; node; node = node.parent) {
    if (panel && node.layout && findPanel(node, panel.type ?? "")) return node;
  }
  return null;
}

/**
 * Returns where a panel is; null if it is a tab in front of the video or behind it.
 *
 * @param {{root?: SpaceNode} | undefined} spaces
 * @param {string} type of the panel
 * @returns {Place | null}
 */
export function placeOf(spaces, type) {
  if (!spaces?.root) return null;
  const split = splitOf(findPanel(spaces.root, SAMPLE_PANEL), findPanel(spaces.root, type));
  return split && (split.layout === "vertical" ? "below" : "beside");
}

/**
 * Puts a panel beside the video or under it, with the others that belong there, and brings both to
 * the front. Each of the two places keeps the sizes that a person has given it. A layout whose parts
 * have sizes is not turned: see `takeSizes`.
 *
 * The layout that the App keeps for the next open sample has all of them as tabs over the video.
 *
 * @param {Spaces} spaces
 * @param {string} type of the panel
 * @param {Place} place
 */
export function putBeside(spaces, type, place) {
  const node = findPanel(spaces.root, type);
  if (!node?.parent) return;
  const layout = layoutOf(place);
  const sample = findPanel(spaces.root, SAMPLE_PANEL);
  const panels = PANELS.map((each) => findPanel(spaces.root, each)).filter((panel) => panel !== null);
  let target = panels.map(({ parent }) => parent).find((parent) => parent && parent !== sample?.parent);
  if (!target && spaces.canSplitLayout(node.parent)) {
    spaces.splitLayout(node.parent, layout, node);
    target = node.parent;
    setSizes(splitOf(sample, node), layout);
  }
  for (const panel of panels) {
    if (target && panel.parent !== target && panel.parent === sample?.parent) spaces.moveNode(panel, target);
  }
  const split = splitOf(sample, node);
  if (split && split.layout !== layout && !split.sizes) {
    split.layout = layout;
    setSizes(split, layout);
  }
  if (sample) spaces.setNodeActive(sample);
  spaces.setNodeActive(node);
}

/**
 * Keeps the sizes of a layout that is about to be turned, and takes them off it: the App would give
 * them to the parts that it has not yet made anew, and fail.
 *
 * @param {Spaces} spaces
 * @param {string} type of the panel
 * @param {Place} place
 */
function takeSizes(spaces, type, place) {
  const split = turns(spaces, type, place);
  if (!split?.layout) return;
  if (split.sizes) keepSettings({ sizes: { ...readSettings().sizes, [split.layout]: split.sizes } });
  split.sizes = undefined;
}

/**
 * Returns the part of a layout that is turned when a panel comes to a place, if any.
 *
 * @param {Spaces} spaces
 * @param {string} type of the panel
 * @param {Place} place
 */
function turns(spaces, type, place) {
  const split = splitOf(findPanel(spaces.root, SAMPLE_PANEL), findPanel(spaces.root, type));
  return split && split.layout !== layoutOf(place) ? split : null;
}

/** @param {Place} place */
function layoutOf(place) {
  const { Horizontal, Vertical } = appGlobal("__fosp__").Layout;
  return place === "below" ? Vertical : Horizontal;
}

/**
 * Gives the parts of a layout the sizes that they had last.
 *
 * @param {SpaceNode | null} split
 * @param {string} layout
 */
function setSizes(split, layout) {
  const first = layout === "vertical" ? FIRST.vertical : FIRST.horizontal;
  if (split?.children?.length === 2) split.sizes = readSettings().sizes?.[layout] ?? first;
}

/**
 * @typedef {object} Hooks what the App has now
 * @property {() => Spaces} spaces
 * @property {(change: (spaces: Spaces) => void) => void} update
 * @property {(place: Place) => void} setSidebar
 */

/**
 * Returns what takes the open sample's sidebar away when a person puts the tree under the video, where
 * it has all the width then, and brings it back when the tree leaves that place.
 *
 * @returns {(place: Place) => void}
 */
function useSidebar() {
  const { recoil, __fos__ } = window;
  const sidebar = __fos__?.sidebarVisible?.(true);
  if (!recoil || !sidebar) return () => {};
  return recoil.useRecoilCallback(
    ({ set, snapshot }) => (/** @type {Place} */ place) => {
      const hides = place === "below" && snapshot.getLoadable(sidebar).contents === true;
      const shows = place === "beside" && readSettings().sidebar === true;
      if (hides || shows) {
        set(sidebar, shows);
        keepSettings({ sidebar: hides });
      }
    },
    [],
  );
}

/**
 * Waits for a panel that is being opened. One that does not come is opened again: the App may write the
 * layout that it had when it began to open the panel over the one that has it.
 *
 * @param {Hooks} hooks
 * @param {string} panel
 */
async function opened(hooks, panel) {
  for (let i = 0; i < MOST_TRIES; i++) {
    if (findPanel(hooks.spaces().root, panel)) return;
    await sleep(RENDER_MS);
  }
  await runOperator("open_panel", { name: panel, isActive: true });
  await sleep(RENDER_MS);
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
      return {
        spaces: useLatestSpaces(),
        update: useSpaces(MODAL_SPACES).updateSpaces,
        setSidebar: useSidebar(),
      };
    }

    async resolveInput() {
      const inputs = new types.Object();
      inputs.str("panel", { label: "Panel", required: false });
      inputs.str("place", { label: "Place", required: false });
      return new types.Property(inputs);
    }

    /**
     * @param {object} context
     * @param {Hooks} context.hooks
     * @param {{panel?: string, place?: Place}} context.params `place`: by default where a person
     *   had the panels last
     */
    async execute({ hooks, params }) {
      const place = params.place ?? chosenPlace();
      keepSettings({ place });
      if (params.place) hooks.setSidebar(place);
      const panel = params.panel ?? TREE_PANEL;
      if (panel === TREE_PANEL && !params.place) giveKeysToTree();
      await opened(hooks, panel);
      hooks.update((spaces) => putBeside(spaces, panel, place));
      await sleep(RENDER_MS);
      // While it draws, the App may have given sizes to the parts again.
      for (let i = 0; i < MOST_TRIES && turns(hooks.spaces(), panel, place); i++) {
        hooks.update((spaces) => takeSizes(spaces, panel, place));
        await sleep(RENDER_MS);
        if (turns(hooks.spaces(), panel, place)?.sizes) continue; // it is still drawn with its sizes
        hooks.update((spaces) => putBeside(spaces, panel, place));
        await sleep(RENDER_MS);
      }
    }
  }

  registerOperator(ShowTreeBeside, PLUGIN);
}
