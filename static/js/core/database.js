import { openDatabase, runTransaction } from "./idb.js";
import { withTimeLimit } from "./limit.js";

/** What the person enters, and the log of visits. */
const DATABASE = "doorwise";
const VERSION = 1;

/** What has not been answered by then may never be, and a new attempt may succeed. An old phone needs some seconds. */
const LIMIT_MS = 20000;

/**
 * @param {IDBDatabase} db
 * @param {number} oldVersion
 */
function upgradeDatabase(db, oldVersion) {
  if (oldVersion < 1) {
    db.createObjectStore("settings");
    db.createObjectStore("visits", { keyPath: "id", autoIncrement: true });
    const events = db.createObjectStore("events", { keyPath: "id", autoIncrement: true });
    events.createIndex("visit", "visit");
  }
}

/**
 * Run one transaction over the pages' database; see `runTransaction`. One that is given up after 20 seconds may still be
 * stored later.
 *
 * @template T
 * @param {string[]} stores
 * @param {IDBTransactionMode} mode
 * @param {(tx: IDBTransaction) => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export function runOnDatabase(stores, mode, work) {
  const open = () => openDatabase(DATABASE, VERSION, upgradeDatabase);
  return withTimeLimit(runTransaction(open, stores, mode, work), LIMIT_MS);
}
