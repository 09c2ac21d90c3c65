// The open video's player ("looker"), which the App keeps in an atom of its own.
//
// Nothing here is a public interface of FiftyOne, so each part is looked for before it is used, and
// what is missing is said in words. Tried with FiftyOne 1.22.

const PLUGIN = "@action100m/explorer";

/** Returns what of the App's globals is missing, as words for a person; empty if nothing is. */
function missingGlobals() {
  const wanted = {
    React: window.React,
    recoil: window.recoil,
    "__fos__.modalLooker": window.__fos__ && window.__fos__.modalLooker,
    "__fos__.selectedLabels": window.__fos__ && window.__fos__.selectedLabels,
    "__foo__.registerOperator": window.__foo__ && window.__foo__.registerOperator,
    "__foo__.useTriggerPanelEvent": window.__foo__ && window.__foo__.useTriggerPanelEvent,
    "__fop__.registerComponent": window.__fop__ && window.__fop__.registerComponent,
  };
  return Object.keys(wanted).filter((name) => !wanted[name]);
}

/** Whether an object is a video's player that can be followed and moved. */
function canSeek(looker) {
  return Boolean(
    looker &&
      typeof looker.seekToFrame === "function" &&
      typeof looker.subscribeToState === "function",
  );
}

/** Returns the sample that a player shows, undefined where it does not say. */
function sampleOf(looker) {
  const config = looker && looker.state && looker.state.config;
  return config ? config.sampleId : undefined;
}

/** Whether a player is on the page: the App keeps the last one after it has gone. */
function isShown(looker) {
  const element = looker.lookerElement && looker.lookerElement.element;
  return !element || element.isConnected;
}

/** Whether a player has its video's length, without which it ignores a seek. */
function isLoaded(looker) {
  const duration = looker.state && looker.state.duration;
  return duration !== null && duration !== undefined;
}

/**
 * Returns the player once it shows a sample and has loaded it.
 *
 * @param {() => object|null} current gives the player that the App has now
 * @param {string|undefined} sampleId of the sample wanted; any if left out
 * @param {number} patience in seconds
 */
async function waitForPlayer(current, sampleId, patience) {
  const end = performance.now() + patience * 1000;
  for (;;) {
    const looker = current();
    if (canSeek(looker) && isShown(looker) && isLoaded(looker)) {
      const shown = sampleOf(looker);
      if (!sampleId || shown === undefined || shown === sampleId) return looker;
    }
    if (performance.now() > end) {
      throw new Error("No open video could be moved: open one, in the Explore tab");
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
