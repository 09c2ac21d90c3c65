// What crosses between the browser and Python while trees are reviewed.

/** What is known of the reviews of a tree's nodes, as the panel's tree carries it. */
export interface ReviewData {
  /** Per node: NOT_REVIEWED, ACCEPTED, REJECTED or FIXED (`review_state.js`). */
  status: number[];
  /** The nodes whose times or texts a person has changed. */
  edited: number[];
  /** Who set the status, by node. */
  reviewers: Record<string, string>;
  /** The notes, by node. */
  notes: Record<string, string>;
}

/** What part of the data *next* and the progress are of. */
export type ReviewScope = "video" | "view" | "sample";

export type EditKind =
  | "accept" | "reject" | "clear" | "text" | "note" | "boundary" | "split" | "merge";

/** A change of a node. Frames are of the clip, 1-based. */
export interface Edit {
  /** The node's id. */
  node: string;
  kind: EditKind;
  /** Whose text is fixed. */
  field?: string;
  /** The new text, or the note. */
  text?: string;
  /** The first frame of what follows the boundary. */
  frame?: number;
  edge?: "start" | "end";
  /** The sibling to merge with. */
  with?: string;
}

/** What somebody else has changed meanwhile. */
export interface Conflict {
  who: string;
  /** As ISO 8601. */
  when: string;
  /** What they did, in words. */
  what: string;
}

export interface EditAnswer {
  /** Why the change could not be made. */
  problem?: string;
  conflict?: Conflict;
  /** What was so already: nothing was changed. */
  same?: string;
  /** What was done, in words for a screen reader. */
  done?: string;
  /** How many steps can be undone and redone. */
  undo?: number;
  redo?: number;
  /** The tree's version from now on. */
  version?: string;
  /** The node to show. */
  node?: string;
  /** The status, who set it, and the note of the nodes that were changed, by their ids; "" for none. */
  changed?: Record<string, number>;
  reviewers?: Record<string, string>;
  notes?: Record<string, string>;
}

export interface Progress {
  /** Why nothing can be counted: without the rest. */
  problem?: string;
  reviewed: number;
  total: number;
  accepted: number;
  rejected: number;
  fixed: number;
  text: string;
}

/** Where to go on; `node` is null where nothing is left. */
export interface NextNode {
  problem?: string;
  sample: string | null;
  node: string | null;
  left: number;
}
