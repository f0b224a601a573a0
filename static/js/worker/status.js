import { isKnownWhole, lacksFile } from "./look.js";
import { findSlot, findState } from "./state.js";

/** @type {Set<string>} Keys that are being saved for the first time. */
export const saving = new Set();

/** @type {Set<string>} Keys whose failure could not be written down: a full phone refuses that too. */
export const failing = new Set();

/** @param {import("./state.js").Slot} slot */
export function hasFailed(slot) {
  return slot.failed || failing.has(slot.key);
}

/** @param {import("./state.js").Slot} slot */
export function isReady(slot) {
  return slot.current !== null && !saving.has(slot.key) && !hasFailed(slot) && !lacksFile(slot);
}

/**
 * Return what the pages of `key` are told.
 *
 * @param {import("./state.js").State} state
 * @param {string} key
 */
export function buildStatus(state, key) {
  const slot = findSlot(state, key);
  const held = slot.current !== null && !lacksFile(slot);
  return {
    key,
    state: chooseStateName(state, key),
    held,
    broken: Boolean(state.isBroken),
    recalled: state.recalled || [],
  };
}

/**
 * Return what is shown of a copy. No more is claimed than was found: until the worker has looked, it is `saving`.
 *
 * @param {import("./state.js").State} state
 * @param {string} key
 */
function chooseStateName(state, key) {
  const slot = findSlot(state, key);
  if (state.isBroken) return "failed";
  const isWhole = isKnownWhole(slot);
  if (saving.has(key) || (slot.current && isWhole === undefined)) return "saving";
  if (hasFailed(slot) || isWhole === false) return "failed";
  return slot.current ? "ready" : "none";
}

/**
 * Tell the open pages, and return what they were told.
 *
 * @param {string} key
 */
export async function notifyPages(key) {
  const status = buildStatus(await findState(), key);
  const clients = await self.clients.matchAll({ includeUncontrolled: true });
  for (const client of clients) client.postMessage({ type: "offline", ...status });
  return status;
}
