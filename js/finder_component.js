// Registers the Search panel with the App, and the operators by which Python reaches it.

import { appGlobal, PLUGIN } from "./app.js";
import { hostOf } from "./component.js";
import { askPanels, Finder } from "./finder.js";
import { showIndexProgress } from "./finder_notices.js";

/** @import { Latest, Props } from "./component.js" */

/** What Python calls the component. */
const COMPONENT = "Action100MSearch";

/** Registers the component; needs React and __fop__. */
export function registerFinder() {
  const React = appGlobal("React");
  const { registerComponent, PluginComponentType } = appGlobal("__fop__");
  const { __foo__ } = window;

  /** @param {Props & {data?: {place?: string}}} props */
  function Search({ data = {}, schema }) {
    /** @type {{current: HTMLDivElement | null}} */
    const element = React.useRef(null);
    /** @type {{current: Finder | null}} */
    const panel = React.useRef(null);
    const trigger = __foo__?.useTriggerPanelEvent?.() ?? null;
    const latest = React.useRef(/** @type {Latest} */ ({ trigger, labels: null, methods: {} }));
    latest.current = { trigger, labels: null, methods: schema?.view ?? {} };
    const { place } = data;

    React.useEffect(() => {
      if (!element.current) return;
      const made = new Finder(element.current, hostOf(latest));
      panel.current = made;
      return () => {
        panel.current = null;
        made.destroy();
      };
    }, []);
    React.useEffect(() => panel.current?.setPlace(place ? JSON.parse(place) : null), [place]);

    return React.createElement("div", { ref: element });
  }

  registerComponent({
    name: COMPONENT,
    label: "Search",
    component: Search,
    type: PluginComponentType.Component,
    activator: () => true,
  });
}

/** Registers the operators; needs __foo__. */
export function registerSearchOperators() {
  const { Operator, OperatorConfig, registerOperator, types } = appGlobal("__foo__");

  class AskSearch extends Operator {
    get config() {
      return new OperatorConfig({ name: "ask_search", label: "Search for a text", unlisted: true });
    }

    async resolveInput() {
      const inputs = new types.Object();
      inputs.str("text", { label: "Text", required: false });
      inputs.list("fields", new types.String(), { label: "Fields", required: false });
      return new types.Property(inputs);
    }

    /** @param {{params: {text?: string, fields?: string[]}}} context */
    async execute({ params }) {
      askPanels(params.text ?? null, params.fields ?? []);
    }
  }

  class ShowIndexProgress extends Operator {
    get config() {
      return new OperatorConfig({ name: "show_index_progress", label: "Show how far an indexing is", unlisted: true });
    }

    async resolveInput() {
      const inputs = new types.Object();
      inputs.str("label", { label: "Label", required: false });
      return new types.Property(inputs);
    }

    /** @param {{params: {label?: string, share?: number | null}}} context */
    async execute({ params }) {
      showIndexProgress(params.label ?? "", params.share ?? null);
    }
  }

  registerOperator(AskSearch, PLUGIN);
  registerOperator(ShowIndexProgress, PLUGIN);
}
