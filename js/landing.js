// The operator `show_and_open`: shows a view, and opens one of its samples once the App has the view.
//
// The App asks for the open sample in the view that it has at that moment, and its page dies if it
// is not there. A new view arrives some time after it was set, so what follows waits for it, and a
// sample that the new view does not have is closed before.

/** For how long, in seconds, the App may take to close a sample, and to show a view. */
const VIEW_SECONDS = 30;

/** Waits until something is true; throws the words given where it does not come true. */
async function until(isTrue, words) {
  const end = performance.now() + VIEW_SECONDS * 1000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(words);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs an operator of the App and waits for it. */
function runOperator(name, params) {
  return new Promise((done, failed) => {
    const callback = (result) => (result && result.error ? failed(new Error(String(result.error))) : done(result));
    window.__foo__.executeOperator(name, params, { callback, skipErrorNotification: true });
  });
}

/** What two lists of stages have in common if they are the same view; the App adds marks of its own. */
function viewKey(stages) {
  const own = (stages || []).map(({ _cls, kwargs }) => [_cls, kwargs.filter(([name]) => !name.startsWith("_"))]);
  return JSON.stringify(own);
}

/** Registers the operator; needs __foo__, recoil and __fos__. */
function registerLanding() {
  const { Operator, OperatorConfig, registerOperator, types } = window.__foo__;

  class ShowAndOpen extends Operator {
    get config() {
      return new OperatorConfig({
        name: "show_and_open",
        label: "Show a view, and open one of its samples",
        unlisted: true,
      });
    }

    async resolveInput() {
      const inputs = new types.Object();
      inputs.list("view", new types.Object(), { label: "Stages", required: true });
      inputs.str("sample_id", { label: "Sample", required: false });
      inputs.int("frame", { label: "Frame", required: false });
      return new types.Property(inputs);
    }

    useHooks() {
      const { view, modalSelector } = window.__fos__;
      return {
        // Snapshots are taken when they are asked for.
        view: window.recoil.useRecoilCallback(
          ({ snapshot }) => () => snapshot.getLoadable(view).contents,
          [],
        ),
        modal: window.recoil.useRecoilCallback(
          ({ snapshot }) => () => snapshot.getLoadable(modalSelector).contents,
          [],
        ),
      };
    }

    async execute({ hooks, params }) {
      if (hooks.modal()) {
        await runOperator("close_sample", {});
        await until(() => !hooks.modal(), "The open sample could not be closed");
      }
      const before = viewKey(hooks.view());
      if (before !== viewKey(params.view)) {
        await runOperator("set_view", { view: params.view });
        await until(() => viewKey(hooks.view()) !== before, "The App has not shown the view");
      }
      if (params.labels && params.labels.length) await runOperator("set_selected_labels", { labels: params.labels });
      if (!params.sample_id) return;
      await runOperator("open_sample", { id: params.sample_id });
      if (params.frame) {
        await runOperator(`${PLUGIN}/seek_to_frame`, { frame: params.frame, sample_id: params.sample_id });
      }
    }
  }

  registerOperator(ShowAndOpen, PLUGIN);
}
