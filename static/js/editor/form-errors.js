import { findPart, findParts } from "../core/dom.js";

/** @typedef {{ name: string, place: string, text: string, line: number }} FormError */

/**
 * The list of errors above a form: its links also lead to the line of a long text.
 *
 * @param {HTMLElement} root
 */
export function startFormErrors(root) {
  root.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const field = link && document.getElementById(link.hash.slice(1));
    if (!(field instanceof HTMLTextAreaElement) || !Number(link?.dataset.line)) return;
    event.preventDefault();
    selectLine(field, Number(link?.dataset.line));
  });
}

/**
 * Show the errors that there are now.
 *
 * @param {FormError[]} errors
 */
export function showFormErrors(errors) {
  const root = document.getElementById("errors");
  if (!root) return;
  const list = findPart(root, "[data-errors]");
  const focused = findParts(list, "a").indexOf(/** @type {HTMLElement} */ (document.activeElement));
  list.replaceChildren(...errors.map(makeItem));
  root.hidden = errors.length === 0;
  // Whoever has the keyboard on the list keeps their place.
  if (focused >= 0) findParts(list, "a")[Math.min(focused, errors.length - 1)]?.focus();
}

/** @param {FormError} error */
function makeItem({ name, place, text, line }) {
  const item = document.createElement("li");
  item.className = "findings__error";
  if (!name) {
    item.textContent = text;
    return item;
  }
  const link = document.createElement("a");
  link.href = `#${name}`;
  link.dataset.line = String(line);
  link.textContent = place;
  item.append(link, `: ${text}`);
  return item;
}

/**
 * @param {HTMLTextAreaElement} field
 * @param {number} number - counted from 1
 */
function selectLine(field, number) {
  const lines = field.value.split("\n");
  const before = lines.slice(0, number - 1).join("\n").length;
  const start = number > 1 ? before + 1 : 0;
  // A field scrolls to where the caret is when it gets the focus, and not when the caret is moved.
  field.blur();
  field.setSelectionRange(start, start);
  field.focus();
  field.setSelectionRange(start, start + (lines[number - 1] || "").length);
}
