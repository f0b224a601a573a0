import { localTimestamp } from "../visit/clock.js";
import { parts } from "./dom.js";

/** Say of everything that is past its review date that it is; the phone's clock knows, the saved page cannot. */
export function markOverdue() {
  const today = localTimestamp(new Date()).slice(0, 10);
  for (const place of parts(document, "[data-review-by]")) {
    if (today <= (place.dataset.reviewBy || "")) continue;
    if (place.hasAttribute("data-overdue-whole")) place.hidden = false;
    for (const note of parts(place, "[data-overdue]")) note.hidden = false;
  }
}
