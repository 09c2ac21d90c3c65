// Which phrases of a text are new, compared with another text.

/** A phrase is new if the other text lacks at least this share of its words that mean something. */
const NEW_SHARE = 0.5;
/** From this share of a text on that is new, to mark it all would say nothing. */
const MOSTLY = 0.7;

/** A phrase begins after a punctuation mark, and before one of these words. */
const BOUNDARY =
  /(?<=[.,;:!?…—]["'”’)\]]*\s+)|(?=\b(?:and|but|or|then|while|before|after|until|when|as|with|without|using|into|onto|from|over|under|in|on|at|by|through|for)\b)/giu;
/** Words that a phrase is not new by. */
const COMMON = new Set((
  "a an the and but or nor then while before after until when as with without using into onto from over under in on at " +
  "by through for of to is are was were be been being it its they their them he his she her this that these those who " +
  "which there here some one ones not"
).split(" "));

/** @typedef {{text: string, added: boolean}} Run */

/**
 * Splits a text into runs of phrases that are new (`added`) and others. The runs joined are the text.
 *
 * A phrase is new if the other text has fewer than half of its words, without case, punctuation, endings
 * and words such as "the".
 *
 * @param {string} text
 * @param {string} before the text to compare with
 * @returns {Run[]}
 */
export function newPhrases(text, before) {
  const known = new Set(stems(before));
  /** @type {Run[]} */
  const runs = [];
  for (const phrase of text.split(BOUNDARY)) {
    if (!phrase) continue;
    const words = stems(phrase);
    const run = runs.at(-1);
    const added = words.length
      ? words.filter((word) => !known.has(word)).length >= NEW_SHARE * words.length
      : Boolean(run?.added);
    if (run?.added === added) run.text += phrase;
    else runs.push({ text: phrase, added });
  }
  return runs;
}

/**
 * Whether so much of a text is new that its phrases need no marks.
 *
 * @param {Run[]} runs
 */
export function isMostlyNew(runs) {
  const lengths = runs.map(({ text, added }) => (added ? text.length : 0));
  const all = runs.reduce((sum, { text }) => sum + text.length, 0);
  return lengths.reduce((sum, length) => sum + length, 0) >= MOSTLY * all;
}

/**
 * Returns the words of a text that mean something, without case and endings.
 *
 * @param {string} text
 */
function stems(text) {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.filter((word) => !COMMON.has(word)).map((word) => word.replace(/(?<=...)(?:ing|ed|es|s|e)$/u, ""));
}
