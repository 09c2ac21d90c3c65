// The operators `show_progress` and `close_progress`: how far a job is, in the App's dialog. The App's
// own `set_progress` offers "Done" from the start, brings back what has been closed, and never closes it.

import { appGlobal, PLUGIN, runOperator, sleep } from "./app.js";

const DIALOG = "[data-cy=operators-prompt-view-modal]";
/** How long the App may take to show the dialog, in milliseconds. */
const SHOWN_MS = 5000;

/** Whether this job's dialog has been shown. */
let isShown = false;
/** What is being shown or closed: the App starts operators before earlier ones have ended. */
let last = Promise.resolve();

/** @returns {HTMLButtonElement | null | undefined} the dialog's button; undefined without a dialog */
const button = () => document.querySelector(DIALOG)?.querySelector("button");

/** @param {{label: string, progress: number | null}} step */
async function show(step) {
  if (isShown && !button()) return; // a person has hidden it
  await runOperator("set_progress", step);
  for (let waited = 0; !button() && waited < SHOWN_MS; waited += 50) await sleep(50);
  const found = button();
  if (!found) return;
  isShown = true;
  if (found.textContent !== "Hide") found.textContent = "Hide";
}

async function close() {
  if (isShown) button()?.click();
  isShown = false;
}

/** Registers the operators; needs __foo__. */
export function registerProgress() {
  const { Operator, OperatorConfig, registerOperator } = appGlobal("__foo__");

  /**
   * @param {string} name
   * @param {string} label
   * @param {(params: any) => Promise<void>} run
   */
  function register(name, label, run) {
    class Progress extends Operator {
      get config() {
        return new OperatorConfig({ name, label, unlisted: true });
      }

      /** @param {{params: object}} context */
      async execute({ params }) {
        last = last.catch(() => {}).then(() => run(params));
        await last;
      }
    }
    registerOperator(Progress, PLUGIN);
  }

  register("show_progress", "Show how far a job is", show);
  register("close_progress", "Close what shows how far a job is", close);
}
