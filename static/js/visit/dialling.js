import { findPart } from "../core/dom.js";

/** A dialler covers the page by then; where the browser around this page ignores the link, nothing has happened. */
const WAIT_MS = 2000;

/** After a tap on a number that opened nothing: the digits, large, to dial by hand. Nothing stands before the dialler. */
export function startDialling() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!(link instanceof HTMLAnchorElement) || link.protocol !== "tel:") return;
    let isGone = false;
    const leave = () => {
      isGone = true;
    };
    document.addEventListener("visibilitychange", leave, { once: true });
    window.addEventListener("blur", leave, { once: true });
    setTimeout(() => {
      document.removeEventListener("visibilitychange", leave);
      window.removeEventListener("blur", leave);
      if (!isGone && document.visibilityState === "visible") showDigits(decodeURIComponent(link.pathname));
    }, WAIT_MS);
  });
}

/** @param {string} number */
function showDigits(number) {
  const note = findPart(document, "[data-dial-yourself]");
  findPart(note, "[data-digits]").textContent = number;
  note.hidden = false;
  findPart(note, "button").onclick = () => {
    note.hidden = true;
  };
}
