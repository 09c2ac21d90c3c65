// How far a review is: counted in the open tree, or asked of Python after the last change.

import { countReviewed, progressText } from "./review_state.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Progress, ReviewScope } from "./review_types" */

export class ReviewProgress {
  /** In words, and as a share of 1. */
  text = "";
  share = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;

  /**
   * @param {() => Promise<Progress | null>} ask null where the answer counts no more
   * @param {() => void} show
   */
  constructor(ask, show) {
    this.ask = ask;
    this.show = show;
  }

  destroy() {
    clearTimeout(this.timer);
  }

  /**
   * Counts the open tree, where the progress is of it.
   *
   * @param {ReviewScope} scope
   * @param {TreeModel} model
   */
  count(scope, model) {
    if (scope !== "video") return;
    const { reviewed, total } = countReviewed(model);
    this.text = progressText(reviewed, total);
    this.share = total ? reviewed / total : 0;
  }

  /**
   * @param {number} ms when to ask, unless it is asked again before
   * @param {ReviewScope} scope
   * @param {TreeModel} model
   */
  askSoon(ms, scope, model) {
    clearTimeout(this.timer);
    this.count(scope, model);
    this.show();
    if (scope !== "video") this.timer = setTimeout(() => this.take(), ms);
  }

  async take() {
    const found = await this.ask();
    if (!found) return;
    this.text = found.text ?? "";
    this.share = found.total ? found.reviewed / found.total : 0;
    this.show();
  }
}
