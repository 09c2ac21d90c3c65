// Registers what the plugin does around the grid, as a component that shows nothing. It is in the
// App's header, which is on the page whatever is open; only an operator of the browser can put it
// there, as the App makes buttons of all that Python puts anywhere.

import { appGlobal, PLUGIN } from "./app.js";
import { leaveOut, NOT_LISTED, useListAgain } from "./listed.js";

const COMPONENT = "Action100MGrid";

/** Registers the component, and its operator; needs React, recoil, __foo__ and __fop__. */
export function registerGrid() {
  const React = appGlobal("React");
  const { registerComponent, PluginComponentType } = appGlobal("__fop__");
  const { Operator, OperatorConfig, registerOperator, types, useOperatorPlacements } = appGlobal("__foo__");

  function Grid() {
    const elsewhere = useOperatorPlacements?.(NOT_LISTED).placements ?? [];
    const uris = elsewhere.map(({ operator }) => operator.uri);
    const listAgain = useListAgain();

    React.useEffect(() => {
      if (leaveOut(uris)) listAgain();
    }, [uris.join()]);

    return null;
  }

  registerComponent({
    name: COMPONENT,
    label: "Grid",
    component: Grid,
    type: PluginComponentType.Component,
    activator: () => true,
  });

  class GridOperator extends Operator {
    get config() {
      return new OperatorConfig({ name: "grid", label: "Keep the grid", unlisted: true });
    }

    async resolvePlacement() {
      return new types.Placement(types.Places.HEADER_ACTIONS, new types.ComponentView(COMPONENT));
    }

    async execute() {}
  }

  registerOperator(GridOperator, PLUGIN);
}
