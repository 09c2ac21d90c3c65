// Where a review goes on: to the next node that is not reviewed, in this video or in another one.

import { PLUGIN, runOperator } from "./app.js";
import { NONE } from "./model.js";
import { nextNotReviewed } from "./review_state.js";

/** @import { Review } from "./review.js" */

export class Onward {
  /** @param {Review} review */
  constructor(review) {
    this.review = review;
  }

  /** Goes to the next node that is not reviewed: of this video, then of the next ones if wanted. */
  async next() {
    const { panel, scope, who, queue } = this.review;
    const { model, current, host } = panel;
    const { sample, ids } = model.data;
    if (scope !== "sample") {
      const i = nextNotReviewed(model, current.node);
      if (i !== NONE) {
        // Many nodes are judged in a minute: to select each in the App would be a request for each.
        current.pin(i, { reveal: true, selects: false });
        return;
      }
      if (scope === "video") {
        panel.announce("All nodes of this video are reviewed");
        return;
      }
    }
    await queue.settled;
    const answer = await host.ask("review_next", { sample, node: ids[current.node] ?? "", who, scope });
    if (answer?.problem) this.review.fail(answer.problem);
    else if (!answer?.node || !answer.sample) panel.announce("Nothing is left to review");
    else if (answer.sample === sample) this.review.showNode(answer.node);
    else await this.open(answer.sample, answer.node);
  }

  /**
   * Opens another video at a node.
   *
   * @param {string} sample
   * @param {string} node
   */
  async open(sample, node) {
    const segment = { node, query: "", nodes: [], loop: false };
    try {
      await runOperator(`${PLUGIN}/show_and_open`, { sample_id: sample, segment });
    } catch (error) {
      this.review.fail(error instanceof Error ? error.message : String(error));
    }
  }
}
