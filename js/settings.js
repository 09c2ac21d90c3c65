// What a person has set, kept in the browser for the next sample, data set and day.

const SETTINGS_KEY = "action100m-tree";

/** Returns what was set, `{}` where nothing was or the browser keeps nothing. */
function readSettings() {
  try {
    const kept = JSON.parse(window.localStorage.getItem(SETTINGS_KEY));
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

/** Keeps some settings beside the others. */
function keepSettings(some) {
  try {
    window.localStorage.setItem(SETTINGS_KEY, JSON.stringify({ ...readSettings(), ...some }));
  } catch {
    // A browser that keeps nothing forgets, and no more.
  }
}
