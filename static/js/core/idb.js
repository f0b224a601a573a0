/**
 * IndexedDB as promises, for the pages (core/database.js) and for the worker (worker/state.js).
 *
 * Exports:
 * - `result(request)`: a promise of what one request gives.
 * - `runTransaction(open, stores, mode, work, limitMs)`: open a database, run `work(tx)` in one transaction, close the
 *   database. `work` may be async, but waits for nothing except requests of its own transaction: anything else ends it.
 * - `openDatabase(name, version, upgrade)`: what `open` is made of.
 */
import { within } from "./limit.js";

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
export function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {string} name
 * @param {number} version
 * @param {(db: IDBDatabase, oldVersion: number) => void} upgrade - Schema steps; each starts from the one before.
 * @returns {Promise<IDBDatabase>}
 * @throws {Error} The browser refuses, or another page holds an older version open.
 */
export async function openDatabase(name, version, upgrade) {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = (event) => upgrade(request.result, event.oldVersion);
  const blocked = new Promise((_resolve, reject) => {
    request.onblocked = () => reject(new Error("another page holds an older database open"));
  });
  const db = await Promise.race([result(request), /** @type {Promise<never>} */ (blocked)]);
  // Let a newer version upgrade: this one opens the database again when it needs it.
  db.onversionchange = () => db.close();
  return db;
}

/**
 * @template T
 * @param {() => Promise<IDBDatabase>} open
 * @param {string[]} stores
 * @param {IDBTransactionMode} mode
 * @param {(tx: IDBTransaction) => T | Promise<T>} work
 * @param {number} [limitMs] - A storage that does not answer by then counts as one that refuses; nothing is stored later.
 * @returns {Promise<T>} Resolves when the transaction has completed, so that what was shown as saved is saved.
 * @throws {DOMException} It was aborted: nothing of it is stored.
 */
export function runTransaction(open, stores, mode, work, limitMs) {
  let isLate = false;
  /** @type {IDBTransaction | undefined} */
  let tx;
  const run = async () => {
    const db = await open();
    try {
      if (isLate) throw new Error("the database opened too late");
      tx = db.transaction(stores, mode, { durability: "strict" });
      const [value] = await Promise.all([runWork(tx, work), untilComplete(tx)]);
      return value;
    } finally {
      db.close();
    }
  };
  const stop = () => {
    isLate = true;
    if (tx) abort(tx);
  };
  return limitMs ? within(run(), limitMs, stop) : run();
}

/**
 * @template T
 * @param {IDBTransaction} tx
 * @param {(tx: IDBTransaction) => T | Promise<T>} work
 */
async function runWork(tx, work) {
  try {
    return await work(tx);
  } catch (error) {
    abort(tx);
    throw error;
  }
}

/**
 * @param {IDBTransaction} tx
 * @returns {Promise<void>}
 */
function untilComplete(tx) {
  return new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve();
    tx.onabort = () => reject(tx.error || new Error("the transaction was aborted"));
  });
}

/** @param {IDBTransaction} tx */
function abort(tx) {
  try {
    tx.abort();
  } catch (_error) {
    // It has ended already.
  }
}
