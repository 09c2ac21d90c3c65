// Registers the Overview panel with the App.

import { appGlobal } from "./app.js";
import { hostOf } from "./component.js";
import { Overview } from "./overview.js";

/** @import { Latest, Props } from "./component.js" */

/** What Python calls the component. */
const COMPONENT = "Action100MOverview";

/** Registers the component; needs React and __fop__. */
export function registerOverview() {
  const React = appGlobal("React");
  const { registerComponent, PluginComponentType } = appGlobal("__fop__");
  const { __foo__ } = window;

  /** @param {Props & {data?: {page?: string}}} props */
  function OverviewPanel({ data = {}, schema }) {
    /** @type {{current: HTMLDivElement | null}} */
    const element = React.useRef(null);
    /** @type {{current: Overview | null}} */
    const panel = React.useRef(null);
    const trigger = __foo__?.useTriggerPanelEvent?.() ?? null;
    const latest = React.useRef(/** @type {Latest} */ ({ trigger, labels: null, methods: {} }));
    latest.current = { trigger, labels: null, methods: schema?.view ?? {} };
    const { page } = data;

    React.useEffect(() => {
      if (!element.current) return;
      const made = new Overview(element.current, hostOf(latest));
      panel.current = made;
      return () => {
        panel.current = null;
        made.destroy();
      };
    }, []);
    React.useEffect(() => panel.current?.show(page ? JSON.parse(page) : null), [page]);

    return React.createElement("div", { ref: element });
  }

  registerComponent({
    name: COMPONENT,
    label: "Overview",
    component: OverviewPanel,
    type: PluginComponentType.Component,
    activator: () => true,
  });
}
