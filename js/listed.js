// Keeps the App's list of operators to those that can run where one is. FiftyOne's operators are
// listed or not once and for all, by a `config` that knows neither view nor open sample; so each of
// ours says from Python where it cannot run, as a button in a place that there is not, and the list
// is told anew. Where that fails, the App lists all of them.
//
// The getter of all operators is asked by URI, as the App replaces operators, and with them what was
// noted on one, whenever it opens a dataset. The App's own `useRefreshOperators` has the list told
// anew as well, but fetches all operators, 85 kB, each time that a sample is opened or closed.

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
  const { get: listed, configurable } = Object.getOwnPropertyDescriptor(prototype, "unlisted") ?? {};
  if (!listed || !configurable) return; // another version of the App: all are listed
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
        if (node.key !== LIST_COUNT) continue;
        set(node, (count) => count + 1);
        return;
      }
      hidden = new Set(); // else the list would keep those of one place everywhere
    },
    [],
  );
}
