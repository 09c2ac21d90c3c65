// Which question is asked, and which answer counts: the last. No browser is needed.

/** How long to wait for the next letter, in milliseconds. */
export const TYPING_MS = 180;
/** How long an answer may take, in milliseconds: after that, another question may be asked. */
const SLOWEST_MS = 120_000;

/**
 * Asks one question at a time. What is asked meanwhile waits, and only the last of it is asked. An
 * answer that another question has overtaken is dropped.
 *
 * @template Question, Answer
 */
export class Asking {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;
  /** The question that waits for an answer to the one before. @type {{question: Question} | null} */
  next = null;
  isUnderWay = false;
  isDropped = false;

  /**
   * @param {(question: Question) => Promise<Answer | null>} ask
   * @param {(answer: Answer | null, question: Question) => void} show null if there is no answer
   * @param {{wait?: number, slowest?: number}} times in milliseconds: to wait for the next letter, and
   *   for an answer
   */
  constructor(ask, show, { wait = TYPING_MS, slowest = SLOWEST_MS } = {}) {
    this.ask = ask;
    this.show = show;
    this.wait = wait;
    this.slowest = slowest;
  }

  /** Whether an answer is still to come. */
  get isBusy() {
    return this.timer !== undefined || this.next !== null || (this.isUnderWay && !this.isDropped);
  }

  /**
   * Asks as soon as nothing else has been asked for a moment.
   *
   * @param {Question} question
   */
  soon(question) {
    this.cancel();
    this.timer = setTimeout(() => this.now(question), this.wait);
  }

  /**
   * Asks at once, or as soon as the answer under way has come.
   *
   * @param {Question} question
   */
  async now(question) {
    this.cancel();
    if (this.isUnderWay) {
      this.next = { question };
      return;
    }
    this.isUnderWay = true;
    this.isDropped = false;
    const answer = await this.answerTo(question);
    this.isUnderWay = false;
    const { next } = this;
    if (next) {
      this.next = null;
      await this.now(next.question);
    } else if (!this.isDropped) this.show(answer, question);
  }

  /**
   * @param {Question} question
   * @returns {Promise<Answer | null>}
   */
  answerTo(question) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), this.slowest);
      this.ask(question).catch(() => null).then((answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }

  /** Drops what was asked. */
  cancel() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.next = null;
    this.isDropped = this.isUnderWay;
  }
}
