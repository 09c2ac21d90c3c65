// Enter in a line of one of our forms presses the form's button. The App's forms take Ctrl+Enter only.

const FORM = "[data-cy=operators-prompt-modal]";
/** How the titles of our forms begin. */
const OURS = /^(Tree|Captions|Dataset|Review): /;

/** @param {KeyboardEvent} event */
function submit(event) {
  const { target, key, ctrlKey, metaKey, shiftKey, altKey, isComposing } = event;
  if (key !== "Enter" || ctrlKey || metaKey || shiftKey || altKey || isComposing) return;
  if (!(target instanceof HTMLInputElement) || !["text", "number"].includes(target.type)) return;
  if (target.getAttribute("role") === "combobox") return; // Enter chooses from its list
  const form = target.closest(FORM);
  if (!form || !OURS.test(form.textContent ?? "")) return;
  event.preventDefault();
  document.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true }));
}

/** Has Enter submit forms from now on. */
export function submitOnEnter() {
  document.addEventListener("keydown", submit);
}
