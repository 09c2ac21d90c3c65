// Registers what the plugin does around the grid, as a component that shows nothing. It is in the
// App's header, which is on the page whatever is open; only an operator of the browser can put it
// there, as the App makes buttons of all that Python puts anywhere.

import { appGlobal, PLUGIN } from "./app.js";
import { make } from "./dom.js";
import STYLE from "./grid.css";
import { aroundPanels, GridBar } from "./grid_bar.js";
import { leaveOut, NOT_LISTED, useListAgain } from "./listed.js";
import { viewKey } from "./show_and_open.js";
import { shortenThumbnails } from "./thumbnails.js";

const COMPONENT = "Action100MGrid";
/** The id of the layout of the grid and its panels. */
const GRID_SPACES = "fiftyone-spaces";

/** The place of the way back, as Python calls it. */
const WAY = "action100m-way";
const GRID = "[data-cy=fo-grid]";
/** How long to wait for what is not on the page, in milliseconds. */
const LATER_MS = 1000;

/**
 * Returns the classes of a view's stages, as text.
 *
 * @param {import("./types").Stage[] | null | undefined} stages
 */
function classesOf(stages) {
  return (stages ?? []).map(({ _cls }) => _cls).join();
}

/**
 * Returns the steps of the way back, as JSON.
 *
 * @param {import("./types").OperatorPlacement[]} placements
 */
function crumbsOf(placements) {
  return JSON.stringify(placements[0]?.placement.view?.options.crumbs ?? []);
}

/**
 * Does something with an element once it is on the page; returns what gives that up.
 *
 * @param {() => Element | null} find
 * @param {(element: Element) => void} act
 */
function whenThere(find, act) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  const look = () => {
    const element = find();
    if (element) act(element);
    else later = setTimeout(look, LATER_MS);
  };
  look();
  return () => clearTimeout(later);
}

/** Registers the component, and its operator; needs React, recoil, __foo__, __fop__ and __fosp__. */
export function registerGrid() {
  const React = appGlobal("React");
  const { registerComponent, PluginComponentType } = appGlobal("__fop__");
  const { useSpaces } = appGlobal("__fosp__");
  const { view: viewAtom } = window.__fos__ ?? {};
  const { Operator, OperatorConfig, registerOperator, types, useOperatorPlacements } = appGlobal("__foo__");

  const bar = new GridBar();
  /**
   * The breadcrumb of a view to come, which waits for it: operators run in the view that the App shows.
   * The App itself asks for the breadcrumb two or three seconds later.
   *
   * The view is known by the classes of its stages: the App writes some of their parameters differently.
   *
   * @type {{classes: string, crumbs: import("./types").TrailCrumb[]} | null}
   */
  let next = null;

  function Grid() {
    const elsewhere = useOperatorPlacements?.(NOT_LISTED).placements ?? [];
    const uris = elsewhere.map(({ operator }) => operator.uri);
    const crumbs = crumbsOf(useOperatorPlacements?.(WAY).placements ?? []);
    const listAgain = useListAgain();
    const view = viewAtom && appGlobal("recoil").useRecoilValue(viewAtom);
    const { spaces } = useSpaces(GRID_SPACES); // the grid may be closed, and opened again

    React.useEffect(() => {
      if (leaveOut(uris)) listAgain();
    }, [uris.join()]);
    React.useEffect(() => bar.show(JSON.parse(crumbs)), [crumbs]);
    React.useEffect(() => {
      bar.show(next?.classes === classesOf(view) ? next.crumbs : JSON.parse(crumbs));
      next = null;
    }, [viewKey(view)]);
    React.useEffect(() => whenThere(aroundPanels, (place) => bar.mount(place)), [spaces, crumbs]);
    React.useEffect(() => whenThere(() => document.querySelector(GRID), shortenThumbnails), [spaces]);

    return null;
  }

  registerComponent({
    name: COMPONENT,
    label: "Grid",
    component: Grid,
    type: PluginComponentType.Component,
    activator: () => true,
  });

  class GridOperator extends Operator {
    get config() {
      return new OperatorConfig({ name: "grid", label: "Keep the grid", unlisted: true });
    }

    async resolvePlacement() {
      return new types.Placement(types.Places.HEADER_ACTIONS, new types.ComponentView(COMPONENT));
    }

    async execute() {}
  }

  class ShowWay extends Operator {
    get config() {
      return new OperatorConfig({ name: "show_way", label: "Show the way back", unlisted: true });
    }

    /** @param {{params: {view: import("./types").Stage[], crumbs: import("./types").TrailCrumb[]}}} context */
    async execute({ params: { view, crumbs } }) {
      next = { classes: classesOf(view), crumbs };
    }
  }

  registerOperator(GridOperator, PLUGIN);
  registerOperator(ShowWay, PLUGIN);
  document.head.append(make("style", { text: STYLE }));
}
