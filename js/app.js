// What the FiftyOne App offers to plugins. It documents nothing of it, so each part is looked for
// before it is used, and the panel says what is missing. Tried with FiftyOne 1.22.

/** @import { OperatorResult } from "./types" */

export const PLUGIN = "@action100m/explorer";

/** Returns the names of the App's globals that are missing. */
export function missingGlobals() {
  const { React, recoil, __foo__, __fop__, __fos__ } = window;
  const globals = {
    React,
    recoil,
    "__fos__.modalLooker": __fos__?.modalLooker,
    "__fos__.selectedLabels": __fos__?.selectedLabels,
    "__foo__.registerOperator": __foo__?.registerOperator,
    "__foo__.useTriggerPanelEvent": __foo__?.useTriggerPanelEvent,
    "__fop__.registerComponent": __fop__?.registerComponent,
  };
  return Object.entries(globals).filter(([, value]) => !value).map(([name]) => name);
}

/**
 * Returns one of the App's globals, which main.js has looked for before.
 *
 * @template {"React" | "recoil" | "__foo__" | "__fop__" | "__fosp__"} Name
 * @param {Name} name
 */
export function appGlobal(name) {
  const value = window[name];
  if (!value) throw new Error(`This version of FiftyOne has no ${name}`);
  return value;
}

/**
 * Runs an operator of the App and waits for its result.
 *
 * @param {string} uri
 * @param {object} params
 * @returns {Promise<OperatorResult | undefined>}
 */
export function runOperator(uri, params) {
  return new Promise((resolve, reject) => {
    /** @param {OperatorResult} [result] */
    const callback = (result) => (result?.error ? reject(new Error(String(result.error))) : resolve(result));
    appGlobal("__foo__").executeOperator(uri, params, { callback, skipErrorNotification: true });
  });
}

/** @param {number} ms */
export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
