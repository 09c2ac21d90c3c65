// Where everything is registered, once, when the App loads the plugin.

(function register() {
  const missing = missingGlobals();
  if (missing.length) {
    console.warn(`${PLUGIN}: this FiftyOne has no ${missing.join(", ")}; made for 1.22`);
  }
  const { __foo__: operators, __fop__: plugins } = window;
  if (operators && operators.registerOperator && window.recoil && window.__fos__) {
    registerSeek();
    registerLanding();
  }
  if (operators && operators.registerOperator && window.__fosp__) registerBeside();
  if (plugins && plugins.registerComponent && window.React) registerTree();
})();
