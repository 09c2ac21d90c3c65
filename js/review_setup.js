// Puts together what reviews the tree in the panel, and keeps the place where a tree is sent anew.

import { BoundaryHandles } from "./boundary_handles.js";
import { NO_TREE } from "./model.js";
import { Review } from "./review.js";
import { ReviewBar } from "./review_bar.js";
import { markRow } from "./review_marks.js";

/** @import { TreePanel } from "./panel.js" */
/** @import { Notice, TreeData } from "./types" */

/**
 * @typedef {object} KeptPlace
 * @property {string} node the pinned one
 * @property {number} from of the time axis
 * @property {number} to
 * @property {string} zoomed the node that the axis was set to show
 * @property {HTMLElement | null} focused what in the panel has the focus
 */

/**
 * Makes the parts of the panel's review.
 *
 * @param {TreePanel} panel
 */
export function makeReview(panel) {
  const review = new Review(panel);
  const bar = new ReviewBar(review);
  const handles = new BoundaryHandles(review, panel);
  const { outline } = panel.details;
  outline.decorators.push((i, row) => markRow(panel.model, i, row));
  review.view = {
    mark: () => outline.redraw(),
    show() {
      bar.show();
      handles.place();
    },
    edit: (kind) => bar.edit(kind),
    closeEditor: () => bar.closeEditor(),
    askName: () => bar.askName(),
    destroy: () => handles.destroy(),
  };
  return { review, bar, handles };
}

/**
 * Returns what is to be kept when a tree takes the place of another; null if it is of another video.
 *
 * @param {TreePanel} panel
 * @param {TreeData | Notice | null} next
 * @returns {KeptPlace | null}
 */
export function placeToKeep({ model, current, root, timeline, zoom }, next) {
  if (model === NO_TREE || !next || "notice" in next || next.shown !== model.data.shown) return null;
  const { from, to } = timeline.view;
  const { ids } = model.data;
  const focused = document.activeElement;
  return {
    node: ids[current.pinned] ?? "", from, to, zoomed: ids[zoom.place] ?? "",
    focused: focused instanceof HTMLElement && root.contains(focused) ? focused : null,
  };
}

/**
 * Shows again what was shown before the tree was sent anew. The player stays where it is.
 *
 * @param {TreePanel} panel
 * @param {KeptPlace} place
 */
export function restorePlace(panel, { node, from, to, zoomed, focused }) {
  const { model, current, timeline, zoom } = panel;
  const i = model.nodeOfId.get(node);
  const z = model.nodeOfId.get(zoomed);
  if (z !== undefined) zoom.zoomTo(z);
  timeline.view.show(from, to);
  if (i !== undefined) current.pin(i, { isSelected: true });
  panel.viewChanged();
  if (!focused || focused === document.activeElement) return;
  focused.focus();
  if (document.activeElement !== focused) panel.root.focus();
}
