import { KEY } from "./config.js";
import { isKnownWhole, lookForFiles } from "./look.js";
import { findSlot, findState, writeMeta } from "./state.js";
import { buildStatus, notifyPages } from "./status.js";
import { checkCopy, checkForUpdate, forgetCopy, mendCopy, requestUpdate } from "./update.js";

/**
 * @typedef {{ type?: string, key?: string, slice?: string, release?: string, open?: boolean }} Message - What a page may ask
 *   for: `opened` or `seen` with key, slice and release; `keep`, `forget` or `status` with key; `visit` with open.
 */

/**
 * Do what a page asks for.
 *
 * @param {Message} message
 * @param {ExtendableMessageEvent} event
 * @returns {Promise<object>} The answer for its port.
 */
export async function handleMessage({ type, key = "", slice, release, open }, event) {
  if (type === "visit") {
    await writeMeta("visit", open ? { at: Date.now() } : undefined);
    // Whoever ended the visit is waiting for this answer, not for a download.
    if (!open) event.waitUntil(checkForUpdate());
    return { ok: true };
  }
  if (!KEY.test(`${key}/`)) return { error: "no such key" };
  const state = await findState();
  if (type === "status") return findStatus(state, key);
  if (!state.isBroken) {
    // A page that comes back into view may have been away for days.
    if (type === "seen") event.waitUntil(checkForUpdate());
    if (type === "opened" || type === "seen") {
      await keepOpenedKey(state, key, slice && release ? { slice, release } : undefined);
      event.waitUntil(checkCopy(key).catch(() => undefined));
    } else if (type === "keep") await requestUpdate(key);
    else if (type === "forget") await forgetCopy(key);
  }
  return notifyPages(key);
}

/**
 * Keep the (region, locale) of a page that was opened: the first time, and when a file of the copy is gone.
 *
 * @param {import("./state.js").State} state
 * @param {string} key
 * @param {import("./download.js").Target} [target] - What the page belongs to.
 */
async function keepOpenedKey(state, key, target) {
  // On a full phone the choice is lost; the copy matters more.
  if (state.last !== key) await writeMeta("last", key).catch(() => undefined);
  const slot = findSlot(state, key);
  if (slot.current) await mendCopy(slot);
  else await requestUpdate(key, target);
}

/**
 * @param {import("./state.js").State} state
 * @param {string} key
 */
async function findStatus(state, key) {
  const slot = findSlot(state, key);
  // Of a copy whose pages are not open nobody may have looked for days.
  if ((await lookForFiles(slot)) && isKnownWhole(slot) === undefined) await checkCopy(key, true);
  return buildStatus(await findState(), key);
}
