// Reviews the open tree: what its buttons and keys do, what is asked of Python, and what is shown then.
//
// A change is shown at once and sent after those before it. Where it cannot be made, or somebody else
// has changed the node meanwhile, what was shown is taken back, and the bar says why.

import { NO_TREE, NONE } from "./model.js";
import { Onward } from "./review_onward.js";
import { ReviewProgress } from "./review_progress.js";
import { EditQueue } from "./review_queue.js";
import { showChanged, showEdit } from "./review_shown.js";
import { countReviewed, describeConflicts, describeFailures, nextSibling } from "./review_state.js";
import { keepSettings, readSettings } from "./settings.js";

/** @import { TreeModel } from "./model.js" */
/** @import { Conflict, Edit, EditAnswer, ReviewScope } from "./review_types" */
/** @import { EditMethod } from "./review_queue.js" */
/** @import { Failure } from "./review_state.js" */
/** @import { Host } from "./types" */

/** The kinds of edits that take each other's place. */
const JUDGEMENTS = ["accept", "reject", "clear"];
/** How long after the last change the progress is asked for, in milliseconds. */
const PROGRESS_MS = 800;

/** @typedef {keyof typeof COMMANDS} ReviewCommand */

/**
 * What the bar shows; see `ReviewBar`.
 *
 * @typedef {object} ReviewView
 * @property {() => void} show shows everything anew
 * @property {() => void} mark marks the nodes of the outline anew
 * @property {(kind: "text" | "note", field?: string) => void} edit opens the editor, of a field by its name
 * @property {() => boolean} closeEditor returns false if it was not open
 * @property {() => void} askName
 * @property {() => void} destroy
 */

/**
 * What reviewing needs of the panel.
 *
 * @typedef {object} ReviewPanel
 * @property {TreeModel} model
 * @property {Pick<Host, "ask" | "tell">} host
 * @property {{node: number, pinned: number, shown: number, pin: (i: number, options: object) => void}} current
 * @property {{frame: number}} player
 * @property {HTMLElement} root
 * @property {(text: string) => void} announce
 * @property {() => void} repaint
 */

/** What the buttons and the keys do. */
const COMMANDS = {
  accept: (/** @type {Review} */ review) => review.judge("accept"),
  reject: (/** @type {Review} */ review) => review.judge("reject"),
  clear: (/** @type {Review} */ review) => review.judge("clear"),
  text: (/** @type {Review} */ review) => review.openEditor("text"),
  note: (/** @type {Review} */ review) => review.openEditor("note"),
  split: (/** @type {Review} */ review) => review.split(),
  merge: (/** @type {Review} */ review) => review.merge(),
  undo: (/** @type {Review} */ review) => review.step("review_undo"),
  redo: (/** @type {Review} */ review) => review.step("review_redo"),
  next: (/** @type {Review} */ review) => review.onward.next(),
};

export class Review {
  /** Whether trees are reviewed: without it, no key and no handle changes anything. */
  on = readSettings().review === true;
  who = readSettings().reviewer ?? "";
  /** @type {ReviewScope} */
  scope = readSettings().reviewScope ?? "view";
  /** Whether to go on to the next node after a judgement. */
  goesOn = readSettings().reviewGoesOn !== false;
  /** How many steps can be undone and redone; null while that is not known. */
  steps = { undo: /** @type {number | null} */ (null), redo: /** @type {number | null} */ (null) };
  /** What could not be done; empty if nothing. */
  problem = "";
  /** What was so already when it was to be done; empty if nothing was. */
  remark = "";
  /** @type {{conflict: Conflict, label: string}[]} */
  conflicts = [];
  /** The edits that could not be saved, until a person has seen it. @type {Failure[]} */
  failures = [];
  /** The sample whose tree is shown. */
  sample = "";
  /** @type {ReviewView | null} */
  view = null;

  /** @param {ReviewPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.queue = new EditQueue(panel.host);
    this.onward = new Onward(this);
    this.progress = new ReviewProgress(() => this.askProgress(), () => this.view?.show());
  }

  async askProgress() {
    const { scope, who } = this;
    await this.queue.settled;
    const { sample } = this.panel.model.data;
    const found = await this.panel.host.ask("review_progress", { sample, who, scope });
    if (!found || scope !== this.scope || who !== this.who) return null;
    if (found.problem) this.problem = found.problem;
    return found;
  }

  destroy() {
    this.progress.destroy();
    this.view?.destroy();
  }

  /** Whether the tree can be reviewed. */
  get isPossible() {
    return Boolean(this.panel.model.data.review);
  }

  /** Whether keys and handles change the tree. */
  get isActive() {
    return this.on && this.isPossible && this.who !== "";
  }

  /** Another tree is shown, or none, or the same one anew. */
  treeChanged() {
    const { data } = this.panel.model;
    if (this.queue.setVersion(data.sample, data.version)) this.panel.host.tell("reload", {});
    if (data.sample !== this.sample) {
      this.sample = data.sample;
      this.steps = { undo: null, redo: null };
      this.problem = "";
      this.remark = "";
      this.view?.closeEditor();
    }
    this.tell();
    this.view?.show();
    this.askProgressSoon(0);
  }

  /** Begins or ends to review. */
  toggle() {
    this.on = !this.on;
    keepSettings({ review: this.on });
    this.view?.show();
    if (this.on && !this.who) this.view?.askName();
    else this.panel.announce(this.on ? "Review on" : "Review off");
    this.askProgressSoon(0);
    this.panel.repaint();
  }

  /** @param {string} name */
  setName(name) {
    this.who = name.trim();
    keepSettings({ reviewer: this.who });
    this.steps = { undo: null, redo: null };
    this.view?.show();
    this.askProgressSoon(0);
    this.panel.repaint();
  }

  /** @param {ReviewScope} scope */
  setScope(scope) {
    this.scope = scope;
    keepSettings({ reviewScope: scope });
    this.askProgressSoon(0);
  }

  /** @param {boolean} goesOn */
  setGoesOn(goesOn) {
    this.goesOn = goesOn;
    keepSettings({ reviewGoesOn: goesOn });
  }

  /**
   * Does what a button or a key stands for; returns false if trees are not reviewed.
   *
   * @param {ReviewCommand} command
   */
  act(command) {
    if (!this.isActive) return false;
    this.problem = "";
    this.remark = "";
    COMMANDS[command](this);
    return true;
  }

  /** Another node is the current one. */
  nodeChanged() {
    this.remark = "";
    this.view?.show();
  }

  /** Leaves the editor or the message; returns false if there was none. */
  leave() {
    if (this.view?.closeEditor()) return true;
    if (!this.problemText && !this.conflicts.length) return false;
    this.dismiss();
    return true;
  }

  dismiss() {
    this.problem = "";
    this.conflicts = [];
    this.failures = [];
    this.view?.show();
    this.panel.root.focus({ preventScroll: true }); // the button that had it is gone
  }

  /**
   * Accepts or rejects the current node, or takes that back; then goes on if wanted.
   *
   * @param {"accept" | "reject" | "clear"} kind
   */
  judge(kind) {
    const { current, model } = this.panel;
    const i = current.node;
    if (i === NONE) return;
    this.edit({ node: model.data.ids[i], kind });
    if (kind !== "clear" && this.goesOn) this.onward.next();
  }

  /**
   * @param {"text" | "note"} kind
   * @param {string} [field] the name of the field to fix
   */
  openEditor(kind, field) {
    if (this.panel.current.node !== NONE) this.view?.edit(kind, field);
  }

  split() {
    const { current, model, player } = this.panel;
    const { first, last, ids } = model.data;
    const i = current.node;
    if (i === NONE) return;
    if (player.frame <= first[i] || player.frame > last[i]) {
      this.fail("Move the video to a frame within the node, after its first one, to split it there.");
    } else this.edit({ node: ids[i], kind: "split", frame: player.frame });
  }

  merge() {
    const { current, model } = this.panel;
    const { ids } = model.data;
    const i = current.node;
    if (i === NONE) return;
    const next = nextSibling(model, i);
    if (next === NONE) this.fail("This node is the last part of its parent: there is none to merge it with.");
    else this.edit({ node: ids[i], kind: "merge", with: ids[next] });
  }

  /** @param {string} problem */
  fail(problem) {
    this.problem = problem;
    this.view?.show();
  }

  /**
   * Makes a change; resolves to whether it was made.
   *
   * @param {Edit} edit
   */
  async edit(edit) {
    const { model } = this.panel;
    const i = model.nodeOfId.get(edit.node) ?? NONE;
    const takeBack = showEdit(model, i, edit, this.who);
    this.statusChanged();
    const answer = await this.send("review_edit", { ...edit }, model.label(i));
    const isMade = !answer.problem && !answer.conflict;
    if (!isMade || answer.same) takeBack();
    this.showAnswer(model.data.sample, answer, edit.kind === "split" || edit.kind === "merge");
    return isMade;
  }

  /** @param {"review_undo" | "review_redo"} method */
  async step(method) {
    const { sample } = this.panel.model.data;
    this.showAnswer(sample, await this.send(method, {}, ""), true);
  }

  /**
   * @param {EditMethod} method
   * @param {{node?: string, kind?: string}} params
   * @param {string} label of the node
   */
  async send(method, params, label) {
    const { sample } = this.panel.model.data;
    const sent = this.queue.send(method, sample, { ...params, who: this.who });
    this.tell();
    const answer = await sent;
    const { node, kind = "" } = params;
    // A judgement takes the place of another one; a note, say, does not.
    const edit = [sample, node, JUDGEMENTS.includes(kind) ? "judgement" : kind].join(" ");
    this.failures = this.failures.filter((each) => each.edit !== edit);
    if (answer.problem && node) this.failures.push({ edit, label, problem: answer.problem });
    else if (answer.problem) this.problem = answer.problem;
    if (answer.same) this.remark = answer.same;
    if (answer.conflict) this.conflicts.push({ conflict: answer.conflict, label });
    return answer;
  }

  /**
   * Shows what was done, in the tree that is shown by now: it may have been sent anew.
   *
   * @param {string} sample what the answer is of
   * @param {EditAnswer} answer
   * @param {boolean} isElsewhere whether the node to show may be another one than before
   */
  showAnswer(sample, answer, isElsewhere) {
    const { model } = this.panel;
    const { undo, redo, done = answer.same, node } = answer;
    if (undo !== undefined) this.steps.undo = undo;
    if (redo !== undefined) this.steps.redo = redo;
    if (sample === model.data.sample) showChanged(model, answer);
    if (done) this.panel.announce(done);
    this.statusChanged();
    // A judgement may be answered when a person is elsewhere already.
    if (node && isElsewhere) this.showNode(node);
    this.askProgressSoon();
  }

  /**
   * Shows a node, unless it is shown already.
   *
   * @param {string} id
   */
  showNode(id) {
    const { model, current } = this.panel;
    const i = model.nodeOfId.get(id) ?? NONE;
    if (i !== NONE && i !== current.node) current.pin(i, { reveal: true, selects: false });
  }

  /** Draws the marks and the bar anew. */
  statusChanged() {
    this.progress.count(this.scope, this.panel.model);
    this.tell();
    this.view?.show();
    this.view?.mark();
    this.panel.repaint();
  }

  /** Says on the panel's element how many nodes are reviewed, and how many changes are not yet saved. */
  tell() {
    const { model, root } = this.panel;
    root.dataset.reviewed = this.isPossible ? String(countReviewed(model).reviewed) : "";
    root.dataset.unsaved = String(this.queue.waiting);
  }

  /** Shows what the others have made of the nodes. */
  takeTheirs() {
    this.dismiss();
    this.panel.host.tell("reload", {});
  }

  /** @param {number} [ms] when to ask how far the review is, unless it is asked again before */
  askProgressSoon(ms = PROGRESS_MS) {
    const { model } = this.panel;
    if (model !== NO_TREE && this.isActive) this.progress.askSoon(ms, this.scope, model);
  }

  /** What others have changed meanwhile, in words; empty if nothing. */
  get conflictText() {
    return describeConflicts(this.conflicts);
  }

  /** What could not be saved or done, in words; empty if nothing. */
  get problemText() {
    return describeFailures(this.failures) || this.problem;
  }
}
