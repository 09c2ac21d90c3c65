// Where everything is registered, once, when the App loads the plugin.

(function register() {
  const missing = missingGlobals();
  if (missing.length) {
    console.warn(`${PLUGIN}: this FiftyOne has no ${missing.join(", ")}; tried with 1.22`);
  }
  if (window.__foo__ && window.__foo__.registerOperator && window.recoil && window.__fos__) {
    registerSeek();
  }
})();
