// The App's arrows to the samples before and after the open one float in the middle of all that is
// shown of it. This puts them on the video where they would cover the panel.

const ARROWS = { left: "[data-cy=nav-left-button]", right: "[data-cy=nav-right-button]" };
/** How far an arrow is from the edge of the video, in pixels. */
const GAP = 12;

/** The style that moves the arrows, to where the variables say. */
export const ARROWS_STYLE = Object.entries(ARROWS)
  .map(([side, arrow]) => `:has(> ${arrow}) { translate: var(--a100-${side}-arrow, none); }`)
  .join("\n");

/**
 * Moves the arrows off the panel's place.
 *
 * @param {HTMLElement} root of the panel
 */
export function moveArrows(root) {
  const place = root.getBoundingClientRect();
  for (const [side, selector] of Object.entries(ARROWS)) {
    const arrow = document.querySelector(selector)?.parentElement;
    const whole = arrow?.offsetParent?.getBoundingClientRect();
    const moved = arrow && whole && root.closest("#modal") ? offset(arrow, whole, place) : null;
    document.documentElement.style.setProperty(`--a100-${side}-arrow`, moved);
  }
}

/** Leaves the arrows where the App has them. */
export function leaveArrows() {
  for (const side of Object.keys(ARROWS)) {
    document.documentElement.style.removeProperty(`--a100-${side}-arrow`);
  }
}

/**
 * Returns how far an arrow moves to be off a place; null if it is not on it.
 *
 * @param {HTMLElement} arrow
 * @param {DOMRect} whole all that the arrow may be on
 * @param {DOMRect} place
 */
function offset(arrow, whole, place) {
  const left = whole.left + arrow.offsetLeft;
  const top = whole.top + arrow.offsetTop;
  const { offsetWidth: width, offsetHeight: height } = arrow;
  const isOver = left < place.right && left + width > place.left && top < place.bottom && top + height > place.top;
  if (!isOver) return null;
  if (place.top - whole.top > height + 2 * GAP) {
    // Above the middle of the video: captions may be over its lower half.
    return `0 ${Math.round(whole.top + 0.35 * (place.top - whole.top) - height / 2 - top)}px`;
  }
  return `${Math.round(place.left - GAP - width - left)}px 0`;
}
