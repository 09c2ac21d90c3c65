// Which words of a caption were looked for.

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Letters that no decomposition turns into plain ones, as in core/search.py. */
const UNDECOMPOSED = /** @type {Record<string, string>} */ ({ ø: "o", đ: "d", ł: "l", ħ: "h", ŧ: "t", ı: "i", ƒ: "f" });

/**
 * Returns a word in lower case and without accents.
 *
 * @param {string} word
 */
export function plain(word) {
  const base = word.normalize("NFD").replace(/\p{M}+/gu, "").toLowerCase();
  return base.replace(/[øđłħŧıƒ]/g, (letter) => UNDECOMPOSED[letter]);
}

/** Words that nearly every caption has: they are marked only if nothing else was looked for. */
const COMMON = new Set("a an and at for from in into is it of on or the to with".split(" "));

/**
 * Returns the plain words of a query that are worth marking.
 *
 * @param {string} query
 */
export function queryWords(query) {
  const words = [...new Set((query.match(WORD) ?? []).map(plain).filter(Boolean))];
  const rare = words.filter((word) => !COMMON.has(word));
  return rare.length ? rare : words;
}

/**
 * Splits a caption into runs, of which those that were looked for are marked. The runs joined are the
 * caption.
 *
 * @param {string} caption
 * @param {string[]} words from `queryWords`
 * @param {boolean} whole whether "pan" must not mark "pancake"
 * @returns {{text: string, marked: boolean}[]}
 */
export function markWords(caption, words, whole) {
  /** @type {{text: string, marked: boolean}[]} */
  const runs = [];
  let end = 0;
  for (const { 0: word, index } of caption.matchAll(WORD)) {
    const own = plain(word);
    if (!words.some((wanted) => (whole ? own === wanted : own.includes(wanted)))) continue;
    if (index > end) runs.push({ text: caption.slice(end, index), marked: false });
    runs.push({ text: word, marked: true });
    end = index + word.length;
  }
  if (end < caption.length) runs.push({ text: caption.slice(end), marked: false });
  return runs;
}

/** How far into a caption its first mark may be, in letters; from how far before it a later one is shown. */
const FAR = 120;
const LEAD = 40;

/**
 * Leaves out the beginning of a long caption, where what was looked for comes late: rows are low.
 *
 * @param {{text: string, marked: boolean}[]} runs from `markWords`
 */
export function fromFirstMark(runs) {
  const [first, ...others] = runs;
  if (!others.length || first.marked || first.text.length <= FAR) return runs;
  // From a word's beginning, else from a whole character.
  const lead = first.text.slice(-LEAD);
  const word = lead.search(/(?<=\s)\S/u);
  return [{ text: `… ${word < 0 ? "" : lead.slice(word)}`, marked: false }, ...others];
}
