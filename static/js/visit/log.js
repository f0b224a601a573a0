import { runOnDatabase } from "../core/database.js";
import { awaitRequest } from "../core/idb.js";
import { isRecent } from "../core/visit-age.js";
import { formatLocalTimestamp } from "./clock.js";

/** The event that ends a visit. */
export const LEFT = "visit.left";

/**
 * @typedef {{ id?: number, key: string, openedAt: string, openedMs: number, closedAt: string | null }} Visit
 * @typedef {{ id?: number, visit: number, at: string, what: string }} VisitEvent - `what` is a key such as `check.ids.no`.
 * @typedef {{ what: string, ms: number, key: string, visit: number | null, canBegin: boolean, isRetry: boolean }} Tap -
 *   An event to be stored. `visit` is the one that the page knew of; `isRetry`: it may have been stored
 *   already, or may be by a write that was given up.
 */

/**
 * Return whether a visit is still going on.
 *
 * @param {Visit | undefined} visit
 */
export function isOpen(visit) {
  return visit !== undefined && visit.closedAt === null && isRecent(visit.openedMs);
}

/**
 * Return the visit that is open now, with its events, oldest first.
 *
 * @returns {Promise<{ visit: Visit, events: VisitEvent[] } | undefined>}
 */
export function findOpenVisit() {
  return runOnDatabase(["visits", "events"], "readonly", async (tx) => {
    const visit = await findLatestVisit(tx);
    return visit && isOpen(visit) ? { visit, events: await listEvents(tx, visit) } : undefined;
  });
}

/**
 * @param {IDBTransaction} tx
 * @returns {Promise<Visit | undefined>}
 */
async function findLatestVisit(tx) {
  const cursor = await awaitRequest(tx.objectStore("visits").openCursor(null, "prev"));
  return cursor?.value;
}

/**
 * @param {IDBTransaction} tx
 * @param {Visit} visit
 * @returns {Promise<VisitEvent[]>}
 */
function listEvents(tx, visit) {
  return awaitRequest(tx.objectStore("events").index("visit").getAll(visit.id));
}

/**
 * Store taps, all or none. Each visit is read again here: another page may have ended or removed it.
 *
 * @param {Tap[]} taps - In their order.
 * @returns {Promise<{ visit: Visit | null, isNew: boolean }>} The visit that is open after the last of them.
 */
export function storeTaps(taps) {
  return runOnDatabase(["visits", "events"], "readwrite", async (tx) => {
    /** @type {Visit | null} */
    let visit = null;
    let isNew = false;
    for (const tap of taps) {
      const found = await findVisit(tx, tap);
      visit = found || (await beginVisit(tx, tap));
      if (visit) await addEvent(tx, visit, tap);
      isNew = isNew || (visit !== null && !found);
      if (tap.what === LEFT) visit = null;
    }
    return { visit, isNew };
  });
}

/**
 * Return the visit that was going on at the time of a tap.
 *
 * @param {IDBTransaction} tx
 * @param {Tap} tap
 * @returns {Promise<Visit | null>}
 */
async function findVisit(tx, tap) {
  const known = await findKnownVisit(tx, tap);
  if (!known && tap.isRetry && tap.visit !== null) return null;
  for (const one of [known, await findLatestVisit(tx)]) {
    const wasOpen = one && (one.closedAt === null || tap.ms < Date.parse(one.closedAt));
    if (wasOpen && isRecent(one.openedMs, tap.ms)) return one;
  }
  return null;
}

/**
 * @param {IDBTransaction} tx
 * @param {Tap} tap
 * @returns {Promise<Visit | undefined>}
 */
async function findKnownVisit(tx, { visit }) {
  return visit === null ? undefined : awaitRequest(tx.objectStore("visits").get(visit));
}

/**
 * @param {IDBTransaction} tx
 * @param {Tap} tap
 * @returns {Promise<Visit | null>} Null for a tap that begins none.
 */
async function beginVisit(tx, tap) {
  const { key, ms } = tap;
  // What could not be stored before its visit was removed goes with it.
  const isRemoved = tap.isRetry && tap.visit !== null && !(await findKnownVisit(tx, tap));
  if (isRemoved || !tap.canBegin || tap.what === LEFT) return null;
  /** @type {Visit} */
  const visit = { key, openedAt: formatLocalTimestamp(new Date(ms)), openedMs: ms, closedAt: null };
  const id = Number(await awaitRequest(tx.objectStore("visits").add(visit)));
  tx.objectStore("events").add({ visit: id, at: visit.openedAt, what: "visit.start" });
  return { ...visit, id };
}

/**
 * @param {IDBTransaction} tx
 * @param {Visit} visit
 * @param {Tap} tap
 */
async function addEvent(tx, visit, { what, ms, isRetry }) {
  const at = formatLocalTimestamp(new Date(ms));
  const isStored = isRetry && (await listEvents(tx, visit)).some((event) => event.at === at && event.what === what);
  if (isStored) return;
  if (what === LEFT) tx.objectStore("visits").put({ ...visit, closedAt: at });
  tx.objectStore("events").add({ visit: visit.id, at, what });
}

/**
 * Return every visit on this phone, newest first.
 *
 * @returns {Promise<{ visit: Visit, events: VisitEvent[] }[]>}
 */
export function listVisits() {
  return runOnDatabase(["visits", "events"], "readonly", async (tx) => {
    /** @type {Visit[]} */
    const visits = await awaitRequest(tx.objectStore("visits").getAll());
    /** @type {VisitEvent[]} */
    const events = await awaitRequest(tx.objectStore("events").getAll());
    return visits.reverse().map((visit) => ({ visit, events: events.filter((event) => event.visit === visit.id) }));
  });
}

/**
 * Remove a visit with its events.
 *
 * @param {number} id
 * @returns {Promise<boolean>} True when it is gone.
 */
export function removeVisit(id) {
  return runOnDatabase(["visits", "events"], "readwrite", async (tx) => {
    tx.objectStore("visits").delete(id);
    const events = tx.objectStore("events");
    for (const key of await awaitRequest(events.index("visit").getAllKeys(id))) events.delete(key);
    return true;
  });
}
