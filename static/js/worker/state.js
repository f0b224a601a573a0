import { awaitRequest, openDatabase, runTransaction } from "../core/idb.js";
import { withTimeLimit } from "../core/limit.js";
import { isRecent } from "../core/visit-age.js";
import { readSpare } from "./spare.js";

const DATABASE = "doorwise-worker";
// Storage that has not answered by then counts as broken.
const LIMIT_MS = 10000;
// A page that is being opened does not wait so long; once it has, nothing else waits until the database answers again.
const SOON_MS = 1200;
let patienceMs = SOON_MS;

/**
 * @typedef {{ digest: string, release: string, manifest: string }} Copy - One whole slice on this phone.
 * @typedef {{ key: string, current: Copy | null, previous: Copy | null, failed: boolean, checkedMs?: number }} Slot -
 *   `checkedMs`: when every file of `current` had its SHA-256, by the phone's clock; never in one of an earlier worker.
 * @typedef {{ slots: Slot[], last?: string, recalled?: string[], visit?: { at: number }, isBroken?: boolean }} State -
 *   `last` is the key that was opened last, `recalled` are the addresses of withdrawn texts, `isBroken` says that the
 *   phone's storage does not work.
 */

/**
 * Run one transaction over both stores.
 *
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(slots: IDBObjectStore, meta: IDBObjectStore) => T | Promise<T>} work
 * @param {number} [limitMs]
 * @returns {Promise<T>}
 */
function runOnStores(mode, work, limitMs = LIMIT_MS) {
  const open = () =>
    openDatabase(DATABASE, 1, (db) => {
      db.createObjectStore("slots", { keyPath: "key" });
      db.createObjectStore("meta");
    });
  const workOnBoth = (/** @type {IDBTransaction} */ tx) => work(tx.objectStore("slots"), tx.objectStore("meta"));
  // One that is late is still made, in the order of the calls: what is read after it knows of it.
  return withTimeLimit(runTransaction(open, ["slots", "meta"], mode, workOnBoth), limitMs);
}

/**
 * @param {number} [limitMs]
 * @returns {Promise<State>} A database that was emptied is filled again from the spare list in Cache Storage.
 * @throws {Error} The database refuses, or does not answer in time.
 */
export async function readState(limitMs) {
  const readBoth = async (/** @type {IDBObjectStore} */ slots, /** @type {IDBObjectStore} */ meta) => ({
    slots: await awaitRequest(slots.getAll()),
    last: await awaitRequest(meta.get("last")),
    recalled: await awaitRequest(meta.get("recalled")),
    visit: await awaitRequest(meta.get("visit")),
  });
  const state = await runOnStores("readonly", readBoth, limitMs);
  patienceMs = SOON_MS;
  if (state.slots.length) return state;
  const spare = await readSpare();
  if (!spare) return state;
  await runOnStores("readwrite", async (slots, meta) => {
    if (await awaitRequest(slots.count())) return;
    for (const slot of spare.slots) slots.put(slot);
    if (spare.last) meta.put(spare.last, "last");
    if (spare.recalled) meta.put(spare.recalled, "recalled");
  });
  return { ...state, ...spare };
}

/**
 * Return the state as `readState`, but never fail: without the database, what the spare list names.
 *
 * @param {number} [limitMs]
 * @returns {Promise<State>}
 */
export async function findState(limitMs = LIMIT_MS) {
  try {
    return await readState(limitMs);
  } catch (error) {
    console.warn("Doorwise: the database is not used:", String(error));
    const spare = await withTimeLimit(readSpare(), SOON_MS).catch(() => null);
    return { slots: [], ...spare, isBroken: true };
  }
}

/**
 * Return the state for a page that is being opened: slow storage is passed over.
 *
 * @returns {Promise<State>}
 */
export async function findStateQuickly() {
  const state = await findState(patienceMs);
  if (state.isBroken) patienceMs = 1;
  return state;
}

/**
 * Return the slot of a (region, locale).
 *
 * @param {State} state
 * @param {string} key
 * @returns {Slot} An empty one when nothing is kept under `key`.
 */
export function findSlot(state, key) {
  return state.slots.find((slot) => slot.key === key) || { key, current: null, previous: null, failed: false };
}

/** @param {State} state */
export function isVisitOpen({ visit }) {
  return visit !== undefined && isRecent(visit.at);
}

/** @param {Slot} slot */
export function writeSlot(slot) {
  return runOnStores("readwrite", (slots) => slots.put(slot));
}

/** @param {string} key */
export function removeSlot(key) {
  return runOnStores("readwrite", (slots) => slots.delete(key));
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export function writeMeta(name, value) {
  return runOnStores("readwrite", (_slots, meta) => meta.put(value, name));
}

/**
 * Note that every file of the copy had its SHA-256 just now.
 *
 * @param {string} key
 * @param {string} digest - Of the copy that was checked; nothing is noted of another one.
 */
export function noteChecked(key, digest) {
  return runOnStores("readwrite", async (slots) => {
    const slot = await awaitRequest(slots.get(key));
    if (slot?.current?.digest === digest) slots.put({ ...slot, checkedMs: Date.now() });
  });
}

/**
 * Make `copy` the current one: one transaction, refused while a visit is open on an earlier copy.
 *
 * @param {string} key
 * @param {Copy} copy
 * @param {boolean} isChecked - Every file of it has just been checked; else an update has kept files of the copy before.
 * @returns {Promise<void>}
 */
export function switchCopy(key, copy, isChecked) {
  return runOnStores("readwrite", async (slots, meta) => {
    const state = { slots: await awaitRequest(slots.getAll()), visit: await awaitRequest(meta.get("visit")) };
    const { current, previous, checkedMs } = findSlot(state, key);
    const isOther = current !== null && current.digest !== copy.digest;
    if (isOther && isVisitOpen(state)) return;
    slots.put({
      key,
      current: copy,
      previous: isOther ? current : previous,
      failed: false,
      checkedMs: isChecked ? Date.now() : checkedMs,
    });
  });
}
