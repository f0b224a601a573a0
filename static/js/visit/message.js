import { findPart, findParts } from "../core/dom.js";
import { formatLocalTimestamp } from "./clock.js";

/** Let the prepared message to the person who was asked for be shared or copied: only by its button. */
export function startMessages() {
  for (const message of findParts(document, "[data-message]")) {
    const time = formatLocalTimestamp(new Date()).slice(0, 16).replace("T", " ");
    for (const spot of findParts(message, "[data-time]")) spot.textContent = time;
    const place = message.closest("li, section");
    if (!place) continue;
    const button = findPart(place, "[data-share-message]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      const outcome = await shareOrCopyText(message.textContent || "");
      findPart(place, "[data-share-done]").hidden = outcome !== "copied";
      findPart(place, "[data-share-failed]").hidden = outcome !== "failed";
    });
  }
  for (const button of findParts(document, "[data-copy-words]")) connectCopyWordsButton(button);
}

/**
 * Share a text, or copy it where the phone shares nothing.
 *
 * @param {string} text
 * @returns {Promise<"shared" | "left" | "copied" | "failed">} `left`: the person closed the phone's list again.
 */
async function shareOrCopyText(text) {
  if ("share" in navigator) {
    try {
      await navigator.share({ text });
      return "shared";
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return "left";
    }
  }
  return (await copyText(text)) ? "copied" : "failed";
}

/** @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (_error) {
    return false;
  }
}

/** @param {HTMLElement} button - Beside the words that it copies. */
function connectCopyWordsButton(button) {
  const place = button.closest(".panel__words");
  const words = place?.querySelector("[data-copied-words]");
  if (!place || !words) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const isCopied = await copyText(words.textContent || "");
    findPart(place, "[data-copy-done]").hidden = !isCopied;
    findPart(place, "[data-copy-failed]").hidden = isCopied;
  });
}
