import { transaction } from "../core/idb.js";
import { localTimestamp } from "./clock.js";

/** A visit that nobody ended is over after twelve hours: the next tap begins a new one. */
const VISIT_LASTS_MS = 12 * 60 * 60 * 1000;

/**
 * @typedef {{ id?: number, key: string, openedAt: string, openedMs: number, closedAt: string | null }} Visit
 * @typedef {{ id?: number, visit: number, at: string, what: string }} VisitEvent - `what` is a key such as `check.ids.no`.
 */

/** @param {Visit | undefined} visit */
export function isOpen(visit) {
  return visit !== undefined && visit.closedAt === null && Date.now() - visit.openedMs <= VISIT_LASTS_MS;
}

/**
 * The visit that is open now, with its events, oldest first.
 *
 * @returns {Promise<{ visit: Visit, events: VisitEvent[] } | undefined>}
 */
export function openVisit() {
  return transaction(["visits", "events"], "readonly", (tx, /** @type {any} */ box) => {
    tx.objectStore("visits").openCursor(null, "prev").onsuccess = (event) => {
      const cursor = /** @type {IDBRequest<IDBCursorWithValue | null>} */ (event.target).result;
      const visit = cursor?.value;
      if (!isOpen(visit)) return;
      tx.objectStore("events").index("visit").getAll(visit.id).onsuccess = (found) => {
        box.value = { visit, events: /** @type {IDBRequest} */ (found.target).result };
      };
    };
  });
}

/**
 * Begin a visit, or join the one that another page has begun in the meantime.
 *
 * @param {string} key - The page's (region, locale).
 * @returns {Promise<Visit>}
 */
export async function beginVisit(key) {
  const now = new Date();
  /** @type {Visit} */
  const fresh = { key, openedAt: localTimestamp(now), openedMs: now.getTime(), closedAt: null };
  const visit = await transaction(["visits", "events"], "readwrite", (tx, /** @type {{ value?: Visit }} */ box) => {
    const visits = tx.objectStore("visits");
    visits.openCursor(null, "prev").onsuccess = (event) => {
      const latest = /** @type {IDBRequest<IDBCursorWithValue | null>} */ (event.target).result?.value;
      if (isOpen(latest)) {
        box.value = latest;
        return;
      }
      visits.add(fresh).onsuccess = (added) => {
        const id = /** @type {IDBRequest<number>} */ (added.target).result;
        box.value = { ...fresh, id };
        tx.objectStore("events").add({ visit: id, at: fresh.openedAt, what: "visit.start" });
      };
    };
  });
  return /** @type {Visit} */ (visit);
}

/**
 * Note what happened. Resolves once it is on the disk.
 *
 * @param {number} visit
 * @param {string} what
 */
export async function addEvent(visit, what) {
  await transaction(["events"], "readwrite", (tx) => {
    tx.objectStore("events").add({ visit, at: localTimestamp(new Date()), what });
  });
}

/** @param {Visit} visit */
export async function endVisit(visit) {
  const closedAt = localTimestamp(new Date());
  await transaction(["visits", "events"], "readwrite", (tx) => {
    tx.objectStore("visits").put({ ...visit, closedAt });
    tx.objectStore("events").add({ visit: visit.id, at: closedAt, what: "visit.left" });
  });
}

/**
 * Every visit on this phone, newest first.
 *
 * @returns {Promise<{ visit: Visit, events: VisitEvent[] }[]>}
 */
export async function allVisits() {
  const found = await transaction(["visits", "events"], "readonly", (tx, /** @type {any} */ box) => {
    box.value = {};
    tx.objectStore("visits").getAll().onsuccess = (event) => {
      box.value.visits = /** @type {IDBRequest} */ (event.target).result;
    };
    tx.objectStore("events").getAll().onsuccess = (event) => {
      box.value.events = /** @type {IDBRequest} */ (event.target).result;
    };
  });
  const { visits, events } = /** @type {{ visits: Visit[], events: VisitEvent[] }} */ (/** @type {unknown} */ (found));
  return visits.reverse().map((visit) => ({ visit, events: events.filter((event) => event.visit === visit.id) }));
}

/** @param {number} id */
export async function removeVisit(id) {
  await transaction(["visits", "events"], "readwrite", (tx) => {
    tx.objectStore("visits").delete(id);
    const events = tx.objectStore("events");
    events.index("visit").getAllKeys(id).onsuccess = (event) => {
      for (const key of /** @type {IDBRequest<IDBValidKey[]>} */ (event.target).result) events.delete(key);
    };
  });
}
