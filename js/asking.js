// Which question is asked, and which answer counts: the last. No browser is needed.

/** How long to wait for the next letter, in milliseconds. */
export const TYPING_MS = 180;

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
   * @param {(question: Question) => Promise<Answer>} ask
   * @param {(answer: Answer, question: Question) => void} show
   * @param {number} wait how long to wait for the next letter, in milliseconds
   */
  constructor(ask, show, wait = TYPING_MS) {
    this.ask = ask;
    this.show = show;
    this.wait = wait;
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
    const answer = await this.ask(question);
    this.isUnderWay = false;
    const { next } = this;
    if (next) {
      this.next = null;
      await this.now(next.question);
    } else if (!this.isDropped) this.show(answer, question);
  }

  /** Drops what was asked. */
  cancel() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.next = null;
    this.isDropped = this.isUnderWay;
  }
}
