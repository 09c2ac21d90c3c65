// Gives the keys to the tree beside the video that a person has asked for. The App may take a while to
// make its panel, and may make it more than once.

/** How long the panel may take, in milliseconds. */
const KEEP_MS = 15_000;
let deadline = -Infinity;

/** Gives the keys to the tree as soon as it is there, unless a person does something else first. */
export function giveKeysToTree() {
  deadline = performance.now() + KEEP_MS;
  const forget = () => (deadline = -Infinity);
  for (const event of ["keydown", "pointerdown"]) document.addEventListener(event, forget, { capture: true, once: true });
  const tree = document.querySelector("#modal .a100[data-nodes]");
  if (tree instanceof HTMLElement) takeKeys(tree);
}

/**
 * Takes the keys if they are for the tree. A panel of the open sample that has them keeps them.
 *
 * @param {HTMLElement} root of a tree's panel
 */
export function takeKeys(root) {
  if (performance.now() >= deadline || !root.closest("#modal")) return;
  if (!document.activeElement?.closest("#modal .a100")) root.focus({ preventScroll: true });
}
