// Sends changes of trees to Python: one at a time, in order, each with the version of the tree that
// the one before has left.

/** @import { EditAnswer } from "./review_types" */
/** @import { Host } from "./types" */

const NO_ANSWER = "The change was not saved, as the server did not answer. Try again.";

/** @typedef {"review_edit" | "review_undo" | "review_redo"} EditMethod */

export class EditQueue {
  /** @type {Map<string, string>} The version of each sample's tree. */
  versions = new Map();
  /** @type {Promise<unknown>} Settles when all has been answered that was sent so far. */
  settled = Promise.resolve();
  /** How many changes have not been answered. */
  waiting = 0;

  /** @param {Pick<Host, "ask">} host */
  constructor(host) {
    this.host = host;
  }

  /**
   * Takes the version that came with a tree, unless changes are under way: these know a later one.
   * Returns whether the tree is older than what was answered last: its request took longer.
   *
   * @param {string} sample
   * @param {string | undefined} version
   */
  setVersion(sample, version) {
    const isOlder = parseInt(version ?? "", 10) < parseInt(this.versions.get(sample) ?? "", 10);
    if (version !== undefined && !this.waiting) this.versions.set(sample, version);
    return isOlder;
  }

  /**
   * Sends a change; resolves to the answer.
   *
   * @param {EditMethod} method
   * @param {string} sample
   * @param {object} params
   * @returns {Promise<EditAnswer>}
   */
  send(method, sample, params) {
    this.waiting += 1;
    const answered = this.settled.then(async () => {
      const version = this.versions.get(sample) ?? "";
      const answer = await this.host.ask(method, { ...params, sample, version }).catch(() => null);
      if (answer?.version) this.versions.set(sample, answer.version);
      return answer ?? { problem: NO_ANSWER };
    });
    this.settled = answered.then(() => {
      this.waiting -= 1;
    });
    return answered;
  }
}
