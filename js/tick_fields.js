// The operator `tick_fields`: the App's own `set_active_fields` ticks fields in the grid's sidebar only,
// whatever is open. This one ticks them in the open sample's.

import { appGlobal, PLUGIN } from "./app.js";

/** Registers the operator; needs __foo__, recoil and __fos__. */
export function registerTickFields() {
  const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");

  class TickFields extends Operator {
    get config() {
      return new OperatorConfig({
        name: "tick_fields",
        label: "Tick fields of the open sample",
        unlisted: true,
      });
    }

    useHooks() {
      const { activeFields } = window.__fos__ ?? {};
      const tick = appGlobal("recoil").useRecoilCallback(
        ({ set }) => (/** @type {string[]} */ fields) => {
          if (activeFields) set(activeFields({ modal: true }), fields);
        },
        [],
      );
      return { tick };
    }

    /** @param {{hooks: {tick: (fields: string[]) => void}, params: {fields: string[]}}} context */
    async execute({ hooks, params }) {
      hooks.tick(params.fields);
    }
  }

  registerOperator(TickFields, PLUGIN);
}
