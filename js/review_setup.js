// Puts together what reviews the tree in the panel.

import { BoundaryHandles } from "./boundary_handles.js";
import { Review } from "./review.js";
import { ReviewBar } from "./review_bar.js";
import { markRow } from "./review_marks.js";

/** @import { TreePanel } from "./panel.js" */

/**
 * Makes the parts of the panel's review.
 *
 * @param {TreePanel} panel
 */
export function makeReview(panel) {
  const review = new Review(panel);
  const bar = new ReviewBar(review);
  const handles = new BoundaryHandles(review, panel);
  const { card, outline } = panel.details;
  card.texts.fix = (field) => review.openEditor("text", field);
  outline.decorators.push((i, row) => markRow(panel.model, i, row));
  review.view = {
    mark: () => outline.redraw(),
    show() {
      bar.show();
      handles.place();
    },
    edit: (kind, field) => bar.edit(kind, field),
    closeEditor: () => bar.closeEditor(),
    askName: () => bar.askName(),
    destroy: () => handles.destroy(),
  };
  return { review, bar, handles };
}
