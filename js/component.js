// Registers the panel with the App, as a React component that only hands things on.

import { appGlobal, missingGlobals, PLUGIN } from "./app.js";
import { TreePanel } from "./panel.js";
import { GRID_SPACES, isAlone } from "./show_tree_alone.js";
import { isCovered, MODAL_SPACES, placeOf, SAMPLE_PANEL, TREE_PANEL } from "./show_tree_beside.js";

/** @import { Answers, Host, Palette, SelectedCaption, TriggerPanelEvent } from "./types" */

/** What Python calls the component. */
const COMPONENT = "Action100MTreeOfCaptions";

/**
 * @typedef {object} Props what the App hands to the component
 * @property {{tree?: string, palette?: Palette, view?: string, selected?: SelectedCaption}} [data]
 * @property {{view?: Record<string, string>}} [schema] the URIs of the panel's methods, by name
 */
/**
 * @typedef {object} Latest what a component was rendered with last
 * @property {TriggerPanelEvent | null} trigger
 * @property {{labelId: string}[] | null} labels
 * @property {Record<string, string>} methods
 */

/** Registers the component; needs React and __fop__. */
export function registerTree() {
  const React = appGlobal("React");
  const { registerComponent, PluginComponentType } = appGlobal("__fop__");
  const { useLooker, useLabels, useLayout, useTrigger } = appHooks();

  /** @param {Props} props */
  function TreeOfCaptions({ data = {}, schema }) {
    /** @type {{current: HTMLDivElement | null}} */
    const place = React.useRef(null);
    /** @type {{current: TreePanel | null}} */
    const panel = React.useRef(null);
    const looker = useLooker();
    const labels = useLabels();
    const { covered, place: where, alone } = useLayout();
    const trigger = useTrigger();
    const latest = React.useRef(/** @type {Latest} */ ({ trigger, labels, methods: {} }));
    latest.current = { trigger, labels, methods: schema?.view ?? {} };
    const { tree, palette, view, selected } = data;
    const hasPalette = Boolean(palette);

    React.useEffect(() => {
      if (!place.current) return;
      const made = new TreePanel(place.current, hostOf(latest));
      panel.current = made;
      return () => {
        panel.current = null;
        made.destroy();
      };
    }, []);
    React.useEffect(() => {
      if (tree && palette) panel.current?.setTree(JSON.parse(tree), palette);
      else panel.current?.setTree(null, null);
    }, [tree, hasPalette]);
    React.useEffect(() => panel.current?.setLooker(looker), [looker]);
    React.useEffect(() => panel.current?.player.setCovered(covered), [covered]);
    React.useEffect(() => panel.current?.layouts.setFound({ place: where, alone }), [where, alone]);
    React.useEffect(() => {
      panel.current?.hidden.refresh(view);
    }, [tree, view, hasPalette]);
    React.useEffect(() => panel.current?.current.setSelected(selected), [selected, labels]);

    return React.createElement("div", { ref: place });
  }

  registerComponent({
    name: COMPONENT,
    label: "Tree of Captions",
    component: TreeOfCaptions,
    type: PluginComponentType.Component,
    activator: () => true,
  });
}

/** Returns the App's hooks; one that is missing gives what stands for nothing. */
function appHooks() {
  const { recoil, __foo__, __fos__, __fosp__ } = window;
  // Which ones there are does not change while the App runs, as React demands.
  const lookerAtom = __fos__?.modalLooker;
  const labelsAtom = __fos__?.selectedLabels;
  return {
    useLooker: () => (recoil && lookerAtom ? recoil.useRecoilValue(lookerAtom) : null),
    useLabels: () => (recoil && labelsAtom ? recoil.useRecoilValue(labelsAtom) : null),
    // While another tab is in front of the open sample's, there is no player on the page.
    useLayout: () => {
      if (!__fosp__) return { covered: false, place: null, alone: false };
      const { spaces } = __fosp__.useSpaces(MODAL_SPACES);
      const alone = isAlone(__fosp__.useSpaces(GRID_SPACES).spaces, TREE_PANEL);
      return { covered: isCovered(spaces, SAMPLE_PANEL), place: placeOf(spaces, TREE_PANEL), alone };
    },
    useTrigger: () => __foo__?.useTriggerPanelEvent?.() ?? null,
  };
}

/**
 * Returns the way to Python: the methods that the panel's `render` names.
 *
 * @param {{current: Latest}} latest
 * @returns {Host}
 */
export function hostOf(latest) {
  /** @type {(method: string, params: object, done: (answer: unknown) => void) => void} */
  const call = (method, params, done) => {
    const { trigger, methods } = latest.current;
    if (!trigger || !methods[method]) done(null);
    else trigger(methods[method], params, false, (answer) => done(answer?.result ?? null));
  };
  return {
    problem: missingText(),
    labels: () => latest.current.labels?.map((label) => label.labelId) ?? null,
    tell: (method, params) => call(method, params, () => {}),
    /**
     * @template {keyof Answers} Method
     * @param {Method} method
     * @param {object} params
     * @returns {Promise<Answers[Method] | null>}
     */
    ask: (method, params) =>
      new Promise((resolve) => {
        call(method, params, (answer) => resolve(/** @type {Answers[Method] | null} */ (answer)));
      }),
  };
}

/** Says what this version of FiftyOne lacks; returns an empty text if nothing. */
function missingText() {
  const missing = missingGlobals();
  if (!missing.length) return "";
  return (
    `This version of FiftyOne has no ${missing.join(", ")}, so the tree may not follow or move the ` +
    `video. ${PLUGIN} is made for FiftyOne 1.22.`
  );
}
