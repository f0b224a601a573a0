import { findPart } from "../core/dom.js";

/** A dialler covers the page by then; where the browser around this page ignores the link, nothing has happened. */
const WAIT_MS = 2000;

/** Show the digits, large, to dial by hand, after a tap on a number that opened nothing; never before the dialler. */
export function startDiallingHelp() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!(link instanceof HTMLAnchorElement) || link.protocol !== "tel:") return;
    let isGone = false;
    const noteLeaving = () => {
      isGone = true;
    };
    document.addEventListener("visibilitychange", noteLeaving, { once: true });
    window.addEventListener("blur", noteLeaving, { once: true });
    setTimeout(() => {
      document.removeEventListener("visibilitychange", noteLeaving);
      window.removeEventListener("blur", noteLeaving);
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
