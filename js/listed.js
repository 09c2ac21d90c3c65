// Keeps the App's list of operators to those that can run where one is. FiftyOne's operators are
// listed or not once and for all; so each of ours says from Python where it cannot run, as a button
// in a place that there is not, and the list is told anew.

import { appGlobal } from "./app.js";

/** The place of operators that cannot run here, as Python calls it. */
export const NOT_LISTED = "action100m-not-listed";
/** What the App counts up when there are other operators, so that it lists them anew. */
const LIST_COUNT = "availableOperatorsRefreshCount";

/** The URIs of the operators that are not listed now. @type {Set<string>} */
let hidden = new Set();
let isAsked = false;

/** Has the App ask here whether an operator is listed; needs __foo__. */
function beAsked() {
  if (isAsked) return;
  isAsked = true;
  const { prototype } = appGlobal("__foo__").Operator;
  const listed = Object.getOwnPropertyDescriptor(prototype, "unlisted")?.get;
  if (!listed) return; // another version of the App: all are listed
  Object.defineProperty(prototype, "unlisted", {
    configurable: true,
    /** @this {{uri: string}} */
    get() {
      return hidden.has(this.uri) || listed.call(this);
    },
  });
}

/**
 * Has the App list all operators but these.
 *
 * @param {string[]} uris
 * @returns {boolean} whether these are others than before
 */
export function leaveOut(uris) {
  beAsked();
  const isSame = uris.length === hidden.size && uris.every((uri) => hidden.has(uri));
  hidden = new Set(uris);
  return !isSame;
}

/** Returns what has the App make its list anew; needs recoil. */
export function useListAgain() {
  return appGlobal("recoil").useRecoilCallback(
    ({ snapshot, set }) => () => {
      for (const node of snapshot.getNodes_UNSTABLE?.() ?? []) {
        if (node.key === LIST_COUNT) set(node, (count) => count + 1);
      }
    },
    [],
  );
}
