// Puts the parts of the Tree of Captions panel into their slots, with their looks; what tests read of it.

import ARRANGEMENT_STYLE from "./arrangement.css";
import DETAILS_STYLE from "./details.css";
import { make } from "./dom.js";
import FILM_STYLE from "./film.css";
import { NONE } from "./model.js";
import STYLE from "./panel.css";
import REVIEW_STYLE from "./review.css";
import { ARROWS_STYLE } from "./sample_arrows.js";
import TIMELINE_STYLE from "./timeline.css";

/** @import { TreePanel } from "./panel.js" */
/** @import { Probe } from "./types" */

const STYLES = [STYLE, ARRANGEMENT_STYLE, DETAILS_STYLE, FILM_STYLE, REVIEW_STYLE, TIMELINE_STYLE, ARROWS_STYLE];

/**
 * Puts the parts into the panel, each into its slot.
 *
 * @param {TreePanel} panel
 */
export function assemble(panel) {
  const { notices, root, slots, timeline } = panel;
  root.classList.add("a100");
  root.tabIndex = 0;
  root.setAttribute("role", "region");
  root.setAttribute("aria-label", "Tree of Captions");
  timeline.element.append(panel.tooltip.element);
  const keys = make("button", {
    type: "button", class: "a100-icon", text: "?", title: "Keys (?)", "aria-label": "Keys",
    on: { click: () => panel.toggleHelp() },
  });
  slots.head.append(
    panel.zoom.crumbs.element, panel.search.element, panel.legend.select, slots.legendButton,
    panel.compare.button, panel.reviewBar.toggle, panel.layouts.element, keys,
  );
  slots.timeline.append(panel.film.element, timeline.element, panel.compare.element);
  slots.transport.append(panel.transport.element, panel.openButton, panel.granularity.element);
  slots.foot.append(panel.hidden.element, panel.legend.element);
  slots.details.append(panel.reviewBar.element, panel.details.element, panel.announcement);
  root.append(
    make("style", { text: STYLES.join("\n") }), ...notices.elements, slots.element, panel.help,
  );
}

/**
 * Returns what tests and benchmarks may read of the panel.
 *
 * @param {TreePanel} panel
 * @returns {Probe}
 */
export function probeOf(panel) {
  const { timeline } = panel;
  /** @type {(nodes: number[]) => string[]} */
  const idsOf = (nodes) => nodes.filter((i) => i !== NONE).map((i) => panel.model.data.ids[i]);
  return Object.freeze({
    rect: (/** @type {string} */ id) => timeline.layout.rect(panel.model.nodeOfId.get(id) ?? NONE),
    stats: () => ({ ...timeline.stats, ...panel.player.stats() }),
    span: () => /** @type {[number, number]} */ ([timeline.view.from, timeline.view.to]),
    active: () => idsOf(timeline.active),
    cut: () => idsOf(timeline.cut),
    repaint: () => timeline.paint(),
  });
}
