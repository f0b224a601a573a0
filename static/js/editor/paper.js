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
