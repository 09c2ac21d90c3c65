// The panel as the App knows it: a React component that only hands things on.

const COMPONENT = "Action100MTreeOfCaptions";

/** Registers the component; needs React and __fop__. */
function registerTree() {
  const { React } = window;
  const { registerComponent, PluginComponentType } = window.__fop__;

  // The App's hooks, looked up once: which there are does not change while it runs.
  const lookerAtom = window.__fos__ && window.__fos__.modalLooker;
  const usePlayer =
    window.recoil && lookerAtom ? () => window.recoil.useRecoilValue(lookerAtom) : () => null;
  const labelsAtom = window.__fos__ && window.__fos__.selectedLabels;
  const useLabels =
    window.recoil && labelsAtom ? () => window.recoil.useRecoilValue(labelsAtom) : () => null;
  // The tab of the open sample: while another is in front of it, there is no player on the page.
  const { useSpaces } = window.__fosp__ || {};
  const useCovered = useSpaces ? () => isCovered(useSpaces(MODAL_SPACES).spaces, SAMPLE_PANEL) : () => false;
  const useTrigger = (window.__foo__ && window.__foo__.useTriggerPanelEvent) || (() => null);

  function TreeOfCaptions(props) {
    const place = React.useRef(null);
    const panel = React.useRef(null);
    const looker = usePlayer();
    const labels = useLabels();
    const covered = useCovered();
    const trigger = useTrigger();
    const latest = React.useRef({});
    latest.current = { trigger, labels, view: (props.schema && props.schema.view) || {} };
    const data = props.data || {};

    React.useEffect(() => {
      const made = new TreePanel(place.current, hostOf(latest));
      panel.current = made;
      return () => {
        panel.current = null;
        made.destroy();
      };
    }, []);
    React.useEffect(() => {
      if (data.palette && data.tree) panel.current.setTree(JSON.parse(data.tree), data.palette);
      else panel.current.setTree(null, null);
    }, [data.tree, Boolean(data.palette)]);
    React.useEffect(() => panel.current.setLooker(looker), [looker]);
    React.useEffect(() => panel.current.player.setCovered(covered), [covered]);
    React.useEffect(() => {
      panel.current.hidden.ask(data.view);
    }, [data.tree, data.view, Boolean(data.palette)]);
    React.useEffect(() => panel.current.setSelected(data.selected), [data.selected, labels]);

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

/** How the panel reaches Python: by the methods that render() names. */
function hostOf(latest) {
  const send = (method, params, callback) => {
    const { trigger, view } = latest.current;
    if (!trigger || !view[method]) {
      callback(null);
      return;
    }
    trigger(view[method], params, false, callback);
  };
  return {
    problem: missingWords(),
    labels: () => latest.current.labels && latest.current.labels.map((label) => label.labelId),
    tell: (method, params) => send(method, params, () => {}),
    ask: (method, params) =>
      new Promise((done) => {
        send(method, params, (answer) => done((answer && answer.result) || null));
      }),
  };
}

/** Says what this FiftyOne lacks; empty if nothing. */
function missingWords() {
  const missing = missingGlobals();
  if (!missing.length) return "";
  return (
    `This version of FiftyOne has no ${missing.join(", ")}, so the tree cannot follow or move ` +
    "the video as it should; it was made for FiftyOne 1.22."
  );
}
