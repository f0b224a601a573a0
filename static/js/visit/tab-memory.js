const NAME = "doorwise-visit";

/**
 * What this tab keeps beside the database, for a reload while the database fails: taps that are not known to be stored,
 * and the verdict that is shown, with the time since when.
 *
 * @typedef {{ taps: import("./log.js").Tap[], level: string, levelMs: number }} TabMemory
 */

/** @returns {TabMemory | null} Null where the browser keeps nothing for a tab. */
export function readTabMemory() {
  try {
    const kept = sessionStorage.getItem(NAME);
    return kept ? JSON.parse(kept) : { taps: [], level: "start", levelMs: 0 };
  } catch (_error) {
    return null;
  }
}

/** @param {TabMemory} memory */
export function writeTabMemory(memory) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify(memory));
  } catch (_error) {
    // The page's own memory is then all there is.
  }
}

/** Forget what this tab keeps: its visit was removed. */
export function forgetTabMemory() {
  try {
    sessionStorage.removeItem(NAME);
  } catch (_error) {
    // Then nothing was kept either.
  }
}
