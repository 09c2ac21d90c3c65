// Which words of a text are new, compared with another text.

/** Texts of more words than this are compared as sets of words. */
const MAX_WORDS = 400;

/**
 * Splits a text into runs of words that another text has (`added` false) or lacks (true).
 *
 * Compares by the longest common subsequence of words, without case and punctuation. The runs joined
 * are the text again.
 *
 * @param {string} text
 * @param {string} before the text to compare with
 * @returns {{text: string, added: boolean}[]}
 */
export function wordChanges(text, before) {
  const words = splitWords(text);
  const own = words.map(normalise);
  const other = splitWords(before).map(normalise).filter(Boolean);
  const known = new Set(other);
  // Every other piece is a blank.
  const isLong = own.length > 2 * MAX_WORDS || other.length > MAX_WORDS;
  const kept = isLong ? own.map((word) => !word || known.has(word)) : commonWords(own, other);
  /** @type {{text: string, added: boolean}[]} */
  const runs = [];
  words.forEach((word, k) => {
    const added = !kept[k];
    const run = runs[runs.length - 1];
    // Blanks and punctuation go with what precedes them.
    if (run && (run.added === added || !own[k])) run.text += word;
    else runs.push({ text: word, added });
  });
  return runs;
}

/**
 * Splits a text into words and the blanks between them.
 *
 * @param {string} text
 */
function splitWords(text) {
  return text.split(/(\s+)/).filter((piece) => piece !== "");
}

/** @param {string} word */
function normalise(word) {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/**
 * Returns, per word of `own`, whether it is in the longest common subsequence; empty words are.
 *
 * @param {string[]} own
 * @param {string[]} other
 */
function commonWords(own, other) {
  const rows = own.length;
  const width = other.length + 1;
  // lengths[i * width + j]: of the longest common subsequence of own[i:] and other[j:].
  const lengths = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        own[i] && own[i] === other[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const kept = own.map((word) => !word);
  for (let i = 0, j = 0; i < rows && j < other.length; ) {
    if (own[i] && own[i] === other[j]) {
      kept[i] = true;
      i += 1;
      j += 1;
    } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return kept;
}
