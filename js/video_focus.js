// Keeps the keys of whoever works in a panel: while the mouse is over the video of the open sample, the
// App's player takes the focus whenever it draws itself, even from a box that is being typed in.

/** Has a player take the focus from a panel by a click alone. */
export function keepFocusFromVideo() {
  const { focus } = HTMLElement.prototype;
  /** @type {(player: HTMLElement) => void} */
  const guard = (player) => {
    player.focus = (options) => {
      if (!document.activeElement?.closest(".a100")) focus.call(player, options);
    };
  };
  // The pointer is over the player before the player knows of it.
  onPlayer("pointerover", guard);
  onPlayer("pointerdown", (player) => focus.call(player, { preventScroll: true }));
}

/**
 * Tells of what the pointer does on a player, before the player hears of it.
 *
 * @param {"pointerover" | "pointerdown"} event
 * @param {(player: HTMLElement) => void} tell
 */
function onPlayer(event, tell) {
  document.addEventListener(event, ({ target }) => {
    const player = target instanceof Element ? target.closest("#modal [data-cy=looker]") : null;
    if (player instanceof HTMLElement) tell(player);
  }, { capture: true, passive: true });
}
