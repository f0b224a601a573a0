import { formatLocalTimestamp } from "../visit/clock.js";
import { findParts } from "./dom.js";

/**
 * Say of everything that is past its review date that it is; the phone's clock knows, the saved page cannot. A whole
 * text that is overdue also loses the words that say how much weight it has.
 */
export function markOverdue() {
  const today = formatLocalTimestamp(new Date()).slice(0, 10);
  for (const place of findParts(document, "[data-review-by]")) {
    if (today <= (place.dataset.reviewBy || "")) continue;
    if (place.hasAttribute("data-overdue-whole")) place.hidden = false;
    if (place.hasAttribute("data-overdue-mark")) place.classList.add("is-overdue");
    for (const note of findParts(place, "[data-overdue]")) note.hidden = false;
  }
}

/**
 * Write at the foot of a printed page where it came from and when; nothing on it may look newer than it is. Browsers that
 * fill the margin of a sheet say it on each one, the others once, below the text.
 */
export function fillPrintFoot() {
  const [address] = location.href.split("#");
  const words = `${address} ${formatLocalTimestamp(new Date()).slice(0, 10)}`;
  for (const place of findParts(document, "[data-print-foot]")) place.textContent = words;
  document.documentElement.style.setProperty("--print-foot", JSON.stringify(words));
}
