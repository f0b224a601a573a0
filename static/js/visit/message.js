import { findPart, findParts } from "../core/dom.js";
import { localTimestamp } from "./clock.js";

/** The prepared message to the person who was asked for: shared or copied only by the button. */
export function startMessages() {
  for (const message of findParts(document, "[data-message]")) {
    const time = localTimestamp(new Date()).slice(0, 16).replace("T", " ");
    for (const spot of findParts(message, "[data-time]")) spot.textContent = time;
    const { parentElement } = message;
    if (!parentElement) continue;
    const button = findPart(parentElement, "[data-share-message]");
    const text = message.textContent || "";
    const canShare = "share" in navigator;
    if (!canShare && !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      const sent = canShare ? navigator.share({ text }) : navigator.clipboard.writeText(text);
      // The person may close the share sheet again: that is no error.
      sent.catch(() => undefined);
    });
  }
}
