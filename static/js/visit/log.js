import { transaction } from "../core/database.js";
import { result } from "../core/idb.js";
import { isRecent } from "../core/visit-age.js";
import { localTimestamp } from "./clock.js";

/**
 * @typedef {{ id?: number, key: string, openedAt: string, openedMs: number, closedAt: string | null }} Visit
 * @typedef {{ id?: number, visit: number, at: string, what: string }} VisitEvent - `what` is a key such as `check.ids.no`.
 */

/** @param {Visit | undefined} visit */
export function isOpen(visit) {
  return visit !== undefined && visit.closedAt === null && isRecent(visit.openedMs);
}

/**
 * The visit that is open now, with its events, oldest first.
 *
 * @returns {Promise<{ visit: Visit, events: VisitEvent[] } | undefined>}
 */
export function openVisit() {
  return transaction(["visits", "events"], "readonly", async (tx) => {
    const visit = await latestVisit(tx);
    if (!visit || !isOpen(visit)) return undefined;
    return { visit, events: await result(tx.objectStore("events").index("visit").getAll(visit.id)) };
  });
}

/**
 * @param {IDBTransaction} tx
 * @returns {Promise<Visit | undefined>}
 */
async function latestVisit(tx) {
  const cursor = await result(tx.objectStore("visits").openCursor(null, "prev"));
  return cursor?.value;
}

/**
 * Begin a visit, or join the one that another page has begun in the meantime.
 *
 * @param {string} key - The page's (region, locale).
 * @returns {Promise<Visit>}
 */
export function beginVisit(key) {
  const now = new Date();
  /** @type {Visit} */
  const fresh = { key, openedAt: localTimestamp(now), openedMs: now.getTime(), closedAt: null };
  return transaction(["visits", "events"], "readwrite", async (tx) => {
    const latest = await latestVisit(tx);
    if (latest && isOpen(latest)) return latest;
    const id = Number(await result(tx.objectStore("visits").add(fresh)));
    tx.objectStore("events").add({ visit: id, at: fresh.openedAt, what: "visit.start" });
    return { ...fresh, id };
  });
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
export function allVisits() {
  return transaction(["visits", "events"], "readonly", async (tx) => {
    /** @type {Visit[]} */
    const visits = await result(tx.objectStore("visits").getAll());
    /** @type {VisitEvent[]} */
    const events = await result(tx.objectStore("events").getAll());
    return visits.reverse().map((visit) => ({ visit, events: events.filter((event) => event.visit === visit.id) }));
  });
}

/** @param {number} id */
export async function removeVisit(id) {
  await transaction(["visits", "events"], "readwrite", async (tx) => {
    tx.objectStore("visits").delete(id);
    const events = tx.objectStore("events");
    for (const key of await result(events.index("visit").getAllKeys(id))) events.delete(key);
  });
}
