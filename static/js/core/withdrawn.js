import { findParts, page } from "./dom.js";

/**
 * Show of each text that was withdrawn that it is, in place: a page that is being read is not taken away, and what was
 * answered on it stays.
 *
 * @param {string[]} recalled - Addresses below the root.
 */
export function showWithdrawn(recalled) {
  document.documentElement.dataset.recalled = recalled.join(" ");
  for (const notice of findParts(document, "[data-withdrawn]")) notice.hidden = !isWithdrawn(location.href);
  for (const link of /** @type {HTMLAnchorElement[]} */ (findParts(document, ".cards li > a"))) {
    /** @type {HTMLElement} */ (link.parentElement).hidden = isWithdrawn(link.href);
  }
}

/** @param {string} address - Of a page. */
export function isWithdrawn(address) {
  const path = address.slice(page.root.length).split(/[?#]/)[0];
  return (document.documentElement.dataset.recalled || "").split(" ").includes(path);
}
