// What crosses the borders of this code: the data that Python sends, and the part of the FiftyOne
// App that the panel uses. The App documents none of the latter; it is as in FiftyOne 1.22.

import type { EditAnswer, NextNode, Progress, ReviewData } from "./review_types";

/** A video's tree in columns, as the Tree of Captions panel sends it. */
export interface TreeData {
  dataset: string;
  /** The video's sample; of a clip, the sample that it is a part of. */
  sample: string;
  /** The sample that is shown: a clip's own id, else `sample`. */
  shown: string;
  title: string;
  /** Where the video's file is. */
  path: string;
  /** Why that file cannot be played; empty if nothing is known against it. */
  media?: string;
  /** Frames per second of the video. */
  fps: number;
  /** How many frames the video has. */
  frames: number;
  /** First and last frame of the open clip, 1-based and inclusive; null if the whole video is open. */
  clip: [number, number] | null;
  /** Whether the sample is open, rather than selected in the grid. */
  open: boolean;
  /** What the view's segments were found by; `node` is that of the open clip. */
  found?: { query: string; node: string | null; nodes: string[] } | null;
  ids: string[];
  /** Places of the parents, -1 for none. */
  parents: number[];
  levels: number[];
  /** First and last frames, 1-based and inclusive; 0 for nodes without frames. */
  first: number[];
  last: number[];
  /** Seconds of the source video. */
  starts: number[];
  ends: number[];
  /** Nodes that continue past the end of the clip that was cut from the source video. */
  truncated: number[];
  /** A node is in the cut at every time scale from `from` up to, not including, `until` seconds. */
  from: number[];
  until: number[];
  /** NOT_ANNOTATED, NO_ACTION or ANNOTATED. */
  states: number[];
  labels: string[];
  /** Per node, the place among `fields` of what it is labelled with; -1 for none. */
  labelFields: number[];
  verbs: VerbData;
  /** The short names of actors, and each node's place among them, -1 for none. */
  actors: { names: string[]; of: number[] };
  /** The source video's id on YouTube; null if it is not there. */
  youtube: string | null;
  fields: FieldData[];
  /** Per field, the texts of the nodes that have one; null if they are too long to be sent. */
  texts: { at: number[]; texts: string[] }[] | null;
  speech: { first: number[]; last: number[]; texts: string[] };
  /** The nodes' reviews; left out where the tree cannot be reviewed. */
  review?: ReviewData;
  /** Changes whenever somebody changes the tree. */
  version?: string;
}

export interface VerbData {
  /** The most frequent verbs, and how many nodes have each. */
  names: string[];
  counts: number[];
  /** How many nodes have another verb. */
  rest: number;
  /** Per node, the verb's place among `names`; -1 for another verb, -2 for none. */
  of: number[];
}

export interface FieldData {
  name: string;
  group: string;
  description: string;
  actor: boolean;
}

/** The tree that another dataset has of the video, in columns, and how it differs; in seconds. */
export interface ComparedData {
  levels: number[];
  starts: number[];
  ends: number[];
  labels: string[];
  /** Up to where the two were compared. */
  end: number;
  /** The boundaries that only the tree here has, and only the one there. */
  missing: number[];
  added: number[];
  /** F1 by how far a boundary may be off. */
  boundaries: [number, number][];
  /** Mean overlap by level, and the share of segments that overlap as much. */
  overlap: [number, number][];
  recall: [number, number][];
  /** How many segments here `recall` is of, and whether these are the annotated ones only. */
  nodes: number;
  annotated: boolean;
}

/** What is sent where there is no tree to show. */
export interface Notice {
  notice: string;
}

export interface Palette {
  levels: string[];
  verbs: string[];
  /** The colour of all other verbs. */
  tail: string;
  durations: { name: string; below: number; colour: string }[];
}

/** The label that the App has selected, and the node that it belongs to. */
export interface SelectedCaption {
  label: string | null;
  node: string | null;
}

/** A segment of a video that something else on the page has found, for the tree panel to show. */
export interface HandedSegment {
  sample: string;
  /** The id of its node. */
  node: string;
  /** What was searched for; empty if nothing was. */
  query: string;
  /** The ids of the nodes that were found in this video; empty for those that have the query in a text. */
  nodes: string[];
  /** Whether to repeat the segment. */
  loop: boolean;
  /** Whether the player has loaded the video and moved to the segment. */
  ready: boolean;
}

/** Red, green and blue, each 0 to 255. */
export type Rgb = [number, number, number];

export interface Theme {
  dark: boolean;
  background: Rgb;
  text: Rgb;
  quiet: Rgb;
  line: Rgb;
  marks: Record<Mark, Rgb>;
}

/** What is marked on the timeline: each has a colour that nothing else has, and a shape. */
export type Mark = "head" | "cut" | "range" | "match" | "focus";

/** What can be searched, as the Search panel sends it; `notice` says why nothing can. */
export interface SearchPlace {
  notice?: string;
  dataset: string;
  /** The fields that hold trees; in a view of clips, their own. */
  fields: string[];
  /** The fields that are indexed; null if there is no index. */
  indexed: string[] | null;
  modes: SearchMode[];
  /** Whether detections have a tier. */
  tiers: boolean;
  /** Where one can search, the default first. */
  scopes: SearchScope[];
  /** The open sample. */
  sample: string | null;
  /** Whether the view is of clips. */
  clips: boolean;
  /** Changes whenever the view does. */
  view: string;
  /** The colours of the levels. */
  levels: string[];
}

/** A view on the way from the whole dataset to what the grid shows. */
export interface TrailCrumb {
  name: string;
  title: string;
  /** By which Python knows it; null for a view that no operator has shown. */
  place: number | null;
}

export type SearchScope = "video" | "view" | "dataset";
export type SearchMode = "words" | "meaning" | "both" | "video";
export type SearchOrder = "rank" | "video" | "doubt";
export type Nested = "best" | "outermost" | "finest" | "all";

/** What the panel asks for. Where a bound is null, there is no limit. */
export interface SearchRequest {
  text: string;
  mode: SearchMode;
  nested: Nested;
  scope: SearchScope;
  order: SearchOrder;
  limit: number;
  fields: string[];
  tiers: string[];
  least_level: number | null;
  most_level: number | null;
  least_seconds: number | null;
  most_seconds: number | null;
}

/** A segment that was found. */
export interface SearchRow {
  sample: string;
  node: string | null;
  label: string;
  field: string;
  text: string;
  level: number;
  /** Seconds of the source video. */
  start: number;
  end: number;
  /** The middle of the first frame, in seconds of the file. */
  at: number;
  score: number;
  /** Why the caption is doubtful; empty if that was not asked. */
  reason: string;
  /** The captions above, from the root down. */
  path?: string[];
  /** The other segments of the same branch that were found. */
  branch?: SearchRow[];
}

export interface SearchVideo {
  title: string;
  path: string;
  seconds: number | null;
}

export interface SearchAnswer {
  /** Why nothing could be searched for. */
  problem?: string;
  rows: SearchRow[];
  videos: Record<string, SearchVideo>;
  moments: number;
  segments: number;
  more: boolean;
  /** How the rows were found: by words where the index could not be asked. */
  mode: SearchMode;
  indexed: boolean;
  notice: string;
}

/** What the Overview panel shows, as Python sends it; all numbers are written already. */
export interface OverviewPage {
  /** Why there is nothing to show. */
  problem?: string;
  /** Whether the view is of clips. */
  clips?: boolean;
  /** Changes whenever the view does. */
  view: string | null;
  progress?: { label: string; share: number };
  /** In which videos of a large view it is counted. */
  counted?: string;
  /** Whether all videos of a large view are counted, or will be. */
  every: boolean;
  tiles?: OverviewTile[];
  sections?: { title: string; about?: string; tiles?: OverviewTile[]; figures: OverviewFigure[] }[];
  notes?: string[];
}

export interface OverviewTile {
  name: string;
  value: string;
  /** The full release's figure, and why it cannot be compared. */
  full?: string;
  why?: string;
  more?: string;
}

/** A figure, see panels/figures.py; places and lengths are shares of its width or height. */
export interface OverviewFigure {
  name: string;
  title: string;
  about: string;
  kind: "plot" | "bars" | "slices";
  /** What is compared. */
  keys?: string[];
  marks?: OverviewMark[];
  lines?: { name: string; points: [number, number][] }[];
  points?: { id: string; text: string; x: number; y: number }[];
  x?: [number, string][];
  y?: [number, string][];
  xTitle?: string;
  yTitle?: string;
  rows?: OverviewRow[];
}

/** A column, from `low` to `high`; without an id it cannot be clicked. */
export interface OverviewMark {
  id?: string;
  text: string;
  low: number;
  high: number;
  mid?: number;
  /** The full release's. */
  full?: number;
  colour?: string;
}

export interface OverviewRow {
  /** None if it cannot be clicked. */
  id?: string;
  label: string;
  shown: string;
  text: string;
  share: number;
  full?: number;
  fullShown?: string;
  parts?: OverviewRow[];
  rest?: { id: string; label: string; shown: string; text: string };
}

/** What an answer says if what was asked could not be done. */
export interface Outcome {
  problem?: string;
}

/** What Python answers, by the name of the panel's method. */
export interface Answers {
  search: SearchAnswer;
  check: Outcome & { indexed: string[] | null; stale: string };
  open: Outcome;
  show: Outcome;
  show_clips: Outcome;
  tag: Outcome;
  export: Outcome;
  go: Outcome;
  click: Outcome;
  select_node: string | null;
  texts: { node: string; texts: (string | null)[] };
  find: { phrase: string; found: number[] };
  hidden: { nodes: number[] | null };
  others: Outcome & { names: string[] };
  compare: Outcome & Partial<ComparedData>;
  review_edit: EditAnswer;
  review_undo: EditAnswer;
  review_redo: EditAnswer;
  review_next: NextNode;
  review_progress: Progress;
}

/** The way to Python and to what the App has selected. */
export interface Host {
  /** What this version of FiftyOne lacks, in words; empty if nothing. */
  problem: string;
  /** The labels that are selected in the App; null if that cannot be known. */
  labels(): string[] | null;
  /** Calls a method of the panel and does not wait. */
  tell(method: string, params: object): void;
  /** Calls a method of the panel; resolves to null if it could not be called. */
  ask<Method extends keyof Answers>(method: Method, params: object): Promise<Answers[Method] | null>;
}

/** What a button or a key does with the current node or the player. */
export type Action =
  | "play" | "follow" | "whole" | "zoom" | "start" | "end" | "loop"
  | "select_node" | "show_clip" | "same_action" | "more_like" | "show_children";

/** Read-only access to what is drawn, for tests and benchmarks: `element.action100m`. */
export interface Probe {
  rect(id: string): Rect | null;
  stats(): Record<string, number>;
  span(): [number, number];
  active(): string[];
  cut(): string[];
  repaint(): void;
}

/** In CSS pixels. */
export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** The App's player of one video. */
export interface Looker {
  seekToFrame(frame: number): void;
  subscribeToState(name: "frameNumber", listener: (frame: number) => void): () => void;
  subscribeToState(name: "playing", listener: (playing: boolean) => void): () => void;
  subscribeToState(name: "error", listener: (error: unknown) => void): () => void;
  play(): void;
  pause(): void;
  /** Takes some of the options; `isShallow`: without loading the sample anew. */
  updateOptions?(options: LookerOptions, isShallow?: boolean): void;
  state?: {
    options?: LookerOptions;
    frameNumber?: number;
    playing?: boolean;
    /** Whether it waits for the labels of frames. */
    buffering?: boolean;
    /** Why it cannot show the video, if it cannot. */
    error?: unknown;
    duration?: number | null;
    config?: { sampleId?: string };
  };
  /** Changes its state, and draws it; with `then` even if nothing changes. */
  updater?(changes: object, then?: () => void): void;
  lookerElement?: { element?: Element; children?: { element?: Element | null }[] };
}

/** Of the options of a player, what decides which labels it draws. */
export interface LookerOptions {
  filter?: (field: string, label: unknown) => boolean;
  /** The fields that are ticked. */
  activePaths?: string[];
}

/** A node of the App's layout of panels. */
export interface SpaceNode {
  id?: string;
  type?: string;
  activeChild?: string;
  /** How the children are laid out: "horizontal" or "vertical". */
  layout?: string;
  /** The children's shares of it. */
  sizes?: number[];
  children?: SpaceNode[];
  parent?: SpaceNode;
}

export interface Spaces {
  root: SpaceNode;
  canSplitLayout(node: SpaceNode): boolean;
  splitLayout(node: SpaceNode, layout: string, child: SpaceNode): void;
  setNodeActive(node: SpaceNode): void;
  moveNode(node: SpaceNode, target: SpaceNode): void;
  toJSON(): object;
}

/** A stage of a view. */
export interface Stage {
  _cls: string;
  kwargs: [string, unknown][];
}

export interface OperatorResult {
  result?: unknown;
  error?: unknown;
}

export type TriggerPanelEvent = (
  uri: string, params: object, prompt: boolean, callback: (answer: OperatorResult | null) => void,
) => void;

/** A value that the App keeps in Recoil. */
export interface Atom<Value> {
  key: string;
  readonly value?: Value;
}

interface Recoil {
  useRecoilValue<Value>(atom: Atom<Value>): Value;
  useRecoilCallback<Callback>(
    make: (tools: {
      snapshot: {
        getLoadable<Value>(atom: Atom<Value>): { contents: Value };
        getNodes_UNSTABLE?: () => Iterable<Atom<number>>;
      };
      set<Value>(atom: Atom<Value>, value: Value | ((value: Value) => Value)): void;
    }) => Callback,
    dependencies: unknown[],
  ): Callback;
}

interface React {
  useRef<Value>(initial: Value): { current: Value };
  useEffect(effect: () => void | (() => void), dependencies: unknown[]): void;
  createElement(tag: string, properties: object): unknown;
}

interface OperatorInputs {
  int(name: string, options: object): void;
  str(name: string, options: object): void;
  list(name: string, items: unknown, options: object): void;
}

interface Operators {
  Operator: new () => object;
  OperatorConfig: new (options: object) => object;
  types: {
    Object: new () => OperatorInputs;
    String: new () => unknown;
    Property: new (inputs: OperatorInputs) => object;
    Placement: new (place: string, view: object) => object;
    Places: { HEADER_ACTIONS: string };
    ComponentView: new (name: string) => object;
  };
  registerOperator(operator: new () => object, plugin: string): void;
  executeOperator(
    uri: string, params: object,
    options: { callback: (result?: OperatorResult) => void; skipErrorNotification: boolean },
  ): void;
  useTriggerPanelEvent?: () => TriggerPanelEvent;
  useOperatorPlacements?: (place: string) => { placements: OperatorPlacement[] };
}

/** An operator's button, or what stands for one. */
export interface OperatorPlacement {
  operator: { uri: string };
  placement: { view?: { options: { crumbs?: TrailCrumb[] } } | null };
}

interface Plugins {
  registerComponent(registration: object): void;
  PluginComponentType: { Component: number };
}

interface State {
  modalLooker: Atom<unknown>;
  modalSelector: Atom<{ id?: string } | null>;
  selectedLabels: Atom<{ labelId: string }[]>;
  /** The fields that are ticked in the sidebar, of the grid or of the open sample. */
  activeFields(of: { modal: boolean }): Atom<string[]>;
  sidebarGroupsDefinition(modal: boolean): Atom<object[]>;
  useSetSelectedLabels?(): (labels: object[]) => void;
  /** Whether the sidebar is shown, of the grid or of the open sample. */
  sidebarVisible(modal: boolean): Atom<boolean>;
  view: Atom<Stage[] | null>;
  /** Returns the address of a file. */
  getSampleSrc(path: string): string;
}

interface SpacesPackage {
  useSpaces(id: string): { spaces: Spaces; updateSpaces(change: (spaces: Spaces) => void): void };
  Layout: { Horizontal: string; Vertical: string };
}

declare global {
  interface Window {
    React?: React;
    recoil?: Recoil;
    /** The App's packages: operators, plugins, state, spaces. */
    __foo__?: Operators;
    __fop__?: Plugins;
    __fos__?: Partial<State>;
    __fosp__?: SpacesPackage;
  }
}
