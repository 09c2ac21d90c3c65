// One video's tree as it came from Python, and the questions that drawing and walking ask of it.
//
// Nodes are numbers: their place in the columns. Frames are 1-based and inclusive.

const NONE = -1;
/** What the time axis can show beside a node: the open clip of a view of clips. */
const CLIP = -2;
const BARE = 0;
const NO_ACTION = 1;
const ANNOTATED = 2;

class TreeModel {
  /** @param {object} data the columns, see core/panel_tree.py */
  constructor(data) {
    this.data = data;
    this.count = data.ids.length;
    this.frames = Math.max(1, data.frames);
    this.fps = data.fps;
    this.truncated = new Set(data.truncated);
    this.hidden = null;
    this.place = new Map(data.ids.map((id, i) => [id, i]));
    this.rowLevels = [...new Set(data.levels)].sort((a, b) => a - b);
    const rowOf = new Map(this.rowLevels.map((level, row) => [level, row]));
    this.rowOf = Int32Array.from(data.levels, (level) => rowOf.get(level));
    this.rows = this.rowLevels.map(() => []);
    const byStart = Array.from({ length: this.count }, (_, i) => i);
    byStart.sort((a, b) => data.first[a] - data.first[b] || data.last[b] - data.last[a]);
    // How far a row's nodes reach, up to each: no earlier one can be on screen after that.
    this.reach = [];
    this.children = Array.from({ length: this.count }, () => []);
    for (const i of byStart) {
      if (data.last[i] >= data.first[i] && data.first[i] > 0) this.rows[this.rowOf[i]].push(i);
      const parent = data.parents[i];
      if (parent >= 0 && parent !== i) this.children[parent].push(i);
    }
    for (const row of this.rows) {
      let most = 0;
      this.reach.push(row.map((i) => (most = Math.max(most, data.last[i]))));
    }
    this.texts = data.texts ? data.texts.map((of) => new Map(of.at.map((i, k) => [i, of.texts[k]]))) : null;
  }

  /** How many nodes have frames, and so a rectangle. */
  get drawable() {
    return this.rows.reduce((sum, row) => sum + row.length, 0);
  }

  /** The place of the first node in a row that starts after a frame. */
  after(row, frame) {
    const nodes = this.rows[row];
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.data.first[nodes[middle]] <= frame) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The node of a row that is on screen at a frame; of several the one that began last. */
  nodeAt(row, frame) {
    const nodes = this.rows[row];
    const start = this.after(row, frame) - 1;
    // Sound trees need one look; where nodes overlap, an earlier one may last longer.
    for (let k = start; k >= 0 && this.reach[row][k] >= frame; k -= 1) {
      if (this.data.last[nodes[k]] >= frame) return nodes[k];
    }
    return NONE;
  }

  /** The nodes on screen at a frame, one a row, NONE where a row has none. */
  activePath(frame) {
    return this.rows.map((_, row) => this.nodeAt(row, frame));
  }

  parent(i) {
    const parent = this.data.parents[i];
    return parent >= 0 && parent !== i ? parent : NONE;
  }

  /** The nodes from the top to a node, both included; safe for cycles. */
  path(i) {
    const found = [];
    const seen = new Set();
    for (let at = i; at >= 0 && !seen.has(at); at = this.parent(at)) {
      seen.add(at);
      found.unshift(at);
    }
    return found;
  }

  /** A node and those beside it: its parent's children, or its row where it has no parent. */
  family(i) {
    const parent = this.parent(i);
    return parent === NONE ? this.rows[this.rowOf[i]] : this.children[parent];
  }

  /** The sibling before (-1) or after (+1), else the next in time of the same level, else NONE. */
  beside(i, step) {
    const family = this.family(i);
    const sibling = family[family.indexOf(i) + step];
    if (sibling !== undefined) return sibling;
    const row = this.rows[this.rowOf[i]];
    const next = row[row.indexOf(i) + step];
    return next === undefined ? NONE : next;
  }

  /** The child that is on screen at a frame, else the first, else NONE. */
  child(i, frame) {
    const here = this.children[i];
    const active = here.find((c) => this.data.first[c] <= frame && frame <= this.data.last[c]);
    return active !== undefined ? active : here.length ? here[0] : NONE;
  }

  /** The nodes of the cut at a time scale, by start. */
  cut(seconds) {
    const { from, until, first, last } = this.data;
    const found = [];
    for (let i = 0; i < this.count; i += 1) {
      if (from[i] <= seconds && seconds < until[i] && last[i] >= first[i]) found.push(i);
    }
    return found.sort((a, b) => first[a] - first[b]);
  }

  /** How long a node lasts in the clip, in seconds of its frames. */
  seconds(i) {
    return (this.data.last[i] - this.data.first[i] + 1) / this.fps;
  }

  /** The nodes whose texts hold a phrase, in any case; null where Python has to be asked. */
  search(phrase) {
    const wanted = phrase.trim().toLowerCase();
    if (!wanted) return [];
    if (!this.texts) return null;
    const found = new Set();
    for (const of of this.texts) {
      for (const [i, text] of of) if (text.toLowerCase().includes(wanted)) found.add(i);
    }
    return [...found];
  }

  /** A node's label as it is drawn, or what stands for one. */
  label(i) {
    return this.data.labels[i] || "(no text)";
  }
}

/** Seconds as a person reads them: 0:07.25, 1:02:09.00. */
function clock(seconds, digits = 2) {
  const unit = 10 ** digits;
  const rounded = Math.round(Math.max(0, seconds) * unit) / unit;
  const whole = Math.floor(rounded + 1e-9);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = (rounded % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** A duration in few characters: 0.8 s, 12 s, 3 min. */
function lasting(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return `${(seconds / 60).toFixed(seconds < 600 ? 1 : 0)} min`;
}

/** The words of a text, split so that joined they are the text again. */
function pieces(text) {
  return text.split(/(\s+)/).filter((piece) => piece !== "");
}

/**
 * Splits a text into runs that another has (`added` false) or has not (true).
 *
 * Longest common subsequence of words without case and punctuation; texts of more than 400 words
 * are compared as sets, which is what a person sees there anyway.
 */
function wordChanges(text, before) {
  const plain = (word) => word.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  const words = pieces(text);
  const own = words.map(plain);
  const other = pieces(before).map(plain).filter((word) => word);
  let kept;
  if (own.length > 800 || other.length > 400) {
    const known = new Set(other);
    kept = own.map((word) => !word || known.has(word));
  } else {
    kept = commonWords(own, other);
  }
  const runs = [];
  words.forEach((word, k) => {
    const added = !kept[k];
    const run = runs[runs.length - 1];
    // A blank goes with what precedes it.
    if (run && (run.added === added || !own[k])) run.text += word;
    else runs.push({ text: word, added });
  });
  return runs;
}

function commonWords(own, other) {
  const rows = own.length;
  const width = other.length + 1;
  const best = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = other.length - 1; j >= 0; j -= 1) {
      best[i * width + j] =
        own[i] && own[i] === other[j]
          ? best[(i + 1) * width + j + 1] + 1
          : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
    }
  }
  const kept = own.map((word) => !word);
  for (let i = 0, j = 0; i < rows && j < other.length; ) {
    if (own[i] && own[i] === other[j]) {
      kept[i] = true;
      i += 1;
      j += 1;
    } else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return kept;
}
