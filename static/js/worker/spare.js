import { useCache } from "../core/cache.js";
import { holdsAllFiles } from "./blobs.js";
import { SCOPE } from "./config.js";

// A second home for the list of files, for phones whose database refuses, hangs or was emptied. It is written after the
// database and read only without it: an entry of Cache Storage that is overwritten can be lost in a crash.
export const SPARE = "doorwise-spare";
const ADDRESS = `${SCOPE.href}b/state`;

/** @returns {Promise<string>} Empty when there is none. */
function readSpareText() {
  return useCache(SPARE, async (cache) => {
    const response = await cache.match(ADDRESS);
    return response ? response.text() : "";
  });
}

/**
 * @returns {Promise<import("./state.js").State | null>} With whole copies only; null when there is none.
 */
export async function readSpare() {
  const text = await readSpareText();
  if (!text) return null;
  /** @type {import("./state.js").State} */
  const state = JSON.parse(text);
  const slots = [];
  // The database may have moved on without it, and the files that it names may be gone.
  for (const slot of state.slots) if (slot.current && (await holdsAllFiles(slot.current))) slots.push(slot);
  return slots.length ? { ...state, slots } : null;
}

/**
 * Write what the database holds, without earlier copies. A full phone keeps the one before.
 *
 * @param {import("./state.js").State} state
 */
export async function writeSpare({ slots, last, recalled }) {
  const kept = slots.map((slot) => ({ ...slot, previous: null }));
  const text = JSON.stringify({ slots: kept, last, recalled });
  try {
    if (text !== (await readSpareText())) await useCache(SPARE, (cache) => cache.put(ADDRESS, new Response(text)));
  } catch (_error) {
    // The database is what counts.
  }
}
