// Small trees, as Python sends them.

import { TreeModel } from "../../js/model.js";

/** Makes a tree from rows `[id, parent's place, level, first, last, label, state]`; 10 frames per second. */
export function treeData(rows, more = {}) {
  const column = (k) => rows.map((row) => row[k]);
  const labels = rows.map((row) => row[5] ?? row[0]);
  return {
    sample: "s", shown: "s", title: "A video", path: "/v.mp4", fps: 10, frames: 100, clip: null, open: true,
    ids: column(0), parents: column(1), levels: column(2), first: column(3), last: column(4),
    starts: rows.map((row) => (row[3] - 1) / 10), ends: rows.map((row) => row[4] / 10),
    truncated: [], from: rows.map(() => 0), until: rows.map(() => 1e9),
    states: rows.map((row) => row[6] ?? 2), labels, labelFields: labels.map(() => 0),
    verbs: { names: [], counts: [], rest: 0, of: rows.map(() => -2) },
    labelFields: rows.map(() => 0), actors: { names: [], of: rows.map(() => -1) }, youtube: null,
    fields: [{ name: "brief", group: "gpt", description: "", actor: false }],
    texts: [{ at: labels.map((_, i) => i), texts: labels }],
    speech: { first: [], last: [], texts: [] },
    ...more,
  };
}

export const ROWS = [
  ["root", -1, 0, 1, 100, "Bake a loaf"],
  ["a", 0, 1, 1, 40, "Mix the dough"],
  ["b", 0, 1, 41, 100, "Shape it"],
  ["a1", 1, 2, 1, 20, "Add WATER"],
  ["a2", 1, 2, 21, 40, "Add flour"],
];

/** The places of the nodes above. */
export const [ROOT, A, B, A1, A2] = [0, 1, 2, 3, 4];

/** A loaf of two parts, the first of two parts again. */
export function loaf(more = {}) {
  return new TreeModel(treeData(ROWS, more));
}
