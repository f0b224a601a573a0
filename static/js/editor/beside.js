import { findPart, findParts } from "../core/dom.js";

/**
 * A page of fields side by side: keys to go from text to text, and to save. Without script the Tab key does the first.
 *
 * @param {HTMLElement} form
 */
export function startBeside(form) {
  const fields = /** @type {HTMLTextAreaElement[]} */ (findParts(form, "textarea"));
  const save = /** @type {HTMLButtonElement} */ (findPart(form, "[value=save]"));
  findPart(form, "[data-keys]").hidden = false;
  form.addEventListener("keydown", (event) => {
    const step = event.altKey && { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const here = fields.indexOf(/** @type {HTMLTextAreaElement} */ (event.target));
    const next = step && fields[here + step];
    if (next) {
      next.focus();
      event.preventDefault();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      save.click();
      event.preventDefault();
    }
  });
}
