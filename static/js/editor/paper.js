import { findParts } from "../core/dom.js";

/**
 * A button that prints this page; without script the browser's menu does.
 *
 * @param {HTMLElement} button
 */
export function startPrint(button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

/**
 * A button that copies a field; where the browser does not allow it, the field is selected for the person to copy.
 *
 * @param {HTMLElement} button
 */
export function startCopy(button) {
  const field = document.getElementById(button.dataset.from || "");
  if (!(field instanceof HTMLTextAreaElement)) throw new Error("nothing to copy");
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copied || "";
    } catch {
      field.focus();
    }
  });
}

/**
 * A button that copies everything that is typed in the form of a unit.
 *
 * @param {HTMLElement} button
 */
export function startCopyTyped(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const fields = findParts(document, ".unit-form textarea, .unit-form input[name^=f_]:not([type=checkbox])");
    const typed = /** @type {(HTMLTextAreaElement | HTMLInputElement)[]} */ (fields).map(({ value }) => value);
    try {
      await navigator.clipboard.writeText(typed.filter(Boolean).join("\n\n"));
      button.textContent = button.dataset.copied || "";
    } catch {
      fields[0]?.focus(); // The browser does not allow it: the person copies the fields.
    }
  });
}
