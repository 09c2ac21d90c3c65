// The operator `reset_sidebar`: the App keeps the sidebar's groups from view to view, without the fields
// that a view of clips lacks, and puts these into groups of its own afterwards. Without any groups, it
// takes those of the dataset.

import { appGlobal, PLUGIN } from "./app.js";

/** Registers the operator; needs __foo__, recoil and __fos__. */
export function registerResetSidebar() {
  const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");

  class ResetSidebar extends Operator {
    get config() {
      return new OperatorConfig({ name: "reset_sidebar", label: "Reset the sidebar's groups", unlisted: true });
    }

    useHooks() {
      const { sidebarGroupsDefinition } = window.__fos__ ?? {};
      const reset = appGlobal("recoil").useRecoilCallback(
        ({ set }) => () => {
          if (sidebarGroupsDefinition) set(sidebarGroupsDefinition(false), []);
        },
        [],
      );
      return { reset };
    }

    /** @param {{hooks: {reset: () => void}}} context */
    async execute({ hooks }) {
      hooks.reset();
    }
  }

  registerOperator(ResetSidebar, PLUGIN);
}
